"""The chat itself. Knows nothing of Lambda, of API Gateway events or of FastAPI.

Imports flow one way: app -> chat -> assistants | store | auth | delivery -> protocol -> model,
settings -> errors, limits.
"""
