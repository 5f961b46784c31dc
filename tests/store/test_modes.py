"""Who answers on a site: the assistant always, only while nobody is here, or never."""

import json
from collections.abc import Awaitable, Callable

import pytest

from core.model import Chat, ChatId, ConnectionId, Manager, ManagerId, SiteId, Target, Visitor
from core.store.answers import Terms
from core.store.database import Pool
from core.store.resumes import Resumed, Resuming
from core.store.store import Store
from core.store.turns import Received

pytestmark = pytest.mark.noticed

ANNA = Manager(ManagerId("anna"), "Anna")
SHOP = SiteId("shop")
TERMS = Terms(merge=True, quiet=0, history=60)
VISITOR = ConnectionId("visitor")
CHAT = ChatId("a")


@pytest.fixture
async def shop(store: Store) -> Store:
    await store.sites.make(SHOP, "site_shop", "Shop", ANNA.id)
    await store.chats.begin(CHAT, Visitor(), site_id=SHOP)
    await store.connections.enter(Target(VISITOR, "u"), CHAT)
    return store


async def change(store: Store, **columns: object) -> None:
    await store.sites.change(SHOP, None, columns, ANNA.id)


async def write(store: Store, name: str) -> Received:
    return await store.turns.receive(VISITOR, f"text {name}", name)


async def chat(store: Store) -> Chat:
    return await store.chats.chat(CHAT)


async def answer(store: Store, text: str = "an answer") -> None:
    claimed = await store.answers.claim(CHAT, TERMS)
    assert claimed.claim and await store.turns.finish(claimed.claim, text)


async def be_here(store: Store) -> None:
    await store.connections.enter_manager(Target(ConnectionId("boss"), "u"), ANNA)


async def leave(store: Store) -> None:
    await store.connections.leave(ConnectionId("boss"))


async def waits(pool: Pool) -> list[tuple[str, str]]:
    """Each beginning of a wait: for what, and who began it."""
    rows = await pool.fetch("select * from events where name = 'chat.waiting' order by id")
    return [(json.loads(row["data"])["for"], row["actor_kind"]) for row in rows]


async def test_i13_where_the_assistant_never_answers_a_person_is_owed_at_once(
    shop: Store, pool: Pool
) -> None:
    await change(shop, answering="never")
    received = await write(shop, "1")
    assert not received.pending and received.change.chat is not None
    one = await chat(shop)
    assert (one.owner, one.manager, one.waiting_for, one.unanswered) == (
        "manager", None, "new", False,
    )  # fmt: skip
    assert (await shop.answers.claim(CHAT, TERMS)).outcome == "nothing"
    assert await shop.sweep.pending(10) == []
    await write(shop, "2")
    assert await waits(pool) == [("new", "user")], "one wait, one event"
    await shop.inbox.take_over(CHAT, ANNA, "I am here", "m-1")
    assert (await chat(shop)).waiting_for is None
    await write(shop, "3")
    assert (await chat(shop)).waiting_for == "reply"
    # Handing back gives it to the team, and what nobody answered waits again.
    pending, changed = await shop.inbox.hand_back(CHAT, ANNA)
    assert not pending and changed.messages[-1].event == {"name": "left"}
    one = await chat(shop)
    assert (one.owner, one.manager, one.waiting_for) == ("manager", None, "new")
    # Another mode holds from the next message on, and the answer ends the wait.
    await change(shop, answering="always")
    assert (await write(shop, "4")).pending
    await answer(shop)
    one = await chat(shop)
    assert (one.owner, one.waiting_for) == ("assistant", None)


async def test_the_assistant_answers_while_nobody_is_here(shop: Store) -> None:
    await change(shop, answering="when_away")
    assert (await write(shop, "1")).pending
    await answer(shop)
    await be_here(shop)
    assert not (await write(shop, "2")).pending
    one = await chat(shop)
    assert (one.owner, one.waiting_for) == ("manager", "new")
    await leave(shop)
    assert (await write(shop, "3")).pending
    await answer(shop)
    assert (await chat(shop)).waiting_for is None


@pytest.mark.parametrize(
    "hide",
    [
        lambda store, pool: pool.execute("update managers set away_since = now()"),
        lambda store, pool: change(store, hours=[[]] * 7),
        lambda store, pool: change(
            store, hours=[[["00:00", "24:00"]]] * 7, special_days=every_day_closed()
        ),
    ],
    ids=["away by hand", "out of hours", "a closed day"],
)
async def test_here_is_in_hours_not_away_and_with_an_open_console(
    hide: Callable[[Store, Pool], Awaitable[object]], shop: Store, pool: Pool
) -> None:
    await shop.access.add_manager(ANNA, "admin", b"a link")
    await change(shop, answering="when_away", hours=[[["00:00", "24:00"]]] * 7)
    await be_here(shop)
    assert not (await write(shop, "1")).pending
    await hide(shop, pool)
    assert (await write(shop, "2")).pending


def every_day_closed() -> dict[str, object]:
    from datetime import UTC, datetime, timedelta

    days = (datetime.now(UTC).date() + timedelta(days=n) for n in range(-1, 2))
    return {day.isoformat(): {"name": "Closed", "hours": []} for day in days}


async def test_asking_waits_and_does_not_cut_the_running_answer(shop: Store, pool: Pool) -> None:
    await write(shop, "1")
    claimed = await shop.answers.claim(CHAT, TERMS)
    assert claimed.claim
    await shop.answers.save(claimed.claim, 0, "I am just", merge=True)
    _, _, asked = await shop.chats.want_person(VISITOR, True, "a refund")
    assert [m.event and m.event["name"] for m in asked.messages] == ["asked_for_person"]
    assert (await shop.chats.want_person(VISITOR, True, "again"))[2].messages == ()
    assert (await shop.answers.save(claimed.claim, 9, " saying", merge=True)).outcome == "saved"
    assert await shop.turns.finish(claimed.claim, "I am just saying")
    one = await chat(shop)
    assert (one.owner, one.waiting_for, one.unanswered) == ("assistant", "asked", False)
    # The assistant goes on, and neither its answers nor its failure end the wait.
    assert (await write(shop, "2")).pending
    await answer(shop)
    await write(shop, "3")
    claimed = await shop.answers.claim(CHAT, TERMS)
    assert claimed.claim
    assert await shop.turns.finish(claimed.claim, "sorry", "failed", next="failed")
    assert (await chat(shop)).waiting_for == "asked"
    await write(shop, "4")
    await answer(shop)
    assert (await chat(shop)).waiting_for == "asked"
    assert await waits(pool) == [("asked", "user")]


async def test_the_assistant_may_ask_and_goes_on(shop: Store, pool: Pool) -> None:
    await write(shop, "1")
    claimed = await shop.answers.claim(CHAT, TERMS)
    assert claimed.claim
    await write(shop, "2")
    finished = await shop.turns.finish(claimed.claim, "I ask", next="asked", reason="a refund")
    assert finished and finished.pending, "what came meanwhile is still to be answered"
    one = await chat(shop)
    assert (one.owner, one.waiting_for) == ("assistant", "asked")
    await answer(shop)
    assert await waits(pool) == [("asked", "assistant")]


async def test_whoever_needs_no_person_any_more_waits_no_more(shop: Store) -> None:
    assert (await shop.chats.want_person(VISITOR, False))[2].messages == ()
    await shop.chats.want_person(VISITOR, True)
    pending, _, changed = await shop.chats.want_person(VISITOR, False)
    assert not pending
    assert [(m.role, m.event) for m in changed.messages] == [
        ("user", {"name": "person_not_needed"})
    ]
    assert (await chat(shop)).waiting_since is None
    assert (await shop.chats.want_person(VISITOR, False))[2].messages == ()
    # What waits for a person's reply goes on waiting.
    await shop.inbox.take_over(CHAT, ANNA, "I am here", "m-1")
    await write(shop, "1")
    assert (await shop.chats.want_person(VISITOR, False))[2].messages == ()
    assert (await chat(shop)).waiting_for == "reply"


async def test_a_chat_that_the_release_before_has_silenced_is_answered_again(
    shop: Store, pool: Pool
) -> None:
    """There, asking for a person gave the chat to a manager who was not there yet."""
    await write(shop, "1")
    silence = (
        "update chats set owner = 'manager', epoch = epoch + 1, waiting_since = now(),"
        " waiting_for = 'asked'"
    )
    await pool.execute(silence)
    assert (await write(shop, "2")).pending
    one = await chat(shop)
    assert (one.owner, one.waiting_for) == ("assistant", "asked")
    await pool.execute(silence)
    pending, _, _ = await shop.chats.want_person(VISITOR, False)
    assert pending, "it is the assistant's again, with what it has not answered"


async def test_another_mode_does_not_cut_a_running_answer(shop: Store) -> None:
    await write(shop, "1")
    claimed = await shop.answers.claim(CHAT, TERMS)
    assert claimed.claim
    await shop.answers.save(claimed.claim, 0, "I am just", merge=True)
    await change(shop, answering="never")
    assert (await write(shop, "2")).pending
    assert await shop.turns.finish(claimed.claim, "I am just saying")
    assert not (await write(shop, "3")).pending
    assert (await chat(shop)).waiting_for == "new"


async def test_who_come_back_at_once_are_each_told_of_their_own_team(shop: Store) -> None:
    """The teams are looked at once for all: an open site's, a closed one's, and none."""
    await be_here(shop)
    closed, other, taken = SiteId("closed"), ChatId("b"), ChatId("c")
    await shop.sites.make(closed, "site_closed", "Closed", ANNA.id)
    await shop.sites.change(closed, None, {"hours": [[]] * 7}, ANNA.id)
    for chat_id, site in ((other, closed), (taken, SHOP)):
        await shop.chats.begin(chat_id, Visitor(), site_id=site)
        await shop.connections.enter(Target(ConnectionId(f"of-{chat_id}"), "u"), chat_id)
    await shop.inbox.take_over(taken, ANNA, "I am here", "m1")
    comers = [Resuming(one, 0) for one in (VISITOR, ConnectionId("of-b"), ConnectionId("of-c"))]
    together = await shop.resumes.resume_all(comers, 50)
    alone = [(await shop.resumes.resume_all([one], 50))[0] for one in comers]
    assert together == alone
    teams = [one.team for one in together if isinstance(one, Resumed)]
    assert [team and (team.site_id, team.here) for team in teams] == [(SHOP, 1), (closed, 0), None]
