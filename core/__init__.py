"""The chat itself: words, storage, and what happens to a message.

Knows nothing of Lambda, of API Gateway events or of FastAPI. Imports flow one way:
app -> visitor | answer | desk | sweep -> fanout -> store | push | queue | assistant
-> frames -> model | errors | settings.
"""
