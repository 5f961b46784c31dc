"""Contacts from outside: who somebody is, who may know it, and who may not write any more."""

import csv
import io
import secrets
from dataclasses import dataclass
from typing import Any

import pytest

from core.store.database import Pool
from tests.access.people import User, call, signed
from tests.access.test_identity import IDENTITY_KEY, identity
from tests.client import Client
from tests.server import PoolOf, Serve, Server
from tests.tickets import manager_token

pytestmark = pytest.mark.sites

ENGLISH = "You cannot write here any more. The team has ended this conversation."
GERMAN = "Sie können hier nicht mehr schreiben. Das Team hat dieses Gespräch beendet."
SPREADSHEET = ("=1+2", "+49 30 1234", "-1", "@SUM(A1)", "＝1", "  =1")


@dataclass(frozen=True)
class Team:
    """A server with its people: an admin, an agent of the only site, and one of no site."""

    server: Server
    pool: Pool
    admin: str
    agent: str
    stranger: str

    def ask(self, method: str, path: str, token: str = "", **options: Any) -> Any:
        answer = call(self.server, method, f"/manager/{path}", token or self.agent, **options)
        assert answer.is_success, answer.text
        return answer.json()

    def contact(self, chat_id: str) -> dict[str, Any]:
        """The contact of a chat, as the call about it gives it."""
        [chat] = self.ask("GET", f"chats?chat_id={chat_id}")["chats"]
        found: dict[str, Any] = self.ask("GET", f"contacts/{chat['contact']['id']}")
        return found

    def restrict(self, chat_id: str, restriction: str | None) -> None:
        contact = self.contact(chat_id)["id"]
        self.ask("POST", f"contacts/{contact}/restriction", json={"restriction": restriction})

    def socket(self, token: str = "") -> Client:
        url = call(self.server, "POST", "/tickets", token or self.agent, json={}).json()["ws_url"]
        return Client(self.server, str(url).removeprefix(self.server.socket_url("")))


@pytest.fixture
async def team(shared: Serve, pool_of: PoolOf) -> Team:
    server = signed(shared, IDENTITY_KEY=IDENTITY_KEY)
    pool = await pool_of(server)
    own = secrets.token_hex(3)
    stranger = await manager_token(pool, f"stranger-{own}")
    await pool.execute("delete from members where manager_id = $1", f"stranger-{own}")
    return Team(
        server,
        pool,
        await manager_token(pool, f"boss-{own}", "admin"),
        await manager_token(pool, f"anna-{own}"),
        stranger,
    )


async def begun(team: Team, token: str | None = None, words: str = "hello", **body: Any) -> User:
    """A visitor who has written and was answered."""
    headers = {"user-agent": "Mozilla/5.0 (X11; Linux) Gecko Firefox/140.0"}
    answer = call(team.server, "POST", "/chats", token, json=body, headers=headers)
    assert answer.status_code == 201, answer.text
    user = User(team.server, answer.json()["chat_id"], answer.json()["token"])
    async with user.client() as client:
        await client.say(words)
        await client.reply_to(1)
    return user


async def test_what_is_known_of_a_visitor_is_shown_with_where_it_is_from(team: Team) -> None:
    ada = await begun(
        team,
        visitor={
            "name": "Ada", "email": "ada@shop.example", "locale": "de",
            "time_zone": "Europe/Berlin", "attributes": {"cart": "3 books"},
        },
        page_url="https://shop.example/a",
    )  # fmt: skip
    async with ada.client() as client:
        await client.resume()
        for page in ("b", "c"):
            await client.send("page", url=f"https://shop.example/{page}")
        await client.send("ping")
        await client.next("pong")
    contact = team.contact(ada.chat_id)
    shown = {name: contact[name] for name in ("name", "email", "language", "time_zone", "device")}
    assert shown == {
        "name": "Ada", "email": "ada@shop.example", "language": "de",
        "time_zone": "Europe/Berlin", "device": "Firefox on Linux",
    }  # fmt: skip
    assert set(contact["sources"].values()) == {"claimed"} and contact["verified"] is False
    assert contact["attributes"] == [{"name": "cart", "value": "3 books", "source": "claimed"}]
    pages = [page["url"].removeprefix("https://shop.example/") for page in contact["pages"]]
    assert pages == ["c", "b", "a"]
    assert [chat["chat_id"] for chat in contact["chats"]] == [ada.chat_id]


async def test_a_person_of_the_host_site_has_one_contact(team: Team) -> None:
    sub = secrets.token_hex(4)
    body: dict[str, Any] = {"visitor": {"name": "Mallory", "attributes": {"plan": "free"}}}
    claims: dict[str, Any] = {
        "sub": sub,
        "name": "Ada",
        "attributes": {"plan": "gold", "since": 2019, "x": None},
    }
    ada = await begun(team, identity(**claims), **body)
    contact = team.contact(ada.chat_id)
    assert (contact["verified"], contact["name"]) == (True, "Ada")
    assert contact["attributes"] == [
        {"name": "plan", "value": "gold", "source": "verified"},
        {"name": "since", "value": "2019", "source": "verified"},
    ]
    assert [one["value"] for one in contact["identities"]] == [sub]
    again = call(team.server, "POST", "/chats", identity(sub=sub, name="Ada L."), json={})
    assert again.status_code == 201
    later = team.contact(ada.chat_id)
    assert (later["id"], later["name"]) == (contact["id"], "Ada L.")
    [found] = team.ask("GET", f"contacts?q={sub}")["contacts"]
    assert found["id"] == contact["id"]


async def test_what_the_team_writes_counts_and_stays_in_the_team(team: Team) -> None:
    ada = await begun(team, visitor={"name": "Ada"})
    contact = team.contact(ada.chat_id)
    async with team.socket() as manager, ada.client() as client:
        await manager.send("resume")
        await manager.next("ready")
        body = {"name": "Countess", "attributes": {"vip": "yes"}}
        edited = team.ask("PATCH", f"contacts/{contact['id']}", json=body)
        chat = await manager.wait(
            lambda f: f["type"] == "chat" and f.get("contact", {}).get("name") == "Countess"
        )
        assert chat["chat_id"] == ada.chat_id and chat["visitor"]["name"] == "Ada"
        ready = await client.resume()
        assert "contact" not in ready["chat"] and "Countess" not in str(client.frames)
    assert (edited["name"], edited["sources"]["name"]) == ("Countess", "edited")
    assert edited["attributes"] == [{"name": "vip", "value": "yes", "source": "edited"}]
    # A name that the host site or the visitor says later does not count before it.
    undone = team.ask(
        "PATCH", f"contacts/{contact['id']}", json={"name": None, "attributes": {"vip": None}}
    )
    assert (undone["name"], undone["sources"]["name"]) == ("Ada", "claimed")
    assert undone["attributes"] == []
    lines = team.ask("GET", "audit?limit=2", team.admin)["entries"]
    assert [(one["action"], one["detail"]) for one in lines] == [
        ("contact_edited", contact["id"])
    ] * 2
    stored = await team.pool.fetchval("select jsonb_agg(data)::text from events")
    assert "Countess" not in stored


async def test_i7_an_agent_of_another_site_knows_nothing_of_a_contact(team: Team) -> None:
    ada, bob = await begun(team), await begun(team)
    one, other = team.contact(ada.chat_id)["id"], team.contact(bob.chat_id)["id"]
    assert team.ask("GET", "contacts", team.stranger) == {"contacts": []}
    for method, path, body in (
        ("GET", "", None),
        ("PATCH", "", {"name": "Mallory"}),
        ("POST", "/merge", {"contact_id": other}),
        ("POST", "/unmerge", None),
        ("POST", "/restriction", {"restriction": "blocked"}),
    ):
        path = f"/manager/contacts/{one}{path}"
        answer = call(team.server, method, path, team.stranger, json=body)
        assert answer.status_code == 404, path
        # An admin sees all sites.
        assert call(team.server, method, path, team.admin, json=body).is_success, path


async def test_i7_an_agent_of_another_site_hears_nothing_of_a_contact(team: Team) -> None:
    ada, bob = await begun(team), await begun(team)
    one, other = team.contact(ada.chat_id)["id"], team.contact(bob.chat_id)["id"]
    steps = (
        ("PATCH", "", {"name": "Ada"}),
        ("POST", "/merge", {"contact_id": other}),
        ("POST", "/restriction", {"restriction": "blocked"}),
    )
    async with team.socket(team.stranger) as stranger, team.socket() as agent:
        for method, path, body in steps:
            heard = len(agent.frames)
            answer = call(
                team.server, method, f"/manager/contacts/{one}{path}", team.admin, json=body
            )
            assert answer.is_success, path
            await agent.wait(lambda f: f["type"] == "chat", since=heard)
        call(team.server, "POST", f"/manager/contacts/{other}/unmerge", team.admin)
        await stranger.send("ping")
        await stranger.next("pong")
    assert stranger.of("chat") == []


@pytest.mark.parametrize(("locale", "sentence"), [("de-AT", GERMAN), ("en", ENGLISH)])
async def test_a_blocked_contacts_messages_are_refused_in_a_sentence(
    team: Team, locale: str, sentence: str
) -> None:
    ada = await begun(team, visitor={"locale": locale})
    async with ada.client() as client, team.socket() as manager:
        ready = await client.resume()
        team.restrict(ada.chat_id, "blocked")
        refused = await client.say("let me in")
        assert (refused["code"], refused["message"]) == ("forbidden", sentence)
        await client.send("human", reason="please")
        error = await client.wait(lambda f: f["type"] == "error" and "client_id" not in f)
        assert error["message"] == sentence
        await manager.send("watch", chat_id=ada.chat_id)
        for action, fields in (("typing", {}), ("page", {"url": "https://evil.example/"})):
            await client.send(action, **fields)
        await client.send("ping")
        await client.next("pong")
        await manager.send("ping")
        await manager.next("pong")
        assert not manager.of("typing") and not manager.of("message")
        assert "evil.example" not in str(manager.frames)
        # They may read what was said, and no more than that.
        assert (await client.resume())["chat"]["last_seq"] == ready["chat"]["last_seq"]
        # Others write on as before.
        await begun(team, words="I am somebody else")
        team.restrict(ada.chat_id, None)
        assert (await client.say("thank you"))["type"] == "message"


async def test_a_blocked_person_is_blocked_on_every_device(team: Team) -> None:
    sub = secrets.token_hex(4)
    ada = await begun(team, identity(sub=sub))
    team.restrict(ada.chat_id, "blocked")
    again = call(team.server, "POST", "/chats", identity(sub=sub), json={}).json()
    async with User(team.server, again["chat_id"], again["token"]).client() as client:
        assert (await client.say("it is me"))["code"] == "forbidden"


async def test_spam_is_stored_apart_and_answered_when_it_is_none(team: Team) -> None:
    ada = await begun(team)
    team.restrict(ada.chat_id, "spam")

    def listed(filter: str) -> bool:
        chats = team.ask("GET", f"chats?filter={filter}&limit=200")["chats"]
        return ada.chat_id in [chat["chat_id"] for chat in chats]

    async with ada.client() as client:
        stored = await client.say("buy this")
        assert stored["type"] == "message"
        await client.send("human")
        await client.next("message", kind="event")
        [chat] = team.ask("GET", f"chats?chat_id={ada.chat_id}")["chats"]
        assert not chat["unanswered"] and "waiting_since" not in chat
        assert chat["contact"]["restriction"] == "spam"
        assert listed("restricted") and listed("all")
        assert not any(map(listed, ("open", "waiting", "assistant", "manager")))
        # The assistant has said nothing, and now it answers.
        assert not [f for f in client.of("message") if f.get("reply_to")]
        hand_back = {"owner": "assistant"}
        team.ask("POST", f"chats/{ada.chat_id}/owner", json=hand_back)
        team.restrict(ada.chat_id, None)
        await client.reply_to(stored["seq"])
    assert listed("open") and not listed("restricted")


async def test_merged_contacts_are_shown_as_one_and_taken_apart_as_they_were(team: Team) -> None:
    ada, bob = await begun(team, visitor={"name": "Ada"}), await begun(team, words="me again")
    one, other = team.contact(ada.chat_id), team.contact(bob.chat_id)
    async with team.socket() as manager:
        body = {"contact_id": other["id"]}
        for _ in range(2):
            merged = team.ask("POST", f"contacts/{one['id']}/merge", json=body)
        assert [chat["chat_id"] for chat in merged["chats"]] == [bob.chat_id, ada.chat_id]
        assert [part["id"] for part in merged["merged"]] == [other["id"]]
        chat = await manager.wait(
            lambda f: f["type"] == "chat" and f["chat_id"] == bob.chat_id and "contact" in f
        )
        assert chat["contact"] == {"id": one["id"], "name": "Ada"}
    assert team.ask("GET", f"contacts/{other['id']}")["id"] == one["id"]
    # The server never moves a message.
    history = call(team.server, "GET", f"/history?chat_id={bob.chat_id}", team.agent).json()
    assert history["messages"][0]["text"] == "me again"
    async with bob.client() as client:
        assert (await client.say("still me"))["seq"] == 3
    apart = team.ask("POST", f"contacts/{other['id']}/unmerge")
    assert apart["id"] == other["id"] and apart["first_seen_at"] == other["first_seen_at"]
    assert [chat["chat_id"] for chat in apart["chats"]] == [bob.chat_id]
    left = team.contact(ada.chat_id)
    for name in ("last_seen_at", "chats", "pages"):
        del left[name], one[name]
    assert left == one


async def test_contacts_that_are_not_alike_are_not_merged(team: Team) -> None:
    ada, bob = await begun(team), await begun(team)
    team.restrict(ada.chat_id, "blocked")
    one, other = team.contact(ada.chat_id)["id"], team.contact(bob.chat_id)["id"]
    path = f"/manager/contacts/{one}/merge"
    refused = call(team.server, "POST", path, team.agent, json={"contact_id": other})
    assert (refused.status_code, refused.json()["code"]) == (409, "conflict")


async def test_the_list_pages_and_is_searched(team: Team) -> None:
    word = f"Q{secrets.token_hex(4)}"
    people = [await begun(team, visitor={"name": f"{word} {n}"}) for n in range(3)]
    ids = {team.contact(user.chat_id)["id"] for user in people}
    first = team.ask("GET", f"contacts?q={word[:6].lower()}&limit=2")
    second = team.ask("GET", f"contacts?q={word}&limit=2&cursor={first['next_cursor']}")
    assert {one["id"] for one in first["contacts"] + second["contacts"]} == ids
    assert "next_cursor" not in second
    team.restrict(people[0].chat_id, "spam")
    [spam] = team.ask("GET", f"contacts?q={word}&restriction=spam")["contacts"]
    assert spam["name"] == f"{word} 0"
    assert team.ask("GET", "contacts?q=%20.%20") == {"contacts": []}
    for wrong in ("nonsense", "bm8gdGltZQ=="):
        answer = call(team.server, "GET", f"/manager/contacts?cursor={wrong}", team.agent)
        assert answer.status_code == 422


async def test_the_export_runs_no_formula_and_keeps_every_character(team: Team) -> None:
    names = [*SPREADSHEET, 'Zoë "Z"; 田中, 👋']
    people = [await begun(team, visitor={"name": name}) for name in names]
    for user in people:
        body = {"email": "=cmd()", "attributes": {"+n": "-1"}}
        team.ask("PATCH", f"contacts/{team.contact(user.chat_id)['id']}", json=body)
    answer = call(team.server, "GET", "/manager/contacts.csv", team.admin)
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert "attachment" in answer.headers["content-disposition"]
    assert answer.content.startswith(b"\xef\xbb\xbf")
    rows = {row["id"]: row for row in csv.DictReader(io.StringIO(answer.content[3:].decode()))}
    for user, name in zip(people, names, strict=True):
        row = rows[team.contact(user.chat_id)["id"]]
        name = name.strip()
        assert row["name"] == (f"'{name}" if name[0] in "=+-@＝" else name)
        assert (row["email"], row["attributes"]) == ("'=cmd()", "'+n: -1")
    cells = [cell for row in rows.values() for cell in row.values()]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "＝"))]
    [line] = team.ask("GET", "audit?limit=1", team.admin)["entries"]
    assert line["action"] == "contact_exported"


@pytest.mark.parametrize(
    "body",
    [
        {"attributes": {str(n): "x" for n in range(21)}},
        {"attributes": {"n": 5}},
        {"attributes": "none"},
        {"name": 5},
    ],
)
async def test_what_is_no_contact_is_refused(team: Team, body: dict[str, Any]) -> None:
    ada = await begun(team)
    path = f"/manager/contacts/{team.contact(ada.chat_id)['id']}"
    assert call(team.server, "PATCH", path, team.agent, json=body).status_code == 422
    assert call(team.server, "POST", "/chats", json={"visitor": body}).status_code == 422
