"""I7, I14: whoever sees some sites gets, finds and changes nothing of the others, and at once."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import get_args

import pytest

from core.errors import NotFound
from core.model import (
    CallCost,
    ChatId,
    ConnectionId,
    Filter,
    Manager,
    ManagerId,
    Sight,
    SiteId,
    Target,
)
from core.store.answers import Spent, Terms
from core.store.database import Pool
from core.store.store import Store
from tests.sites import BOSS, add_site
from tests.store.test_growth import now

pytestmark = pytest.mark.sites

SHOP, BLOG = SiteId("shop"), SiteId("blog")
CHATS = {SHOP: ChatId("at-the-shop"), BLOG: ChatId("at-the-blog")}
ANNA, BEN = Manager(ManagerId("anna"), "Anna"), Manager(ManagerId("ben"), "Ben")
BOTH = frozenset({"boss", "anna"})


async def join(store: Store, manager: Manager, *sites: SiteId) -> None:
    """Add a manager with a socket, and let them be a member of these sites only."""
    await store.access.add_manager(manager, "agent", manager.id.encode())
    await store.sites.set_member(SiteId("default"), manager.id, BOSS, joins=False)
    for site in sites:
        await store.sites.set_member(site, manager.id, BOSS, joins=True)
    await store.connections.enter_manager(Target(ConnectionId(manager.id), "u"), manager)


@pytest.fixture
async def two(pool: Pool, store: Store) -> Store:
    """A shop with Anna, a blog with Ben, an admin, and a chat with a visitor on each."""
    await add_site(pool, "shop")
    await add_site(pool, "blog")
    boss = Manager(BOSS, "Boss")
    await store.access.add_manager(boss, "admin", b"boss")
    await store.connections.enter_manager(Target(ConnectionId(BOSS), "u"), boss)
    await join(store, ANNA, SHOP)
    await join(store, BEN, BLOG)
    for site, chat in CHATS.items():
        await enter(store, site, chat)
        await store.turns.receive(ConnectionId(f"v-{chat}"), f"a word about {site}", "c-1")
    return store


async def enter(store: Store, site: SiteId, chat: ChatId) -> frozenset[str]:
    target = Target(ConnectionId(f"v-{chat}"), "u")
    return managers((await store.connections.enter(target, chat, site_id=site)).managers)


def managers(targets: Sequence[Target]) -> frozenset[str]:
    return frozenset(t.connection_id for t in targets if not t.connection_id.startswith("v-"))


async def test_i14_each_change_goes_to_the_managers_who_see_its_site(two: Store) -> None:
    for site, chat in CHATS.items():
        mine = frozenset({"boss", "anna" if site == SHOP else "ben"})
        own = ANNA if site == SHOP else BEN
        visitor = ConnectionId(f"v-{chat}")
        received = await two.turns.receive(visitor, "again", "c-2")
        await two.connections.watch(ConnectionId(own.id), chat)
        # Only who watches hears of it.
        seen = (await two.chats.seen(visitor, 1))[2]
        assert managers(seen.managers) == {own.id}
        changes = {
            "receive": received.change,
            "repeat": (await two.turns.receive(visitor, "again", "c-2")).change,
            "human": (await two.chats.want_person(visitor, True, "why"))[2],
            "page": await two.chats.on_page(visitor, "https://shop.example/"),
            "read": (await two.inbox.seen(ConnectionId(own.id), chat, 2))[1],
            "take over": (await two.inbox.take_over(chat, own, "I am here", "m-1"))[1],
            "status": await two.inbox.set_status(chat, "closed", own),
            "hand back": (await two.inbox.hand_back(chat, own))[1],
            "stop": await two.chats.stop(visitor),
            "stopped": await two.inbox.stop(chat, own),
            "left": await two.connections.leave(visitor),
        }
        assert {name: managers(c.managers) for name, c in changes.items()} == dict.fromkeys(
            changes, mine
        )
        assert await enter(two, site, chat) == mine


async def test_i14_a_list_gets_summaries_of_ones_own_sites_and_messages_of_what_it_watches(
    two: Store,
) -> None:
    for one in (ANNA, BEN):
        target = Target(ConnectionId(f"list-{one.id}"), "u")
        await two.connections.enter_manager(target, one, feed="list")
    for site, chat in CHATS.items():
        everything = {"boss", "anna" if site == SHOP else "ben"}
        mine = frozenset({"list-anna" if site == SHOP else "list-ben"})
        visitor = ConnectionId(f"v-{chat}")
        # The assistant answers, and the message comes with that.
        pending = (await two.turns.receive(visitor, "a question", "c-5")).change
        assert pending.listed is None and managers(pending.managers) == everything
        asked = (await two.chats.want_person(visitor, True, None))[2]
        assert asked.chat and managers(asked.chat.listing) == mine
        # The release before sends them all; who is of the listing gets no message today.
        assert managers(asked.managers) - mine == everything
        at_once = (await two.turns.receive(visitor, "hello?", "c-6")).change
        assert at_once.chat is None and at_once.listed
        assert managers(at_once.listed.listing) == mine
        (watching,) = mine
        await two.connections.watch(ConnectionId(watching), chat)
        change = (await two.turns.receive(visitor, "hello??", "c-7")).change
        assert managers(change.managers) == everything | mine
        stopped = await two.chats.stop(visitor)
        assert managers(stopped.managers) == everything | mine


async def test_i14_messages_and_answers_of_two_sites_share_a_statement(two: Store) -> None:
    from core.store.turns import Finished, NewAnswer, NewMessage, Received

    terms = Terms(merge=True, quiet=0, history=9)
    claims = [await two.answers.claim(chat, terms) for chat in CHATS.values()]
    turns: list[NewMessage | NewAnswer] = [
        NewMessage(ConnectionId(f"v-{chat}"), "both", "c-9") for chat in CHATS.values()
    ]
    turns += [NewAnswer(one.claim, "an answer") for one in claims if one.claim]
    results = await two.turns.store_all(turns)
    heard = [managers(r.change.managers) for r in results if isinstance(r, Received | Finished)]
    assert heard == [BOTH, {"boss", "ben"}] * 2


async def test_i7_lists_search_and_history_show_only_ones_own_sites(two: Store) -> None:
    async def found(filter: Filter, words: Sequence[str], sites: Sight) -> set[str]:
        chats, *_ = await two.lists.chats(filter, words, None, 50, "anna", sites)
        return {chat.chat_id for chat in chats}

    for filter in get_args(Filter):
        for words in ((), ("word",), ("shop",)):
            all_ = await found(filter, words, None)
            for site, chat in CHATS.items():
                assert await found(filter, words, (site,)) == all_ & {chat}, (filter, words)
            assert await found(filter, words, (SHOP, BLOG)) == all_
            assert await found(filter, words, ()) == set()
    assert await found("all", ("word",), None) == set(CHATS.values())
    both = list(CHATS.values())
    assert [c.site_id for c in await two.inbox.named_chats(both, "anna", (SHOP,))] == [SHOP]
    assert (await two.chats.history(CHATS[SHOP], 0, None, 9, (SHOP,))).messages
    with pytest.raises(NotFound):
        await two.chats.history(CHATS[BLOG], 0, None, 9, (SHOP,))
    with pytest.raises(NotFound):
        await two.chats.history(CHATS[BLOG], 99, None, 9, (SHOP,))


async def test_i7_no_step_of_a_manager_reaches_another_sites_chat(two: Store, pool: Pool) -> None:
    chat, anna = CHATS[BLOG], ConnectionId("anna")
    before = await pool.fetchval("select c from chats c where chat_id = $1", chat)
    for step in (
        two.inbox.take_over(chat, ANNA, "evil", None),
        two.inbox.take_over(chat, ANNA, None, None),
        two.inbox.hand_back(chat, ANNA),
        two.inbox.set_status(chat, "closed", ANNA),
        two.inbox.stop(chat, ANNA),
        two.inbox.seen(anna, chat, 1),
        two.connections.watch(anna, chat),
    ):
        with pytest.raises(NotFound):
            await step
    writing = await two.inbox.typing(anna, chat)
    assert (writing.users, writing.managers) == ((), ())
    assert (await two.connections.peek(anna, [chat]))[1] == ()
    assert await pool.fetchval("select c from chats c where chat_id = $1", chat) == before
    assert await pool.fetchval("select count(*) from watches") == 0
    missed = await two.inbox.changed_since(anna, now() - timedelta(minutes=5), 9)
    assert [c.site_id for c in missed.chats] == [SHOP]
    assert len((await two.inbox.changed_since(ConnectionId("boss"), None, 9)).chats) == 0


async def test_i14_a_membership_that_ends_is_felt_by_open_sockets_at_once(
    two: Store, pool: Pool
) -> None:
    anna, chat = ConnectionId("anna"), CHATS[SHOP]
    await two.connections.watch(anna, chat)
    visitor = ConnectionId(f"v-{chat}")
    assert managers((await two.turns.receive(visitor, "1", "c-3")).change.managers) == BOTH
    await two.sites.set_member(SHOP, ANNA.id, BOSS, joins=False)
    assert managers((await two.turns.receive(visitor, "2", "c-4")).change.managers) == {"boss"}
    claimed = await two.answers.claim(chat, Terms(merge=True, quiet=0, history=9))
    assert claimed.claim
    assert (await two.answers.save(claimed.claim, 0, "a piece", merge=True)).managers == ()
    with pytest.raises(NotFound):
        await two.connections.watch(anna, chat)
    await two.sites.set_member(SHOP, ANNA.id, BOSS, joins=True)
    assert managers((await two.turns.receive(visitor, "3", "c-5")).change.managers) == BOTH
    with pytest.raises(NotFound):
        await two.sites.set_member(SHOP, ManagerId("nobody"), BOSS, joins=True)
    noted = await two.events.audit(None, None, 3, SHOP)
    assert [one.action for one in noted][:2] == ["site_member_added", "site_member_removed"]


async def test_i14_a_socket_that_opens_while_a_membership_ends_does_not_keep_it(
    two: Store, pool: Pool
) -> None:
    async with pool.acquire() as other:
        ending = other.transaction()
        await ending.start()
        await other.fetchval("select set_member($1, $2, false, $3)", SHOP, ANNA.id, BOSS)
        await two.access.add_ticket(b"ticket", None, ANNA.id, None, None)
        target = Target(ConnectionId("anna-2"), "u")
        opening = asyncio.create_task(two.connections.enter_manager(target, None, b"ticket"))
        waits = "select count(*) from pg_sleep(0.01), pg_locks where not granted"
        while not await pool.fetchval(waits) and not opening.done():
            pass
        await ending.commit()
    await opening
    visitor = ConnectionId(f"v-{CHATS[SHOP]}")
    assert managers((await two.turns.receive(visitor, "2", "c-4")).change.managers) == {"boss"}


async def test_i14_a_new_site_is_hidden_from_who_saw_every_site(pool: Pool, store: Store) -> None:
    await store.access.add_manager(ANNA, "agent", b"anna")
    await store.connections.enter_manager(Target(ConnectionId("anna"), "u"), ANNA)
    await enter(store, SiteId("default"), ChatId("first"))
    first = ConnectionId("v-first")
    assert managers((await store.turns.receive(first, "1", "c-1")).change.managers) == {"anna"}
    assert await pool.fetchval("select sites from connections where connection_id = 'anna'") is None
    await add_site(pool, "shop")
    await enter(store, SHOP, ChatId("second"))
    second = ConnectionId("v-second")
    assert managers((await store.turns.receive(second, "1", "c-1")).change.managers) == frozenset()
    assert managers((await store.turns.receive(first, "2", "c-2")).change.managers) == {"anna"}


async def test_a_site_has_a_budget_of_its_own_below_the_installations(
    two: Store, pool: Pool
) -> None:
    await two.sites.change(SHOP, None, {"tokens_per_day": 100}, BOSS)
    terms = Terms(True, 0, 9, CallCost(10, 10, 10))
    first = await two.answers.claim(CHATS[SHOP], terms)
    assert first.claim and not first.over_budget
    await two.turns.finish(first.claim, "dear", tokens=100)
    assert await two.answers.spent_today((SHOP,)) == Spent(100, 0)
    assert await two.answers.spent_today((BLOG,)) == Spent(0, 0)
    assert await two.answers.spent_today((SHOP, BLOG)) == await two.answers.spent_today()
    await two.turns.receive(ConnectionId(f"v-{CHATS[SHOP]}"), "more", "c-2")
    assert (await two.answers.claim(CHATS[SHOP], terms)).over_budget
    assert not (await two.answers.claim(CHATS[BLOG], terms)).over_budget
    # The installation's ceiling holds for every site.
    await two.sites.change(BLOG, None, {"tokens_per_chat": 1}, BOSS)
    assert await two.answers.spent_today((BLOG,)) != Spent(0, 0)
