"""Frames that ask for nothing are limited per connection, and their log lines are sampled."""

import asyncio
import json
import os

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.frames import Frame, Opcode

from core.limits import Bucket, Buckets, Rate
from core.log import Sampled
from tests.access.people import begin, call, people, signed
from tests.client import PATIENCE
from tests.server import PoolOf, Serve

FLOOD = 2000
WRONG = {
    "no JSON": "{",
    "no action": '{"action": "nothing"}',
    "an empty frame": "",
    "a ping": '{"action": "ping"}',
    "a sign of life": '{"action": "keep"}',
    "a message that is too long": json.dumps({"action": "message", "text": "a" * 9000}),
}


async def flooded(socket: ClientConnection, raw: str) -> list[dict[str, str]]:
    """What comes back until the server closes."""
    frames: list[dict[str, str]] = []

    async def read() -> None:
        async for frame in socket:
            frames.append(json.loads(frame))

    async with asyncio.timeout(PATIENCE):
        reading = asyncio.create_task(read())
        try:
            for _ in range(FLOOD):
                await socket.send(raw)
        except ConnectionClosed:
            pass
        await reading
    return frames


@pytest.mark.parametrize("wrong", WRONG)
async def test_h4_wrong_frames_and_pings_are_limited_and_logged_seldom(
    serve: Serve, wrong: str
) -> None:
    server = signed(serve)
    async with begin(server).client() as other:
        async with connect(server.socket_url(begin(server).socket_path())) as socket:
            frames = await flooded(socket, WRONG[wrong])
        # 60 at once, five a second after that, one warning, and then the end.
        assert 61 <= len(frames) <= 300
        assert [one for one in frames if one.get("code") == "too_many"]
        assert (await other.say("hello"))["type"] == "message"
    assert server.log.count("frame_refused") <= 40


async def test_h4_a_managers_frames_are_limited_as_well(shared: Serve, pool_of: PoolOf) -> None:
    server = signed(shared)
    _, tokens = await people(server, await pool_of(server))
    url = call(server, "POST", "/tickets", tokens["agent"], json={}).json()["ws_url"]
    async with connect(url) as socket:
        assert len(await flooded(socket, WRONG["no action"])) <= 300


@pytest.mark.parametrize("opcode", [Opcode.PING, Opcode.PONG, Opcode.CONT, Opcode.CLOSE])
async def test_h4_control_frames_are_limited(shared: Serve, opcode: Opcode) -> None:
    server = signed(shared)
    data = b"\x03\xe8" if opcode is Opcode.CLOSE else b""
    part = Frame(opcode, data, fin=opcode is not Opcode.CONT).serialize(mask=True)
    begun = Frame(Opcode.TEXT, b"", fin=False).serialize(mask=True)
    async with begin(server).client() as other:
        socket = await connect(server.socket_url(begin(server).socket_path()))
        if opcode is Opcode.CONT:
            socket.transport.write(begun)
        socket.transport.write(part * FLOOD)
        async with asyncio.timeout(PATIENCE):
            await socket.wait_closed()
        assert socket.close_code == (1000 if opcode is Opcode.CLOSE else 1008)
        assert (await other.say("hello"))["type"] == "message"
    assert "Traceback" not in server.log and "handler_failed" not in server.log


async def test_some_pings_and_a_message_in_parts_are_nothing_to_limit(shared: Serve) -> None:
    server = signed(shared)
    async with begin(server).client() as client:
        for _ in range(50):
            await (await client.socket.ping(os.urandom(8)))
            await client.send("ping")
        parts = json.dumps({"action": "message", "text": "hello"})
        await client.socket.send(parts[n : n + 5] for n in range(0, len(parts), 5))
        await client.next("message", text="hello")
        assert len(client.of("pong")) == 50


def test_a_bucket_holds_no_more_than_its_burst(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr("core.limits.time.monotonic", lambda: now)
    bucket = Bucket(Rate(burst=3, refill=1.0))
    assert [bucket.draw() for _ in range(4)] == [True, True, True, False]
    now += 1.5
    assert [bucket.draw() for _ in range(2)] == [True, False]
    now += 1000
    assert [bucket.draw() for _ in range(4)] == [True, True, True, False]
    assert all(Bucket(Rate()).draw() for _ in range(100))


def test_buckets_of_many_names_are_bounded() -> None:
    buckets = Buckets(Rate(burst=1, refill=0.0), most=2)
    assert buckets.draw("a") and not buckets.draw("a")
    assert buckets.draw("b") and not buckets.draw("a")
    # The one that was not heard for the longest time is forgotten.
    assert buckets.draw("c") and not buckets.draw("a") and buckets.draw("b")


def test_a_sampled_line_says_how_many_were_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr("core.limits.time.monotonic", lambda: now)
    sampled = Sampled()
    drawn = [sampled.draw() for _ in range(100)]
    assert drawn == [0] * 20 + [None] * 80
    now += 7
    assert sampled.draw() == 80
    assert sampled.draw() is None
