"""Rows of the store to values. The store gives whole rows as JSON, so one reader serves all."""

import json
from datetime import datetime
from functools import lru_cache
from typing import Any

from core.model import Chat, ChatId, Draft, Manager, Message, Target, Told, Visitor

# Times are ISO 8601 in JSON.
time = datetime.fromisoformat


def message(row: dict[str, Any]) -> Message:
    return Message(
        chat_id=ChatId(row["chat_id"]),
        seq=row["seq"],
        id=row["id"],
        role=row["role"],
        kind=row["kind"],
        text=row["text"],
        state=row["state"],
        rev=row["rev"],
        created_at=time(row["created_at"]),
        author=_manager(row["author_id"], row["author_name"]),
        client_id=row["client_id"],
        reply_to=row["reply_to"],
    )


def message_of(chat_id: ChatId, columns: list[Any]) -> Message:
    """The same from the columns alone, in their order in the table."""
    seq, id_, role, kind, text, state, rev, created_at, *rest = columns
    author_id, author_name, client_id, reply_to = rest
    return Message(
        chat_id=chat_id,
        seq=seq,
        id=id_,
        role=role,
        kind=kind,
        text=text,
        state=state,
        rev=rev,
        created_at=time(created_at),
        author=_manager(author_id, author_name) if author_id else None,
        client_id=client_id,
        reply_to=reply_to,
    )


def messages(stored: str | None) -> tuple[Message, ...]:
    return tuple(message(row) for row in json.loads(stored)) if stored else ()


def chat(row: dict[str, Any]) -> Chat:
    last = row["last_message"]
    since = row["waiting_since"]
    return Chat(
        chat_id=ChatId(row["chat_id"]),
        owner=row["owner"],
        manager=_manager(row["manager_id"], row["manager_name"]),
        epoch=row["epoch"],
        status=row["status"],
        online=row["online"],
        waiting_since=time(since) if since else None,
        waiting_for=row["waiting_for"],
        unanswered=row["unanswered"],
        last_seq=row["last_seq"],
        last_message=message(last) if last else None,
        unread=row["unread"],
        seen_by_user=row["seen_by_user"],
        seen_by_manager=row["seen_by_manager"],
        visitor=Visitor(**row["visitor"]),
        created_at=time(row["created_at"]),
        updated_at=time(row["updated_at"]),
    )


def chat_or_none(stored: str | None) -> Chat | None:
    return chat(json.loads(stored)) if stored else None


def _manager(id: str | None, name: str | None) -> Manager | None:
    return Manager(id, name or id) if id else None


def targets(stored: list[str] | None) -> tuple[Target, ...]:
    return tuple(Target.parse(one) for one in stored or ())


@lru_cache(maxsize=1024)
def audience(stored: str | None) -> tuple[Target, ...]:
    """Targets, one a line. The same ones are told again and again."""
    return tuple(map(Target.parse, stored.split("\n"))) if stored else ()


def draft(stored: str | None) -> Draft | None:
    if not stored:
        return None
    row = json.loads(stored)
    return Draft(ChatId(row["chat_id"]), row["reply_to"], row["try"], row["text"])


def told(row: Any) -> Told:
    """From a procedure that gives `messages`, `chat`, `users` and `managers`."""
    return Told(
        messages=messages(row["messages"]),
        chat=chat_or_none(row["chat"]),
        users=targets(row["users"]),
        managers=targets(row["managers"]),
    )
