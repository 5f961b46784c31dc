"""Two managers answer one visitor: the second one is asked before the visitor hears both."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from core.store.database import Pool
from tests.access.people import User, begin, call, signed
from tests.client import Client
from tests.server import Serve, Server
from tests.tickets import manager_token

pytestmark = pytest.mark.inbox

ROUNDS = 40


@pytest.fixture
async def two(serve: Serve, pool: Pool) -> tuple[Server, User, dict[str, str]]:
    """A chat with one question, and two managers."""
    server = signed(serve, ECHO_DELAY="0", SOCKETS_PER_ADDRESS="1000")
    user = begin(server)
    async with user.client() as client:
        await client.say("hello")
        await client.reply_to(1)
    return server, user, {name: await manager_token(pool, name) for name in ("anna", "ben")}


def send(two: Any, who: str, text: str, **more: Any) -> Any:
    server, user, tokens = two
    body = {"chat_id": user.chat_id, "text": text, **more}
    return call(server, "POST", "/manager/send", tokens[who], json=body)


def said(two: Any) -> list[tuple[str, str]]:
    """What managers have said: by whom, and what."""
    server, user, tokens = two
    path = f"/history?chat_id={user.chat_id}&limit=200"
    messages = call(server, "GET", path, tokens["anna"]).json()["messages"]
    return [
        (one["author"]["id"], one["text"])
        for one in messages
        if one["role"] == "manager" and one["kind"] == "text"
    ]


def last(two: Any) -> int:
    return int(summary(two)["last_seq"])


def summary(two: Any) -> dict[str, Any]:
    server, user, tokens = two
    listed = call(server, "GET", f"/manager/chats?chat_id={user.chat_id}", tokens["anna"])
    return dict(listed.json()["chats"][0])


async def test_of_two_who_send_at_once_exactly_one_is_stored_and_the_other_is_asked(
    two: Any,
) -> None:
    for n in range(ROUNDS):
        after = last(two)
        answers: Sequence[Any] = await asyncio.gather(
            *(
                asyncio.to_thread(
                    send, two, who, f"{who} {n}", client_id=f"{who}-{n}", after_seq=after
                )
                for who in (("anna", "ben") if n % 2 else ("ben", "anna"))
            )
        )
        assert sorted(one.status_code for one in answers) == [201, 409], n
        refused = next(one for one in answers if one.status_code == 409)
        assert refused.json()["code"] == "newer_reply"
        assert last(two) == after + 1
    assert len(said(two)) == ROUNDS


async def test_who_has_seen_the_reply_or_says_nothing_of_it_sends(two: Any) -> None:
    after = last(two)
    first = send(two, "anna", "one", after_seq=after)
    assert first.status_code == 201
    assert send(two, "ben", "unseen", after_seq=after).status_code == 409
    assert send(two, "ben", "seen", after_seq=first.json()["seq"]).status_code == 201
    # Callers of before, and those who were asked.
    assert send(two, "anna", "anyway").status_code == 201
    assert [text for _, text in said(two)] == ["one", "seen", "anyway"]


async def test_ones_own_reply_an_answer_an_event_and_a_broadcast_are_not_a_colleagues(
    two: Any, pool: Pool
) -> None:
    server, user, tokens = two
    boss = await manager_token(pool, "boss", "admin")
    async with user.client() as client:
        sent = call(server, "POST", "/manager/broadcast", boss,
                    json={"text": "to all", "audience": [user.chat_id]})  # fmt: skip
        assert sent.is_success, sent.text
        await client.next("message", text="to all")
    path = f"/manager/chats/{user.chat_id}/owner"
    assert call(server, "POST", path, tokens["ben"], json={"owner": "manager"}).is_success
    for n in range(2):
        assert send(two, "anna", f"anna {n}", after_seq=1).status_code == 201


async def test_i3_a_repeated_message_is_answered_as_stored_whoever_has_replied_since(
    two: Any,
) -> None:
    after = last(two)
    stored = send(two, "anna", "one", client_id="m-1", after_seq=after).json()
    assert send(two, "ben", "two", after_seq=stored["seq"]).status_code == 201
    again = send(two, "anna", "one", client_id="m-1", after_seq=after)
    assert again.status_code == 201 and again.json()["seq"] == stored["seq"]
    assert [text for _, text in said(two)] == ["one", "two"]


async def test_i5_a_message_in_a_colleagues_chat_is_stored_and_changes_neither_owner_nor_epoch(
    two: Any,
) -> None:
    server, user, tokens = two
    assert send(two, "anna", "mine").status_code == 201
    before = summary(two)
    assert before["owner"] == "manager" and before["manager"]["id"] == "anna"
    async with user.client() as client:
        await client.say("and this?")
        assert summary(two)["waiting_for"] == "reply"
        assert send(two, "ben", "beside").status_code == 201
        after = summary(two)
        assert (after["manager"], after["epoch"]) == (before["manager"], before["epoch"])
        assert "waiting_for" not in after and not after["unanswered"]
    # Taking over is another thing.
    path = f"/manager/chats/{user.chat_id}/owner"
    assert call(server, "POST", path, tokens["ben"], json={"owner": "manager"}).is_success
    taken = summary(two)
    assert (taken["manager"]["id"], taken["epoch"]) == ("ben", before["epoch"] + 1)


async def test_a_chat_of_somebody_who_left_the_team_is_taken_by_the_next_reply(
    two: Any, pool: Pool
) -> None:
    assert send(two, "ben", "mine").status_code == 201
    await pool.execute("select remove_manager('ben')")
    assert send(two, "anna", "hello again").status_code == 201
    assert summary(two)["manager"]["id"] == "anna"


@pytest.mark.parametrize("mode", ["never", "when_away"])
async def test_i5_whoever_first_answers_a_chat_that_is_left_to_the_team_has_it(
    serve: Serve, pool: Pool, mode: str
) -> None:
    """The assistant does not come back into it when they have gone."""
    server = signed(serve, ECHO_DELAY="0")
    boss = await manager_token(pool, "boss", "admin")
    site = "/manager/sites/default"
    assert call(server, "PATCH", site, boss, json={"answering_mode": mode}).is_success
    tokens = {name: await manager_token(pool, name) for name in ("anna", "ben")}
    user = begin(server)
    chat = (server, user, tokens)
    ticket = call(server, "POST", "/tickets", tokens["anna"], json={}).json()["ws_url"]
    here = Client(server, ticket.removeprefix(server.socket_url("")))
    async with here, user.client() as client:
        await client.say("hello")
        assert summary(chat)["owner"] == "manager" and "manager" not in summary(chat)
        assert send(chat, "anna", "I am here").status_code == 201
    assert summary(chat)["manager"]["id"] == "anna"
    assert send(chat, "ben", "so am I").status_code == 201
    assert summary(chat)["manager"]["id"] == "anna"
    async with user.client() as client:
        await client.say("and now?")
    assert summary(chat)["owner"] == "manager" and summary(chat)["waiting_for"] == "reply"


async def test_an_erased_reply_is_no_reply_to_know_of(two: Any) -> None:
    after = last(two)
    server, user, tokens = two
    seq = send(two, "anna", "gone").json()["seq"]
    path = f"/manager/chats/{user.chat_id}/messages/{seq}"
    assert call(server, "DELETE", path, tokens["anna"]).is_success
    assert send(two, "ben", "unseen", after_seq=after).status_code == 201
