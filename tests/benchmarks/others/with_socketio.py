"""The same afternoon's work with python-socketio: rooms in place of sets of sockets."""

import os
import sys
from typing import Any
from urllib.parse import parse_qs

import asyncpg
import socketio
import uvicorn

from tests.benchmarks.others.plain import STORE, TABLE

server = socketio.AsyncServer(async_mode="asgi")
pool: asyncpg.Pool | None = None


async def connect(sid: str, environ: dict[str, Any]) -> None:
    asked = parse_qs(environ["QUERY_STRING"])
    if "chat_id" in asked:
        await server.save_session(sid, {"chat_id": asked["chat_id"][0]})
    else:
        await server.enter_room(sid, "managers")


async def message(sid: str, said: dict[str, str]) -> None:
    chat_id = (await server.get_session(sid))["chat_id"]
    for role, client_id in (("user", said["client_id"]), ("assistant", None)):
        assert pool is not None
        seq = await pool.fetchval(STORE, chat_id, role, said["text"], client_id)
        common = {"type": "message", "role": role, "chat_id": chat_id, "seq": seq}
        frame = {**common, "text": said["text"], "client_id": client_id}
        await server.emit("message", frame, to=sid)
        await server.emit("message", frame, to="managers")


async def begin() -> None:
    global pool
    pool = await asyncpg.create_pool(os.environ["DATABASE_URL"])
    await pool.execute(TABLE)


server.on("connect", connect)
server.on("message", message)
app = socketio.ASGIApp(server, on_startup=begin)


if __name__ == "__main__":
    uvicorn.run(app, port=int(sys.argv[1]), log_level="error")
