"""An OpenID Connect issuer: its configuration, its keys, and what it signs."""

import json
import threading
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from uuid import uuid4

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key

SOON = timedelta(minutes=5)


def new_key() -> RSAPrivateKey:
    return generate_private_key(public_exponent=65537, key_size=2048)


class Issuer:
    """`asked` counts the requests, `answers` holds what each path answers. Nothing is answered
    while `open` is not set."""

    def __init__(self) -> None:
        self.asked = 0
        self.open = threading.Event()
        self.open.set()
        self.answers: dict[str, tuple[int, bytes]] = {}
        issuer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                issuer.asked += 1
                issuer.open.wait()
                status, body = issuer.answers.get(self.path, (404, b""))
                self.send_response(status)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        found = {"issuer": self.url, "jwks_uri": f"{self.url}/keys"}
        self.answers["/.well-known/openid-configuration"] = 200, json.dumps(found).encode()
        self.use(new_key(), "one")

    def use(self, key: RSAPrivateKey, name: str | None) -> None:
        """Sign with this key from now on, and publish no other."""
        self.key, self.name = key, name
        public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key()))
        public |= {"use": "sig", "alg": "RS256"} | ({"kid": name} if name else {})
        self.answers["/keys"] = 200, json.dumps({"keys": [public]}).encode()

    def token(
        self,
        kid: str | None = None,
        key: RSAPrivateKey | None = None,
        typ: str = "JWT",
        **claims: Any,
    ) -> str:
        now = datetime.now(UTC)
        claims = {
            "iss": self.url,
            "aud": "switchboard",
            "sub": "u-1",
            "name": "Olga",
            "iat": now,
            "exp": now + SOON,
            # No two tokens are equal.
            "jti": uuid4().hex,
            **claims,
        }
        named = kid or self.name
        headers = {"typ": typ} | ({"kid": named} if named else {})
        return jwt.encode(claims, key or self.key, "RS256", headers=headers)

    def close(self) -> None:
        self.open.set()
        self._server.shutdown()
        self._server.server_close()
