"""What a browser shows: who waits and why, in its language, and nothing that a visitor wrote."""

from collections.abc import Mapping
from typing import Any

from core.delivery.carriers.carrier import Notice

MAX_NAME = 80
MAX_SITE = 40

Texts = Mapping[str, str]

TEXTS: dict[str, Texts] = {
    "en": {
        "somebody": "Somebody",
        "waiting": "{name} is waiting",
        "taken": "{name} is being answered",
        "taken_by": "{who} answers {name}",
        "named": "A colleague names you: {name}",
        "test": "Notices work on this device",
        "test_body": "You are told here when somebody waits.",
        "digest": "Chats that wait: {count}",
        "new": "A new chat",
        "asked": "Wants a person",
        "failed": "The assistant could not answer",
        "budget": "The assistant's budget is spent",
        "reply": "Wrote again",
    },
    "de": {
        "somebody": "Jemand",
        "waiting": "{name} wartet",
        "taken": "{name} bekommt schon Antwort",
        "taken_by": "{who} antwortet {name}",
        "named": "Jemand aus dem Team nennt Sie: {name}",
        "test": "Hinweise kommen auf diesem Gerät an",
        "test_body": "Hier erfahren Sie, wenn jemand wartet.",
        "digest": "Wartende Chats: {count}",
        "new": "Ein neuer Chat",
        "asked": "Möchte mit einem Menschen sprechen",
        "failed": "Der Assistent konnte nicht antworten",
        "budget": "Das Budget des Assistenten ist verbraucht",
        "reply": "Hat wieder geschrieben",
    },
}

# The event that a notice tells of: the words for it.
TAKEN = "chat.taken"
NAMED = "note.mentioned"
DIGEST = "digest"
TEST = "test"
# What wakes a phone that saves its battery.
URGENT = {"chat.waiting", TEST}


def shown(notice: Notice, language: str) -> dict[str, Any]:
    """What the browser gets of a notice. `tag`: the next one with the same takes its place."""
    texts = TEXTS.get(language, TEXTS["en"])
    title, body = _words(notice, texts)
    said = {
        "kind": notice.what,
        "title": title,
        "body": " · ".join(filter(None, [body, notice.site[:MAX_SITE]])),
        "tag": notice.chat_id or notice.what,
        "chat_id": notice.chat_id,
        "lang": language,
        "at": int(notice.at.timestamp() * 1000),
    }
    return {name: one for name, one in said.items() if one not in (None, "")}


def _words(notice: Notice, texts: Texts) -> tuple[str, str]:
    if notice.what == TEST:
        return texts["test"], texts["test_body"]
    if notice.what == DIGEST:
        return texts["digest"].format(count=notice.facts.get("count", 0)), ""
    names = {"name": notice.visitor[:MAX_NAME] or texts["somebody"]}
    if notice.what == NAMED:
        return texts["named"].format(**names), ""
    if notice.what == TAKEN:
        who = str(notice.facts.get("manager") or "")[:MAX_NAME]
        return texts["taken_by" if who else "taken"].format(**names, who=who), ""
    return texts["waiting"].format(**names), texts.get(notice.waiting_for or "", "")
