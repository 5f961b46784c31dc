"""Large answers are compressed for whoever can read that, also through API Gateway."""

import asyncio
import base64
import gzip
import json
from typing import Any

from fastapi import FastAPI
from mangum import Mangum

from functions.http import share
from tests.client import visitor
from tests.server import Serve, Server

GZIP, PLAIN = {"Accept-Encoding": "gzip"}, {"Accept-Encoding": "identity"}


def sent(server: Server, path: str, headers: dict[str, str]) -> tuple[str | None, int, bytes]:
    """An answer's encoding, its size on the wire, and what it says."""
    answer = server.request("GET", path, headers=headers)
    encoding: str | None = answer.headers.get("content-encoding")
    return encoding, int(answer.headers["content-length"]), answer.content


async def test_a_large_answer_is_compressed_for_whoever_can_read_it(serve: Serve) -> None:
    server = serve(ECHO_DELAY="0", MESSAGES_PER_MINUTE="0")
    async with visitor(server, "ada") as client:
        for n in range(20):
            said = await client.say(f"message {n} " * 20)
            await client.reply_to(said["seq"])
    path = "/history?chat_id=ada"
    encoding, size, content = sent(server, path, GZIP)
    unpacked_encoding, whole, same = sent(server, path, PLAIN)
    assert (encoding, unpacked_encoding) == ("gzip", None)
    assert content == same and len(same) == whole
    print(f"{whole:,} bytes, compressed {size:,}")
    assert size * 4 < whole
    assert "accept-encoding" in server.request("GET", path, headers=GZIP).headers["vary"].lower()
    # A small one is not worth it, and a page is compressed already.
    assert sent(server, "/healthz", GZIP)[0] is None
    page = server.request("GET", "/manager", headers=GZIP)
    assert page.headers["content-encoding"] == "gzip" and "<!doctype html>" in page.text


def test_a_page_is_sent_in_the_smallest_form_that_a_browser_takes(shared: Serve) -> None:
    server = shared()

    def page(accepted: str) -> tuple[str | None, int, bytes]:
        return sent(server, "/widget.js", {"Accept-Encoding": accepted})

    by_browser, zipped, plain = page("gzip, deflate, br"), page("gzip;q=1.0, br;q=0"), page("")
    assert [one[0] for one in (by_browser, zipped, plain)] == ["br", "gzip", None]
    assert by_browser[2] == zipped[2] == plain[2]
    assert by_browser[1] < zipped[1] < plain[1]


def test_through_api_gateway_a_compressed_answer_is_base64() -> None:
    api, said = FastAPI(), {"text": "word " * 2_000}

    @api.get("/large")
    async def large() -> dict[str, str]:
        return said

    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": "/large",
        "rawQueryString": "",
        "headers": {"accept-encoding": "gzip", "host": "chat.example"},
        "requestContext": {
            "http": {"method": "GET", "path": "/large", "sourceIp": "127.0.0.1"},
            "stage": "$default",
        },
        "isBase64Encoded": False,
    }
    # Mangum runs the current loop.
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    try:
        answer = Mangum(share(api, []), lifespan="off")(event, None)  # type: ignore[arg-type]
    finally:
        asyncio.set_event_loop(None)
        loop.close()
    assert answer["isBase64Encoded"] and answer["headers"]["content-encoding"] == "gzip"
    assert json.loads(gzip.decompress(base64.b64decode(answer["body"]))) == said
