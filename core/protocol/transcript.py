"""A chat as a file that people read: text, or a page that stands alone. It has no notes."""

from collections.abc import Mapping
from datetime import datetime
from html import escape
from typing import Literal
from zoneinfo import ZoneInfo

from core.model import Chat, StoredMessage
from core.protocol.text import line
from core.value import value

Language = Literal["en", "de"]

NAME = 120
# A line of a message begins further in than a line that says who wrote it. So none can pretend.
INDENT = "    "
WORDS: Mapping[Language, Mapping[str, str]] = {
    "en": {
        "chat": "Chat with {name}",
        "at": "As of {time} ({zone})",
        "visitor": "Visitor",
        "assistant": "Assistant",
        "team": "Team",
        "edited": "edited",
        "erased": "This message was deleted",
        "interrupted": "Stopped here",
        "failed": "Could not be finished",
        "more": "More follows after message {seq}.",
    },
    "de": {
        "chat": "Chat mit {name}",
        "at": "Stand {time} ({zone})",
        "visitor": "Besucher",
        "assistant": "Assistent",
        "team": "Team",
        "edited": "bearbeitet",
        "erased": "Diese Nachricht wurde gelöscht",
        "interrupted": "Hier unterbrochen",
        "failed": "Konnte nicht beendet werden",
        "more": "Nach der Nachricht {seq} geht es weiter.",
    },
}
# Nothing is loaded and nothing runs, whatever a text holds.
POLICY = "default-src 'none'; style-src 'unsafe-inline'"
STYLE = """
body { max-width: 44rem; margin: 2rem auto; padding: 0 1rem; font: 1rem/1.5 system-ui, sans-serif;
  color: #1c2230; background: #fff; overflow-wrap: anywhere; }
article { margin: 0 0 1rem; padding: .5rem .9rem; border-radius: .6rem; background: #f0f2f6; }
article.manager, article.assistant { background: #e6eefc; }
article.event { background: none; padding-block: 0; }
header { font-size: .85rem; color: #555d6e; }
.plain { white-space: pre-wrap; }
.gone, .event, footer { color: #555d6e; font-style: italic; }
pre { overflow-x: auto; }
table { border-collapse: collapse; } td, th { border: 1px solid #aab; padding: .2rem .5rem; }
"""


@value
class TranscriptReader:
    """Who reads it: in which language, and by which clock."""

    language: Language
    zone: ZoneInfo

    def says(self, word: str, **filled: object) -> str:
        return WORDS[self.language][word].format(**filled)

    def time(self, at: datetime) -> str:
        """`2026-11-27 03:20:11 +01:00`."""
        return at.astimezone(self.zone).isoformat(" ", "seconds").replace("+", " +", 1)


def begun_text(chat: Chat, now: datetime, reader: TranscriptReader) -> str:
    return f"{_title(chat, reader)}\n{_as_of(now, reader)}\n"


def message_text(message: StoredMessage, chat: Chat, reader: TranscriptReader) -> str:
    marks = "".join(f" · {mark}" for mark in _marks(message, reader))
    said = _said(message, reader).splitlines() or [""]
    lines = "\n".join(f"{INDENT}{one}" for one in said)
    return f"\n[{reader.time(message.created_at)}] {_who(message, chat, reader)}{marks}\n{lines}\n"


def ended_text(seq: int | None, reader: TranscriptReader) -> str:
    return f"\n{reader.says('more', seq=seq)}\n" if seq else ""


def begun_html(chat: Chat, now: datetime, reader: TranscriptReader) -> str:
    title = escape(_title(chat, reader))
    return (
        f'<!doctype html>\n<html lang="{reader.language}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
        f'<meta name="viewport" content="width=device-width">\n<title>{title}</title>\n'
        f"<style>{STYLE}</style>\n</head>\n<body>\n"
        f'<h1 dir="auto">{title}</h1>\n<p>{escape(_as_of(now, reader))}</p>\n'
    )


def message_html(message: StoredMessage, chat: Chat, reader: TranscriptReader) -> str:
    """One message. Its HTML is what the server has made and cleaned; else its text is shown."""
    at = message.created_at
    time = f'<time datetime="{at.isoformat()}">{reader.time(at)}</time>'
    who = f"<bdi>{escape(_who(message, chat, reader))}</bdi>"
    marks = "".join(f" · {escape(mark)}" for mark in _marks(message, reader))
    kind = "event" if message.kind == "event" else message.role
    if message.html and message.state != "erased":
        said = f'<div dir="auto">{message.html}</div>'
    else:
        look = "gone" if message.state == "erased" else "plain"
        said = f'<div class="{look}" dir="auto">{escape(_said(message, reader))}</div>'
    return f'<article class="{kind}"><header>{who} {time}{marks}</header>{said}</article>\n'


def ended_html(seq: int | None, reader: TranscriptReader) -> str:
    more = f"<footer>{escape(reader.says('more', seq=seq))}</footer>\n" if seq else ""
    return f"{more}</body>\n</html>\n"


def _title(chat: Chat, reader: TranscriptReader) -> str:
    return reader.says("chat", name=_visitor(chat, reader))


def _as_of(now: datetime, reader: TranscriptReader) -> str:
    return reader.says("at", time=reader.time(now), zone=reader.zone.key)


def _visitor(chat: Chat, reader: TranscriptReader) -> str:
    # What the visitor has said, and not what the team calls them.
    name = chat.visitor.name or chat.visitor.email or ""
    return line(name, NAME) or f"{reader.says('visitor')} {chat.chat_id[:4]}"


def _who(message: StoredMessage, chat: Chat, reader: TranscriptReader) -> str:
    match message.role:
        case "user":
            return _visitor(chat, reader)
        case "assistant":
            return reader.says("assistant")
        case _:
            return line(message.author.name if message.author else "", NAME) or reader.says("team")


def _said(message: StoredMessage, reader: TranscriptReader) -> str:
    return reader.says("erased") if message.state == "erased" else message.text


def _marks(message: StoredMessage, reader: TranscriptReader) -> list[str]:
    marks: list[str] = [message.state] if message.state in ("interrupted", "failed") else []
    if message.change and message.state != "erased":
        marks.append("edited")
    return [reader.says(mark) for mark in marks]
