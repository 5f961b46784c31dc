"""I7: tokens that another installation made, or nobody."""

import base64
import json

import pytest

from tests.access.people import begin, call, signed
from tests.server import Serve
from tests.tickets import KEYS


async def test_i7_a_token_of_another_installation_opens_nothing(shared: Serve) -> None:
    server = shared(SECRET_KEY="another installation's own secret key")
    token = KEYS.user_token(begin(server).chat_id)  # type: ignore[arg-type]
    assert call(server, "POST", "/tickets", token, json={}).status_code == 401


@pytest.mark.parametrize("algorithm", ["none", "HS512", "RS256"])
def test_i7_a_token_signed_in_another_way_opens_nothing(shared: Serve, algorithm: str) -> None:
    server = signed(shared)
    user = begin(server)
    _, payload, signature = user.token.split(".")
    given = json.dumps({"alg": algorithm, "typ": "JWT"}).encode()
    header = base64.urlsafe_b64encode(given).decode().rstrip("=")
    for end in ("", signature):
        forged = f"{header}.{payload}.{end}"
        assert call(server, "POST", "/tickets", forged, json={}).status_code == 401
