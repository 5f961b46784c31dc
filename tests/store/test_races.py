"""The store under races: many at once, repeats, and writers that wake too late."""

import asyncio
import random
from collections import Counter

import asyncpg
import pytest

from core.model import ChatId, Claim, ConnectionId, Manager, ManagerId, Target
from core.store.answers import Claimed, ClaimRequest, Terms
from core.store.database import Pool
from core.store.migrate import migrate
from core.store.store import Store

ANNA = Manager(ManagerId("anna"), "Anna")
A = ChatId("a")


async def connect(store: Store, name: str, chat_id: ChatId = A) -> ConnectionId:
    connection = ConnectionId(name)
    await store.connections.enter(Target(connection, "http://node/ws"), chat_id)
    return connection


async def claim(store: Store, held: Claim | None = None, merge: bool = True) -> Claimed:
    return await store.answers.claim(A, Terms(merge, 0, 10), held.attempt if held else None)


async def claimed(store: Store, held: Claim | None = None) -> Claim:
    found = await claim(store, held)
    assert found.claim is not None, found.outcome
    return found.claim


async def texts(store: Store, chat_id: ChatId = A) -> list[tuple[int, str, str, str]]:
    page = await store.chats.history(chat_id, 0, None, 200)
    return [(m.seq, m.role, m.state, m.text) for m in page.messages]


async def test_i3_the_same_client_id_five_times_at_once_in_sixty_chats(
    store: Store,
) -> None:
    chats = [ChatId(f"chat-{n}") for n in range(60)]
    sockets = [await connect(store, f"c-{chat}", chat) for chat in chats]
    for round_ in range(3):
        answers = await asyncio.gather(
            *(
                store.turns.receive(socket, f"text {round_}", f"id-{round_}")
                for _ in range(5)
                for socket in sockets
            )
        )
        by_chat = Counter((a.message.chat_id, a.message.seq) for a in answers)
        assert set(by_chat.values()) == {5} and len(by_chat) == 60
    for chat in chats:
        assert [row[0] for row in await texts(store, chat)] == [1, 2, 3]


async def test_i9_a_claim_that_had_to_wait_reads_what_it_waited_for(
    store: Store, pool: Pool
) -> None:
    user = await connect(store, "c")
    await store.turns.receive(user, "one", "1")
    async with pool.acquire() as another, another.transaction():
        await another.execute("update chats set last_seq = 2, last_user_seq = 2")
        await another.execute(
            "insert into messages (chat_id, seq, role, text, client_id)"
            " values ('a', 2, 'user', 'two', '2')"
        )
        waiting = asyncio.create_task(claim(store))
        while not await another.fetchval("select exists (select from pg_locks where not granted)"):
            pass
    found = await waiting
    assert found.claim and found.conversation
    assert found.claim.reply_to == 2
    assert [line.text for line in found.conversation.lines] == ["one", "two"]


async def test_who_holds_a_claim_comes_before_who_only_asks(store: Store) -> None:
    user = await connect(store, "c")
    await store.turns.receive(user, "one", "1")
    held = await claimed(store)
    wanted = [ClaimRequest(A), ClaimRequest(A, held.attempt)]
    asked, anew = await store.answers.claim_all(wanted, Terms(True, 0, 10))
    assert isinstance(asked, Claimed) and isinstance(anew, Claimed)
    assert (asked.outcome, anew.outcome) == ("live", "claimed")


async def test_a_last_word_whose_answer_got_lost_tells_the_same(store: Store) -> None:
    user = await connect(store, "c")
    await store.turns.receive(user, "one", "1")
    held = await claimed(store)
    first, again = [
        await store.turns.finish(held, "Sorry.", "failed", next="failed") for _ in range(2)
    ]
    assert first and again
    assert first.change.messages == again.change.messages
    assert again.change.chat and first.change.chat
    assert again.change.chat.waiting_for == first.change.chat.waiting_for == "failed"


async def test_i2_seq_has_no_holes_when_everyone_writes_at_once(store: Store) -> None:
    tabs = [await connect(store, f"tab-{n}") for n in range(8)]
    names = [f"id-{random.randrange(60)}" for _ in range(400)]
    await asyncio.gather(
        *(store.turns.receive(random.choice(tabs), name, name) for name in names),
        *(store.inbox.take_over(A, ANNA, f"m{n}", f"m{n % 7}") for n in range(20)),
        return_exceptions=False,
    )
    rows = await texts(store)
    assert [row[0] for row in rows] == list(range(1, len(rows) + 1))
    said = Counter(row[3] for row in rows if row[1] == "user")
    assert set(said) == set(names) and set(said.values()) == {1}
    assert sum(row[1] == "manager" for row in rows) == 7


async def test_a_repeat_from_a_new_connection_gets_the_stored_message(store: Store) -> None:
    first = await store.turns.receive(await connect(store, "one"), "hello", "x")
    again = await store.turns.receive(await connect(store, "two"), "something else", "x")
    assert again.message == first.message and again.pending


async def test_only_one_of_many_jobs_may_write(store: Store) -> None:
    await store.turns.receive(await connect(store, "c"), "hello", "x")
    outcomes = Counter(
        [c.outcome for c in await asyncio.gather(*(claim(store) for _ in range(20)))]
    )
    assert outcomes == {"claimed": 1, "live": 19}


async def test_i5_two_hundred_take_overs_racing_with_flushes_keep_all_that_was_shown(
    store: Store,
) -> None:
    socket = await connect(store, "c")
    for n in range(200):
        await store.turns.receive(socket, f"question {n}", f"q{n}")
        right = await claimed(store)
        shown = ""
        after = random.randrange(6)
        reached = asyncio.Event()

        async def write(
            right: Claim = right, after: int = after, reached: asyncio.Event = reached
        ) -> None:
            nonlocal shown
            for step in range(40):
                piece = f"{step} "
                saved = await store.answers.save(right, len(shown), piece, merge=True)
                if saved.outcome != "saved":
                    return
                shown += piece
                if step == after:
                    reached.set()

        async def take(n: int = n, reached: asyncio.Event = reached) -> None:
            await reached.wait()
            await asyncio.sleep(random.random() / 500)
            await store.inbox.take_over(A, ANNA, f"here {n}", f"m{n}")

        await asyncio.gather(write(), take())
        rows = await texts_after(store, n)
        assert rows[-1] == ("manager", "final", f"here {n}")
        assert rows[-2][:2] == ("assistant", "interrupted")
        assert rows[-2][2] == shown
        assert await store.turns.finish(right, shown + "late") is None
        assert (await store.answers.save(right, 0, "late", merge=True)).outcome == "fenced"
        await store.inbox.hand_back(A, ANNA)


async def texts_after(store: Store, n: int) -> list[tuple[str, str, str]]:
    page = await store.chats.history(A, 0, 2**30, 3)
    return [(m.role, m.state, m.text) for m in page.messages]


async def test_a_writer_that_wakes_after_its_heartbeat_adds_nothing_to_its_successor(
    store: Store, pool: Pool
) -> None:
    await store.turns.receive(await connect(store, "c"), "hello", "x")
    sleeper = await claimed(store)
    await store.answers.save(sleeper, 0, "first ", merge=True)
    assert (await claim(store)).outcome == "live"
    await pool.execute("update chats set beat_at = beat_at - interval '21 seconds'")
    successor = await claimed(store)
    assert successor.attempt > sleeper.attempt and successor.epoch == sleeper.epoch
    await store.answers.save(successor, 0, "second ", merge=True)
    assert (await store.answers.save(sleeper, 6, "late ", merge=True)).outcome == "fenced"
    assert await store.turns.finish(sleeper, "first late") is None
    finished = await store.turns.finish(successor, "second done")
    assert finished is not None and not finished.pending
    assert [row[1:] for row in await texts(store)] == [
        ("user", "final", "hello"),
        ("assistant", "final", "second done"),
    ]


async def test_the_sixth_claim_only_says_that_it_failed(store: Store, pool: Pool) -> None:
    await store.turns.receive(await connect(store, "c"), "hello", "x")
    outcomes = []
    for _ in range(6):
        outcomes.append((await claim(store)).outcome)
        await pool.execute("update chats set beat_at = beat_at - interval '21 seconds'")
    assert outcomes == ["claimed"] * 5 + ["spent"]


async def test_every_step_of_an_answer_may_be_repeated(store: Store) -> None:
    await store.turns.receive(await connect(store, "c"), "hello", "x")
    right = await claimed(store)
    for _ in range(2):
        assert (await store.answers.save(right, 0, "Grüße ", merge=True)).outcome == "saved"
    for _ in range(2):
        assert (await store.answers.save(right, 6, "👋", merge=True)).outcome == "saved"
    first = await store.turns.finish(right, "Grüße 👋")
    again = await store.turns.finish(right, "Grüße 👋")
    assert first is not None and again is not None
    assert first.change.messages == again.change.messages
    assert len(await texts(store)) == 2


async def test_a_newer_message_before_anything_is_shown_begins_anew(store: Store) -> None:
    socket = await connect(store, "c")
    await store.turns.receive(socket, "one", "1")
    right = await claimed(store)
    await store.turns.receive(socket, "two", "2")
    assert (await store.answers.save(right, 0, "x", merge=True)).outcome == "newer"
    anew = await claimed(store, held=right)
    assert anew.reply_to == 2 and anew.attempt == right.attempt + 1
    await store.answers.save(anew, 0, "x", merge=True)
    await store.turns.receive(socket, "three", "3")
    assert (await store.answers.save(anew, 1, "y", merge=True)).outcome == "saved"
    finished = await store.turns.finish(anew, "xy")
    assert finished is not None and finished.pending


async def test_an_answer_that_was_never_shown_gives_way_to_a_newer_message(store: Store) -> None:
    socket = await connect(store, "c")
    await store.turns.receive(socket, "one", "1")
    right = await claimed(store)
    await store.turns.receive(socket, "two", "2")
    for _ in range(2):
        assert await store.turns.finish(right, "to one", unless_newer=True) is None
    anew = await claimed(store, held=right)
    assert anew.reply_to == 2 and anew.attempt == right.attempt + 1
    finished = await store.turns.finish(anew, "to both", unless_newer=True)
    assert finished is not None and not finished.pending
    again = await store.turns.finish(anew, "to both", unless_newer=True)
    assert again is not None and again.change.messages == finished.change.messages
    assert [text for *_, text in await texts(store)] == ["one", "two", "to both"]


async def test_who_connects_while_a_message_is_stored_gets_it_one_way_or_the_other(
    store: Store,
) -> None:
    socket = await connect(store, "first")
    for n in range(100):
        late = f"late-{n}"

        async def come(late: str = late) -> list[int]:
            await asyncio.sleep(random.random() / 1000)
            connection = await connect(store, late)
            resumed = await store.resumes.resume(connection, 0, 200)
            return [m.seq for m in resumed.page.messages]

        received, resumed = await asyncio.gather(
            store.turns.receive(socket, f"t{n}", f"id{n}"), come()
        )
        pushed = late in {t.connection_id for t in received.change.users}
        assert pushed or received.message.seq in resumed


async def test_of_two_tabs_that_close_at_once_exactly_one_says_offline(store: Store) -> None:
    await store.connections.enter_manager(Target(ConnectionId("boss"), "http://node/manager"), ANNA)
    for n in range(50):
        tabs = [await connect(store, f"{n}-{tab}") for tab in range(2)]
        await store.turns.receive(tabs[0], "hi", f"id{n}")
        changes = await asyncio.gather(*(store.connections.leave(tab) for tab in tabs))
        offline = [one for one in changes if one.chat is not None and not one.chat.online]
        assert len(offline) == 1 and offline[0].managers


async def test_updated_at_strictly_rises(store: Store) -> None:
    socket = await connect(store, "c")
    seen = []
    for n in range(30):
        await store.turns.receive(socket, "x", f"{n}")
        seen.append((await store.chats.chat(A)).updated_at)
    assert seen == sorted(set(seen))


async def test_hand_back_answers_what_came_since_the_manager_and_nothing_else(
    store: Store,
) -> None:
    socket = await connect(store, "c")
    await store.turns.receive(socket, "before", "1")
    await store.inbox.take_over(A, ANNA, "answered by Anna", "m1")
    pending, _ = await store.inbox.hand_back(A, ANNA)
    assert not pending
    await store.inbox.take_over(A, ANNA, None, None)
    await store.turns.receive(socket, "after", "2")
    pending, change = await store.inbox.hand_back(A, ANNA)
    assert pending and change.chat is not None and change.chat.unanswered
    found = await claim(store, merge=False)
    assert found.conversation is not None and found.conversation.lines[-1].text == "after"


async def test_what_failed_is_tried_again_by_handing_it_back(store: Store) -> None:
    await store.turns.receive(await connect(store, "c"), "hello", "1")
    failed = await store.turns.finish(await claimed(store), "sorry", "failed", next="failed")
    assert failed is not None and failed.change.chat is not None
    assert failed.change.chat.waiting_for == "failed" and not failed.pending
    pending, change = await store.inbox.hand_back(A, ANNA)
    assert pending and change.chat is not None and change.chat.waiting_for is None
    again = await store.turns.finish(await claimed(store), "hello!")
    assert again is not None and [m.state for m in again.change.messages] == ["final"]


async def test_migrations_are_safe_when_two_start_at_once(postgres: str) -> None:
    connection = await asyncpg.connect(postgres)
    await connection.execute("drop database if exists fresh with (force)")
    await connection.execute("create database fresh")
    address = postgres.replace("/postgres?", "/fresh?")
    pools = [await asyncpg.create_pool(address, min_size=0, max_size=2) for _ in range(4)]
    applied = await asyncio.gather(*(migrate(pool) for pool in pools))
    assert sorted(applied)[:3] == [0, 0, 0] and max(applied) > 0
    for pool in pools:
        await pool.close()
    await connection.execute("drop database fresh with (force)")
    await connection.close()


async def test_a_lost_connection_is_repeated_once(store: Store, pool: Pool) -> None:
    socket = await connect(store, "c")
    await pool.execute("select 1")
    async with pool.acquire() as other:
        await other.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where datname = current_database() and pid <> pg_backend_pid()"
        )
    received = await store.turns.receive(socket, "hello", "1")
    assert received.message.seq == 1


@pytest.mark.parametrize("filter", ["all", "assistant", "manager", "mine", "closed", "waiting"])
async def test_lists_page_by_keyset(store: Store, filter: str) -> None:
    for n in range(7):
        chat = ChatId(f"chat-{n}")
        await store.turns.receive(await connect(store, f"c{n}", chat), f"apple number{n}", "1")
        if filter in ("manager", "mine", "waiting"):
            await store.inbox.take_over(chat, ANNA, None, None)
        if filter == "waiting":
            await store.turns.receive(ConnectionId(f"c{n}"), "hello?", "2")
        if filter == "closed":
            await store.inbox.set_status(chat, "closed", ANNA)
    found: list[str] = []
    cursor = None
    while True:
        chats, cursor, *_ = await store.lists.chats(filter, (), cursor, 3, "anna")  # type: ignore[arg-type]
        found += [chat.chat_id for chat in chats]
        if cursor is None:
            break
    order = [f"chat-{n}" for n in range(7)]
    assert found == (order if filter == "waiting" else order[::-1])
    one, *_ = await store.lists.chats("all", ("number3",), None, 10, "anna")
    assert [chat.chat_id for chat in one] == ["chat-3"]
    assert len((await store.lists.chats("all", ("app", "num"), None, 10, "anna"))[0]) == 7
