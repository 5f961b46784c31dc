"""Macros: several steps in a chat, all of them or none, and taken back but for the message."""

import asyncio
import json
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.access.people import call
from tests.e2e.test_assignments import AT_ONCE, Office, assignee, office, threads
from tests.e2e.test_bulk import STATE, undo
from tests.e2e.test_snooze import in_seconds
from tests.tickets import manager_token

__all__ = ["office", "threads"]
pytestmark = pytest.mark.inbox

EVENTS = "select name, actor_id, data from events where chat_id = $1 order by id"


def run(office: Office, chat_id: str, token: str = "", **body: Any) -> Any:
    path = f"/manager/chats/{chat_id}/macro"
    return call(office.server, "POST", path, token or office.admin, json=body)


def tag(office: Office, chat_id: str, name: str) -> str:
    """A tag of the office's site, by its id."""
    office.ask("POST", f"/manager/chats/{chat_id}/tags", json={"add": [name]})
    tags = office.ask("GET", "/manager/tags")["tags"]
    [found] = [one["id"] for one in tags if (one["name"], one["site"]) == (name, office.site)]
    office.ask("POST", f"/manager/chats/{chat_id}/tags", json={"remove": [found]})
    return str(found)


class Shelf:
    """The macros that one person keeps and sees."""

    def __init__(self, office: Office, token: str) -> None:
        self.office, self.token = office, token

    def save(self, name: str, id: str = "", **body: Any) -> tuple[int, str]:
        id, body = id or str(uuid.uuid4()), {"name": name, **body}
        path, head = f"/manager/macros/{id}", {"content-type": "application/json"}
        # As bytes: half a character is no text that every library writes.
        sent = json.dumps(body).encode()
        server = self.office.server
        return call(server, "PUT", path, self.token, content=sent, headers=head).status_code, id

    def remove(self, id: str) -> int:
        path = f"/manager/macros/{id}"
        return int(call(self.office.server, "DELETE", path, self.token).status_code)

    def macros(self) -> dict[str, Any]:
        found = call(self.office.server, "GET", "/manager/canned", self.token).json()["macros"]
        return {one["name"]: one for one in found}


async def test_i7_macros_are_for_the_same_people_as_canned_replies(office: Office) -> None:
    anna, ben = await office.hire("anna", "ben")
    office.save_team(anna, capacity=1)
    shelves = [Shelf(office, token) for token in (
        office.admin, office.tokens[anna], office.tokens[ben], await manager_token(office.pool)
    )]  # fmt: skip
    admin, member, colleague, stranger = shelves
    site, team = {"site": office.site}, {"team": office.team}
    assert [one.save("Away", closes=True, **site)[0] for one in shelves] == [204, 403, 403, 403]
    assert [one.save("Price", text="p", **team)[0] for one in shelves[1:]] == [204, 403, 403]
    _, hers = member.save("Me", closes=True, **team)
    _, own = member.save("Own", closes=True)
    assert [sorted(one.macros()) for one in shelves] == [
        ["Away", "Me", "Price"], ["Away", "Me", "Own", "Price"], ["Away"], []
    ]  # fmt: skip
    for one in (colleague, stranger):
        assert one.save("mine", hers, closes=True)[0] == one.remove(own) == 404
    assert admin.remove(own) == 404, "one's own is nobody else's"
    assert member.save("PRICE", closes=True, **team)[0] == 409
    assert member.save("Price", hers, text="x", **team)[0] == 409
    assert admin.save("Renamed", hers, closes=True, **team)[0] == 204
    assert member.remove(hers) == 204 and member.remove(hers) == 404
    # What a site does not have is not kept for it, and of another site nothing is named.
    user = await office.visit()
    vip = tag(office, user.chat_id, "vip")
    assert admin.save("Vip", tags=[vip], **site)[0] == 204
    assert stranger.save("Vip", tags=[vip])[0] == 422
    assert stranger.save("To", assign={"team": office.team})[0] == 422
    assert stranger.save("To", assign={"assignee": anna})[0] == 422
    assert admin.save("To", assign={"assignee": "nobody"}, **site)[0] == 422
    # Names follow, and say what is gone.
    admin.save("All", tags=[vip], assign={"assignee": anna, "team": office.team}, **site)
    office.ask("PATCH", f"/manager/tags/{vip}", json={"name": "gold"})
    shown = colleague.macros()["All"]
    assert shown["tags"] == [{"id": vip, "name": "gold", "site": office.site}]
    assert shown["assign"]["assignee"]["name"] and shown["assign"]["team"]["name"] == "Support"
    office.ask("DELETE", f"/manager/tags/{vip}")
    office.ask("DELETE", f"/manager/teams/{office.team}")
    shown = colleague.macros()["All"]
    assert shown["tags"] == [{"id": vip}]
    assert shown["assign"]["team"] == {"id": office.team}
    names = await office.pool.fetch("select data from events where name = 'macro.saved'")
    assert names and "vip" not in str(names)
    audit = office.ask("GET", f"/manager/audit?site={office.site}&limit=50")["entries"]
    assert "macro_saved" in {entry["action"] for entry in audit}


@pytest.mark.parametrize(
    "body",
    [
        {}, {"name": ""}, {"name": "\x00"}, {"name": "x" * 61}, {"name": "ok"},
        {"name": "ok", "text": ""}, {"name": "ok", "text": "x" * 8001},
        {"name": "ok", "assign": {}},
        {"name": "ok", "closes": True, "snooze": "hour"}, {"name": "ok", "snooze": "never"},
        {"name": "ok", "tags": ["vip"]}, {"name": "ok", "closes": True, "site": "a", "team": "b"},
    ],
)  # fmt: skip
async def test_what_is_no_macro_is_refused(office: Office, body: dict[str, Any]) -> None:
    path = f"/manager/macros/{uuid.uuid4()}"
    answer = call(office.server, "PUT", path, office.admin, json=body)
    assert answer.status_code == 422, answer.text


async def test_names_and_texts_are_cleaned_and_there_are_not_too_many(office: Office) -> None:
    [anna] = await office.hire("anna")
    shelf = Shelf(office, office.tokens[anna])
    assert shelf.save(" Re\x00fund\n and  close ", text="a\x00b\r\nc \ud800", closes=True)[0] == 204
    [(name, macro)] = shelf.macros().items()
    assert name.split() == name.split(" ") and "\x00" not in name and "\n" not in name
    assert "\x00" not in macro["text"] and "\r" not in macro["text"]
    big = "€" * 8000
    taken = [shelf.save(f"Big {n}", text=big)[0] for n in range(13)]
    assert taken == [204] * 12 + [409], "all of them are read at once"


async def test_all_steps_are_taken_at_once_and_the_visitor_sees_message_and_closing(
    office: Office,
) -> None:
    anna, ben = await office.hire("anna", "ben")
    office.save_team(ben, capacity=3, assignment="manual")
    user = await office.visit()
    vip = tag(office, user.chat_id, "vip")
    async with user.client() as visitor, office.consoles(ben) as [console]:
        await visitor.resume()
        answer = run(
            office, user.chat_id, office.tokens[anna], text="Done **now**", client_id="m1",
            tags=[vip], assign={"assignee": ben, "team": office.team}, closes=True,
        )  # fmt: skip
        assert answer.status_code == 200, answer.text
        said = await visitor.next("message", role="manager", kind="text")
        assert said["text"] == "Done **now**" and said["author"]["id"] == anna
        closed = await visitor.next("message", kind="event")
        assert closed["event"]["name"] == "closed" and closed["seq"] == said["seq"] + 1
        await visitor.next("chat", status="closed")
        await console.next("message", client_id="m1")
        heard = await console.next("chat", status="closed")
        seen = json.dumps(visitor.frames)
    made = answer.json()
    assert made["message"]["seq"] == said["seq"] and made["result"] == "done"
    assert made["message"]["html"], "rendered as other messages are"
    for chat in (made["chat"], heard):
        assert chat["status"] == "closed" and not chat.get("waiting_since")
        assert [one["name"] for one in chat["tags"]] == ["vip"]
        assert assignee(chat) == ben and chat["team"]["id"] == office.team
    assert not any(word in seen for word in ("vip", ben, office.team, "Support")), "I14"
    names = [row["name"] for row in await office.pool.fetch(EVENTS, user.chat_id)]
    for name in ("message.sent", "chat.tagged", "chat.assigned", "chat.closed"):
        assert name in names
    # A repeat, with the message or with the name of the change, changes nothing.
    before = await office.pool.fetch(EVENTS, user.chat_id)
    again = run(
        office, user.chat_id, office.tokens[anna], text="Other", client_id="m1", closes=True
    )
    assert again.json()["message"]["seq"] == said["seq"]
    assert await office.pool.fetch(EVENTS, user.chat_id) == before


async def test_i5_a_macro_silences_the_assistant_as_any_message_does(office: Office) -> None:
    office.ask("PATCH", f"/manager/sites/{office.site}", json={"answering_mode": "always"})
    user = await office.visit()
    made = run(office, user.chat_id, text="I am here", client_id="m").json()
    assert made["chat"]["owner"] == "manager" and made["chat"]["epoch"] >= 1


REFUSED: dict[str, tuple[dict[str, Any], int, str]] = {
    "a tag is gone": ({"tags": ["{gone}"]}, 409, "conflict"),
    "a tag is another site's": ({"tags": ["{other}"]}, 409, "conflict"),
    "a person is gone": ({"assign": {"assignee": "nobody"}}, 422, "invalid"),
    "a person does not see it": ({"assign": {"assignee": "{stranger}"}}, 422, "invalid"),
    "a team is gone": ({"assign": {"team": "nothing"}}, 422, "invalid"),
    "there are too many tags": ({"tags": ["{vip}"]}, 409, "conflict"),
}


@pytest.mark.parametrize("why", REFUSED)
async def test_what_is_not_possible_is_said_before_anything_is_done(
    office: Office, why: str
) -> None:
    anna, ben = await office.hire("anna", "ben")
    user = await office.visit()
    chat = user.chat_id
    vip, gone = tag(office, chat, "vip"), tag(office, chat, "gone")
    office.ask("DELETE", f"/manager/tags/{gone}")
    elsewhere = await asyncio.to_thread(call, office.server, "POST", "/chats", json={})
    there = elsewhere.json()["chat_id"]
    office.ask("POST", f"/manager/chats/{there}/tags", json={"add": ["other"]})
    tags = office.ask("GET", "/manager/tags")["tags"]
    other = next(one["id"] for one in tags if one["site"] == "default" and one["name"] == "other")
    stranger = f"cleo-{office.site}"
    await manager_token(office.pool, stranger)
    office.ask("DELETE", f"/manager/sites/{office.site}/members/{stranger}")
    if why == "there are too many tags":
        office.ask(
            "POST", f"/manager/chats/{chat}/tags", json={"add": [f"t{n}" for n in range(20)]}
        )
    wrong, status, code = REFUSED[why]
    ids = {"gone": gone, "other": other, "stranger": stranger, "vip": vip}
    text = json.dumps(wrong)
    for name, id in ids.items():
        text = text.replace(f"{{{name}}}", id)
    body = {"text": "Hello", "client_id": "m", "closes": True, "undo_id": str(uuid.uuid4()),
            "assign": {"assignee": ben}, **json.loads(text)}  # fmt: skip
    before = await office.pool.fetch(STATE, [chat]), await office.pool.fetch(EVENTS, chat)
    async with user.client() as visitor:
        await visitor.resume()
        answer = run(office, chat, office.tokens[anna], **body)
        assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
        now = await office.pool.fetch(STATE, [chat]), await office.pool.fetch(EVENTS, chat)
        assert now == before, "nothing of it was done"
        history = office.ask("GET", f"/history?chat_id={chat}")["messages"]
        assert [one["role"] for one in history] == ["user"]
        await visitor.say("still here")
        assert not [one for one in visitor.frames if one.get("role") == "manager"]
    # Without what was wrong, the same goes.
    mended = {**body, "tags": [], "assign": {"assignee": ben}}
    assert run(office, chat, office.tokens[anna], **mended).status_code == 200


async def test_a_colleagues_newer_reply_holds_all_of_it_back(office: Office) -> None:
    anna, ben = await office.hire("anna", "ben")
    user = await office.visit()
    chat = user.chat_id
    vip = tag(office, chat, "vip")
    office.ask("POST", "/manager/send", office.tokens[ben], json={"chat_id": chat, "text": "I do"})
    before = await office.pool.fetch(EVENTS, chat)
    body: dict[str, Any] = {"text": "Me too", "client_id": "m", "tags": [vip], "closes": True}
    answer = run(office, chat, office.tokens[anna], after_seq=1, **body)
    assert (answer.status_code, answer.json()["code"]) == (409, "newer_reply")
    assert await office.pool.fetch(EVENTS, chat) == before
    assert run(office, chat, office.tokens[anna], after_seq=2, **body).status_code == 200
    # What was sent is not held back by what came after it.
    office.ask("POST", "/manager/send", office.tokens[ben], json={"chat_id": chat, "text": "Bye"})
    again = run(office, chat, office.tokens[anna], after_seq=1, **body)
    assert again.status_code == 200 and again.json()["message"]["text"] == "Me too"


async def test_of_two_at_the_same_instant_one_is_held_back(
    office: Office, threads: ThreadPoolExecutor
) -> None:
    people = await office.hire("anna", "ben", "cleo", "dan")
    user = await office.visit()
    vip = tag(office, user.chat_id, "vip")
    undo_ids = [str(uuid.uuid4()) for _ in people]

    def at_once(number: int) -> int:
        return int(run(
            office, user.chat_id, office.tokens[people[number % 4]], text=f"I am {number % 4}",
            client_id=f"m{number % 4}", after_seq=1, tags=[vip], closes=True,
            undo_id=undo_ids[number % 4],
        ).status_code)  # fmt: skip

    found = list(threads.map(at_once, range(AT_ONCE)))
    assert sorted(set(found)) == [200, 409] and found.count(200) == AT_ONCE / 4, found
    history = office.ask("GET", f"/history?chat_id={user.chat_id}")["messages"]
    assert [one["kind"] for one in history] == ["text", "text", "event"]


@pytest.mark.parametrize("text", ["", "It is done."])
async def test_what_can_be_undone_is_as_it_was_and_the_message_stays(
    office: Office, text: str
) -> None:
    anna, ben = await office.hire("anna", "ben")
    token = office.tokens[anna]
    user, other = await office.visit(), await office.visit()
    chats = [user.chat_id, other.chat_id]
    vip = tag(office, user.chat_id, "vip")
    said = {"text": text} if text else {}
    if text:
        # What the message changes stays, so it is the state that the rest goes back to.
        for chat in chats:
            office.ask("POST", "/manager/send", token, json={"chat_id": chat, "text": "first"})
    before = await office.pool.fetch(STATE, chats)
    ids = [str(uuid.uuid4()), str(uuid.uuid4())]
    for chat, undo_id, steps in (
        (chats[0], ids[0], {"closes": True}),
        (chats[1], ids[1], {"snooze": {"until": in_seconds(3600)}}),
    ):
        body: dict[str, Any] = {"tags": [vip], "assign": {"assignee": ben}, **steps, **said}
        made = run(office, chat, token, undo_id=undo_id, **body)
        assert made.json()["result"] == "done", made.text
        # A repeat of it changes nothing.
        count = len(await office.pool.fetch(EVENTS, chat))
        if not text:
            assert run(office, chat, token, undo_id=undo_id, **body).status_code == 200
            assert len(await office.pool.fetch(EVENTS, chat)) == count
    assert await office.pool.fetch(STATE, chats) != before
    assert call(office.server, "POST", "/manager/chats/undo", office.admin,
                json={"undo_id": ids[0]}).status_code == 404  # fmt: skip
    for undo_id in ids:
        assert [one["result"] for one in undo(office, undo_id, token)] == ["done"]
    assert await office.pool.fetch(STATE, chats) == before
    history = office.ask("GET", f"/history?chat_id={user.chat_id}")["messages"]
    texts = [one["text"] for one in history if one["kind"] == "text"]
    assert (text in texts) == bool(text), "a message that was sent is not taken back"


async def test_what_somebody_has_changed_since_is_not_undone(office: Office) -> None:
    anna, _ = await office.hire("anna", "ben")
    user = await office.visit()
    undo_id = str(uuid.uuid4())
    async with user.client() as visitor:
        await visitor.resume()
        run(office, user.chat_id, office.tokens[anna], text="Bye", closes=True, undo_id=undo_id)
        await visitor.next("chat", status="closed")
        await visitor.say("one more thing")
    [kept] = undo(office, undo_id, office.tokens[anna])
    assert kept["code"] == "conflict"
