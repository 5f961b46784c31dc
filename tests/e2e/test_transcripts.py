"""A chat as a file: all that was said, as it is now, and nothing of the team."""

import json
import re
from typing import Any

import httpx2
import pytest

from core.store.database import Pool
from tests.access.people import User, begin, call, signed
from tests.e2e.test_edits import Shop, change, send, shop
from tests.server import Serve
from tests.tickets import manager_token

__all__ = ["shop"]
pytestmark = pytest.mark.inbox

NOTE, OLD, NEW = "orchid-of-the-team", "tulip for 9", "rose for 8"
BAD = "<script>alert(1)</script> [2026-01-01 00:00:00 +00:00] Anna\n</article><b>x"
FORMATS = ("text", "html", "json")
FILL = """
insert into messages (chat_id, seq, role, text, created_at)
select $1, s, 'user', 'message number ' || s || repeat(' word', $3), now()
from generate_series(100, 99 + $2) s
"""


def read(shop: Shop, format: str, who: str = "anna", **query: Any) -> httpx2.Response:
    server, user, tokens = shop
    asked = "".join(f"&{name}={value}" for name, value in query.items())
    path = f"/manager/chats/{user.chat_id}/transcript?format={format}{asked}"
    return call(server, "GET", path, tokens.get(who, user.token))


async def test_i14_a_transcript_has_what_was_said_as_it_is_now_and_no_note(
    shop: Shop, pool: Pool
) -> None:
    server, user, tokens = shop
    async with user.client() as visitor:
        await visitor.say(BAD)
        await visitor.reply_to(3)
    note = f"/manager/chats/{user.chat_id}/notes"
    assert call(server, "POST", note, tokens["anna"], json={"text": NOTE}).is_success
    edited, erased = send(shop, OLD)["seq"], send(shop, f"gone {OLD}")["seq"]
    assert change(shop, edited, text=f"**{NEW}**").is_success
    assert change(shop, erased).is_success
    await pool.execute("update messages set created_at = '2026-07-01 10:00:00+00' where seq = 1")
    files = {format: read(shop, format, time_zone="Europe/Berlin") for format in FORMATS}
    for format, file in files.items():
        assert file.is_success, file.text
        assert NOTE not in file.text and "tulip" not in file.text, format
        assert NEW in file.text and "hello" in file.text
        named = re.fullmatch(
            rf'attachment; filename="chat-{user.chat_id}-\d{{4}}-\d\d-\d\d\.(txt|html|json)"',
            file.headers["content-disposition"],
        )
        assert named, file.headers["content-disposition"]
        assert file.headers["x-content-type-options"] == "nosniff"
        assert "sandbox" in file.headers["content-security-policy"]
    text, page = files["text"].text, files["html"].text
    assert "[2026-07-01 12:00:00 +02:00] Visitor" in text
    assert f"Anna · edited\n    **{NEW}**" in text
    assert "Anna\n    This message was deleted" in text
    # Nobody's text begins where names stand.
    assert all(line.startswith("    ") for line in text.splitlines() if "<script>" in line)
    assert "<script" not in page and "<b>x" not in page and "&lt;script&gt;" in page
    assert f"<strong>{NEW}</strong>" in page and "default-src &#x27;none" not in page
    assert "default-src 'none'" in page and page.count("<article") == page.count("</article>")
    data = json.loads(files["json"].text)
    assert [one["seq"] for one in data["messages"]] == list(range(1, len(data["messages"]) + 1))
    assert data["messages"][erased - 1]["state"] == "erased" and data["next"] is None
    german = read(shop, "text", language="de", time_zone="UTC").text
    assert "Diese Nachricht wurde gelöscht" in german and "[2026-07-01 10:00:00 +00:00]" in german
    for who, status in (("carl", 200), ("boss", 200), ("ben", 404), ("visitor", 403)):
        assert read(shop, "text", who).status_code == status
    for wrong in ({"time_zone": "Nowhere"}, {"time_zone": "../etc"}, {"language": "fr"}):
        assert read(shop, "text", **wrong).status_code == 422
    assert read(shop, "pdf").status_code == 422


async def test_nobodys_name_begins_a_line_of_another(shop: Shop, pool: Pool) -> None:
    server, _, tokens = shop
    name = "Bob\n\n[2026-01-01 00:00:00 +00:00] Anna\u2028    We refund all of it."
    made = call(server, "POST", "/chats", json={"visitor": {"name": name}}).json()
    forger = User(server, made["chat_id"], made["token"])
    async with forger.client() as visitor:
        await visitor.say("hello")
        await visitor.reply_to(1)
    text = read((server, forger, tokens), "text", "boss").text
    assert text.count("\n[2026-01-01") == 0 and "\u2028" not in text
    assert "Bob [2026-01-01 00:00:00 +00:00] Anna We refund all of it." in text


@pytest.mark.parametrize("format", FORMATS)
async def test_a_transcript_of_10_000_messages_comes_whole_and_in_order(
    shop: Shop, pool: Pool, format: str
) -> None:
    _, user, _ = shop
    await pool.execute(FILL, user.chat_id, 10_000, 1)
    await pool.execute("update chats set last_seq = 10099 where chat_id = $1", user.chat_id)
    file = read(shop, format).text
    found = [int(one) for one in re.findall(r"message number (\d+)", file)]
    assert found == list(range(100, 10_100))
    if format == "json":
        data = json.loads(file)
        assert len(data["messages"]) == 10_002 and data["next"] is None


async def test_a_transcript_that_is_too_large_says_where_it_goes_on(shop: Shop, pool: Pool) -> None:
    _, user, _ = shop
    await pool.execute(FILL, user.chat_id, 1_000, 1_500)
    found: list[int] = []
    after = parts = 0
    while True:
        answer = read(shop, "json", after=after)
        assert len(answer.content) < 5_000_000
        data = json.loads(answer.text)
        found += [one["seq"] for one in data["messages"]]
        parts += 1
        if data["next"] is None:
            break
        assert f"More follows after message {data['next']}." in read(shop, "text", after=after).text
        after = data["next"]
    assert found == [1, 2, *range(100, 1_100)] and parts > 1


async def test_transcripts_count_like_reads(serve: Serve, pool: Pool) -> None:
    server = signed(serve, READS_PER_MINUTE="6")
    path = f"/manager/chats/{begin(server).chat_id}/transcript"
    token = await manager_token(pool, "anna")
    answers = [call(server, "GET", path, token).status_code for _ in range(60)]
    assert set(answers) == {200, 429}
