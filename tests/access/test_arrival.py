"""Before the handshake: what is too large, too slow or too much is refused, and others go on."""

import socket
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack

import pytest

from tests.access.people import signed
from tests.server import Serve, Server

SECONDS = 2.0
# Nobody is a proxy here, so every address counts.
STRICT = {
    "REQUEST_SECONDS": str(SECONDS),
    "TRUSTED_PROXIES": "192.0.2.1",
    "HALF_OPEN_PER_ADDRESS": "5",
    "HALF_OPEN_SOCKETS": "12",
}
HEAD = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n"
HANDSHAKE = (
    b"GET /ws?chat_id=a HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
    b"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
)
POST = b"POST /chats HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
HALVES = {
    "nothing": (b"", b""),
    "half a request line": (b"GET /heal", b"HTTP/1.1 408"),
    "half the headers": (HEAD + b"Accept: te", b"HTTP/1.1 408"),
    "half a handshake": (HANDSHAKE, b"HTTP/1.1 408"),
    "half a body": (POST + b'Content-Length: 100\r\n\r\n{"page', b"HTTP/1.1 408"),
    "half a chunk": (POST + b"Transfer-Encoding: chunked\r\n\r\n20\r\n{", b"HTTP/1.1 408"),
    "a whole request and half": (HEAD + b"\r\n" + HEAD, b"HTTP/1.1 200"),
}


def opened(server: Server, source: str = "127.0.0.1") -> socket.socket:
    host, port = server.url.removeprefix("http://").split(":")
    made = socket.create_connection((host, int(port)), timeout=60, source_address=(source, 0))
    made.settimeout(60)
    return made


def sent(connection: socket.socket, parts: Iterable[bytes]) -> int:
    """How many bytes were sent until the server refused them."""
    done = 0
    try:
        for part in parts:
            connection.sendall(part)
            done += len(part)
    except ConnectionError:
        pass
    return done


def heard(connection: socket.socket) -> bytes:
    """All that comes until the server closes."""
    came = b""
    try:
        while part := connection.recv(65536):
            came += part
    except ConnectionError:
        pass
    return came


def resident(server: Server) -> int:
    """The server's memory in MiB."""
    with open(f"/proc/{server.pid}/status", encoding="ascii") as status:
        return next(int(line.split()[1]) // 1024 for line in status if line.startswith("VmRSS"))


def healthy(server: Server) -> None:
    assert server.get("/healthz").status_code == 200


@pytest.mark.parametrize("half", HALVES)
def test_h2_what_does_not_arrive_is_closed_and_others_are_answered(
    shared: Serve, half: str
) -> None:
    server = signed(shared, REQUEST_SECONDS=str(SECONDS))
    first, answer = HALVES[half]
    with ExitStack() as stack:
        waiting = [stack.enter_context(opened(server)) for _ in range(60)]
        began = time.monotonic()
        for one in waiting:
            sent(one, [first])
        healthy(server)
        for one in waiting:
            came = heard(one)
            assert came.startswith(answer) if answer else came == b"", came
        assert time.monotonic() - began >= SECONDS - 0.5
    healthy(server)


def test_h2_a_slow_drip_does_not_win_time(shared: Serve) -> None:
    server = signed(shared, REQUEST_SECONDS=str(SECONDS))
    with opened(server) as connection:
        connection.settimeout(0.2)
        connection.sendall(HEAD)
        began, came = time.monotonic(), b""
        while not came and time.monotonic() - began < 60:
            sent(connection, [b"X: y\r\n"])
            try:
                came = connection.recv(100)
            except TimeoutError:
                continue
        assert came.startswith(b"HTTP/1.1 408")


def huge(unit: bytes, size: int) -> Iterator[bytes]:
    block = unit * (65536 // len(unit))
    for _ in range(size // len(block)):
        yield block


HUGE = {
    "one header": (HEAD + b"X: ", b"a", 60 << 20),
    "many headers": (HEAD, b"X: y\r\n", 60 << 20),
    "a request line": (b"GET /", b"a", 60 << 20),
    "a handshake": (HANDSHAKE + b"X: ", b"a", 60 << 20),
    "trailers": (POST + b"Transfer-Encoding: chunked\r\n\r\n0\r\nX: ", b"a", 60 << 20),
}


@pytest.mark.parametrize("kind", HUGE)
def test_h2_a_head_is_not_read_beyond_its_limit(shared: Serve, kind: str) -> None:
    server = signed(shared)
    healthy(server)
    first, unit, size = HUGE[kind]
    before = resident(server)
    with opened(server) as connection:
        sent(connection, [first, *huge(unit, size)])
        came = heard(connection)
    if kind != "trailers":
        assert came.startswith(b"HTTP/1.1 431 "), came[:100]
    assert resident(server) - before < 20
    healthy(server)


def test_h2_headers_are_limited_to_32_kib_and_to_a_hundred(shared: Serve) -> None:
    server = signed(shared)
    few, many = b"X: y\r\n" * 98, b"X: y\r\n" * 99
    room = 32 * 1024 - len(HEAD) - len(b"X: \r\n\r\n")
    full, over = (b"X: " + b"a" * (room + more) + b"\r\n" for more in (0, 2))
    end = b"Connection: close\r\n\r\n"
    for headers, status in ((few, 200), (many, 431), (b"X: y\r\n" * 50_000, 431)):
        with opened(server) as connection:
            sent(connection, [HEAD + headers + end])
            assert heard(connection).startswith(b"HTTP/1.1 %d" % status)
    for headers, status in ((full, 200), (over, 431)):
        with opened(server) as connection:
            connection.sendall(HEAD + headers + b"\r\n")
            assert connection.recv(100).startswith(b"HTTP/1.1 %d" % status)


def test_h2_a_request_behind_another_is_bounded_as_well(shared: Serve) -> None:
    server = signed(shared)
    with opened(server) as connection:
        parts = [HEAD + b"\r\n" + HEAD + b"X: ", *huge(b"a", 1 << 20)]
        sent(connection, parts)
        assert heard(connection).count(b"HTTP/1.1 200") <= 1
    healthy(server)


def test_h2_half_open_sockets_are_limited_by_address_and_in_all(serve: Serve) -> None:
    server = signed(serve, **STRICT | {"REQUEST_SECONDS": "60"})
    with ExitStack() as stack:

        def half(source: str) -> socket.socket:
            made = stack.enter_context(opened(server, source))
            made.sendall(HEAD)
            return made

        ours = [half("127.0.0.2") for _ in range(5)]
        # The server accepts in order: what came before this is counted by now.
        assert heard(stack.enter_context(opened(server, "127.0.0.2"))).startswith(b"HTTP/1.1 429")
        for source in ("127.0.0.3", "127.0.0.4"):
            for _ in range(3):
                half(source)
        with opened(server, "127.0.0.5") as other:
            other.sendall(HEAD + b"\r\n")
            assert other.recv(100).startswith(b"HTTP/1.1 200")
            # Its request is whole, so it is no longer half open.
            half("127.0.0.6")
            assert heard(stack.enter_context(opened(server, "127.0.0.7"))).startswith(
                b"HTTP/1.1 429"
            )
        ours.pop().close()
        # Whole requests free their place.
        ours[0].sendall(b"\r\n")
        assert ours[0].recv(100).startswith(b"HTTP/1.1 200")
        healthy(server)


def test_h2_a_proxys_sockets_are_counted_by_the_header(serve: Serve) -> None:
    strict = {**STRICT, "TRUSTED_PROXIES": "127.0.0.1", "REQUEST_SECONDS": "60"}
    server = signed(serve, **strict)
    body = b'Content-Length: 100\r\n\r\n{"page'
    with ExitStack() as stack:

        def half(*more: bytes) -> socket.socket:
            made = stack.enter_context(opened(server))
            made.sendall(b"".join(more))
            return made

        # Nobody knows yet whose they are.
        for _ in range(20):
            half(HEAD)
        for _ in range(5):
            half(POST, b"X-Forwarded-For: 203.0.113.7\r\n", body)
        healthy(server)
        over = half(POST, b"X-Forwarded-For: 203.0.113.7\r\n", body)
        assert heard(over).startswith(b"HTTP/1.1 429")
        half(POST, b"X-Forwarded-For: 203.0.113.8\r\n", body)
        healthy(server)
