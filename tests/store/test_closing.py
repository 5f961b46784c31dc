"""A site's own times: idle chats close, silent managers lose a chat, closed chats begin anew."""

import asyncio

import pytest

from core.chat.closing import AT_ONCE, Closing
from core.chat.sweep import Sweeper
from core.delivery.jobs import AnswerChat
from core.errors import ChatClosed
from core.model import (
    ChatId,
    ConnectionId,
    KnownContact,
    Manager,
    ManagerId,
    SiteId,
    Target,
    Visitor,
)
from core.store.answers import Terms
from core.store.database import Pool
from core.store.store import Store
from tests.sites import BOSS, add_site
from tests.store.test_sweep import Jobs, Silent

pytestmark = pytest.mark.sites

SHOP = SiteId("shop")
ANNA = Manager(ManagerId("anna"), "Anna")
TERMS = Terms(merge=True, quiet=0, history=60)
# So many minutes ago was all that happened in a chat.
AGED = """
with aged as (
    update chats set listed_at = listed_at - make_interval(mins => $2),
        waiting_since = waiting_since - make_interval(mins => $2) where chat_id = $1
)
update messages set created_at = created_at - make_interval(mins => $2) where chat_id = $1
"""
DUE = """
select kind, round(extract(epoch from due_at - clock_timestamp()) / 60)::int as minutes from timers
where ref = 'shop'
"""


class Told(Silent):
    """Keeps whose change was published."""

    def __init__(self) -> None:
        self.chats: list[str] = []

    async def publish(self, *changes: object) -> object:  # type: ignore[override]
        self.chats += [change.chat.chat_id for change in changes if change.chat]  # type: ignore[attr-defined]
        return await super().publish()


async def said(store: Store, chat: str, text: str = "hello", *, reopens: bool = True) -> None:
    """A visitor of the shop writes."""
    connection = ConnectionId(f"v-{chat}")
    known = await store._row("select from connections where connection_id = $1", connection)
    if known is None:
        await store.chats.begin(ChatId(chat), Visitor(), site_id=SHOP)
        await store.connections.enter(Target(connection, "u"), ChatId(chat), site_id=SHOP)
    await store.turns.receive(connection, text, text, reopens=reopens)


async def answered(store: Store, chat: str) -> None:
    claimed = await store.answers.claim(ChatId(chat), TERMS)
    assert claimed.claim and await store.turns.finish(claimed.claim, "an answer")


async def due(pool: Pool) -> dict[str, int]:
    return {row["kind"]: row["minutes"] for row in await pool.fetch(DUE)}


async def status(pool: Pool, *chats: str) -> list[str]:
    return [
        await pool.fetchval("select status from chats where chat_id = $1", chat) for chat in chats
    ]


@pytest.fixture
async def told(pool: Pool) -> Told:
    await add_site(pool, "shop", close_after=30, hand_back_after=5)
    return Told()


async def test_an_idle_chat_closes_and_what_was_active_moves_the_timer(
    pool: Pool, store: Store, told: Told
) -> None:
    closing = Closing(store.closing, told, Jobs())
    assert await due(pool) == {}, "nobody has written"
    for chat in ("idle", "active", "asks"):
        await said(store, chat)
        await answered(store, chat)
    assert await due(pool) == {"close": 30}
    await store.chats.want_person(ConnectionId("v-asks"), True)
    for chat, minutes in (("idle", 31), ("active", 31), ("asks", 600)):
        await pool.execute(AGED, chat, minutes)
    await said(store, "active", "and this?")
    await answered(store, "active")
    await pool.execute(AGED, "active", 10)
    await pool.execute("update timers set due_at = now()")
    await closing.close("shop")
    assert await status(pool, "idle", "active", "asks") == ["closed", "open", "open"]
    assert told.chats == ["idle"]
    assert await due(pool) == {"close": 20}
    assert await pool.fetchval(
        "select data from events where name = 'chat.closed' and chat_id = 'idle'"
    )
    # A repeat does nothing more.
    await closing.close("shop")
    assert told.chats == ["idle"] and await due(pool) == {"close": 20}


async def test_of_many_that_are_due_all_close(pool: Pool, store: Store, told: Told) -> None:
    many = AT_ONCE + 5
    await pool.execute(
        "insert into chats (chat_id, site_id, last_seq, listed_at)"
        " select 'c-' || n, 'shop', 1, now() - interval '1 hour' from generate_series(1, $1) n",
        many,
    )
    closing = Closing(store.closing, told, Jobs())
    await closing.close("shop")
    assert await due(pool) == {"close": 0}
    await closing.close("shop")
    assert len(told.chats) == many and await due(pool) == {}


async def test_a_silent_managers_visitor_is_answered_by_the_assistant_again(
    pool: Pool, store: Store, told: Told
) -> None:
    jobs = Jobs()
    closing = Closing(store.closing, told, jobs)
    for chat in ("silent", "speaks"):
        await said(store, chat)
        await store.inbox.take_over(ChatId(chat), ANNA, "I am here", None)
    assert "hand_back" not in await due(pool)
    for chat in ("silent", "speaks"):
        await said(store, chat, "are you?")
    assert (await due(pool))["hand_back"] == 5
    await store.inbox.take_over(ChatId("speaks"), ANNA, "I am", None)
    await pool.execute(AGED, "silent", 6)
    await pool.execute("update timers set due_at = now()")
    await closing.hand_back("shop")
    assert jobs.enqueued == [AnswerChat(ChatId("silent"))] and told.chats == ["silent"]
    claimed = await store.answers.claim(ChatId("silent"), TERMS)
    assert claimed.claim and claimed.conversation
    # It answers what came after the manager's last message, and has read that.
    assert [line.text for line in claimed.conversation.lines] == ["hello", "I am here", "are you?"]
    assert (await store.answers.claim(ChatId("speaks"), TERMS)).claim is None
    page = await store.chats.history(ChatId("silent"), 0, None, 10)
    assert page.messages[-1].event == {"name": "handed_back", "reason": "silence"}
    assert "hand_back" not in await due(pool)
    await closing.hand_back("shop")
    assert told.chats == ["silent"]


async def test_where_the_assistant_never_answers_nobody_hands_back(
    pool: Pool, store: Store, told: Told
) -> None:
    await store.sites.change(SHOP, None, {"answering": "never"}, BOSS)
    await said(store, "a")
    await store.inbox.take_over(ChatId("a"), ANNA, "I am here", None)
    await said(store, "a", "are you?")
    assert "hand_back" not in await due(pool)
    await pool.execute(AGED, "a", 600)
    jobs = Jobs()
    await Closing(store.closing, told, jobs).hand_back("shop")
    assert jobs.enqueued == [] and told.chats == []


async def test_another_time_is_another_timer_and_the_sweep_sets_a_missing_one(
    pool: Pool, store: Store, told: Told
) -> None:
    await said(store, "a")
    await answered(store, "a")
    await store.sites.change(SHOP, None, {"close_after": 90}, BOSS)
    assert await due(pool) == {"close": 90}
    await store.sites.change(SHOP, None, {"close_after": 0}, BOSS)
    assert await due(pool) == {}
    await store.sites.change(SHOP, None, {"close_after": 30}, BOSS)
    await pool.execute("delete from timers")
    await Sweeper(store, told, Jobs()).run()
    assert await due(pool) == {"close": 30}
    # The sweep closes after a day where no site says when, and only there.
    await store.sites.change(SHOP, None, {"close_after": 60 * 72}, BOSS)
    await pool.execute(AGED, "a", 60 * 50)
    await Sweeper(store, told, Jobs()).run()
    assert await status(pool, "a") == ["open"]
    await store.sites.change(SHOP, None, {"close_after": None}, BOSS)
    await Sweeper(store, told, Jobs()).run()
    assert await status(pool, "a") == ["closed"]


async def test_a_closed_chat_is_over_for_who_can_begin_another(
    pool: Pool, store: Store, told: Told
) -> None:
    await said(store, "a", "one")
    await store.inbox.set_status(ChatId("a"), "closed", ANNA)
    # Where the site says nothing, it opens again.
    await said(store, "a", "two", reopens=False)
    await store.sites.change(SHOP, None, {"after_closing": "new"}, BOSS)
    await store.inbox.set_status(ChatId("a"), "closed", ANNA)
    with pytest.raises(ChatClosed):
        await said(store, "a", "three", reopens=False)
    assert await status(pool, "a") == ["closed"]
    # What is stored already is acknowledged.
    await said(store, "a", "two", reopens=False)
    assert await status(pool, "a") == ["closed"]
    await said(store, "a", "three")
    assert await status(pool, "a") == ["open"]


async def test_the_new_chat_is_of_the_same_contact(pool: Pool, store: Store, told: Told) -> None:
    await store.chats.begin(ChatId("a"), Visitor(name="Ada", locale="en"), site_id=SHOP)
    await store.chats.begin(
        ChatId("b"),
        Visitor(page_url="https://x/"),
        site_id=SHOP,
        known=KnownContact(after=ChatId("a")),
    )
    await store.chats.begin(ChatId("c"), Visitor(), known=KnownContact(after=ChatId("a")))
    rows = await pool.fetch("select contact_id, visitor from chats order by chat_id")
    assert rows[0]["contact_id"] == rows[1]["contact_id"] != rows[2]["contact_id"]
    assert '"name": "Ada"' in rows[1]["visitor"] and "https://x/" in rows[1]["visitor"]
    assert "Ada" not in rows[2]["visitor"], "it is of another site"


async def test_many_that_write_at_once_set_one_timer(pool: Pool, store: Store, told: Told) -> None:
    await asyncio.gather(*(said(store, f"c-{n}") for n in range(20)))
    assert await due(pool) == {"close": 30}
