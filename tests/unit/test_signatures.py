"""The signature that we compute is the one of AWS's own signer, for any request."""

from datetime import UTC, datetime
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.gateway.signature import Call, Credentials, SignatureRefused, check_signature
from tests.gateway.signed import sign

KEYS = Credentials("AKIDEXAMPLE", "a/secret+key=", None, "eu-central-1")
HOST = "127.0.0.1:8000"

words = st.text(st.characters(codec="ascii", categories=("L", "N")), min_size=1, max_size=8)
segments = st.text(max_size=12).map(lambda text: quote(text, safe="@=:"))
paths = st.lists(segments, max_size=4).map(lambda parts: "/" + "/".join(parts))
pairs = st.tuples(words, st.one_of(st.none(), st.text(max_size=6).map(quote)))
queries = st.lists(pairs, max_size=4).map(
    lambda found: "&".join(name if value is None else f"{name}={value}" for name, value in found)
)
values = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=20)
extra_headers = st.dictionaries(words.map(lambda word: f"X-{word}"), values, max_size=3)


@given(st.sampled_from(["POST", "GET", "DELETE"]), paths, queries, extra_headers, st.binary())
def test_any_request_that_botocore_signed_passes(
    method: str, path: str, query: str, extra: dict[str, str], body: bytes
) -> None:
    call = signed(method, path, query, extra, body)
    check_signature(call, body, KEYS)
    with pytest.raises(SignatureRefused):
        check_signature(call, body + b"!", KEYS)


def signed(method: str, path: str, query: str, extra: dict[str, str], body: bytes) -> Call:
    url = f"http://{HOST}{path}" + (f"?{query}" if query else "")
    headers = sign(method, url, body, keys=KEYS, at=datetime.now(UTC), headers=extra)
    lowered = {name.lower(): value for name, value in headers.items()}
    return Call(method, path, query, {"host": HOST, **lowered})
