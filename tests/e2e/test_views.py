"""Saved views: each sees those of their sites, and their own. They hold what the list takes."""

from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import pytest

from tests.access.people import call
from tests.e2e.test_assignments import Office, office
from tests.tickets import manager_token

__all__ = ["office"]
pytestmark = pytest.mark.inbox

PATH = "/manager/views"


class Desk:
    """What one person, or their program, saves and sees."""

    def __init__(self, office: Office, token: str) -> None:
        self.office, self.token = office, token

    def ask(self, method: str, path: str = "", **options: Any) -> Any:
        return call(self.office.server, method, f"{PATH}{path}", self.token, **options)

    def save(
        self, name: str, query: dict[str, Any] | None = None, id: str = "", **more: Any
    ) -> tuple[int, str]:
        id = id or str(uuid4())
        body = {"name": name, "query": query or {}, **more}
        return self.ask("PUT", f"/{id}", json=body).status_code, id

    def views(self) -> dict[str, dict[str, Any]]:
        return {one["name"]: one for one in self.ask("GET").json()["views"]}


async def test_i7_a_shared_view_is_for_its_site_and_ones_own_for_nobody_else(
    office: Office,
) -> None:
    anna, ben = await office.hire("anna", "ben")
    office.save_team(anna, capacity=1)
    admin, member, colleague, program = [Desk(office, token) for token in (
        office.admin, office.tokens[anna], office.tokens[ben], await manager_token(office.pool)
    )]  # fmt: skip
    site: dict[str, Any] = {"site": office.site}
    status, shared = admin.save("VIPs", {"filter": "open", "q": "#vip"}, **site)
    assert status == 204
    assert [one.save("Late", **site)[0] for one in (member, colleague, program)] == [403] * 3
    assert admin.save("Late", site="nowhere")[0] == 403
    _, own = member.save("Mine", {"filter": "mine"})
    assert list(member.views()) == ["VIPs", "Mine"]
    assert list(colleague.views()) == list(admin.views()) == ["VIPs"] and program.views() == {}
    assert office.site not in program.ask("GET").text
    assert member.views()["VIPs"] == {
        "id": shared, "name": "VIPs", "query": {"filter": "open", "q": "#vip"}, **site,
        "position": 1, "editable": False,
    }  # fmt: skip
    assert admin.views()["VIPs"]["editable"] and member.views()["Mine"]["editable"]
    # Where one may share, and the teams that one is in.
    assert {one["id"] for one in admin.ask("GET").json()["sites"]} >= {office.site}
    found = member.ask("GET").json()
    assert (found["sites"], found["teams"]) == ([], [{"id": office.team, "name": "Support"}])
    assert colleague.ask("GET").json()["teams"] == []
    # Nobody changes or takes what is another's by its id, nor makes it their own.
    for one in (member, colleague, program):
        assert (
            one.save("Stolen", id=shared)[0] == one.ask("DELETE", f"/{shared}").status_code == 404
        )
    for one in (admin, colleague, program):
        assert one.save("Stolen", id=own)[0] == one.ask("DELETE", f"/{own}").status_code == 404
    assert admin.save("Stolen", id=own, **site)[0] == 404
    assert (list(member.views()), list(admin.views())) == (["VIPs", "Mine"], ["VIPs"])
    # What is one's own and what is shared may have the same name, and two of a place may not.
    assert member.save("VIPs")[0] == 204 and member.save("mine")[0] == 409
    # Who sees the site no more sees none of it.
    office.ask("DELETE", f"/manager/sites/{office.site}/members/{ben}")
    assert colleague.views() == {}
    assert admin.ask("DELETE", f"/{shared}").status_code == 204
    assert {one["name"]: one.get("site") for one in member.views().values()} == {
        "VIPs": None, "Mine": None
    }  # fmt: skip
    audit = office.ask("GET", f"/manager/audit?site={office.site}&limit=50")["entries"]
    named = {(one["action"], one.get("detail")) for one in audit}
    assert {("view_saved", shared), ("view_removed", shared)} <= named


async def test_a_view_holds_what_the_list_takes_and_gives_it_back(office: Office) -> None:
    [anna] = await office.hire("anna")
    token = office.tokens[anna]
    one, two = [await office.visit(text=f"parcel {n}") for n in range(2)]
    office.ask("POST", f"/manager/chats/{two.chat_id}/tags", token, json={"add": ["vip"]})
    [tag] = office.ask("GET", "/manager/tags", token)["tags"]
    desk = Desk(office, token)
    query = {
        "filter": "open", "q": "parcel", "tag": tag["id"], "site": office.site, "in": "messages",
        "after": "2026-01-01T00:00:00Z",
    }  # fmt: skip
    assert desk.save("VIPs", query)[0] == 204
    assert desk.save("Everyone's", {"person": "me", "before": "2099-01-01T00:00:00Z"})[0] == 204
    saved = desk.views()
    assert saved["VIPs"]["query"] == query
    assert saved["Everyone's"]["query"] == {
        "filter": "all", "q": "", "person": "me", "before": "2099-01-01T00:00:00Z"
    }  # fmt: skip

    def page(name: str) -> Any:
        asked = urlencode(desk.views()[name]["query"])
        return office.ask("GET", f"/manager/chats?{asked}", token)

    assert [chat["chat_id"] for chat in page("VIPs")["chats"]] == [two.chat_id] != [one.chat_id]
    # What it names may be gone: the list says so.
    assert call(office.server, "DELETE", f"/manager/tags/{tag['id']}", office.admin).is_success
    assert page("VIPs")["missing"] == [{"kind": "tag", "name": tag["id"]}]
    # Nothing else, and no more than the list takes.
    wrong: list[dict[str, Any]] = [
        {"chat_id": "x"}, {"cursor": "x"}, {"limit": 5}, {"other": 1}, {"filter": "none"},
        {"q": "x" * 301}, {"tag": "vip"}, {"person": "a\nb"}, {"after": "yesterday"},
        {"after": "9999-01-01T00:00:00Z"}, {"in": "mail"}, {"team": "A team"}, {"site": "a b"},
    ]  # fmt: skip
    for bad in wrong:
        assert desk.save("Wrong", bad)[0] == 422, bad
    for name in ("", " \n ", "\u2060", "x" * 61):
        assert desk.save(name)[0] == 422
    assert desk.save("x" * 100_000)[0] == 413
    assert desk.save("Wrong", position=-1)[0] == desk.save("Wrong", position=1001)[0] == 422
    # What Postgres cannot store, and what would break a line.
    assert desk.save("A\x00 \r\n\u202eB", {"q": "a\x00b", "person": "\u20ac"})[0] == 204
    assert desk.views()["A\ufffd B"]["query"]["q"] == "a\ufffdb"
    half = call(
        office.server, "PUT", f"{PATH}/{uuid4()}", token,
        content=b'{"name": "half \\ud800", "query": {"q": "\\udfff", "person": "\\ud800"}}',
        headers={"content-type": "application/json"},
    )  # fmt: skip
    assert half.status_code in (204, 422)
    office.ask("GET", f"/manager/chats?{urlencode({'q': '#a' + chr(0)})}", token)


async def test_views_have_an_order_and_there_are_only_so_many(office: Office) -> None:
    [anna] = await office.hire("anna")
    desk = Desk(office, office.tokens[anna])
    made = [desk.save(f"{n:02}")[1] for n in range(50)]
    assert desk.save("one more")[0] == 409
    # One that is there may still be changed, and keeps its place.
    assert desk.save("renamed", {"filter": "mine"}, made[1])[0] == 204
    assert list(desk.views())[:3] == ["00", "renamed", "02"]
    assert desk.save("renamed", {"filter": "mine"}, made[1], position=0)[0] == 204
    assert list(desk.views())[:3] == ["renamed", "00", "02"]
    # Another person's are not counted.
    assert Desk(office, office.admin).save("one", site=office.site)[0] == 204
