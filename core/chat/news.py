"""Every kind of notice. A new one is one line in `all_news`, and a `News` beside its story."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from core.chat import assignments, notes
from core.delivery.carriers import push_texts
from core.delivery.carriers.news import News
from core.model import Row
from core.store.access import LINK_SECONDS
from core.store.store import Store

# Mail that signs a manager in.
LINKS = ("invitation", "sign_in_link")


async def _waits_no_more(row: Row) -> bool:
    return row["chat"] is None or row["chat"]["waiting_since"] is None


async def _nobody_waits(row: Row) -> bool:
    return not row["waiting"]


async def _was_read(row: Row) -> bool:
    letter = row["letter"]
    return letter is None or letter["seen"] or letter["stopped"]


async def _link_has_ended(row: Row) -> bool:
    made = datetime.fromisoformat(row["created_at"])
    return datetime.now(UTC) - made > timedelta(seconds=LINK_SECONDS)


OWN = (
    News("chat.waiting", push_texts.waiting, urgent=True, is_over=_waits_no_more),
    News("chat.taken", push_texts.taken, of_the_team=True),
    News("digest", push_texts.digest, is_over=_nobody_waits),
    News("test", push_texts.test, urgent=True),
    # These go by mail only.
    News("reply", is_over=_was_read),
    *(News(what, is_over=_link_has_ended) for what in LINKS),
)


def all_news(store: Store) -> Mapping[str, News]:
    """Each by the `what` of its deliveries. Other events are told to places that want them."""
    every = (*OWN, notes.mentioned(store.notes), assignments.yours(store.assignments))
    return {one.what: one for one in every}


async def is_stale(row: Row, news: News | None) -> bool:
    """Whether what it says is not so any more, and nobody needs to read it."""
    if row["kind"] == "webhook":
        return False
    chat = row["chat"]
    if chat is not None and chat["restriction"] and not (news and news.of_the_team):
        # Somebody has blocked the visitor since, or marked it as spam.
        return True
    return news is not None and await news.is_over(row)
