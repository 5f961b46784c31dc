"""Responsibility: each chat is placed with one person, and nobody gets more than they take."""

import asyncio
import secrets
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import pytest

from core.model import ManagerId, SiteId
from core.store.database import Pool
from core.store.sites import SiteStore
from tests.access.people import User, call, signed
from tests.client import PATIENCE, Client
from tests.server import PoolOf, Serve, Server
from tests.sites import BOSS
from tests.tickets import manager_token

pytestmark = pytest.mark.inbox

AT_ONCE = 12
CHATS = 60
ROOMY = {
    "DATABASE_CONNECTIONS": str(AT_ONCE),
    # Nothing here is found by the sweep: what places a chat is what has happened.
    "SWEEP_SECONDS": "3600",
    "SOCKETS_PER_ADDRESS": "1000",
}


class Office:
    """A site with its team and people, on a server that other tests use as well."""

    def __init__(self, server: Server, pool: Pool, site: str, key: str, admin: str) -> None:
        self.server, self.pool, self.site, self.key, self.admin = server, pool, site, key, admin
        self.tokens: dict[str, str] = {}
        self.team = f"team-{site}"

    async def hire(self, *names: str) -> list[str]:
        """New agents who see this site only."""
        ids = [f"{name}-{self.site}" for name in names]
        sites = SiteStore(self.pool)
        for one in ids:
            self.tokens[one] = await manager_token(self.pool, one)
            for other, joins in (("default", False), (self.site, True)):
                await sites.set_member(SiteId(other), ManagerId(one), BOSS, joins=joins)
        return ids

    def save_team(self, *people: str, capacity: int, **fields: Any) -> None:
        members = [{"id": one, "capacity": capacity} for one in people]
        body = {"site": self.site, "name": "Support", "assignment": "balanced", "members": members}
        self.ask("PUT", f"/manager/teams/{self.team}", json={**body, **fields})

    def ask(self, method: str, path: str, token: str = "", **options: Any) -> Any:
        answer = call(self.server, method, path, token or self.admin, **options)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None

    def assign(self, chat_id: str, token: str = "", **body: str | None) -> Any:
        return self.ask("POST", f"/manager/chats/{chat_id}/assignment", token, json=body)

    def close(self, chat_id: str) -> None:
        self.ask("POST", f"/manager/chats/{chat_id}/status", json={"status": "closed"})

    def chats(self, token: str = "", **query: str) -> list[dict[str, Any]]:
        parts = "&".join(
            f"{k}={v}" for k, v in {"site": self.site, "limit": "200", **query}.items()
        )
        found: list[dict[str, Any]] = self.ask("GET", f"/manager/chats?{parts}", token)["chats"]
        return found

    def loads(self, **query: str) -> Counter[str]:
        """How many open chats each person has; `""` is nobody."""
        return Counter(assignee(chat) for chat in self.chats(filter="open", **query))

    async def wait_for(self, wanted: Callable[[Counter[str]], bool]) -> Counter[str]:
        async with asyncio.timeout(PATIENCE):
            while not wanted(found := await asyncio.to_thread(self.loads)):  # noqa: ASYNC110
                await asyncio.sleep(0.1)
        return found

    @asynccontextmanager
    async def consoles(self, *people: str) -> AsyncIterator[list[Client]]:
        """The open consoles of these people."""
        async with AsyncExitStack() as stack:
            yield [await stack.enter_async_context(self.socket(self.tokens[one])) for one in people]

    def socket(self, token: str) -> Client:
        url = call(self.server, "POST", "/tickets", token, json={}).json()["ws_url"]
        return Client(self.server, url.removeprefix(self.server.socket_url("")))

    def begin(self) -> User:
        body = call(self.server, "POST", "/chats", json={"site": self.key}).json()
        return User(self.server, body["chat_id"], body["token"])

    async def visit(self, *, text: str = "Is somebody there?") -> User:
        """A visitor who has written, and whose chat waits for a person."""
        user = await asyncio.to_thread(self.begin)
        async with user.client() as client:
            await client.say(text)
        return user


def assignee(chat: dict[str, Any]) -> str:
    return str(chat.get("assignee", {}).get("id", ""))


@pytest.fixture
async def office(shared: Serve, pool_of: PoolOf) -> Office:
    """A site of its own, where nobody but the team answers."""
    server = signed(shared, **ROOMY)
    pool = await pool_of(server)
    admin = await manager_token(pool, rank="admin")
    made = call(server, "POST", "/manager/sites", admin, json={"name": secrets.token_hex(4)})
    site = Office(server, pool, made.json()["id"], made.json()["key"], admin)
    site.ask("PATCH", f"/manager/sites/{site.site}", json={"answering_mode": "never"})
    return site


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(AT_ONCE) as pool:
        yield pool


async def test_sixty_chats_asked_for_by_twelve_fill_the_places_of_four(
    office: Office, threads: ThreadPoolExecutor
) -> None:
    people = await office.hire("anna", "ben", "cleo", "dan")
    office.save_team(*people, capacity=AT_ONCE)
    names = [user.chat_id for user in [await office.visit() for _ in range(CHATS)]]
    full = dict.fromkeys(people, AT_ONCE)
    async with office.consoles(*people):
        list(threads.map(lambda name: office.assign(name, team=office.team), names))
        assert office.loads() == {**full, "": CHATS - 4 * AT_ONCE}
        placed = await office.pool.fetch(
            "select chat_id from events where name = 'chat.assigned' and site_id = $1"
            " and data->>'for' = 'balance'",
            office.site,
        )
        assert len({row["chat_id"] for row in placed}) == len(placed) == 4 * AT_ONCE
        # Each that is closed makes room for one of the others.
        taken = [chat["chat_id"] for chat in office.chats(filter="open") if assignee(chat)]
        list(threads.map(office.close, taken[: CHATS - 4 * AT_ONCE]))
        assert await office.wait_for(lambda found: not found[""]) == full


async def test_a_chat_that_is_asked_for_twelve_times_is_assigned_once(
    office: Office, threads: ThreadPoolExecutor
) -> None:
    people = await office.hire("anna", "ben", "cleo")
    office.save_team(*people, capacity=AT_ONCE)
    user = await office.visit()
    async with office.consoles(*people):
        answers = list(
            threads.map(lambda _: office.assign(user.chat_id, team=office.team), range(AT_ONCE))
        )
        assert len({assignee(one) for one in answers} - {""}) == 1
        assert sum(office.loads().values()) == 1
        events = await office.pool.fetch(
            "select data from events where name = 'chat.assigned' and chat_id = $1 order by id",
            user.chat_id,
        )
        assert [one["data"].count('"to"') for one in events] == [0, 1], "to the team, then to one"


async def test_nobody_is_here_so_chats_stay_with_the_team_and_go_to_who_comes_first(
    office: Office,
) -> None:
    anna, ben = await office.hire("anna", "ben")
    office.save_team(anna, ben, capacity=2, takes_new=True)
    first, second, third = [await office.visit() for _ in range(3)]
    for chat in office.chats():
        assert (chat["team"]["name"], assignee(chat), chat["owner"]) == ("Support", "", "manager")
    async with office.consoles(anna):
        assert await office.wait_for(lambda found: found[anna] == 2) == {anna: 2, "": 1}
        mine = {chat["chat_id"] for chat in office.chats(office.tokens[anna], filter="mine")}
        assert mine == {first.chat_id, second.chat_id}, "the longest waits come first"
        left = office.chats(filter="unassigned")
        assert [chat["chat_id"] for chat in left] == [third.chat_id]
        # Who is away is not here.
        office.ask("PUT", "/manager/away", office.tokens[ben], json={"away": True})
        async with office.consoles(ben) as [console]:
            await console.send("ping")
            await console.next("pong")
            assert office.loads() == {anna: 2, "": 1}
            office.ask("PUT", "/manager/away", office.tokens[ben], json={"away": False})
            await console.next(
                "chat", chat_id=third.chat_id, team={"id": office.team, "name": "Support"}
            )
            assert await office.wait_for(lambda found: not found[""]) == {anna: 2, ben: 1}


async def test_assigning_silences_nobody_and_whoever_replies_claims_what_is_nobodys(
    office: Office,
) -> None:
    office.ask("PATCH", f"/manager/sites/{office.site}", json={"answering_mode": "always"})
    anna, ben = await office.hire("anna", "ben")
    user = await asyncio.to_thread(office.begin)
    async with user.client() as visitor, office.consoles(ben) as [console]:
        await visitor.say("one")
        await visitor.reply_to(1)
        chat = office.assign(user.chat_id, office.tokens[ben], assignee=anna)
        assert (chat["owner"], assignee(chat)) == ("assistant", anna)
        await console.next("chat", chat_id=user.chat_id, assignee=chat["assignee"])
        await visitor.say("two")
        await visitor.reply_to(3)
        # Of that the visitor hears nothing: I14.
        assert anna not in str(visitor.frames)
        ready = await visitor.resume()
        assert not {"assignee", "team"} & ready["chat"].keys()
        # A reply leaves the assignee, and claims what is nobody's.
        send = {"chat_id": user.chat_id, "text": "I am here."}
        office.ask("POST", "/manager/send", office.tokens[ben], json=send)
        await console.next("chat", chat_id=user.chat_id, assignee=chat["assignee"], owner="manager")
        office.assign(user.chat_id, assignee=None)
        assert office.chats(office.tokens[ben], filter="mine")
        office.ask("POST", "/manager/send", office.tokens[ben], json=send)
        assert office.loads() == {ben: 1}


async def test_nobody_is_assigned_who_does_not_see_the_site(office: Office) -> None:
    [anna] = await office.hire("anna")
    stranger, user = await manager_token(office.pool), await office.visit()
    path = f"/manager/chats/{user.chat_id}/assignment"
    other = await office.pool.fetchval("select manager_id from api_tokens order by created_at desc")
    wrong = (({"assignee": other}, 422), ({"assignee": "nobody"}, 422), ({"team": "none"}, 422))
    for body, status in wrong:
        assert call(office.server, "POST", path, office.admin, json=body).status_code == status
    assert call(office.server, "POST", path, stranger, json={"assignee": other}).status_code == 404
    body = {"site": office.site, "name": "Team", "members": [{"id": other, "capacity": 1}]}
    saved = call(office.server, "PUT", "/manager/teams/t", office.admin, json=body)
    assert saved.status_code == 422
    # Who sees the site no more is responsible for nothing on it.
    office.assign(user.chat_id, assignee=anna)
    office.ask("DELETE", f"/manager/sites/{office.site}/members/{anna}")
    await office.wait_for(lambda found: found == {"": 1})


async def test_what_waits_goes_back_to_the_team_and_on_to_somebody_else(office: Office) -> None:
    anna, ben = await office.hire("anna", "ben")
    office.save_team(anna, ben, capacity=3, takes_new=True)
    async with office.consoles(anna):
        users = [await office.visit() for _ in range(3)]
        await office.wait_for(lambda found: found[anna] == 3)
        # What she has answered stays hers.
        send = {"chat_id": users[0].chat_id, "text": "I am here."}
        office.ask("POST", "/manager/send", office.tokens[anna], json=send)
        given = office.ask("POST", "/manager/assignments/give-back", office.tokens[anna])
        assert given == {"chats": 2}
        assert office.loads() == {anna: 1, "": 2}, "not with her again, who is here"
        async with office.consoles(ben):
            await office.wait_for(lambda found: found == {anna: 1, ben: 2})
            again = office.ask("POST", "/manager/assignments/give-back", office.tokens[anna])
            assert again == {"chats": 0}
