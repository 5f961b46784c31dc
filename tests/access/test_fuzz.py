"""Whatever is sent, over HTTP or as a frame: an answer that says what to change, and no defect."""

import json
from collections import defaultdict
from collections.abc import Callable
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import Case
from schemathesis.specs.openapi import checks

from core.errors import ChatError
from core.protocol import parse
from functions.http import create_api
from local.gateway.invoke import HANDLER_FAILED
from tests.access.people import call, people, signed
from tests.client import Client
from tests.server import PoolOf, Serve

# What a schema cannot say: which cursor was given out, and which text shows something.
OPAQUE: list[Any] = [checks.positive_data_acceptance]
# Anyone may begin a chat, with whatever they show beside it that is no Bearer token.
EXCLUDED: dict[str, list[Any]] = defaultdict(
    lambda: OPAQUE, {"/chats": [*OPAQUE, checks.ignored_auth]}
)


def attempt(excluded: Any, headers: dict[str, str]) -> Callable[[Case[Any]], None]:
    def attempted(case: Case[Any]) -> None:
        case.call_and_validate(headers=headers, timeout=60, excluded_checks=excluded)

    return attempted


async def _unused() -> Any:
    raise AssertionError


def description() -> dict[str, Any]:
    return create_api(_unused).openapi()


PATHS = [(path, method) for path, methods in description()["paths"].items() for method in methods]


@pytest.mark.parametrize("role", ["admin", "right user", "stranger"])
async def test_no_call_that_the_description_allows_or_forbids_finds_a_defect(
    shared: Serve, pool_of: PoolOf, role: str
) -> None:
    server = signed(shared, CHATS_PER_HOUR="0", MESSAGES_PER_MINUTE="0")
    pool = await pool_of(server)
    _, tokens = await people(server, pool)
    headers = {"Authorization": f"Bearer {tokens[role]}"} if tokens[role] else {}
    schema = schemathesis.openapi.from_dict(description())
    schema.config.update(base_url=server.url)
    examples = settings(
        max_examples=15 if role == "admin" else 5,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    seen = set()
    for operation in schema.get_all_operations():
        found: Any = operation.ok()  # type: ignore[union-attr]
        examples(given(case=found.as_strategy())(attempt(EXCLUDED[found.path], headers)))()
        seen.add((found.path, found.method.lower()))
    assert seen == set(PATHS)
    assert "request_failed" not in server.log and "Traceback" not in server.log


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=50),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)
NAMES = st.sampled_from(
    [
        "message",
        "resume",
        "typing",
        "seen",
        "stop",
        "human",
        "no_human",
        "email",
        "page",
        "ping",
        "keep",
        "watch",
        "unwatch",
        "peek",
        "nothing",
    ]
)
FIELDS = st.sampled_from(
    ["text", "client_id", "after", "seq", "reason", "chat_id", "chat_ids", "looks", "since", "x"]
)
ACTIONS = st.builds(
    lambda name, fields: json.dumps({"action": name, **fields}),
    NAMES | ANYTHING,
    st.dictionaries(FIELDS, ANYTHING, max_size=4),
)
FRAMES = st.one_of(ACTIONS, ANYTHING.map(json.dumps), st.text(max_size=300))


@given(raw=FRAMES, read=st.sampled_from([parse.user_action, parse.manager_action]))
@settings(max_examples=4 * settings().max_examples, deadline=None)
def test_any_frame_is_an_action_or_an_error_that_says_what_to_change(
    raw: str, read: Callable[[str], Any]
) -> None:
    try:
        read(raw)
    except ChatError as error:
        assert error.code in ("invalid", "unknown_action")
        assert error.message.endswith(".") and "Traceback" not in error.message


async def test_any_frame_on_a_real_socket_is_answered_and_the_socket_lives(
    shared: Serve, pool_of: PoolOf
) -> None:
    server = signed(shared, CHATS_PER_HOUR="0", MESSAGES_PER_MINUTE="0")
    pool = await pool_of(server)
    user, tokens = await people(server, pool)
    manager_url = call(server, "POST", "/tickets", tokens["agent"], json={}).json()["ws_url"]
    raws: list[str] = []

    @given(raw=FRAMES.filter(bool))
    @settings(max_examples=300, deadline=None, derandomize=True, database=None)
    def collected(raw: str) -> None:
        # What UTF-8 cannot say does not reach a server.
        raws.append(raw.encode("utf-8", "replace").decode())

    collected()
    async with (
        Client(server, manager_url.removeprefix(server.socket_url(""))) as manager,
        user.client() as client,
    ):
        for socket in (client, manager):
            for raw in raws:
                await socket.socket.send(raw)
            # Not a ping, of which there are some before: it has to be the last that is answered.
            await socket.send("the last", client_id="the-last")
            await socket.wait(lambda f: f.get("client_id") == "the-last", 60)
            codes = {frame["code"] for frame in socket.of("error")}
            assert codes <= {"invalid", "unknown_action", "not_found"}
    for sign in ("Traceback", HANDLER_FAILED):
        assert sign not in server.log
