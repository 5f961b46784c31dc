"""Whatever bytes come as a request, whole or not: no defect, and the server lives."""

import contextlib
import json
import re
import socket
from dataclasses import dataclass
from urllib.parse import urlsplit

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.access.people import call, people, signed
from tests.access.test_fuzz import ANYTHING, PATHS
from tests.server import PoolOf, Serve, Server

PATIENCE = 30
READ_AT_ONCE = 30_000
METHODS = st.sampled_from(["GET", "POST", "DELETE", "PUT", "HEAD", "OPTIONS", "BREW", "get"])
TARGETS = st.one_of(
    st.sampled_from(sorted({path.replace("{", "").replace("}", "") for path, _ in PATHS})),
    st.sampled_from(["/ws", "/manager/ws", "/docs", "/ws/@connections/x", "*", "//", "/v/x/y.js"]),
    st.text(st.characters(min_codepoint=33, max_codepoint=255), min_size=1, max_size=30).map(
        lambda text: f"/{text}"
    ),
)
RIGHT = [(method.upper(), path.replace("{", "").replace("}", "")) for path, method in PATHS]
QUERIES = st.sampled_from(
    [
        "",
        "?",
        "?chat_id=a",
        "?chat_id=%00",
        "?chat_id=%ff",
        "?limit=1e9",
        "?cursor=AAAA",
        "?q=%ED%A0%80",
    ]
)
VALUES = st.one_of(
    st.sampled_from(
        [
            *("0", "-1", "1e3", "99999999999999999999", "5, 5", "chunked", "gzip, chunked", "null"),
            *("Bearer", "Bearer ", "Bearer sbm_", "Basic eA==", "http://[", "websocket", "Upgrade"),
            *(
                "application/json",
                "application/json; charset=utf-7",
                "text/plain",
                "a=b; a=c",
                "13",
            ),
        ]
    ),
    st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=60),
    st.integers(1_000, 40_000).map("a".__mul__),
)
NAMES = st.sampled_from(
    [
        *("Host", "Content-Length", "Transfer-Encoding", "Content-Type", "Authorization", "Cookie"),
        *("Origin", "X-Forwarded-For", "X-Forwarded-Proto", "Upgrade", "Connection", "Expect"),
        *("Sec-WebSocket-Key", "Sec-WebSocket-Version", "Accept-Encoding", "If-None-Match", "X-Y"),
        *("Access-Control-Request-Method", "Range", "Te", "Sec-WebSocket-Extensions"),
    ]
)
# What each of these must bear in its own place.
ODD = [
    *(("Origin", one) for one in ("http://[", "http://a]b", "null", "\xe9", "http://localhost")),
    *(("X-Forwarded-For", one) for one in ("", ",", "[::1", "1.2.3.4:x", "\xe9, 10.0.0.1")),
    *(("Content-Length", one) for one in ("-1", "\xb2", "5, 5", "9" * 40)),
    *(("Cookie", one) for one in ("switchboard=", "switchboard=\xe9", "=;=", "a" * 5_000)),
    *(("Authorization", one) for one in ("Bearer", "Bearer \xe9", "Bearer sbm_\xe9", "Bearer a.b")),
    *(("Host", one) for one in ("[", "a]b", "\xe9", "evil.example", "localhost:x")),
    *(("If-None-Match", one) for one in ('"', "*", "\xe9")),
    *(("Content-Type", one) for one in ("application/json; charset=x", "\xe9", "a/b/c")),
]
BODIES = st.one_of(
    st.just(b""),
    st.binary(max_size=200),
    ANYTHING.map(lambda value: json.dumps(value).encode()),
    st.dictionaries(
        st.sampled_from(["text", "chat_id", "token", "visitor", "page_url", "name", "audience"]),
        ANYTHING,
        max_size=3,
    ).map(lambda value: json.dumps(value).encode()),
    st.integers(60_000, 90_000).map(lambda size: b'{"text": "' + b"a" * size),
    st.integers(1_000, 30_000).map(lambda depth: b"[" * depth),
)


@dataclass(frozen=True)
class Sent:
    """The bytes of a request, and whether they are all of it."""

    raw: bytes
    whole: bool

    def __repr__(self) -> str:
        return f"Sent({self.raw[:500]!r}, {self.whole})"


@st.composite
def requests(draw: st.DrawFn, token: str) -> Sent:
    right = st.sampled_from(RIGHT) | st.sampled_from(RIGHT)
    method, target = draw(right | st.tuples(METHODS, TARGETS))
    head = [f"{method} {target}{draw(QUERIES)} HTTP/1.1", "Host: localhost", "Connection: close"]
    body = draw(BODIES)
    if draw(st.booleans()):
        head += [f"Authorization: Bearer {token}"]
    if draw(st.booleans()):
        head += [f"Content-Length: {len(body)}", "Content-Type: application/json"]
    for name, value in draw(st.lists(st.sampled_from(ODD) | st.tuples(NAMES, VALUES), max_size=3)):
        head.append(f"{name}: {value}")
    raw = "\r\n".join(head).encode("latin-1", "replace") + b"\r\n\r\n" + body
    cut = draw(st.none() | st.none() | st.integers(1, len(raw)))
    return Sent(raw, True) if cut is None else Sent(raw[:cut], False)


def answered(server: Server, sent: Sent) -> bytes:
    """What comes back before the server closes. Half a request ends with its sender."""
    at = urlsplit(server.url)
    with socket.create_connection((at.hostname, at.port), PATIENCE) as sock:
        came = b""
        # It may refuse, and close, before all of it has been sent.
        with contextlib.suppress(ConnectionError):
            sock.sendall(sent.raw)
            if not sent.whole:
                sock.shutdown(socket.SHUT_WR)
            while piece := sock.recv(65_536):
                came += piece
    return came


def statuses_of(came: bytes) -> list[int]:
    return [int(one) for one in re.findall(rb"^HTTP/1\.1 (\d+)", came, re.MULTILINE)]


async def test_no_odd_header_finds_a_defect_in_any_call(shared: Serve, pool_of: PoolOf) -> None:
    server = signed(shared, CHATS_PER_HOUR="0", MESSAGES_PER_MINUTE="0", REQUEST_SECONDS="1")
    _, tokens = await people(server, await pool_of(server))
    wrong = []
    for method, path in RIGHT:
        for name, value in ODD:
            head = [f"{method} {path} HTTP/1.1", "Connection: close", f"{name}: {value}"]
            head += ["Host: localhost"] * (name != "Host")
            head += ["Cookie: switchboard=x"] * (name == "Origin")
            head += [f"Authorization: Bearer {tokens['admin']}"] * (name == "Content-Type")
            head += ["Content-Length: 2"] * (name != "Content-Length")
            raw = "\r\n".join(head).encode("latin-1") + b"\r\n\r\n{}"
            found = statuses_of(answered(server, Sent(raw, True)))
            if not found or found[0] >= 500:
                wrong.append((raw, found))
    assert not wrong
    assert "request_failed" not in server.log and "Traceback" not in server.log


async def test_no_bytes_find_a_defect(shared: Serve, pool_of: PoolOf) -> None:
    server = signed(shared, CHATS_PER_HOUR="0", MESSAGES_PER_MINUTE="0", REQUEST_SECONDS="1")
    _, tokens = await people(server, await pool_of(server))

    statuses: set[int] = set()
    # Collected, for a report that shows a long request in short.
    wrong: list[tuple[Sent, list[int]]] = []

    @given(sent=requests(str(tokens["admin"])))
    @settings(
        max_examples=250,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    def tried(sent: Sent) -> None:
        found = statuses_of(answered(server, sent))
        statuses.update(found)
        # A reset overtakes the answer where more came than was read.
        is_owed = sent.whole and len(sent.raw) < READ_AT_ONCE
        if any(status >= 500 for status in found) or (is_owed and not found):
            wrong.append((sent, found))

    tried()
    assert not wrong
    # They came as far as they could have.
    assert {200, 400, 401, 404, 405, 413, 422, 431} <= statuses, statuses
    assert call(server, "GET", "/healthz").status_code == 200
    assert "request_failed" not in server.log and "Traceback" not in server.log
