"""Contacts as the database keeps them: made with chats, merged and taken apart, blocked."""

import asyncio
import random
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from core.errors import Conflict, Forbidden, NotFound
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
from core.store import migrate
from core.store.answers import Terms
from core.store.database import Pool
from core.store.store import Store
from tests.client import PATIENCE
from tests.conftest import fresh_database

pytestmark = pytest.mark.sites

ANNA = Manager(ManagerId("anna"), "Anna")
TERMS = Terms(merge=True, quiet=0, history=60)
BEFORE_CONTACTS = "0015_sites.sql"


@pytest.fixture
async def without_contacts(postgres: str) -> AsyncIterator[Pool]:
    """A database as it was before there were contacts."""
    async with fresh_database(postgres) as pool:
        await pool.execute(
            "create table schema_migrations ("
            " name text primary key, applied_at timestamptz not null default now())"
        )
        for file in migrate.table_files():
            if file.name <= BEFORE_CONTACTS:
                await pool.execute(file.read_text(encoding="utf-8"))
                await pool.execute("insert into schema_migrations (name) values ($1)", file.name)
        await pool.execute("insert into chats (chat_id, listed_at) values ('old', now())")
        yield pool


async def begin(store: Store, chat: str, subject: str | None = None, **known: Any) -> UUID:
    """Begin a chat in which the visitor has written; its contact."""
    visitor = Visitor(known.pop("name", None), verified=subject is not None)
    await store.chats.begin(ChatId(chat), visitor, known=KnownContact(subject=subject, **known))
    await enter(store, chat)
    await store.turns.receive(ConnectionId(f"c-{chat}"), "hello", f"{chat}-1")
    await leave(store, chat)
    return await contact_of(store, chat)


async def enter(store: Store, chat: str) -> None:
    await store.connections.enter(Target(ConnectionId(f"c-{chat}"), "http://node/ws"), ChatId(chat))


async def leave(store: Store, chat: str) -> None:
    await store.connections.leave(ConnectionId(f"c-{chat}"))


async def contact_of(store: Store, chat: str) -> UUID:
    found = await store.contacts._row("select contact_id from chats where chat_id = $1", chat)
    assert isinstance(found["contact_id"], UUID)
    return found["contact_id"]


async def everything(store: Store) -> list[Any]:
    """All that a merge could touch, but for times, and for what lists show."""
    return [
        [tuple(row) for row in await store.contacts._rows(question)]
        for question in (
            "select contact_id, site_id, claimed, verified, edited, device, restriction,"
            " first_seen_at, merged_into, root_id from contacts order by 1",
            "select * from contact_identities order by 1, 2, 3",
            "select chat_id, contact_id, restriction, last_seq, owner from chats order by 1",
            "select chat_id, seq, id, text from messages order by 1, 2",
        )
    ]


async def test_every_way_to_begin_a_chat_makes_its_contact(store: Store) -> None:
    await store.chats.begin(ChatId("a"), Visitor("Ada"), known=KnownContact(time_zone="Asia/Tokyo"))
    # Open mode opens a socket with a name for a chat, and nothing else.
    await enter(store, "b")
    first, second = await contact_of(store, "a"), await contact_of(store, "b")
    assert first != second
    ada = (await store.contacts.contact(None, first)).contact
    assert (ada.verified, ada.fields["name"].value, ada.fields["name"].source) == (
        False, "Ada", "claimed",
    )  # fmt: skip
    assert ada.fields["time_zone"].value == "Asia/Tokyo" and ada.site == "default"
    # The call is repeated when its result was lost.
    await store.chats.begin(ChatId("a"), Visitor("Ada"))
    assert await contact_of(store, "a") == first
    assert (await store.contacts._row("select count(*) as n from contacts"))["n"] == 2


async def test_a_signed_person_is_one_contact_of_a_site(store: Store) -> None:
    ada = await begin(store, "a", "customer-7", name="Ada")
    again = await begin(store, "b", "customer-7", name="Ada L.")
    assert ada == again != await begin(store, "c", "customer-8")
    found = await store.contacts.contact(None, ada)
    assert found.contact.verified and found.contact.fields["name"].value == "Ada L."
    assert [chat.chat_id for chat in found.chats] == ["b", "a"]
    assert [(one.kind, one.value) for one in found.identities] == [("sub", "customer-7")]
    visitor, known = Visitor(verified=True), KnownContact("customer-7")
    await store.chats.begin(ChatId("d"), visitor, site_id=SiteId("other"), known=known)
    assert await contact_of(store, "d") != ada


async def test_a_person_who_comes_by_many_devices_at_once_is_one_contact(store: Store) -> None:
    known = KnownContact(subject="customer-7")
    visitor = Visitor("Ada", "ada@shop.example", verified=True)
    await asyncio.gather(
        *(store.chats.begin(ChatId(f"d-{n}"), visitor, known=known) for n in range(12))
    )
    rows = await store.contacts._rows("select contact_id from chats")
    assert len(rows) == 12 and len({row["contact_id"] for row in rows}) == 1
    assert (await store.contacts._row("select count(*) as n from contacts"))["n"] == 1


async def test_chats_of_the_release_before_get_theirs_in_batches(store: Store) -> None:
    await store.contacts._row(
        "with a as (insert into chats (chat_id, listed_at, visitor, visitor_verified)"
        " select 'old-' || n, now() - make_interval(mins => n),"
        '  \'{"name": "Ada", "locale": "de"}\', n = 1 from generate_series(1, 5) n returning 1)'
        " select count(*) from a"
    )
    assert [await store.sweep.give_contacts(2) for _ in range(4)] == [2, 2, 1, 0]
    said, signed = [
        (await store.contacts.contact(None, await contact_of(store, f"old-{n}"))).contact
        for n in (2, 1)
    ]
    assert (said.fields["name"].source, signed.fields["name"].source) == ("claimed", "verified")
    assert signed.fields["locale"].source == "claimed"
    # The person is known by their chat when the host site names them for the first time.
    before = await contact_of(store, "old-1")
    assert await begin(store, "old-1", "customer-1", name="Ada") == before


async def test_who_never_wrote_is_in_no_list_and_goes(store: Store) -> None:
    written = await begin(store, "a", "customer-7")
    await store.chats.begin(ChatId("b"), Visitor(verified=True), known=KnownContact("customer-8"))
    found, _ = await store.contacts.page(None, (), "", None, None, 50)
    assert [one.id for one in found] == [written]
    old = "update {} set {} = now() - interval '2 days' returning 1"
    await store.contacts._rows(old.format("chats", "created_at"))
    await store.contacts._rows(old.format("contacts", "last_seen_at"))
    assert await store.sweep.drop_unused(10) == 1
    assert await store.sweep.drop_contacts(10) == 1
    assert [(one["contact_id"]) for one in await store.contacts._rows(
        "select contact_id from contacts"
    )] == [written]  # fmt: skip
    left = await store.contacts._rows("select value from contact_identities")
    assert [row["value"] for row in left] == ["customer-7"]


@pytest.mark.parametrize("seed", range(5))
async def test_what_is_merged_can_be_taken_apart_in_any_order(store: Store, seed: int) -> None:
    chance = random.Random(seed)
    people = [await begin(store, f"chat-{n}", name=f"Person {n}") for n in range(6)]
    await store.contacts.edit(None, people[0], {"name": "The first"}, ANNA)
    at_first = await everything(store)
    merged: list[tuple[UUID, UUID, list[Any]]] = []
    roots = list(people)
    while len(roots) > 1:
        into, other = chance.sample(roots, 2)
        before = await everything(store)
        await store.contacts.merge(None, into, other, ANNA)
        merged.append((into, other, before))
        roots.remove(other)
    whole = await store.contacts.contact(None, people[0])
    assert whole.contact.id == roots[0] and len(whole.chats) == 6
    assert whole.contact.fields["name"].value == "The first"
    assert len(whole.contact.merged) == 5
    for _, other, before in reversed(merged):
        await store.contacts.unmerge(None, other, ANNA)
        assert await everything(store) == before
    assert await everything(store) == at_first
    # In another order the end is the same one.
    for into, other, _ in merged:
        await store.contacts.merge(None, into, other, ANNA)
    chance.shuffle(merged)
    for _, other, _ in merged:
        await store.contacts.unmerge(None, other, ANNA)
    assert await everything(store) == at_first


async def test_a_merge_that_would_hide_something_is_refused(store: Store) -> None:
    one, other = await begin(store, "a"), await begin(store, "b")
    for _ in range(2):
        await store.contacts.restrict(None, other, "blocked", ANNA)
    with pytest.raises(Conflict, match="blocked"):
        await store.contacts.merge(None, one, other, ANNA)
    await store.contacts.restrict(None, other, None, ANNA)
    await store.contacts._rows(
        "insert into sites (site_id, public_key, name) values ('x', 'site_x', 'X')"
    )
    await store.contacts._rows("update contacts set site_id = 'x' where contact_id = $1", other)
    with pytest.raises(Conflict, match="sites"):
        await store.contacts.merge(None, one, other, ANNA)
    with pytest.raises(NotFound):
        await store.contacts.merge(None, one, UUID(int=0), ANNA)


async def test_merges_of_the_same_contacts_at_once_do_not_wait_for_each_other(
    store: Store,
) -> None:
    people = [await begin(store, f"chat-{n}") for n in range(6)]

    async def merge(into: UUID, other: UUID) -> None:
        await store.contacts.merge(None, into, other, ANNA)

    pairs = [(a, b) for a in people for b in people if a != b]
    await asyncio.gather(*(merge(into, other) for into, other in pairs))
    roots = await store.contacts._rows("select distinct root_id from contacts")
    assert len(roots) == 1, "everybody is one, and nothing is a circle"


async def test_i5_a_blocked_contacts_running_answer_ends_and_nothing_more_is_stored(
    store: Store,
) -> None:
    contact = await begin(store, "a")
    claimed = await store.answers.claim(ChatId("a"), TERMS)
    assert claimed.claim
    await store.answers.save(claimed.claim, 0, "I am just", merge=True)
    _, changes = await store.contacts.restrict(None, contact, "blocked", ANNA)
    assert [(m.state, m.text) for m in changes[0].messages] == [("interrupted", "I am just")]
    assert await store.turns.finish(claimed.claim, "I am just about to") is None
    await enter(store, "a")
    with pytest.raises(Forbidden):
        await store.turns.receive(ConnectionId("c-a"), "again", "a-2")
    with pytest.raises(Forbidden):
        await store.chats.want_person(ConnectionId("c-a"), True, "please")
    # What was stored before is acknowledged again (I3).
    assert (await store.turns.receive(ConnectionId("c-a"), "hello", "a-1")).message.seq == 1
    page = await store.chats.history(ChatId("a"), 0, None, 10)
    assert [m.seq for m in page.messages] == [1, 2]
    pending, _ = await store.contacts.restrict(None, contact, None, ANNA)
    assert pending == ["a"] and (await store.answers.claim(ChatId("a"), TERMS)).claim


async def test_spam_calls_nobody_until_it_is_none(store: Store) -> None:
    contact = await begin(store, "a")
    await store.inbox.take_over(ChatId("a"), ANNA, "I am here", "m-1")
    await store.contacts.restrict(None, contact, "spam", ANNA)
    await enter(store, "a")
    received = await store.turns.receive(ConnectionId("c-a"), "buy this", "a-2")
    assert received.message.seq == 3 and not received.pending
    await store.chats.want_person(ConnectionId("c-a"), True, "now")
    chat = await store.chats.chat(ChatId("a"))
    assert chat.waiting_since is None and chat.contact and chat.contact.restriction == "spam"
    for filter in ("open", "manager", "mine", "waiting"):
        assert (await store.lists.chats(filter, (), None, 9, "anna"))[:2] == ([], None)
    [kept], *_ = await store.lists.chats("restricted", (), None, 9, "anna")
    assert kept.chat_id == "a"
    assert await store.sweep.pending(10) == []
    await store.contacts.restrict(None, contact, None, ANNA)
    chat = await store.chats.chat(ChatId("a"))
    assert chat.waiting_for == "reply"
    [row] = await store.contacts._rows(
        "select count(*) as n from events where name = 'chat.waiting'"
    )
    assert row["n"] == 1


async def test_i7_a_chat_that_begins_while_its_contact_is_blocked_is_blocked(store: Store) -> None:
    for turn in range(10):
        name = f"customer-{turn}"
        contact = await begin(store, f"first-{turn}", name)
        visitor = Visitor(verified=True)
        await asyncio.gather(
            store.contacts.restrict(None, contact, "blocked", ANNA),
            *(
                store.chats.begin(ChatId(f"{n}-{turn}"), visitor, known=KnownContact(name))
                for n in range(3)
            ),
        )
    free = await store.contacts._rows("select chat_id from chats where restriction is null")
    assert not free


async def test_i14_an_agent_sees_the_contacts_of_their_sites_only(store: Store) -> None:
    contact, other = await begin(store, "a"), await begin(store, "b")
    await store.contacts._rows("update contacts set site_id = 'x' where contact_id = $1", other)
    await store.access.add_manager(ANNA, "agent", b"link")
    seen, _ = await store.contacts.page("anna", (), "", None, None, 50)
    assert [one.id for one in seen] == [contact]
    for step in (
        store.contacts.contact("anna", other),
        store.contacts.edit("anna", other, {"name": "X"}, ANNA),
        store.contacts.merge("anna", contact, other, ANNA),
        store.contacts.merge("anna", other, contact, ANNA),
        store.contacts.unmerge("anna", other, ANNA),
        store.contacts.restrict("anna", other, "spam", ANNA),
    ):
        with pytest.raises(NotFound):
            await step
    await store.access.remove_manager(ANNA.id)
    assert await store.contacts.page("anna", (), "", None, None, 50) == ([], None)


async def test_contacts_are_found_by_words_and_by_their_identity(store: Store) -> None:
    ada = await begin(store, "a", "customer-7", name="Ada Lovelace")
    ann = await begin(store, "b", name="田中")
    await store.contacts.edit(None, ann, {"email": "ann@shop.example"}, ANNA)
    await begin(store, "c", name="Bob")
    for search, found in {
        "love": [ada], "shop": [ann], "田": [ann], "customer-7": [ada], "nobody": [],
    }.items():  # fmt: skip
        read, _ = await store.contacts.page(None, search.split("-"), search, None, None, 50)
        assert [one.id for one in read] == found, search
    # A merged one is found by its own words, and shown by the other.
    await store.contacts.merge(None, ann, ada, ANNA)
    [shown], _ = await store.contacts.page(None, ["love"], "love", None, None, 50)
    assert shown.id == ann and shown.fields["name"].value == "Ada Lovelace"


async def test_a_list_pages_to_its_end(store: Store) -> None:
    everyone = {await begin(store, f"chat-{n}") for n in range(7)}
    found, cursor = [], None
    while True:
        page, cursor = await store.contacts.page(None, (), "", None, cursor, 3)
        found += [one.id for one in page]
        if cursor is None:
            break
    assert len(found) == 7 and set(found) == everyone


async def test_a_stored_message_reads_no_contact(session: Pool) -> None:
    store = Store(session)
    await begin(store, "a")
    await enter(store, "a")

    async def reads() -> int:
        await session.execute("select pg_stat_force_next_flush()")
        found = await session.fetchval(
            "select sum(seq_scan + coalesce(idx_scan, 0)) from pg_stat_user_tables"
            " where relname in ('contacts', 'contact_identities', 'visited_pages')"
        )
        return int(found)

    before = await reads()
    await store.turns.receive(ConnectionId("c-a"), "hello", "a-2")
    assert await reads() == before


async def test_pages_of_the_visit_are_kept_and_no_others(store: Store) -> None:
    contact = await begin(store, "a")
    await enter(store, "a")

    async def pages() -> list[str]:
        return [page.url for page in (await store.contacts.contact(None, contact)).pages]

    for n in range(25):
        await store.chats.on_page(ConnectionId("c-a"), f"https://shop.example/{n}")
    assert await pages() == [f"https://shop.example/{n}" for n in range(24, 4, -1)]
    assert len(await store.contacts._rows("select 1 from visited_pages")) == 20
    await store.contacts._rows("update visited_pages set at = at - interval '31 minutes'")
    await store.chats.on_page(ConnectionId("c-a"), "https://shop.example/back")
    assert await pages() == ["https://shop.example/back"]
    await store.contacts._rows("update visited_pages set at = at - interval '25 hours'")
    assert await store.sweep.drop_stale(10) == 1 and await pages() == []


async def test_lists_go_by_who_was_here_last(store: Store) -> None:
    first, second = await begin(store, "a"), await begin(store, "b")
    await store.contacts._rows("update contacts set last_seen_at = now() - interval '1 hour'")
    await enter(store, "a")
    found, _ = await store.contacts.page(None, (), "", None, None, 9)
    assert [one.id for one in found] == [first, second]
    assert found[0].last_seen_at > datetime.now(UTC) - timedelta(minutes=5)
    # Whoever a merged contact is part of was here as well.
    await store.contacts.merge(None, second, first, ANNA)
    await leave(store, "a")
    hour_ago = "update contacts set last_seen_at = now() - interval '1 hour'"
    for stale in (hour_ago, f"{hour_ago} where contact_id = '{second}'"):
        await store.contacts._rows(stale)
        await enter(store, "a")
        row = await store.contacts._row(
            "select last_seen_at from contacts where contact_id = $1", second
        )
        assert row["last_seen_at"] > datetime.now(UTC) - timedelta(minutes=5)
        await leave(store, "a")


async def test_nobody_waits_behind_the_migration_that_waits(without_contacts: Pool) -> None:
    async with without_contacts.acquire() as slow:
        work = slow.transaction()
        await work.start()
        await slow.execute("update chats set unread = 1 where chat_id = 'old'")
        migrating = asyncio.create_task(migrate.migrate(without_contacts))
        waiting = (
            "select count(*) from pg_sleep(0.01), pg_stat_activity"
            " where wait_event_type = 'Lock' and query like '%access exclusive%'"
        )
        async with asyncio.timeout(PATIENCE):
            while not await without_contacts.fetchval(waiting):
                pass
            for _ in range(5):
                await without_contacts.execute("insert into chats (chat_id) values ('x')")
                await without_contacts.execute("delete from chats where chat_id = 'x'")
        assert not migrating.done()
        await work.rollback()
    assert await migrating == sum(one.name > BEFORE_CONTACTS for one in migrate.table_files())
    assert await Store(without_contacts).sweep.give_contacts(10) == 1
