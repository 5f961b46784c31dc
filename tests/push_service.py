"""A push service on this machine, and the browsers that have subscribed at it.

It decrypts with another program's code (`http_ece`) what it gets, and checks who signed it.
"""

import base64
import json
import secrets
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Empty, Queue
from typing import Any, Self

import http_ece
import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

PATIENCE = 60


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def plain(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


@dataclass
class Pushed:
    """What the service got, and what the browser reads of it."""

    headers: dict[str, str]
    size: int
    text: dict[str, Any]
    claims: dict[str, Any]
    key: str


@dataclass
class Subscriber:
    """A browser: its address at the service, its keys, and what has come."""

    endpoint: str
    private: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )
    auth: bytes = field(default_factory=lambda: secrets.token_bytes(16))
    # What the service answers next: a status, and maybe for how many seconds to wait.
    answers: list[tuple[int, str | None]] = field(default_factory=list)
    came: "Queue[Pushed]" = field(default_factory=Queue)

    @property
    def keys(self) -> dict[str, str]:
        public = self.private.public_key()
        point = public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return {"p256dh": b64(point), "auth": b64(self.auth)}

    @property
    def body(self) -> dict[str, Any]:
        """What the page sends to us of it."""
        return {"endpoint": self.endpoint, "keys": self.keys}

    def next(self) -> Pushed:
        return self.came.get(timeout=PATIENCE)

    @property
    def got_nothing(self) -> bool:
        try:
            self.came.get_nowait()
        except Empty:
            return True
        return False

    def read(self, headers: dict[str, str], body: bytes) -> Pushed:
        assert headers["content-encoding"] == "aes128gcm"
        text = http_ece.decrypt(
            body, private_key=self.private, auth_secret=self.auth, version="aes128gcm"
        )
        scheme, _, rest = headers["authorization"].partition(" ")
        parts = dict(one.strip().split("=", 1) for one in rest.split(","))
        assert scheme == "vapid"
        public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), plain(parts["k"]))
        origin = "/".join(self.endpoint.split("/")[:3])
        claims = jwt.decode(parts["t"], public, ["ES256"], audience=origin)
        return Pushed(headers, len(body), json.loads(text), claims, parts["k"])


class PushService:
    def __init__(self) -> None:
        self.subscribers: dict[str, Subscriber] = {}
        # What went wrong while a call was read.
        self.broken: list[BaseException] = []
        service = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                length = int(self.headers.get("content-length", 0))
                status, wait = service.take(self.path, self.headers, self.rfile.read(length))
                self.send_response(status)
                if wait is not None:
                    self.send_header("Retry-After", wait)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                """Nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def subscriber(self) -> Subscriber:
        path = f"/push/{secrets.token_urlsafe(16)}"
        self.subscribers[path] = Subscriber(self.url + path)
        return self.subscribers[path]

    def take(self, path: str, headers: Any, body: bytes) -> tuple[int, str | None]:
        """The status and `Retry-After` of a push."""
        known = self.subscribers.get(path)
        if known is None:
            return 404, None
        status, wait = known.answers.pop(0) if known.answers else (201, None)
        try:
            pushed = known.read({name.lower(): value for name, value in headers.items()}, body)
        except BaseException as error:
            self.broken.append(error)
            return 400, None
        if status == 201:
            known.came.put(pushed)
        return status, wait

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
