"""What a browser shows: who waits and why, in its language, and nothing that a visitor wrote."""

from typing import Any

from core.delivery.carriers.carrier import Notice
from core.delivery.carriers.news import MAX_NAME, News, visitor

MAX_SITE = 40

TEXTS = {
    "en": {
        "waiting": "{name} is waiting",
        "taken": "{name} is being answered",
        "taken_by": "{who} answers {name}",
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
        "waiting": "{name} wartet",
        "taken": "{name} bekommt schon Antwort",
        "taken_by": "{who} antwortet {name}",
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


def place(notice: Notice, news: News) -> str:
    """Where a notice stands: the next one of the same place replaces it."""
    if news.beside:
        return f"{notice.what} {notice.chat_id}"
    return notice.chat_id or notice.what


def shown(notice: Notice, news: News, language: str) -> dict[str, Any]:
    """What the browser gets of a notice. `tag`: the next one with the same takes its place."""
    title, body = news.shown(notice, language if language in TEXTS else "en")
    said = {
        "kind": notice.what,
        "title": title,
        "body": " · ".join(filter(None, [body, notice.site[:MAX_SITE]])),
        "tag": place(notice, news),
        "chat_id": notice.chat_id,
        "lang": language,
        "at": int(notice.at.timestamp() * 1000),
    }
    return {name: one for name, one in said.items() if one not in (None, "")}


def waiting(notice: Notice, language: str) -> tuple[str, str]:
    texts = TEXTS[language]
    title = texts["waiting"].format(name=visitor(notice, language))
    return title, texts.get(notice.waiting_for or "", "")


def taken(notice: Notice, language: str) -> tuple[str, str]:
    who = str(notice.facts.get("manager") or "")[:MAX_NAME]
    title = TEXTS[language]["taken_by" if who else "taken"]
    return title.format(name=visitor(notice, language), who=who), ""


def digest(notice: Notice, language: str) -> tuple[str, str]:
    return TEXTS[language]["digest"].format(count=notice.facts.get("count", 0)), ""


def test(notice: Notice, language: str) -> tuple[str, str]:
    return TEXTS[language]["test"], TEXTS[language]["test_body"]
