"""What notices tell: one `News` for each `what` that a delivery can have.

A capability makes its own beside its story, and `core/chat/news.py` has one line for it.
"""

from collections.abc import Awaitable, Callable, Mapping

from core.delivery.carriers.carrier import Notice
from core.model import Row
from core.value import value

MAX_NAME = 80
SOMEBODY = {"en": "Somebody", "de": "Jemand"}

Shown = Callable[[Notice, str], tuple[str, str]]


def _nothing(notice: Notice, language: str) -> tuple[str, str]:
    return "", ""


async def _never(row: Row) -> bool:
    return False


@value
class News:
    """`shown`: the title and the text that a browser shows, in `en` or `de`.

    `of_the_team`: it is told also where the visitor is blocked or spam. `urgent`: it wakes a phone
    that saves its battery. `beside`: it does not take the place of what a device shows of the chat.
    `is_over`: whether nobody needs to read a delivery of it any more; the row is one of
    `claim_deliveries`.
    """

    what: str
    shown: Shown = _nothing
    of_the_team: bool = False
    urgent: bool = False
    beside: bool = False
    is_over: Callable[[Row], Awaitable[bool]] = _never


def titled(titles: Mapping[str, str]) -> Shown:
    """A title alone, by language. `{name}` in it is the visitor."""
    return lambda notice, language: (titles[language].format(name=visitor(notice, language)), "")


def visitor(notice: Notice, language: str) -> str:
    return notice.visitor[:MAX_NAME] or SOMEBODY[language]
