"""What providers do besides answering, against the real server: its visitor sees the difference."""

import asyncio

import pytest

from core.chat import sentences
from tests.client import manager, visitor
from tests.openai_server import Behaviour, OpenAIServer, answer_to
from tests.server import Serve, Server

CODE = "Here it is:\n\n```python\nprint('tea')\nprint('sencha')\n"


@pytest.fixture(params=["responses", "chat"])
def api(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def server(shared: Serve, openai_server: OpenAIServer, api: str) -> Server:
    """Asks without a key, as a provider of one's own may have none, and asks once."""
    return shared(
        OPENAI_BASE_URL=openai_server.base_url,
        OPENAI_API=api,
        OPENAI_STALL_SECONDS="4",
        QUIET_SECONDS="0",
        RETRY_SECONDS="0",
    )


async def test_a_provider_that_only_says_it_is_alive_is_waited_for(
    server: Server, openai_server: OpenAIServer, chat_id: str
) -> None:
    openai_server.script(Behaviour(quiet=8))
    async with visitor(server, chat_id) as user:
        await user.say("hello")
        answer = await user.reply_to(1)
    assert (answer["state"], answer["text"]) == ("final", answer_to("hello"))
    assert "authorization" not in openai_server.requests[-1].headers


async def test_a_text_that_comes_only_at_the_end_is_shown(
    server: Server, openai_server: OpenAIServer, chat_id: str
) -> None:
    openai_server.script(Behaviour(late="response"))
    async with visitor(server, chat_id) as user:
        await user.say("hello")
        answer = await user.reply_to(1)
    assert (answer["state"], answer["text"]) == ("final", answer_to("hello"))


async def test_an_answer_cut_at_its_limit_is_marked_for_both_sides(
    server: Server, openai_server: OpenAIServer, chat_id: str
) -> None:
    openai_server.script(Behaviour(end="max_output_tokens"))
    async with visitor(server, chat_id) as user, manager(server) as boss:
        await user.say("hello")
        for client in (user, boss):
            answer = await client.reply_to(1, chat_id=chat_id)
            assert (answer["state"], answer["text"]) == ("interrupted", answer_to("hello"))
        # Nobody has to come: the visitor may ask for the rest.
        await user.say("go on")
        assert (await user.reply_to(3))["state"] == "final"
        assert not boss.of("chat", waiting_for="failed", chat_id=chat_id)


async def test_an_answer_that_breaks_off_in_a_code_block_leaves_the_sentence_outside(
    server: Server, openai_server: OpenAIServer, chat_id: str
) -> None:
    # The first half is sent, and it begins the block.
    openai_server.script(Behaviour(text=CODE + "print('more') " * 20, end="cut", delay=0.02))
    async with visitor(server, chat_id) as user:
        await user.say("show me some code")
        answer = await user.reply_to(1)
    sentence = sentences.FAILED["en"]
    assert answer["state"] == "failed"
    assert "print('sencha')" in answer["text"]
    assert answer["text"].endswith(sentence)
    assert f"<p>{sentence}</p>" in answer["html"]


def tokens_today(server: Server) -> int:
    return int(server.get("/manager/budget").json()["tokens_today"])


async def test_an_answer_that_cost_something_and_said_nothing_is_counted_once(
    server: Server, openai_server: OpenAIServer, chat_id: str
) -> None:
    """All that was allowed went into thinking: to ask again would cost as much again."""
    before = tokens_today(server)
    openai_server.script(Behaviour(text="", end="max_output_tokens"))
    async with visitor(server, chat_id) as user:
        await user.say("hello")
        assert (await user.reply_to(1))["state"] == "failed"
    assert tokens_today(server) - before == 42


@pytest.mark.parametrize("end", ["completed", "max_output_tokens", "cut"])
async def test_what_a_provider_does_not_count_is_estimated(
    server: Server, openai_server: OpenAIServer, chat_id: str, end: str
) -> None:
    before = tokens_today(server)
    openai_server.script(Behaviour(text="word " * 80, end=end, usage=False))  # type: ignore[arg-type]
    async with visitor(server, chat_id) as user:
        await user.say("question " * 40)
        await user.reply_to(1)
    # Four characters a token. An answer that was cut is half as long.
    assert tokens_today(server) - before >= 140 - 50 * (end == "cut")


async def test_an_answer_that_takes_too_long_is_counted(
    serve: Serve, openai_server: OpenAIServer, api: str
) -> None:
    server = serve(OPENAI_BASE_URL=openai_server.base_url, OPENAI_API=api, ANSWER_SECONDS="3")
    openai_server.script(Behaviour(text="word " * 4000, delay=0.02))
    async with visitor(server, "a") as user:
        await user.say("question " * 40)
        assert (await user.reply_to(1))["state"] == "failed"
    assert await asyncio.to_thread(openai_server.requests[0].disconnected.wait, 60)
    assert tokens_today(server) >= 90


async def test_an_answer_that_a_restart_ended_is_counted_beside_the_next(
    serve: Serve, openai_server: OpenAIServer, api: str
) -> None:
    server = serve(OPENAI_BASE_URL=openai_server.base_url, OPENAI_API=api, QUIET_SECONDS="0")
    openai_server.script(Behaviour(text="word " * 4000, delay=0.02), Behaviour(text="Short."))
    async with visitor(server, "a") as user:
        await user.say("question " * 40)
        await user.next("delta")
    server.stop()
    server.start()
    async with visitor(server, "a") as user:
        await user.resume()
        assert (await user.reply_to(1))["text"] == "Short."
    # The second answer costs 43, as the provider says.
    assert tokens_today(server) >= 43 + 90


async def test_a_404_is_explained_in_the_log(
    server: Server, openai_server: OpenAIServer, chat_id: str
) -> None:
    openai_server.script(Behaviour(status=404, code="model_not_found", says="no model gpt-6-luna"))
    async with visitor(server, chat_id) as user:
        await user.say("hello")
        await user.reply_to(1)
    lines = [line for line in server.log.splitlines() if chat_id in line and "not_found" in line]
    (line,) = [line for line in lines if "assistant_failed" in line]
    for said in ("gpt-6-luna", f"{openai_server.base_url}/", "no model gpt-6-luna"):
        assert said in line
