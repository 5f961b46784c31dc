"""A body that is too large is refused before it is read, whoever sends it and wherever."""

import json
import socket
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest

from functions.http import MAX_BODY_BYTES
from tests.access.people import call, signed
from tests.server import Server

Serve = Callable[..., Server]
HUGE = 200 * 1024 * 1024


@pytest.fixture
def server(serve: Serve) -> Server:
    return signed(serve)


def answer(server: Server, head: str, body: Iterable[bytes] = ()) -> tuple[int, Any]:
    """The status and the problem that come back on a raw connection."""
    host, port = server.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=20) as connection:
        connection.sendall(f"{head}\r\nHost: {host}:{port}\r\n\r\n".encode())
        try:
            for part in body:
                connection.sendall(part)
        except ConnectionError:
            # It was refused in the middle, and the connection closed.
            pass
        came = b""
        while b"\r\n\r\n" not in came or not came.rstrip().endswith(b"}"):
            part = connection.recv(65536)
            if not part:
                break
            came += part
    top, _, text = came.partition(b"\r\n\r\n")
    assert b"application/problem+json" in top, came[:300]
    return int(top.split()[1]), json.loads(text)


def routes(server: Server) -> list[str]:
    """Every call that may have a body, and a path that is none of them."""
    paths = call(server, "GET", "/openapi.json").json()["paths"]
    return [path for path, methods in paths.items() if "post" in methods] + ["/", "/nowhere"]


def test_i12_a_body_that_says_it_is_large_is_refused_before_it_comes(server: Server) -> None:
    asked = routes(server)
    assert len(asked) > 8
    for path in asked:
        path = path.replace("{chat_id}", "a")
        head = f"POST {path} HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: {HUGE}"
        status, problem = answer(server, head)
        assert (status, problem["code"]) == (413, "too_large"), path
        assert "65,536" in problem["detail"]


def test_i12_a_body_of_unknown_length_is_read_to_the_limit_only(server: Server) -> None:
    sent = 0

    def endless() -> Iterator[bytes]:
        nonlocal sent
        chunk = b"1000\r\n" + b" " * 0x1000 + b"\r\n"
        while sent < HUGE:
            sent += 0x1000
            yield chunk

    head = "POST /chats HTTP/1.1\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked"
    status, problem = answer(server, head, endless())
    assert (status, problem["code"]) == (413, "too_large")
    # What the kernels hold on the way comes on top.
    assert sent < HUGE / 10, sent


def test_what_is_just_small_enough_is_taken(server: Server) -> None:
    body = json.dumps({"page_url": ""}).encode()
    body += b" " * (MAX_BODY_BYTES - len(body))
    headers = {"content-type": "application/json"}
    taken = call(server, "POST", "/chats", content=body, headers=headers)
    assert taken.status_code == 201
    refused = call(server, "POST", "/chats", content=body + b" ", headers=headers)
    assert refused.status_code == 413
