"""Priority and cycles: what presses is found, and when a person first answered is known."""

import uuid
from typing import Any

import pytest

from tests.e2e.test_assignments import Office, office

__all__ = ["office"]
pytestmark = pytest.mark.inbox


async def test_i14_what_presses_is_found_and_no_visitor_hears_of_it(office: Office) -> None:
    anna, ben = await office.hire("anna", "ben")
    token = office.tokens[anna]
    office.ask("PATCH", f"/manager/sites/{office.site}", json={"answering_mode": "always"})
    user, other = office.begin(), office.begin()
    path = f"/manager/chats/{user.chat_id}/priority"

    def found(query: str, filter: str = "open", **more: str) -> list[str]:
        return [chat["chat_id"] for chat in office.chats(token, q=query, filter=filter, **more)]

    async with (
        user.client() as visitor,
        other.client() as second,
        office.consoles(ben) as [console],
    ):
        for one in (visitor, second):
            await one.say("my parcel is late")
            await one.reply_to(1)
        assert office.ask("POST", path, token, json={"priority": "urgent"})["priority"] == "urgent"
        await console.next("chat", chat_id=user.chat_id, priority="urgent")
        await visitor.resume()
        asked = {"chat_ids": [other.chat_id], "act": "prioritize", "priority": "low"}
        [made] = office.ask("POST", "/manager/chats/bulk", token, json=asked)["results"]
        assert (made["result"], made["chat"]["priority"]) == ("done", "low")
        assert found("priority:urgent") == found("", priority="urgent") == [user.chat_id]
        assert found("parcel priority:LOW") == found("priority:low", filter="all")
        assert found("parcel priority:low") == [other.chat_id]
        assert found("priority:high") == found("priority:urgent", filter="closed") == []
        # Taken back, it presses as it did before, and not where somebody has changed it since.
        for between, result in ((None, "done"), ("high", "refused")):
            undo = {"undo_id": str(uuid.uuid4())}
            change = {**asked, **undo, "priority": "urgent"}
            office.ask("POST", "/manager/chats/bulk", token, json=change)
            if between:
                where = f"/manager/chats/{other.chat_id}/priority"
                office.ask("POST", where, token, json={"priority": between})
            [back] = office.ask("POST", "/manager/chats/undo", token, json=undo)["results"]
            assert back["result"] == result, back
        assert found("priority:high") == [other.chat_id]
        assert "priority" not in office.ask("POST", path, token, json={"priority": "normal"})
        seen = str([visitor.frames, second.frames])
        assert "parcel" in seen and "priority" not in seen and "cycle" not in seen


async def test_a_cycle_ends_with_a_closing_and_knows_its_first_answer_by_a_person(
    office: Office,
) -> None:
    [anna] = await office.hire("anna")
    token = office.tokens[anna]
    user = office.begin()

    def cycle() -> dict[str, Any]:
        [chat] = office.chats(token, filter="all", chat_id=user.chat_id)
        found: dict[str, Any] = chat.get("cycle", {})
        return found

    def send(text: str) -> None:
        office.ask("POST", "/manager/send", token, json={"chat_id": user.chat_id, "text": text})

    def change(act: str, **more: str) -> None:
        body = {"chat_ids": [user.chat_id], "act": act, **more}
        office.ask("POST", "/manager/chats/bulk", token, json=body)

    async with user.client() as visitor:
        await visitor.say("hello")
        [chat] = office.chats(token, filter="all", chat_id=user.chat_id)
        assert cycle() == {}
        send("Good morning.")
        first = cycle()
        assert first["number"] == 1 and "ended_at" not in first
        assert chat["created_at"] <= first["began_at"] <= first["first_response_at"]
        send("Anything else?")
        assert cycle() == first
        # A closing that is taken back ends nothing.
        undo = {"undo_id": str(uuid.uuid4())}
        change("close", **undo)
        assert cycle()["ended_at"] >= first["first_response_at"]
        office.ask("POST", "/manager/chats/undo", token, json=undo)
        assert cycle() == first
        change("close")
        ended = cycle()
        assert ended["number"] == 1 and "ended_at" in ended
        # Who writes into a closed chat begins the next one, but answers nobody by that.
        send("One more thing.")
        assert (cycle()["number"], cycle().get("first_response_at")) == (2, None)
        change("close")
        await visitor.say("it is late again")
        third = cycle()
        assert (third["number"], third.get("first_response_at")) == (3, None)
        send("I look into it.")
        assert cycle()["first_response_at"] >= third["began_at"]
        # A reopening that is taken back began nothing.
        change("close")
        undo = {"undo_id": str(uuid.uuid4())}
        change("reopen", **undo)
        assert cycle()["number"] == 4
        office.ask("POST", "/manager/chats/undo", token, json=undo)
        assert cycle()["number"] == 3 and "ended_at" in cycle()
