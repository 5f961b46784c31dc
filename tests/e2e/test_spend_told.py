"""M8: the team is told when 80 % and 100 % of a day's budget are used, once each."""

import pytest

from core.chat import sentences
from core.store.database import Pool
from tests.access.people import call
from tests.access.test_site_matrix import agent, begun, socket
from tests.client import Client, manager, visitor
from tests.openai_server import Behaviour, OpenAIServer
from tests.server import Serve
from tests.sites import add_site
from tests.spending import paid, settled
from tests.tickets import SECRET_KEY

MEMBERS = {"anna": "shop", "ben": "blog"}
EVENTS = "select data->>'percent' as percent from events where name = 'budget.used' order by id"


async def told(boss: Client) -> list[tuple[int, int]]:
    return [(one["percent"], one["tokens_today"]) for one in boss.of("budget")]


async def test_m8_the_team_is_told_at_80_and_at_100_percent(
    serve: Serve, openai_server: OpenAIServer, pool: Pool
) -> None:
    server = paid(serve, openai_server, TOKENS_PER_DAY="1000")
    openai_server.script(*[Behaviour(cost=cost) for cost in (700, 100, 100, 100)])
    async with (
        visitor(server, "a") as user,
        manager(server) as boss,
        # It watches no chat.
        Client(server, "/manager/ws?feed=list") as lists,
    ):
        await boss.send("resume")
        assert "budget" not in await boss.next("ready")
        for seq in (1, 3, 5, 7):
            await user.say("hello")
            await user.reply_to(seq)
        await boss.next("budget", percent=100)
        await lists.next("budget", percent=100)
        assert await told(lists) == [(80, 800), (100, 1000)]
        assert await told(boss) == [(80, 800), (100, 1000)]
        await user.say("more")
        assert (await user.reply_to(9))["text"] == sentences.BUDGET_SPENT["en"]
        # Who comes later is told as well.
        async with manager(server) as late:
            await late.send("resume")
            found = (await late.next("ready"))["budget"]
            assert (found["percent"], found["tokens_per_day"]) == (100, 1000)
        assert len(boss.of("budget")) == 2
    assert [row["percent"] for row in await pool.fetch(EVENTS)] == ["80", "100"]
    assert await settled(server) == 1000


@pytest.mark.sites
async def test_m8_whoever_sees_a_site_is_told_of_its_own_budget(
    serve: Serve, openai_server: OpenAIServer, pool: Pool
) -> None:
    await add_site(pool, "shop", tokens_per_day=1000)
    await add_site(pool, "blog")
    server = paid(serve, openai_server, TOKENS_PER_DAY="100000", SECRET_KEY=SECRET_KEY)
    openai_server.script(*[Behaviour(cost=cost) for cost in (700, 100, 100, 100)])
    tokens = {name: await agent(pool, name, site) for name, site in MEMBERS.items()}
    async with (
        begun(server, "shop").client() as user,
        socket(server, tokens["anna"]) as anna,
        socket(server, tokens["ben"]) as ben,
    ):
        for seq in (1, 3, 5, 7):
            await user.say("hello")
            await user.reply_to(seq)
        frame = await anna.next("budget", percent=100)
        assert (frame["site"], frame["name"], frame["tokens_per_day"]) == ("shop", "Shop", 1000)
        assert await told(anna) == [(80, 800), (100, 1000)]
        await user.say("more")
        assert (await user.reply_to(9))["text"] == sentences.BUDGET_SPENT["en"]
        await ben.send("ping")
        await ben.next("pong")
        assert await told(ben) == []
        path = "/manager/budget?site={}"
        mine = call(server, "GET", path.format("shop"), tokens["anna"]).json()
        assert (mine["tokens_today"], mine["tokens_per_day"]) == (1000, 100_000)
        assert call(server, "GET", path.format("shop"), tokens["ben"]).status_code == 404
    found = await pool.fetch("select site_id from events where name = 'budget.used'")
    assert [row["site_id"] for row in found] == ["shop", "shop"]


async def test_m8_one_dear_answer_tells_both_at_once(
    serve: Serve, openai_server: OpenAIServer, pool: Pool
) -> None:
    server = paid(serve, openai_server, TOKENS_PER_DAY="1000")
    openai_server.script(Behaviour(cost=5_000))
    async with visitor(server, "a") as user, manager(server) as boss:
        await user.say("hello")
        await boss.next("budget", percent=100)
    assert [row["percent"] for row in await pool.fetch(EVENTS)] == ["80", "100"]


async def test_m8_an_answer_that_was_ended_tells_the_team(
    serve: Serve, openai_server: OpenAIServer
) -> None:
    """Its cost is an estimate, which the writer settles when it sees its end."""
    server = paid(serve, openai_server, TOKENS_PER_DAY="500")
    openai_server.script(Behaviour(text="word " * 4000, delay=0.02))
    async with visitor(server, "a") as user, manager(server) as boss:
        await user.say("hello")
        await user.next("delta")
        await user.send("stop")
        await boss.next("budget", percent=100)
