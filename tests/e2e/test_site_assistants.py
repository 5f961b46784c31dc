"""A site's assistant answers its visitors, in the version that was saved last, on every node."""

from pathlib import Path

import pytest

from core.store.database import Pool
from tests.client import Client, visitor
from tests.openai_server import Behaviour, OpenAIServer
from tests.server import Serve, Server

pytestmark = pytest.mark.sites

AT_ONCE = {"QUIET_SECONDS": "0", "RETRY_SECONDS": "0"}


def node(serve: Serve, openai_server: OpenAIServer, **more: str) -> Server:
    return serve(OPENAI_KEY="key", OPENAI_BASE_URL=openai_server.base_url, **{**AT_ONCE, **more})


def ask(server: Server, method: str, path: str, **body: object) -> dict[str, object]:
    answer = server.request(method, path, json=body)
    assert answer.is_success, answer.text
    return dict(answer.json())


async def told(client: Client, openai_server: OpenAIServer, text: str) -> tuple[str, str]:
    """What the model was told with this question: its name, and how its instructions begin."""
    said = await client.say(text)
    await client.reply_to(said["seq"])
    body = openai_server.requests[-1].body
    return body["model"], body["instructions"].split("\n")[0]


async def test_the_next_answer_is_the_new_versions_on_every_node(
    serve: Serve, openai_server: OpenAIServer, pool: Pool
) -> None:
    one, two = node(serve, openai_server), node(serve, openai_server)
    async with visitor(one, "a") as ada, visitor(two, "b") as ben:
        for client in (ada, ben):
            model, _ = await told(client, openai_server, "hello")
            assert model == "gpt-6-luna", "the environment's"
        made = ask(
            one, "POST", "/manager/assistants",
            name="Tea", instructions="You sell tea.", model="tea-model", max_output_tokens=700,
            history_messages=1,
        )  # fmt: skip
        at = f"/manager/assistants/{made['id']}"
        ask(one, "PATCH", "/manager/sites/default", assistant_id=made["id"])
        for client in (ada, ben):
            assert await told(client, openai_server, "Sencha?") == ("tea-model", "You sell tea.")
            body = openai_server.requests[-1].body
            assert body["max_output_tokens"] == 700 and len(body["input"]) == 1
        ask(two, "PATCH", at, instructions="You sell coffee.", model=None)
        for client in (ada, ben):
            assert await told(client, openai_server, "Mocha?") == (
                "gpt-6-luna",
                "You sell coffee.",
            )
        ask(two, "POST", f"{at}/versions/1/restore")
        for client in (ada, ben):
            assert await told(client, openai_server, "Tea?") == ("tea-model", "You sell tea.")
        ask(one, "PATCH", "/manager/sites/default", assistant_id=None)
        model, _ = await told(ada, openai_server, "hello again")
        assert model == "gpt-6-luna"
    stored = await pool.fetch(
        "select answered_by from messages where chat_id = 'a' and role = 'assistant' order by seq"
    )
    usual, *others, last = [row["answered_by"] for row in stored]
    assert usual == last and usual.startswith("default@")
    assert others == [f"{made['id']}@{version}" for version in (1, 2, 3)]
    assert await pool.fetchval("select answered_by from chats where chat_id = 'b'") == others[-1]
    # The others hear nothing of it.
    assert "answered_by" not in str(ada.frames)


async def test_a_file_may_be_chosen_and_one_that_is_gone_is_replaced(
    serve: Serve, openai_server: OpenAIServer, pool: Pool, tmp_path: Path
) -> None:
    (tmp_path / "house.md").write_text("---\nmodel: house-model\n---\nYou are home.\n")
    server = node(serve, openai_server, ASSISTANTS_DIR=str(tmp_path))
    async with visitor(server, "a") as ada:
        ask(server, "PATCH", "/manager/sites/default", assistant_id="house")
        assert await told(ada, openai_server, "hello") == ("house-model", "You are home.")
        await pool.execute("update sites set assistant_id = 'gone'")
        for _ in range(2):
            assert (await told(ada, openai_server, "still there?"))[0] == "gpt-6-luna"
    assert server.log.count("assistant_missing") == 1


async def test_what_a_take_over_keeps_says_who_wrote_it(
    serve: Serve, openai_server: OpenAIServer, pool: Pool
) -> None:
    server = node(serve, openai_server)
    openai_server.script(Behaviour(text="word " * 4000, delay=0.02))
    async with visitor(server, "a") as ada:
        await ada.say("hello")
        await ada.next("delta")
        server.post("/manager/chats/a/owner", {"owner": "manager"})
        assert (await ada.reply_to(1))["state"] == "interrupted"
    kept = await pool.fetchval("select answered_by from messages where state = 'interrupted'")
    assert kept.startswith("default@")
