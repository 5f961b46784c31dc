"""API Gateway and the SQS trigger, made of sockets, for one machine or a few.

Knows AWS's shapes and not the chat: it turns sockets into API Gateway events and queue
messages into SQS events, and awaits the very handlers that Lambda runs.
"""
