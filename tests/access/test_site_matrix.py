"""I7, I14: calls and frames, by those who belong to the chat's site, and by those who do not."""

import json
from typing import Any

import pytest

from core.model import ManagerId, SiteId
from core.protocol import frames
from core.store.database import Pool
from core.store.sites import SiteStore
from tests.access.people import User, call, signed
from tests.access.test_matrix import ACTIONS, ROUTES, actions
from tests.client import Client
from tests.server import Serve, Server
from tests.sites import BOSS, add_site
from tests.tickets import manager_token

pytestmark = pytest.mark.sites

CALLERS = ("agent of the site", "agent of another", "admin", "visitor of another site")
# For each call about a chat of the site: the status for each caller.
OWN = (200, 404, 200, 403)
ABOUT_A_CHAT = {
    ("GET", "/history"): OWN,
    ("POST", "/manager/send"): OWN,
    ("POST", "/manager/chats/{chat_id}/owner"): OWN,
    ("POST", "/manager/chats/{chat_id}/status"): OWN,
    ("POST", "/manager/chats/{chat_id}/stop"): OWN,
    ("GET", "/manager/chats/{chat_id}/transcript"): OWN,
    ("POST", "/manager/chats/{chat_id}/unread"): OWN,
    ("GET", "/manager/chats/{chat_id}/notes"): OWN,
    ("POST", "/manager/chats/{chat_id}/notes"): OWN,
    ("GET", "/manager/chats/{chat_id}/colleagues"): OWN,
    # It is about what names the caller: of a chat that they do not see, that is nothing.
    ("POST", "/manager/notes/mentions/seen"): (200, 200, 200, 403),
    ("POST", "/manager/chats/{chat_id}/assignment"): OWN,
    ("POST", "/manager/chats/{chat_id}/snooze"): OWN,
    ("DELETE", "/manager/chats/{chat_id}/snooze"): OWN,
    ("POST", "/manager/chats/{chat_id}/priority"): OWN,
    ("POST", "/manager/chats/{chat_id}/tags"): OWN,
    # Each chat has its own result: of one that they do not see, that there is none.
    ("POST", "/manager/chats/bulk"): (200, 200, 200, 403),
    ("POST", "/manager/chats/{chat_id}/macro"): OWN,
    ("POST", "/tickets of a chat"): (403, 403, 403, 403),
}
# What a blocked contact is answered. What has no answer is taken, and nobody hears of it.
BLOCKED = {
    **{key: ["error forbidden"] for key in ("message", "human", "no_human", "email")},
    "resume": ["ready"],
    "stop": ["chat"],
}
SAYS_NOTHING = {"pong", "empty"}


@pytest.fixture
async def shop(serve: Serve, pool: Pool) -> tuple[Server, User, dict[str, str]]:
    """A chat of a shop, beside a blog, and everybody's token."""
    for name in ("shop", "blog"):
        await add_site(pool, name)
    server = signed(serve)
    tokens = {
        "agent of the site": await agent(pool, "anna", "shop"),
        "agent of another": await agent(pool, "ben", "blog"),
        "admin": await manager_token(pool, "boss", "admin"),
        "visitor of another site": begun(server, "blog").token,
    }
    user = begun(server, "shop")
    async with user.client() as client:
        await client.say("hello of the shop")
        await client.reply_to(1)
    return server, user, tokens


async def agent(pool: Pool, name: str, site: str) -> str:
    """The token of an agent of this site only."""
    token, sites = await manager_token(pool, name), SiteStore(pool)
    for other, joins in (("default", False), (site, True)):
        await sites.set_member(SiteId(other), ManagerId(name), BOSS, joins=joins)
    return token


def begun(server: Server, site: str) -> User:
    answer = call(server, "POST", "/chats", json={"site": f"site_{site}"})
    assert answer.status_code == 201, answer.text
    return User(server, answer.json()["chat_id"], answer.json()["token"])


def socket(server: Server, token: str) -> Client:
    url = call(server, "POST", "/tickets", token, json={}).json()["ws_url"]
    return Client(server, url.removeprefix(server.socket_url("")))


async def test_i7_calls_about_a_chat_are_for_those_of_its_site(
    shop: tuple[Server, User, dict[str, str]],
) -> None:
    server, user, tokens = shop
    named = {route for route, (path, body, _) in ROUTES.items() if "{chat}" in f"{path}{body}"}
    assert named == set(ABOUT_A_CHAT), "a new call about a chat belongs here"
    wrong = {}
    for route, expected in ABOUT_A_CHAT.items():
        path, body, _ = ROUTES[route]
        sent = json.loads(json.dumps(body or {}).replace("{chat}", user.chat_id))
        for caller, wanted in zip(CALLERS, expected, strict=True):
            path = path.replace("{chat}", user.chat_id)
            answer = call(server, route[0], path, tokens[caller], json=sent if body else None)
            got = 200 if answer.is_success else answer.status_code
            if got != wanted:
                wrong[route, caller] = (got, wanted)
    assert not wrong


async def test_i14_lists_searches_and_figures_hold_only_what_is_of_ones_sites(
    shop: tuple[Server, User, dict[str, str]],
) -> None:
    server, user, tokens = shop
    paths = (
        "/manager/chats", "/manager/chats?q=hello", "/manager/chats?filter=open",
        f"/manager/chats?chat_id={user.chat_id}", "/manager/chats?site=shop",
    )  # fmt: skip
    for path in paths:
        for caller in CALLERS[:3]:
            answer = call(server, "GET", path, tokens[caller])
            assert (user.chat_id in answer.text) == (caller != "agent of another"), (path, caller)
    assert call(server, "GET", paths[-1], tokens["agent of another"]).status_code == 404
    sites = {
        caller: [one["id"] for one in call(
            server, "GET", "/manager/sites", tokens[caller]).json()["sites"]]
        for caller in CALLERS[:3]
    }  # fmt: skip
    assert sites == {
        "agent of the site": ["shop"], "agent of another": ["blog"],
        "admin": ["default", "shop", "blog"],
    }  # fmt: skip
    body = {"text": "to the blog", "site": "blog", "dry_run": True, "audience": [user.chat_id]}
    counted = call(server, "POST", "/manager/broadcast", tokens["admin"], json=body)
    assert counted.json()["recipients"] == 0


async def test_i14_frames_go_to_those_of_the_site_and_are_taken_from_them_only(
    shop: tuple[Server, User, dict[str, str]],
) -> None:
    server, user, tokens = shop
    async with (
        socket(server, tokens["agent of the site"]) as anna,
        socket(server, tokens["agent of another"]) as ben,
        socket(server, tokens["admin"]) as boss,
        user.client() as visitor,
    ):
        fields: dict[str, Any] = {"chat_id": user.chat_id, "chat_ids": [user.chat_id]}
        await anna.send("watch", chat_id=user.chat_id)
        await anna.next("chat", chat_id=user.chat_id)
        for action in sorted(actions(frames.ManagerAction) - {"ping", "keep"}):
            await ben.send(action, **{**ACTIONS[action], **fields})
        await ben.send("ping")
        await ben.next("pong")
        refused = [frame["code"] for frame in ben.of("error")]
        assert refused == ["not_found", "not_found"], "seen and watch"
        assert [frame["chats"] for frame in ben.of("peeked")] == [[]]
        await visitor.send("typing")
        await visitor.send("page", url="https://shop.example/")
        said = await visitor.say("live")
        await visitor.send("seen", seq=said["seq"])
        await visitor.send("human")
        for manager in (anna, boss):
            await manager.next("message", chat_id=user.chat_id, text="live")
            await manager.next("chat", chat_id=user.chat_id, site="shop", waiting_for="asked")
        await ben.send("ping")
        await ben.next("pong")
        assert user.chat_id not in str(ben.frames)
        assert not visitor.of("typing", role="manager") and not visitor.of("seen", role="manager")
        assert all(frame.get("site") is None for frame in visitor.of("chat"))


async def test_i14_a_change_of_membership_is_felt_in_the_middle_of_a_chat(
    shop: tuple[Server, User, dict[str, str]],
) -> None:
    server, user, tokens = shop
    path = "/manager/sites/shop/members/{}"
    async with (
        socket(server, tokens["agent of the site"]) as anna,
        socket(server, tokens["agent of another"]) as ben,
        user.client() as visitor,
    ):
        await visitor.say("one")
        await anna.next("message", text="one", role="user")
        for who, method in (("anna", "DELETE"), ("ben", "PUT")):
            answer = call(server, method, path.format(who), tokens["admin"])
            assert answer.status_code == 204
        await visitor.say("two")
        await ben.next("message", text="two", role="user")
        await anna.send("ping")
        await anna.next("pong")
        assert "two" not in [frame["text"] for frame in anna.of("message")]
    for caller, status in (("agent of the site", 404), ("agent of another", 200)):
        answer = call(server, "GET", f"/history?chat_id={user.chat_id}", tokens[caller])
        assert answer.status_code == status


async def test_i14_a_blocked_contact_reaches_nobody_by_any_frame(
    shop: tuple[Server, User, dict[str, str]],
) -> None:
    server, user, tokens = shop
    async with (
        user.client() as visitor,
        socket(server, tokens["agent of the site"]) as anna,
        socket(server, tokens["admin"]) as boss,
    ):
        await block(server, user, tokens["admin"])
        for manager in (anna, boss):
            await manager.next("chat", chat_id=user.chat_id)
        heard = [len(manager.frames) for manager in (anna, boss)]
        answers = {}
        for action in sorted(actions(frames.UserAction) - {"ping", "keep"}):
            before = len(visitor.frames)
            await visitor.send(action, **ACTIONS[action])
            await visitor.send("ping")
            await visitor.next("pong")
            new = [one for one in visitor.frames[before:] if one["type"] not in SAYS_NOTHING]
            answers[action] = [" ".join((one["type"], one.get("code", ""))).strip() for one in new]
        assert {action: said for action, said in answers.items() if said} == BLOCKED
        for manager, before in zip((anna, boss), heard, strict=True):
            await manager.send("ping")
            await manager.next("pong")
            new = [one for one in manager.frames[before:] if one["type"] not in SAYS_NOTHING]
            # What they have read, and that they stop an answer, asks nobody for anything.
            assert {one["type"] for one in new} <= {"seen", "chat"}
            assert not any(one.get("waiting_for") for one in new)
            assert not any("email" in one.get("visitor", {}) for one in new)
    # The chat is still theirs to read, and a person is not silenced by the block.
    assert call(server, "GET", f"/history?chat_id={user.chat_id}", user.token).is_success
    shown = call(server, "POST", "/manager/send", tokens["agent of the site"],
                 json={"chat_id": user.chat_id, "text": "Goodbye."})  # fmt: skip
    assert shown.is_success


async def block(server: Server, user: User, admin: str) -> None:
    chat = call(server, "GET", f"/manager/chats?chat_id={user.chat_id}", admin).json()["chats"][0]
    answer = call(server, "POST", f"/manager/contacts/{chat['contact']['id']}/restriction", admin,
                  json={"restriction": "blocked"})  # fmt: skip
    assert answer.is_success, answer.text
