"""API Gateway's WebSocket APIs, on our own sockets. It knows AWS's shapes, and not the chat."""
