"""Tags: the team's words about a chat, by id and site. No visitor ever reads one."""

import pytest

from tests.access.people import call
from tests.e2e.test_assignments import Office, office
from tests.tickets import manager_token

__all__ = ["office"]
pytestmark = pytest.mark.inbox


async def test_i14_a_chat_is_tagged_found_by_its_tags_and_no_visitor_hears_of_it(
    office: Office,
) -> None:
    anna, ben = await office.hire("anna", "ben")
    token = office.tokens[anna]
    office.ask("PATCH", f"/manager/sites/{office.site}", json={"answering_mode": "always"})
    user, other = office.begin(), office.begin()
    path = f"/manager/chats/{user.chat_id}/tags"

    def found(query: str, token: str = token, filter: str = "all") -> list[str]:
        query = query.replace("#", "%23").replace(" ", "%20")
        return [chat["chat_id"] for chat in office.chats(token, q=query, filter=filter)]

    async with (
        user.client() as visitor,
        other.client() as second,
        office.consoles(ben) as [console],
    ):
        await visitor.say("where is my parcel")
        await visitor.reply_to(1)
        await second.say("my parcel is late")
        await second.reply_to(1)
        chat = office.ask("POST", path, token, json={"add": ["VIP", "late", "vip"]})
        late, vip = chat["tags"]
        assert [late["name"], vip["name"]] == ["late", "VIP"]
        await console.next("chat", chat_id=user.chat_id, tags=[late, vip])
        # By the tag, also with words; nothing by one that is not there.
        assert found("#vip") == found("parcel #VIP") == found("#late", filter="open")
        assert found("#vip") == [user.chat_id]
        assert found("#vip other") == found("#nobody") == found("#vip", filter="closed") == []
        assert set(found("parcel")) == {user.chat_id, other.chat_id}
        # Renamed it is the same tag, and taken away it is on no chat.
        office.ask("PATCH", f"/manager/tags/{vip['id']}", json={"name": "gold"})
        taken = {"json": {"name": "GOLD"}}
        assert call(office.server, "PATCH", f"/manager/tags/{late['id']}", office.admin, **taken
                    ).status_code == 409  # fmt: skip
        left = office.ask("POST", path, token, json={"remove": [late["id"]]})
        assert left["tags"] == [{"id": vip["id"], "name": "gold"}]
        assert found("#gold") == [user.chat_id]
        assert "gold" not in str(await visitor.resume()) and "tags" not in str(visitor.frames)
    # Of other sites nobody sees a tag, also where they have one of the same name.
    stranger = await manager_token(office.pool)
    assert found("#gold", office.admin) == [user.chat_id]
    names = [one["name"] for one in office.ask("GET", "/manager/tags", token)["tags"]]
    assert names == ["gold", "late"]
    seen = call(office.server, "GET", "/manager/tags", stranger).json()["tags"]
    assert office.site not in {one["site"] for one in seen}
    assert call(office.server, "GET", "/manager/chats?q=%23gold", stranger).json()["chats"] == []
    # What changes nothing is no event, and nothing new in the list.
    office.ask("POST", path, token, json={"add": ["gold"], "remove": [late["id"]]})
    many = {"add": [f"t{n}" for n in range(20)]}
    assert call(office.server, "POST", path, token, json=many).status_code == 409
    office.ask("DELETE", f"/manager/tags/{vip['id']}")
    assert found("#gold") == []
    rows = await office.pool.fetch(
        "select data from events where name = 'chat.tagged' and chat_id = $1", user.chat_id
    )
    assert len(rows) == 2 and "late" not in str(rows)
