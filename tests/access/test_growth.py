"""What one chat may add to the database in a day is bounded."""

from core.store.database import Pool
from tests.access.people import begin, signed
from tests.client import Client, Frame
from tests.server import PoolOf, Serve

LITTLE = {"BYTES_PER_CHAT": "2000"}
# 900 bytes, in 300 characters.
TEXT = "茶" * 300


async def fill(client: Client) -> None:
    for number in range(3):
        assert (await client.say(TEXT, client_id=f"c{number}"))["type"] == "message"


async def test_i12_a_chat_takes_a_bounded_number_of_bytes_a_day(
    shared: Serve, pool_of: PoolOf
) -> None:
    server = signed(shared, **LITTLE)
    pool = await pool_of(server)
    user = begin(server)
    async with user.client() as client, user.client() as tab:
        # The last one may go beyond: nobody has to guess how much is left.
        await fill(client)
        for socket in (client, tab):
            refused = await socket.say("one more", client_id="more")
            assert (refused["type"], refused["code"]) == ("error", "too_many")
            assert 0 < refused["retry_after"] <= 86_400
            assert ("a lot for one day" in refused["message"]) is (refused["retry_after"] > 60)
        # What is stored already is acknowledged again.
        assert (await again(client, "c1"))["type"] == "message"
        async with begin(server).client() as other:
            assert (await other.say(TEXT))["type"] == "message"
        assert await stored(pool, user.chat_id) == 3
        # Tomorrow.
        await pool.execute("update chats set written_on = written_on - 1")
        assert (await again(client, "more"))["type"] == "message"
    assert await stored(pool, user.chat_id) == 4


async def test_i12_what_is_refused_counts_as_a_message(shared: Serve, pool_of: PoolOf) -> None:
    server = signed(shared, **LITTLE, MESSAGES_PER_MINUTE="8")
    pool = await pool_of(server)
    user = begin(server)
    async with user.client() as client:
        await fill(client)
        for _ in range(4):
            await client.say("more")
    left = "select allowance from chats where chat_id = $1"
    # Four at once, of which three were stored.
    assert await pool.fetchval(left, user.chat_id) < 1


async def again(client: Client, name: str) -> Frame:
    """The answer to a `client_id` that was sent before."""
    before = len(client.frames)
    await client.send("message", text=TEXT, client_id=name)
    return await client.wait(lambda frame: frame.get("client_id") == name, since=before)


async def stored(pool: Pool, chat_id: str) -> int:
    query = "select count(*) from messages where chat_id = $1 and role = 'user'"
    return int(await pool.fetchval(query, chat_id))
