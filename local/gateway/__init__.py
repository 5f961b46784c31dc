"""API Gateway's WebSocket side, made of sockets. Knows AWS's shapes and not the chat."""
