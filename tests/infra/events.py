"""Events as AWS sends them, for functions that are called without a gateway."""

from typing import Any

Event = dict[str, Any]
CONNECTION = "AbCdEfGhIjKCJQ="


def _socket_event(route: str, kind: str, stage: str, **more: Any) -> Event:
    context = {
        "routeKey": route,
        "eventType": kind,
        "messageDirection": "IN",
        "stage": stage,
        "connectionId": CONNECTION,
        "apiId": "abc123",
        "domainName": "abc123.execute-api.us-east-1.amazonaws.com",
        "requestId": "Abc123=",
        "extendedRequestId": "Abc123=",
        "requestTime": "24/Nov/2026:10:00:00 +0000",
        "requestTimeEpoch": 1795514400000,
        "connectedAt": 1795514399000,
        "identity": {"sourceIp": "203.0.113.7"},
        **more.pop("context", {}),
    }
    return {"requestContext": context, "isBase64Encoded": False, **more}


def connect_event(chat_id: str, stage: str = "ws", ticket: str = "") -> Event:
    headers = {"Host": "abc123.execute-api.us-east-1.amazonaws.com"}
    query = {"chat_id": chat_id, "ticket": ticket}
    return _socket_event("$connect", "CONNECT", stage, headers=headers, queryStringParameters=query)


def message_event(body: str, stage: str = "ws") -> Event:
    context = {"messageId": "Abc124="}
    return _socket_event("$default", "MESSAGE", stage, body=body, context=context)


def disconnect_event(stage: str = "ws") -> Event:
    context = {"disconnectStatusCode": 1001, "disconnectReason": "Going away"}
    return _socket_event("$disconnect", "DISCONNECT", stage, context=context)


def http_event(
    method: str, path: str, query: str = "", body: str | None = None, token: str = ""
) -> Event:
    """An HTTP API's event, payload format 2.0."""
    return {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": query,
        "headers": {
            "host": "abc124.execute-api.us-east-1.amazonaws.com",
            "content-type": "application/json",
            **({"authorization": f"Bearer {token}"} if token else {}),
        },
        "requestContext": {
            "http": {
                "method": method,
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": "203.0.113.7",
            },
            "stage": "$default",
        },
        "body": body,
        "isBase64Encoded": False,
    }


def sqs_event(*records: tuple[str, str]) -> Event:
    """A batch: each record's messageId and body."""
    return {
        "Records": [
            {
                "messageId": name,
                "receiptHandle": name,
                "body": body,
                "attributes": {"ApproximateReceiveCount": "1"},
                "messageAttributes": {},
                "md5OfBody": "",
                "eventSource": "aws:sqs",
                "eventSourceARN": "arn:aws:sqs:us-east-1:000000000000:rings",
                "awsRegion": "us-east-1",
            }
            for name, body in records
        ]
    }
