"""What one would write in an afternoon: FastAPI, a socket a visitor, asyncpg's pool as it comes.

The same work as ours in one turn: the message stored and acknowledged, the answer stored, and both
pushed to the visitor and to every manager. No claim, no resume, no limits, no second node.
"""

import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import uvicorn
from fastapi import FastAPI, WebSocket, WebSocketDisconnect

TABLE = """
create table if not exists plain (
    chat_id text, seq bigserial, role text, text text, client_id text,
    created_at timestamptz default now(), primary key (chat_id, seq), unique (chat_id, client_id))
"""
STORE = "insert into plain (chat_id, role, text, client_id) values ($1, $2, $3, $4) returning seq"

managers: set[WebSocket] = set()


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    async with asyncpg.create_pool(os.environ["DATABASE_URL"]) as pool:
        await pool.execute(TABLE)
        app.state.pool = pool
        yield


app = FastAPI(lifespan=lifespan)


@app.websocket("/manager/ws")
async def manager(socket: WebSocket) -> None:
    await socket.accept()
    managers.add(socket)
    try:
        while True:
            await socket.receive_text()
    except WebSocketDisconnect:
        managers.discard(socket)


@app.websocket("/ws")
async def visitor(socket: WebSocket, chat_id: str) -> None:
    await socket.accept()
    try:
        while True:
            said = json.loads(await socket.receive_text())
            await store_and_push(socket, chat_id, "user", said["text"], said["client_id"])
            await store_and_push(socket, chat_id, "assistant", said["text"], None)
    except WebSocketDisconnect:
        return


async def store_and_push(
    socket: WebSocket, chat_id: str, role: str, text: str, client_id: str | None
) -> None:
    seq = await app.state.pool.fetchval(STORE, chat_id, role, text, client_id)
    message = {"type": "message", "role": role, "chat_id": chat_id, "seq": seq, "text": text}
    frame = json.dumps({**message, "client_id": client_id}, separators=(",", ":"))
    for receiver in (socket, *managers):
        await receiver.send_text(frame)


if __name__ == "__main__":
    uvicorn.run(app, port=int(sys.argv[1]), log_level="error")
