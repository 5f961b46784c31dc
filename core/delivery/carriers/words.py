"""The sentences of notices, in the languages of receivers."""

from collections.abc import Mapping
from typing import Any

from core.delivery.carriers.carrier import Notice

SOMEBODY = {"en": "A visitor", "de": "Ein Besucher"}
WAITING = {"en": "{who} is waiting on {site}.", "de": "{who} wartet auf {site}."}
WHY = {
    "en": {
        "new": "Nobody has answered yet.",
        "asked": "They asked for a person.",
        "failed": "The assistant could not answer.",
        "budget": "The assistant's budget is used up.",
        "reply": "They have replied.",
    },
    "de": {
        "new": "Noch hat niemand geantwortet.",
        "asked": "Gewünscht ist ein Mensch.",
        "failed": "Der Assistent konnte nicht antworten.",
        "budget": "Das Budget des Assistenten ist aufgebraucht.",
        "reply": "Es gibt eine neue Antwort.",
    },
}
TAKEN = {
    "en": "{manager} has the chat with {who} on {site}.",
    "de": "{manager} hat den Chat mit {who} auf {site}.",
}
COLLEAGUE = {"en": "A colleague", "de": "Jemand aus dem Team"}
DIGEST = {
    "en": "Chats that wait on {site}: {count}.",
    "de": "Wartende Chats auf {site}: {count}.",
}
TEST = {
    "en": "This is a test from {site}. Notices arrive here.",
    "de": "Das ist ein Test von {site}. Hier kommen Hinweise an.",
}
INVITATION = {
    "en": "You are invited to answer the chats of {site}",
    "de": "Sie sind eingeladen, die Chats von {site} zu beantworten",
}
SIGN_IN_LINK = {"en": "Your sign-in link for {site}", "de": "Ihr Anmeldelink für {site}"}
ONCE = {
    "en": "The link signs one browser in, once, within 24 hours. It is for you alone.",
    "de": "Der Link meldet einen Browser an, einmal, binnen 24 Stunden. Er ist nur für Sie.",
}
SIGN_IN = {"en": "Sign in", "de": "Anmelden"}
REPLY = {"en": "{manager} has replied on {site}", "de": "{manager} hat auf {site} geantwortet"}
GO_ON = {"en": "Go on with the chat", "de": "Weiter im Chat"}
STOP = {"en": "No more mail from this chat", "de": "Keine E-Mails mehr aus diesem Chat"}
YOU = {"en": "You", "de": "Sie"}
ASSISTANT = {"en": "Assistant", "de": "Assistent"}
EVENT = {"en": "{what} on {site}: {who}", "de": "{what} auf {site}: {who}"}
OPEN = {"en": "Open the chat", "de": "Chat öffnen"}


def language(notice: Notice) -> str:
    return "de" if notice.language.lower().startswith("de") else "en"


def headline(notice: Notice) -> str:
    """One sentence. The visitor's name in it is the visitor's own word: escape it."""
    said = {
        "chat.waiting": WAITING,
        "chat.taken": TAKEN,
        "digest": DIGEST,
        "reply": REPLY,
        "test": TEST,
        "invitation": INVITATION,
        "sign_in_link": SIGN_IN_LINK,
    }.get(notice.what, EVENT)
    speaks = language(notice)
    return said[speaks].format(
        who=notice.visitor or SOMEBODY[speaks],
        site=notice.site,
        what=notice.what,
        manager=notice.facts.get("manager") or COLLEAGUE[speaks],
        count=notice.facts.get("count", 0),
    )


def why(notice: Notice) -> str:
    """Why the chat waits, or what a sign-in link does; empty if this is about something else."""
    if notice.what in ("invitation", "sign_in_link"):
        return ONCE[language(notice)]
    if notice.what != "chat.waiting" or notice.waiting_for is None:
        return ""
    return WHY[language(notice)].get(notice.waiting_for, "")


def open_link(notice: Notice) -> str:
    if notice.what in ("invitation", "sign_in_link"):
        return SIGN_IN[language(notice)]
    return OPEN[language(notice)]


def go_on(notice: Notice) -> str:
    return GO_ON[language(notice)]


def stop(notice: Notice) -> str:
    return STOP[language(notice)]


def who_said(notice: Notice, message: Mapping[str, Any]) -> str:
    """Who wrote a message of a thread, as the visitor sees it."""
    speaks = language(notice)
    if message["role"] == "user":
        return YOU[speaks]
    if message["role"] == "assistant":
        return ASSISTANT[speaks]
    return str(message["author_name"] or COLLEAGUE[speaks])
