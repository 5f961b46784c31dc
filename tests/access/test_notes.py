"""I14: a note reaches the team of its site, and nobody else by any way."""

from typing import Any

import pytest

from core.model import ManagerId, SiteId
from core.store.database import Pool
from core.store.sites import SiteStore
from tests.access.people import User, call, signed
from tests.access.test_site_matrix import agent, begun, socket
from tests.client import Client
from tests.openai_server import OpenAIServer
from tests.server import Serve, Server
from tests.sites import BOSS, add_site
from tests.tickets import manager_token

pytestmark = [pytest.mark.inbox, pytest.mark.sites]

SECRET = "tulip-of-the-team"
Shop = tuple[Server, User, dict[str, str]]


@pytest.fixture
async def shop(serve: Serve, pool: Pool, openai_server: OpenAIServer) -> Shop:
    """A chat of a shop, two agents of it, and one of a blog."""
    for name in ("shop", "blog"):
        await add_site(pool, name)
    server = signed(
        serve, OPENAI_KEY="key", OPENAI_BASE_URL=openai_server.base_url, QUIET_SECONDS="0"
    )
    tokens = {
        "anna": await agent(pool, "anna", "shop"),
        "carl": await agent(pool, "carl", "shop"),
        "ben": await agent(pool, "ben", "blog"),
        "boss": await manager_token(pool, "boss", "admin"),
    }
    user = begun(server, "shop")
    async with user.client() as client:
        await client.say("hello")
        await client.reply_to(1)
    return server, user, tokens


def write(shop: Shop, who: str, text: str, **more: Any) -> Any:
    server, user, tokens = shop
    path = f"/manager/chats/{user.chat_id}/notes"
    return call(server, "POST", path, tokens[who], json={"text": text, **more})


def listed(shop: Shop, who: str, query: str = "") -> Any:
    server, user, tokens = shop
    return call(server, "GET", f"/manager/chats/{user.chat_id}/notes{query}", tokens[who])


def mentions(shop: Shop, who: str) -> dict[str, Any]:
    server, _, tokens = shop
    return dict(call(server, "GET", "/manager/notes/mentions", tokens[who]).json())


async def all_that_came(client: Client) -> str:
    await client.send("ping")
    await client.next("pong")
    return str(client.frames)


async def test_i14_no_byte_of_a_note_leaves_the_team_of_its_site(
    shop: Shop, openai_server: OpenAIServer, pool: Pool
) -> None:
    server, user, tokens = shop
    async with (
        user.client() as visitor,
        socket(server, tokens["anna"]) as anna,
        socket(server, tokens["carl"]) as carl,
        socket(server, tokens["ben"]) as ben,
    ):
        answer = write(shop, "anna", f"{SECRET} @[carl]", client_id="n-1")
        assert answer.status_code == 201, answer.text
        for manager in (anna, carl):
            note = await manager.next("note", chat_id=user.chat_id)
            assert note["text"] == f"{SECRET} @[carl]" and "seq" not in note
            assert note["mentions"] == [{"id": "carl", "name": "Carl"}]
        said = await visitor.say("and now?")
        await visitor.reply_to(said["seq"])
        ready = await visitor.resume()
        assert [one["seq"] for one in ready["messages"]] == [1, 2, 3, 4], "a note has no seq"
        heard = {
            "the visitor's socket": await all_that_came(visitor),
            "another site's manager": await all_that_came(ben),
            "the assistant": str([one.body for one in openai_server.requests]),
            "the visitor's history": history(shop, user.token),
            "the team's history": history(shop, tokens["anna"]),
            "the list": call(server, "GET", "/manager/chats", tokens["anna"]).text,
            "another site's search": call(
                server, "GET", f"/manager/chats?q={SECRET}", tokens["ben"]
            ).text,
            "the contacts": call(server, "GET", "/manager/contacts.csv", tokens["boss"]).text,
            "the log": server.log,
            "events": str(await pool.fetch("select data::text from events")),
            "deliveries": str(await pool.fetch("select data::text from deliveries")),
        }
    assert openai_server.requests, "the assistant was asked"
    assert not [where for where, what in heard.items() if SECRET in what]
    for who, status in (("anna", 200), ("boss", 200), ("ben", 404)):
        assert listed(shop, who).status_code == status
    assert write(shop, "ben", "hello").status_code == 404
    assert (
        call(server, "GET", f"/manager/chats/{user.chat_id}/notes", user.token).status_code == 403
    )


def history(shop: Shop, token: str) -> str:
    server, user, _ = shop
    return call(server, "GET", f"/history?chat_id={user.chat_id}", token).text


async def test_a_repeated_note_is_stored_once_and_heard_of_once(shop: Shop) -> None:
    server, _, tokens = shop
    async with socket(server, tokens["carl"]) as carl:
        first = write(shop, "anna", "Careful, @[carl].", client_id="n-1")
        again = write(shop, "anna", "Careful, @[carl].", client_id="n-1")
        other = write(shop, "carl", "His.", client_id="n-1")
        assert first.json() == again.json() and first.json()["id"] != other.json()["id"]
        await carl.next("note", text="His.")
        assert len(carl.of("note")) == 2 and len(carl.of("mentions")) == 1
    for n in range(3):
        write(shop, "anna", f"number {n}")
    page = listed(shop, "anna", "?limit=3").json()
    rest = listed(shop, "anna", f"?limit=3&cursor={page['next_cursor']}").json()
    texts = [one["text"] for one in (*page["notes"], *rest["notes"])]
    assert texts == ["number 2", "number 1", "number 0", "His.", "Careful, @[carl]."]
    assert rest.get("next_cursor") is None
    assert listed(shop, "anna", "?cursor=x").status_code == 422
    assert write(shop, "anna", "@[carl]" * 11).status_code == 422


async def test_who_is_named_hears_of_it_until_they_have_seen_it(shop: Shop) -> None:
    server, user, tokens = shop
    async with (
        socket(server, tokens["anna"]) as anna,
        socket(server, tokens["carl"]) as carl,
        socket(server, tokens["ben"]) as ben,
    ):
        # Not one of another site, not oneself, and nobody twice.
        write(shop, "anna", "@[carl] @[carl] @[ben] @[anna] @[nobody] look")
        write(shop, "anna", "and @[carl] again")
        assert (await carl.next("mentions"))["unread"] == 1
        assert (await carl.next("mentions"))["unread"] == 2
        named = mentions(shop, "carl")
        assert [one["note"]["text"][:3] for one in named["mentions"]] == ["and", "@[c"]
        assert named["unread"] == 2 and not any("seen_at" in one for one in named["mentions"])
        for who in ("anna", "ben", "boss"):
            assert mentions(shop, who)["mentions"] == [], who
        seen = call(server, "POST", "/manager/notes/mentions/seen", tokens["carl"],
                    json={"chat_id": user.chat_id})  # fmt: skip
        assert seen.json() == {"unread": 0}
        assert (await carl.next("mentions"))["unread"] == 0
        assert all("seen_at" in one for one in mentions(shop, "carl")["mentions"])
        for manager in (anna, ben):
            assert "'mentions', 'unread'" not in await all_that_came(manager)
    found = call(server, "GET", f"/manager/chats/{user.chat_id}/colleagues", tokens["anna"]).json()
    assert [one["id"] for one in found["managers"]] == ["admin", "anna", "boss", "carl"]


async def test_a_note_is_taken_back_by_who_wrote_it_for_a_while(shop: Shop, pool: Pool) -> None:
    server, user, tokens = shop

    def delete(who: str, note_id: str) -> int:
        path = f"/manager/chats/{user.chat_id}/notes/{note_id}"
        return call(server, "DELETE", path, tokens[who]).status_code

    async with socket(server, tokens["carl"]) as carl:
        note = write(shop, "anna", "Wrong chat, @[carl]", client_id="n-1").json()["id"]
        await carl.next("mentions", unread=1)
        assert [delete(who, note) for who in ("ben", "boss", "carl")] == [404, 403, 403]
        assert [delete("anna", note), delete("anna", note)] == [204, 204]
        gone = await carl.next("note", id=note, deleted=True)
        assert gone["text"] == "" and gone["mentions"] == []
        await carl.next("mentions", unread=0)
    assert "Wrong chat" not in str(await pool.fetch("select text from notes"))
    assert listed(shop, "anna").json()["notes"] == [] and not mentions(shop, "carl")["mentions"]
    # A client that had no answer sends it again.
    assert write(shop, "anna", "Wrong chat, @[carl]", client_id="n-1").json()["deleted"]
    late = write(shop, "anna", "For good.").json()["id"]
    await pool.execute("update notes set created_at = created_at - interval '16 minutes'")
    assert delete("anna", late) == 409


def save_team(
    shop: Shop, team: str, *people: str, name: str = "Support", site: str = "shop"
) -> None:
    members = [{"id": one} for one in people]
    body = {"site": site, "name": name, "members": members}
    answer = call(shop[0], "PUT", f"/manager/teams/{team}", shop[2]["boss"], json=body)
    assert answer.is_success, answer.text


async def test_each_of_a_named_team_hears_of_it_once(shop: Shop, pool: Pool) -> None:
    server, user, tokens = shop
    tokens["dora"] = await agent(pool, "dora", "shop")
    save_team(shop, "support", "anna", "carl", "boss")
    save_team(shop, "writers", "ben", name="Writers", site="blog")
    save_team(shop, "gone", "carl", name="Gone")
    call(server, "DELETE", "/manager/teams/gone", tokens["boss"])
    # Who was moved to another site meanwhile is still of the team, and sees nothing here.
    save_team(shop, "moved", "dora", name="Moved")
    await SiteStore(pool).set_member(SiteId("shop"), ManagerId("dora"), BOSS, joins=False)
    async with (
        user.client() as visitor,
        socket(server, tokens["anna"]) as anna,
        socket(server, tokens["carl"]) as carl,
        socket(server, tokens["ben"]) as ben,
        socket(server, tokens["boss"]) as boss,
        socket(server, tokens["dora"]) as dora,
    ):
        teams = ("support", "support", "writers", "gone", "moved", "no")
        text = " ".join(("@[carl]", *(f"@[team:{team}]" for team in teams)))
        note = write(shop, "anna", text, client_id="n-1").json()
        assert write(shop, "anna", text, client_id="n-1").json() == note
        assert note["mentions"] == [
            {"id": "carl", "name": "Carl"},
            {"id": "team:moved", "name": "Moved"},
            {"id": "team:support", "name": "Support"},
        ]
        for named in (carl, boss):
            heard = await named.next("mentions")
            assert (heard["unread"], heard["note_id"]) == (1, note["id"])
            await all_that_came(named)
            assert len(named.of("mentions")) == 1
        for other in (anna, ben, dora):
            await all_that_came(other)
            assert other.of("mentions") == []
        assert "support" not in (await all_that_came(visitor)).lower()
        for who, count in (("carl", 1), ("boss", 1), ("anna", 0), ("ben", 0), ("dora", 0)):
            found = mentions(shop, who)
            assert (len(found["mentions"]), found["unread"]) == (count, count), who
        # Its name is that of today, and its people are those of then.
        save_team(shop, "support", "anna", name="First line")
        for who in ("carl", "anna"):
            names = [one["name"] for one in listed(shop, who).json()["notes"][0]["mentions"]]
            assert names == ["Carl", "First line", "Moved"]
        assert mentions(shop, "boss")["unread"] == 1
        # It is deleted: what named it goes on to show its name, as that of somebody who left.
        call(server, "DELETE", "/manager/teams/support", tokens["boss"])
        assert "First line" in listed(shop, "carl").text
        assert write(shop, "anna", "@[team:support]").json()["mentions"] == []
        # Taken back, it counts for nobody.
        path = f"/manager/chats/{user.chat_id}/notes/{note['id']}"
        assert call(server, "DELETE", path, tokens["anna"]).status_code == 204
        assert (await boss.next("note", id=note["id"], deleted=True))["mentions"] == []
        assert "note_id" not in await boss.next("mentions", unread=0)
    assert await pool.fetch("select * from mentioned_teams where note_id = $1", note["id"]) == []


async def test_the_teams_of_a_chats_site_can_be_named_there(shop: Shop) -> None:
    server, user, tokens = shop
    save_team(shop, "support", "carl")
    save_team(shop, "writers", "ben", name="Writers", site="blog")
    path = f"/manager/chats/{user.chat_id}/colleagues"
    for who in ("anna", "boss"):
        found = call(server, "GET", path, tokens[who]).json()
        assert found["teams"] == [{"id": "team:support", "name": "Support"}]
    assert call(server, "GET", path, tokens["ben"]).status_code == 404


async def test_a_note_that_names_a_team_of_hundreds_fits_into_a_frame(
    shop: Shop, pool: Pool
) -> None:
    server, _, tokens = shop
    names = [f"{n:03}-{'m' * 200}" for n in range(300)]
    await pool.execute(
        "insert into managers (manager_id, name, role) select n, n, 'admin'"
        " from unnest($1::text[]) n",
        names,
    )
    save_team(shop, "support", "carl", *names)
    async with socket(server, tokens["carl"]) as carl:
        note = write(shop, "anna", "@[team:support] look").json()
        assert (await carl.next("mentions"))["unread"] == 1
        assert len(str(carl.of("note")[0])) < 1000
    assert note["mentions"] == [{"id": "team:support", "name": "Support"}]
    named = "select count(*) as n from mentions where seen_at is null"
    assert [row["n"] for row in await pool.fetch(named)] == [301]
