"""A search with filters: by tag, person, team, site and time, in messages and in notes."""

from typing import Any
from urllib.parse import quote

import pytest

from tests.access.people import call
from tests.e2e.test_assignments import Office, office
from tests.tickets import manager_token

__all__ = ["office"]
pytestmark = pytest.mark.inbox


async def test_i14_notes_are_found_by_managers_of_their_site_only(office: Office) -> None:
    anna, ben = await office.hire("anna", "ben")
    token = office.tokens[anna]
    first, second = await office.visit(text="my parcel is blue"), await office.visit(text="hello")
    note = f"The parcel of @[{ben}] is **late**."
    office.ask("POST", f"/manager/chats/{second.chat_id}/notes", token, json={"text": note})

    def page(q: str, who: str = token, **more: str) -> Any:
        query = "&".join(f"{k}={quote(v)}" for k, v in {"q": q, **more}.items())
        found: Any = call(office.server, "GET", f"/manager/chats?{query}", who).json()
        return found

    def found(q: str, who: str = token, **more: str) -> set[str]:
        return {chat["chat_id"] for chat in page(q, who, **more)["chats"]}

    both = {first.chat_id, second.chat_id}
    assert found("parcel") == found("parcel", **{"in": "all"}) == both
    assert found("parcel in:notes") == found("parcel", **{"in": "notes"}) == {second.chat_id}
    assert found("parcel in:messages") == {first.chat_id}
    assert found("late parcel") == {second.chat_id} and found("late blue") == set()
    read = page("late")
    assert "hits" not in read
    [hit] = read["note_hits"]
    assert hit["chat_id"] == second.chat_id and hit["author"]["id"] == anna
    assert "The parcel of @" in hit["text"] and f"[{ben}]" not in hit["text"]
    # Who sees other sites finds nothing of it, neither by words nor by what it is named in.
    stranger = await manager_token(office.pool)
    for q in ("late", "late in:notes", f"from:{anna}", f"site:{office.site}"):
        answer = page(q, stranger)
        assert answer["chats"] == [] and "note_hits" not in answer, q
    visitors = call(office.server, "GET", "/manager/chats?q=late", second.token)
    assert visitors.status_code in (401, 403)


async def test_a_list_is_narrowed_by_tag_person_team_site_and_time(
    office: Office,
) -> None:
    anna, ben = await office.hire("anna", "ben")
    token = office.tokens[anna]
    office.save_team(anna, ben, capacity=0)
    one, two, three = [await office.visit(text=f"parcel {n}") for n in range(3)]
    office.assign(one.chat_id, assignee=anna)
    office.assign(two.chat_id, team=office.team, assignee=None)
    office.ask("POST", f"/manager/chats/{three.chat_id}/tags", token, json={"add": ["vip"]})
    [tag] = office.ask("GET", "/manager/tags", token)["tags"]
    office.close(one.chat_id)
    names = {one.chat_id: 1, two.chat_id: 2, three.chat_id: 3}

    def page(**query: str) -> Any:
        parts = "&".join(f"{k}={quote(v)}" for k, v in query.items())
        found: Any = office.ask("GET", f"/manager/chats?{parts}", token)
        return found

    def found(**query: str) -> list[int]:
        return sorted(names[c["chat_id"]] for c in page(**query)["chats"])

    for words in ("", "parcel "):
        for filter in ("all", "closed"):
            assert found(q=f"{words}from:me", filter=filter) == [1]
        assert found(q=f"{words}from:{anna}", filter="open") == []
        assert found(q=words, person=anna) == found(q=words, person="me") == [1]
        assert found(q=f"{words}team:{office.team}") == found(q=f'{words}team:"Support"') == [2]
        assert found(q=words, team=office.team, filter="open") == [2]
        assert found(q=f"{words}#vip") == found(q=f"tag:VIP {words}") == [3]
        assert found(q=words, tag=tag["id"]) == [3]
        assert found(q=f"{words}#vip team:support") == []
        assert found(q=f"{words}site:{office.site}") == [1, 2, 3]
        assert found(q=f"{words}after:2020-01-01") == [1, 2, 3]
        assert found(q=f"{words}before:2020-01-01") == []
        assert found(q=words, after="2020-01-01T00:00:00Z", before="2090-01-01T00:00:00Z") != []
        assert found(q=f"{words}after:2090-01-01T00:00+02:00") == []
    # What is not there is said.
    for q, kind in (("tag:no", "tag"), ("from:nobody-x", "person"), ("team:no", "team"),
                    ("site:no", "site"), ("parcel from:nobody-x", "person")):  # fmt: skip
        answer = page(q=q)
        assert answer["chats"] == [] and answer["missing"][0]["kind"] == kind
    # What is no filter is a word.
    assert found(q="after:tomorrow") == found(q="in:the") == [] and "missing" not in page(q="in:x")
    # Page by page, whatever it is read by.
    for query in ({"q": "after:2020-01-01"}, {"team": office.team}, {"q": "parcel"}):
        seen = paged(office, token, **query)
        assert sorted(names[one] for one in seen) == found(**query)
    for bad in ("tag=x", "after=tomorrow", "in=mails", "person=%00", "team=A%20b"):
        assert call(office.server, "GET", f"/manager/chats?{bad}", token).status_code == 422, bad


def paged(office: Office, token: str, **query: str) -> list[str]:
    """All pages of a list, each of one chat."""
    seen: list[str] = []
    more: dict[str, str] = {}
    while True:
        parts = "&".join(f"{k}={quote(v)}" for k, v in {"limit": "1", **query, **more}.items())
        part = office.ask("GET", f"/manager/chats?{parts}", token)
        seen += [chat["chat_id"] for chat in part["chats"]]
        if "next_cursor" not in part:
            return seen
        more = {"cursor": part["next_cursor"]}
