"""The server for one machine or a few, in place of API Gateway and the SQS trigger.

It turns sockets into API Gateway events and jobs into SQS events, and awaits the handlers that
Lambda runs. It knows AWS's shapes and nothing of the chat.
"""
