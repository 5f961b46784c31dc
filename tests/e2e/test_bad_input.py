"""Bad input, each a clear answer and nothing lost: on sockets, over HTTP, in the environment."""

import json
import socket
import subprocess
import sys
from pathlib import Path

import httpx2
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.client import manager, visitor
from tests.server import ROOT, Serve, Server


@pytest.fixture
def server(shared: Serve) -> Server:
    return shared()


FRAMES = {
    "no text": ({"action": "message", "text": ""}, "invalid", "text"),
    "blank text": ({"action": "message", "text": " \n"}, "invalid", "text"),
    "8,001 characters": ({"action": "message", "text": "x" * 8001}, "invalid", "8,001"),
    "too many bytes": ({"action": "message", "text": "字" * 8000 + "x"}, "invalid", "text"),
    "text of a number": ({"action": "message", "text": 5}, "invalid", "text"),
    "no text field": ({"action": "message"}, "invalid", "text"),
    "a long client_id": (
        {"action": "message", "text": "x", "client_id": "y" * 65},
        "invalid",
        "client_id",
    ),
    "seq as a string": ({"action": "seen", "seq": "5"}, "invalid", "seq"),
    "negative after": ({"action": "resume", "after": -1}, "invalid", "after"),
    "huge after": ({"action": "resume", "after": 2**40}, "invalid", "after"),
    "after as truth": ({"action": "resume", "after": True}, "invalid", "after"),
    "an unknown action": ({"action": "dance"}, "unknown_action", "action"),
    "no action": ({"text": "hi"}, "unknown_action", "action"),
    "action of a list": ({"action": ["message"]}, "unknown_action", "action"),
    "nothing to see": ({"action": "message", "text": "\u200b\u2060\u00a0"}, "invalid", "visible"),
    "a filler": ({"action": "message", "text": "\u3164 \u2800"}, "invalid", "visible"),
}


async def test_each_bad_frame_is_answered_and_the_socket_stays_open(
    server: Server, chat_id: str
) -> None:
    async with visitor(server, chat_id) as user:
        for name, (frame, code, word) in FRAMES.items():
            await user.socket.send(json.dumps(frame, ensure_ascii=False))
            error = await user.next("error")
            assert error["code"] == code and word in error["message"], name
        await user.say("still here")
        await user.reply_to(1)


async def test_an_error_names_the_message_that_it_is_about(server: Server, chat_id: str) -> None:
    async with visitor(server, chat_id) as user:
        await user.send("message", text="", client_id="mine")
        assert (await user.next("error"))["client_id"] == "mine"


async def test_what_is_not_a_json_object_is_a_message_with_that_text(
    server: Server, chat_id: str
) -> None:
    texts = ["plain", "5", "[1]", '"x"', "not {json}", "null", "[" * 3000, "x {"]
    async with visitor(server, chat_id) as user:
        for text in texts:
            await user.socket.send(text)
        page = await user.resume()
    assert [m["text"] for m in page["messages"] if m["role"] == "user"] == texts


@pytest.mark.parametrize(
    "raw",
    ["{not json", "{" * 3000, ' {"action":', '{"action":"message","text":"x"}}', '{"a":' * 5000],
)
async def test_what_begins_like_a_json_object_and_is_none_is_an_error(
    server: Server, chat_id: str, raw: str
) -> None:
    async with visitor(server, chat_id) as user:
        await user.socket.send(raw)
        assert (await user.next("error"))["code"] in ("invalid", "unknown_action")
        assert (await user.resume())["messages"] == []


async def test_half_a_character_is_replaced_and_the_frame_still_counts(
    server: Server, chat_id: str
) -> None:
    async with visitor(server, chat_id) as user:
        # As a client writes it that cuts a text inside an emoji.
        raw = r'{"action":"message","text":"hi \ud83d","client_id":"abc1"}'
        for _ in range(2):
            await user.socket.send(raw)
        stored = await user.next("message", client_id="abc1")
        assert stored["text"] == "hi \ufffd"
        again = await user.next("message", client_id="abc1")
        assert again["seq"] == stored["seq"] == 1
        assert (await user.reply_to(1))["text"] == "hi \ufffd"


def test_half_a_character_in_a_name_is_replaced(server: Server) -> None:
    headers = {"content-type": "application/json"}
    for name in (r"A\ud83d", r"A\u0000", r"\ude00A"):
        body = f'{{"visitor":{{"name":"{name}"}},"page_url":"https://x/{name}"}}'
        made = httpx2.post(f"{server.url}/chats", content=body, headers=headers)
        assert made.status_code == 201, made.text
    body = r'{"chat_id":"a","text":"\ud83d"}'
    sent = httpx2.post(f"{server.url}/manager/send", content=body, headers=headers)
    assert sent.status_code in (404, 422)


async def test_control_characters_are_removed(server: Server, chat_id: str) -> None:
    async with visitor(server, chat_id) as user:
        stored = await user.say("a\x00b\x07c\x1b[0m\x85\x7f\td\ne")
        assert stored["text"] == "a\ufffdbc[0m\td\ne"
        assert (await user.reply_to(1))["text"] == stored["text"]


@pytest.mark.parametrize(
    ("payload", "code"),
    [("x" * 1_000_000, 1009), ("x" * 40_000, 1009), (b"binary", 1003), ("y" * 32_769, 1009)],
)
async def test_what_api_gateway_refuses_closes_the_socket(
    server: Server, payload: str | bytes, code: int, chat_id: str
) -> None:
    async with connect(server.socket_url(f"/ws?chat_id={chat_id}")) as ws:
        # It may be closed before all of it is sent.
        with pytest.raises(ConnectionClosed):
            await ws.send(payload)
            await ws.recv()
        assert ws.close_code == code
    async with visitor(server, chat_id) as user:
        assert (await user.resume())["messages"] == []


async def test_invalid_utf8_closes_with_1007(server: Server, chat_id: str) -> None:
    async with connect(server.socket_url(f"/ws?chat_id={chat_id}")) as ws:
        await ws.send(b"\xff\xfe", text=True)
        with pytest.raises(ConnectionClosed):
            await ws.recv()
        assert ws.close_code == 1007


@pytest.mark.parametrize("query", ["", "?chat_id=", f"?chat_id={'a' * 200}", "?chat_id=a%20b"])
async def test_a_bad_chat_id_refuses_the_handshake(server: Server, query: str) -> None:
    with pytest.raises(InvalidStatus) as refused:
        await connect(server.socket_url(f"/ws{query}"))
    assert refused.value.response.status_code == 400


async def test_an_unknown_path_refuses_the_handshake(server: Server) -> None:
    with pytest.raises(InvalidStatus):
        await connect(server.socket_url("/nowhere"))


async def test_bad_manager_frames_are_answered(server: Server) -> None:
    async with manager(server) as boss:
        await boss.socket.send("hello")
        assert (await boss.next("error"))["code"] == "invalid"
        await boss.send("watch", chat_id="nobody")
        assert (await boss.next("error"))["code"] == "not_found"
        await boss.send("seen", chat_id="nobody", seq=1)
        assert (await boss.next("error"))["code"] == "not_found"
        await boss.send("resume", since="yesterday")
        assert (await boss.next("error"))["code"] == "invalid"


CALLS = [
    ("GET", "/history?chat_id=nobody", None, 404),
    ("GET", "/history", None, 422),
    ("GET", "/history?chat_id=", None, 422),
    ("GET", "/history?chat_id=a&limit=-1", None, 422),
    ("GET", "/history?chat_id=a&limit=1000000", None, 422),
    ("GET", "/history?chat_id=a&after=-1", None, 422),
    ("GET", "/history?chat_id=a&after=99999999999999999999", None, 422),
    ("GET", "/manager/chats?limit=0", None, 422),
    ("GET", "/manager/chats?filter=none", None, 422),
    ("GET", "/manager/chats?cursor=%00", None, 422),
    ("GET", "/manager/chats?cursor=nonsense", None, 422),
    # A time, and a name with a NUL in it.
    ("GET", "/manager/chats?cursor=MjAyNi0xMS0yNVQwMDowMDowMCswMDowMCBhAGI=", None, 422),
    ("GET", "/manager/broadcasts/7d8b9dbb-61d8-4bfb-8d23-6dfcf3b4c3d3", None, 404),
    ("POST", "/manager/send", {"chat_id": "nobody", "text": "hi"}, 404),
    ("POST", "/manager/send", {"chat_id": "a", "text": ""}, 422),
    ("POST", "/manager/send", {"chat_id": "a b", "text": "x"}, 422),
    ("POST", "/manager/send", {"chat_id": "a"}, 422),
    ("POST", "/manager/send", None, 422),
    ("POST", "/manager/chats/nobody/owner", {"owner": "manager"}, 404),
    ("POST", "/manager/chats/nobody/owner", {"owner": "assistant"}, 404),
    ("POST", "/manager/chats/nobody/owner", {"owner": "nobody"}, 422),
    ("POST", "/manager/chats/nobody/status", {"status": "closed"}, 404),
    ("POST", "/manager/chats/nobody/stop", None, 404),
    ("GET", "/manager/chats?chat_id=a%20b", None, 422),
    ("POST", "/manager/chats/%00/status", {"status": "closed"}, 422),
    ("POST", "/manager/broadcast", {"text": "hi", "audience": ["nobody"]}, 404),
    ("POST", "/manager/broadcast", {"text": ""}, 422),
    ("GET", "/nowhere", None, 404),
    ("DELETE", "/history", None, 405),
]


def test_each_bad_call_is_a_problem_with_a_code(server: Server) -> None:
    for method, path, body, status in CALLS:
        answer = server.request(method, path, json=body)
        assert answer.status_code == status, (method, path, answer.text)
        assert answer.headers["content-type"] == "application/problem+json"
        problem = answer.json()
        assert problem["code"] and problem["detail"] and problem["status"] == status


def _start(tmp_path: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "local"],
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin", "DATA_DIR": str(tmp_path), **environment},
        capture_output=True,
        text=True,
        timeout=120,
    )


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("DATABASE_URL", "mysql://localhost/x"),
        ("DATABASE_URL", "postgresql://user@127.0.0.1:1/x"),
        ("DATABASE_URL", "nonsense"),
        ("ECHO_DELAY", "soon"),
        ("PORT", "70000"),
        ("POSTGRES_PORT", "x"),
    ],
)
def test_a_wrong_setting_is_named_and_nothing_starts(
    tmp_path: Path, variable: str, value: str
) -> None:
    ended = _start(tmp_path, **{"PORT": "0", variable: value})
    assert ended.returncode != 0
    said = ended.stdout + ended.stderr
    assert variable in said and "Traceback" not in said


def test_a_wrong_password_or_database_is_named(tmp_path: Path, postgres: str) -> None:
    missing = postgres.replace("/postgres?", "/no_such_database?")
    ended = _start(tmp_path, PORT="0", DATABASE_URL=missing)
    said = ended.stdout + ended.stderr
    assert ended.returncode != 0 and "DATABASE_URL" in said and "no_such_database" in said
    assert "Traceback" not in said


def test_a_port_in_use_is_said(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        ended = _start(tmp_path, PORT=port)
    assert ended.returncode != 0
    assert f"Port {port} is in use" in ended.stderr and "Traceback" not in ended.stderr
