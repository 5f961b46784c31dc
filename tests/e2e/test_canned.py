"""Canned replies: each sees those of their sites, their teams, and their own."""

from typing import Any
from uuid import uuid4

import pytest

from tests.access.people import call
from tests.e2e.test_assignments import Office, office
from tests.tickets import manager_token

__all__ = ["office"]
pytestmark = pytest.mark.inbox

PATH = "/manager/canned"


class Shelf:
    """What one person keeps and sees."""

    def __init__(self, office: Office, token: str) -> None:
        self.office, self.token = office, token

    def ask(self, method: str, path: str, **options: Any) -> Any:
        return call(self.office.server, method, f"{PATH}{path}", self.token, **options)

    def save(self, shortcut: str, text: str, id: str = "", **place: str) -> tuple[int, str]:
        id = id or str(uuid4())
        answer = self.ask("PUT", f"/{id}", json={"shortcut": shortcut, "text": text, **place})
        return answer.status_code, id

    def replies(self) -> dict[str, str]:
        found = self.ask("GET", "").json()["replies"]
        return {one["shortcut"]: one["text"] for one in found}

    def take_in(self, content: str, **place: str) -> Any:
        return self.ask("POST", "/import", json={"csv": content, **place})


async def test_i7_agents_of_other_sites_neither_see_nor_change_what_is_a_sites_or_a_teams(
    office: Office,
) -> None:
    anna, ben = await office.hire("anna", "ben")
    office.save_team(anna, capacity=1)
    shelves = [Shelf(office, token) for token in (
        office.admin, office.tokens[anna], office.tokens[ben], await manager_token(office.pool)
    )]  # fmt: skip
    admin, member, colleague, stranger = shelves
    site, team = {"site": office.site}, {"team": office.team}
    # Site: admins. Team: its members, and admins. One's own: oneself.
    assert [one.save("away", "a", **site)[0] for one in shelves] == [200, 403, 403, 403]
    assert [one.save("price", "p", **team)[0] for one in shelves[1:]] == [200, 403, 403]
    _, hers = member.save("me", "m", **team)
    _, own = member.save("own", "o")
    assert admin.save("way", "w", site="nowhere")[0] == 403
    assert [sorted(one.replies()) for one in shelves] == [
        ["away", "me", "price"], ["away", "me", "own", "price"], ["away"], []
    ]  # fmt: skip
    # Nobody changes or takes what is another's, by its id.
    for one in (colleague, stranger):
        assert one.save("mine", "x", hers)[0] == one.save("mine", "x", own)[0] == 404
        assert one.ask("DELETE", f"/{hers}").status_code == 404
    assert admin.ask("DELETE", f"/{own}").status_code == 404
    assert admin.save("me", "changed", hers, **team)[0] == 200
    assert member.replies()["me"] == "changed"
    # A shortcut leads to one reply of each place.
    assert member.save("PRICE", "again", **team)[0] == 409
    assert member.save("price", "my own price")[0] == 200
    # Who sees the site no more sees none of it, nor its team's.
    office.ask("DELETE", f"/manager/sites/{office.site}/members/{anna}")
    assert sorted(member.replies()) == ["own", "price"]
    names = (
        "select name, actor_id, site_id, data from events where name like 'canned.%' order by id"
    )
    first = (await office.pool.fetch(names))[0]
    assert (first["name"], first["site_id"]) == ("canned.saved", office.site)
    assert '"reply_id"' in first["data"] and "text" not in first["data"]
    audit = office.ask("GET", f"/manager/audit?site={office.site}&limit=50")["entries"]
    assert "canned_saved" in {entry["action"] for entry in audit}


async def test_replies_come_out_of_a_file_as_spreadsheets_and_others_write_it(
    office: Office,
) -> None:
    [anna] = await office.hire("anna")
    own = Shelf(office, office.tokens[anna])
    own.save("hi", "Hello")
    german = (
        '\ufeffNachricht;Kürzel\r\n"Hallo {{visitor.name}},\r\nguten Tag!";/HI\r\nTschüss;bye\r\n'
    )
    assert own.take_in(german).json() == {"saved": 2, "refused": []}
    assert own.replies() == {"HI": "Hallo {{visitor.name}},\nguten Tag!", "bye": "Tschüss"}
    plain = own.take_in("a,one\ntwo words,text\nempty,\n,\nlong," + "x" * 8001 + '\nlast,"1,2"\n')
    answer = plain.json()
    assert answer["saved"] == 2
    assert [one["line"] for one in answer["refused"]] == [2, 3, 5]
    assert own.replies()["last"] == "1,2"
    assert own.take_in("\n\n").status_code == 422
    assert own.take_in("a,b", site=office.site).status_code == 403
    assert own.take_in("two words,text\n" * 301).status_code == 422, "refused lines count too"
    many = "".join(f"n{n},text\n" for n in range(300))
    assert own.take_in(many).status_code == 409, "with those that are there it is too many"
    assert len(own.replies()) == 4, "and none of them is kept"
