"""A database of the release before becomes one of this release, and both may work on it."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import UUID

import pytest

from core.answerer import Offer, Offers
from core.delivery.jobs import AnswerChat, DeliverBroadcast, Job, read_job, write_job
from core.errors import Unauthorized
from core.model import (
    FIRST_SITE,
    CallCost,
    ChatId,
    ConnectionId,
    Manager,
    ManagerId,
    Target,
    Usage,
)
from core.store import migrate
from core.store.answers import Spent, Terms
from core.store.database import Pool
from core.store.store import Store
from tests.conftest import fresh_database
from tests.upgrade import before
from tests.upgrade.before import PreviousStore

TERMS = Terms(merge=True, quiet=0, history=60)
ANNA = Manager(ManagerId("anna"), "Anna")

SHAPE = """
select table_name, column_name, data_type, is_nullable, column_default, collation_name
from information_schema.columns where table_schema = 'public' and table_name not like 'schema_%'
  and table_name <> 'audit' order by 1, ordinal_position
"""
INDEXES = "select indexdef from pg_indexes where schemaname = 'public' order by 1"
CHECKS = """
select conrelid::regclass::text, pg_get_constraintdef(oid) from pg_constraint
where connamespace = 'public'::regnamespace order by 1, 2
"""
TRIGGERS = "select tgname from pg_trigger where not tgisinternal"


@pytest.fixture
async def old(postgres: str) -> AsyncIterator[Pool]:
    async with fresh_database(postgres) as pool:
        await before.make(pool)
        yield pool


@pytest.fixture
async def upgraded(old: Pool) -> Pool:
    # The first one was there, and the early one was not applied but built.
    assert await migrate.migrate(old) == len(migrate.table_files()) - 2
    return old


async def test_it_has_the_tables_of_a_new_one(upgraded: Pool, pool: Pool) -> None:
    for question in (SHAPE, INDEXES, CHECKS, TRIGGERS):
        theirs, ours = await upgraded.fetch(question), await pool.fetch(question)
        assert [tuple(row) for row in theirs] == [tuple(row) for row in ours]


async def test_everything_is_there_answered_and_found(upgraded: Pool) -> None:
    store = Store(upgraded)
    assert await migrate.migrate(upgraded) == 0
    assert await upgraded.fetchval("select count(*) from messages") == 6000
    page = await store.chats.history(ChatId("chat-7"), 0, None, 100)
    assert [(m.kind, m.text) for m in page.messages] == [
        ("text", "parcel7"),
        ("text", "answered7"),
        ("event", "A person was asked for: a refund"),
        ("text", "again7"),
        ("event", "Anna has taken over."),
        ("event", "Anna has handed back to the assistant."),
    ]
    assert [m.event for m in page.messages if m.event] == [
        {"name": "asked_for_person", "reason": "a refund"},
        {"name": "taken_over"},
        {"name": "handed_back"},
    ]
    found, *_ = await store.lists.chats("all", ("parcel777",), None, 50, "anna")
    assert [chat.chat_id for chat in found] == ["chat-777"]
    # What was pending is found and answered.
    pending = await store.sweep.pending(1000)
    assert "chat-45" not in pending and "chat-9" in pending, "it is closed"
    claimed = await store.answers.claim(pending[0], TERMS)
    assert claimed.claim and await store.turns.finish(claimed.claim, "at last")


async def test_what_managers_did_is_still_known(upgraded: Pool) -> None:
    entries = await Store(upgraded).events.audit(ChatId("chat-5"), None, 10)
    assert [(one.action, one.manager and one.manager.name, one.detail) for one in entries] == [
        ("handed_back", "Anna", "6"),
        ("taken_over", "Anna", "5"),
    ]
    every = await Store(upgraded).events.audit(None, None, 5000)
    assert len(every) == 2001 and {one.action for one in every} == {
        "handed_back", "taken_over", "broadcast"
    }  # fmt: skip


async def test_both_releases_tell_one_story(upgraded: Pool) -> None:
    old, new, chat = PreviousStore(upgraded), Store(upgraded), ChatId("a")
    # A visitor of the old node writes, and the new one answers.
    assert (await old.enter("c-old", "a"))[1] == "opened"
    kind, said = await old.receive("c-old", "hello", "n-1")
    assert kind == "said" and said[1:3] == ["a", 1] and said[5] is True
    assert said[6] == "c-old http://old/ws"
    claimed = await new.answers.claim(chat, TERMS)
    assert claimed.claim and claimed.conversation
    assert [line.text for line in claimed.conversation.lines] == ["hello"]
    assert (await old.claim("a"))[1][1] == "live"
    finished = await new.turns.finish(claimed.claim, "hi")
    assert finished and [t.connection_id for t in finished.change.users] == ["c-old"]
    # A visitor of the new node writes, and the old one answers, with a person asked for.
    await new.connections.enter(Target(ConnectionId("c-new"), "http://new/ws"), chat)
    received = await new.turns.receive(ConnectionId("c-new"), "a refund!", "n-2")
    assert received.pending and len(received.change.users) == 2
    kind, taken = await old.claim("a")
    assert kind == "taken"
    _, outcome, epoch, try_, reply_to, over, visitor, _, lines = taken
    assert (outcome, reply_to, over, visitor) == ("claimed", 3, False, {})
    assert lines == [["user", "hello"], ["assistant", "hi"], ["user", "a refund!"]]
    assert await old.save("a", epoch, try_, 0, "I ask ") == "saved"
    for _ in range(2):
        kind, answered = await old.finish("a", epoch, try_, reply_to, "I ask somebody.", "asked")
        assert kind == "answered" and answered[1] == 4 and answered[4] is False
        assert answered[6]["waiting_for"] == "asked"
        assert answered[7][0]["event"]["name"] == "asked_for_person"
    assert await new.answers.spent_today() == Spent(7, 0)
    # Each reads what the other has stored, in order.
    resumed = await new.resumes.resume(ConnectionId("c-new"), 0, 100)
    theirs = await old.resume("c-old", 0)
    assert (
        [m.seq for m in resumed.page.messages] == [row[0] for row in theirs[5]] == [1, 2, 3, 4, 5]
    )
    assert theirs[2]["last_message"]["seq"] == 5
    # A manager of the old node takes over, one of the new node hands back: each is noted once.
    done = await old.take_over("a", "Anna here", "m-1")
    assert json.loads(done["messages"])[-1]["text"] == "Anna here"
    await new.inbox.hand_back(chat, ANNA)
    entries = await new.events.audit(chat, None, 10)
    assert [one.action for one in entries] == ["handed_back", "sent"]
    assert (await old.hand_back("a"))["outcome"] == "done"
    # A repeat is a repeat wherever it comes from, and counts against the limit on both.
    assert (await new.turns.receive(ConnectionId("c-new"), "x", "n-1")).message.seq == 1
    kind, unsaid = await old.receive("c-old", "x", "n-2")
    assert kind == "unsaid" and unsaid[1]["text"] == "a refund!"
    await old.receive("c-old", "just enough", "n-3", burst=1)
    kind, refused = await old.receive("c-old", "too much", "n-4", burst=1)
    assert kind == "unsaid" and refused[1] is None and refused[4] > 0
    assert (await old.receive("nobody", "x", "n-5"))[0] == "unknown"
    assert (await old.leave("c-old"))[1] is None


async def test_who_gets_summaries_hears_of_what_the_release_before_does(upgraded: Pool) -> None:
    old = PreviousStore(upgraded)
    lists = Target(ConnectionId("lists"), "http://new/manager")
    await Store(upgraded).connections.enter_manager(lists, ANNA, feed="list")
    await old.enter("c-old", "a")
    stored = await old.turns(["c-old"], ["hello"], ["n-1"], 30, 1.0, False, *[[]] * 9)
    taken_over = await old.take_over("a", "Anna here", "m-1")
    for row in (stored, taken_over, await old.hand_back("a")):
        assert "lists http://new/manager" in row["managers"]


@pytest.mark.sites
async def test_a_site_chooses_its_assistant_and_the_release_before_goes_on(upgraded: Pool) -> None:
    old, new, chat = PreviousStore(upgraded), Store(upgraded), ChatId("a")
    tea = {"name": "Tea", "instructions": "You sell tea.", "options": {"history_tokens": 6000}}
    await new.assistants.make("tea", None, tea, ANNA.id)
    await new.sites.change(FIRST_SITE, None, {"assistant_id": "tea"}, ANNA.id)
    await old.enter("c-old", "a")
    # A writer of the old node answers with what it has, and nobody says who that was.
    await old.receive("c-old", "Sencha?", "n-1")
    _, (_, _, epoch, try_, reply_to, *_) = await old.claim("a")
    assert (await old.finish("a", epoch, try_, reply_to, "Yes.", ""))[0] == "answered"
    # One of the new node has what the site has chosen.
    await old.receive("c-old", "Matcha?", "n-2")
    cost = CallCost(100, 6000, 4000)
    offers = Offers(Offer("default", "1", cost, 60), (), 100, 4000)
    claimed = await new.answers.claim(chat, Terms(True, 0, 60, cost, offers))
    assert claimed.claim and claimed.answerer
    assert claimed.answerer.content and claimed.answerer.content.instructions == "You sell tea."
    assert await new.turns.finish(claimed.claim, "Yes.", usage=Usage("m", 1, 1))
    rows = await upgraded.fetch(
        "select answered_by from messages where chat_id = 'a' and role = 'assistant' order by seq"
    )
    assert [row["answered_by"] for row in rows] == [None, "tea@1"]


async def test_every_other_call_of_the_release_before_is_answered(upgraded: Pool) -> None:
    old = PreviousStore(upgraded)
    await old.enter("c-old", "a")
    await old.receive("c-old", "hello", "n-1")
    await old.others("c-old", "a")


async def test_managers_links_go_on_for_a_time_and_work_on_both(old: Pool) -> None:
    await old.execute("update managers set token_hash = $1 where manager_id = 'anna'", b"before")
    await migrate.migrate(old)
    new = Store(old).access
    # What was made before is a link that works often, and a token for programs.
    for session in (b"one", b"two"):
        assert (await new.sign_in(b"before", session)).manager.id == "anna"
    assert (await new.manager(b"before")).by == "token"
    # What the new release makes, the old one takes.
    await new.add_manager(Manager(ManagerId("ben"), "Ben"), "agent", b"a link")
    await Store(old).api_tokens.add(ManagerId("ben"), b"a token", "reports", None, own=False)
    signed_in = await old.fetchrow("select * from sign_in($1, $2, $3)", b"a link", b"ben", 60)
    assert signed_in is not None and signed_in["manager_id"] == "ben"
    assert await old.fetchrow("select * from sign_in($1, $2, $3)", b"a link", b"x", 60) is None
    found = await old.fetchrow("select * from manager_by($1)", b"a token")
    assert found is not None and found["name"] == "Ben"
    # What the old release still makes, the new one takes for as long.
    await old.execute(
        "insert into managers (manager_id, name, role, token_hash)"
        " values ('carl', 'Carl', 'agent', $1)",
        b"late",
    )
    assert (await new.manager(b"late")).manager.id == "carl"
    left = await old.fetch("select token_until - now() as left from managers")
    assert all(timedelta(days=29) < row["left"] <= timedelta(days=30) for row in left)
    await old.execute("update managers set token_until = now()")
    for token in (b"before", b"late"):
        with pytest.raises(Unauthorized):
            await new.manager(token)
        with pytest.raises(Unauthorized):
            await new.sign_in(token, b"three")
    # Nobody is signed out by that.
    assert (await new.manager(b"one")).by == "link"


async def test_the_way_back_needs_nothing(upgraded: Pool) -> None:
    # It applies its own files by their names; all of them are noted as applied.
    done = {row["name"] for row in await upgraded.fetch("select name from schema_migrations")}
    assert {file.name for file in before.FILES if file.name <= before.LAST} <= done


@pytest.mark.parametrize(
    ("body", "job"),
    [
        ('{"chat_id": "a"}', AnswerChat(ChatId("a"))),
        (
            '{"broadcast_id": "11111111-2222-3333-4444-555555555555", "page": 3}',
            DeliverBroadcast(UUID("11111111-2222-3333-4444-555555555555"), 3),
        ),
    ],
)
def test_jobs_are_read_by_both(body: str, job: Job) -> None:
    assert read_job(body) == job and json.loads(write_job(job)) == json.loads(body)
