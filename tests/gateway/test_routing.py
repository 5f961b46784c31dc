"""Facts §A4: which route a message takes."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.gateway.api import Api, Route
from local.gateway.routing import compile_selection
from tests.gateway.harness import Calls, Serve, echo

DOC = "doc: WebSocket selection expressions"
UNSURE = "documented for arrays only; objects in the same manner, null as nothing"


@pytest.mark.aws("A4 expressions", DOC)
@pytest.mark.parametrize(
    ("expression", "body", "key"),
    [
        ("$request.body.action", {"action": "join"}, "join"),
        ("${request.body.action}", {"action": "join"}, "join"),
        ("$request.body.service.do", {"service": {"do": "it"}}, "it"),
        ("${request.body.a}/${request.body.b}", {"a": "chat", "b": "join"}, "chat/join"),
        ("${request.body.action}-${request.body.none}", {"action": "join"}, "join-"),
        ("$request.body.a/$request.body.b", {"a": "x", "b": "y"}, "x/y"),
        ("$request.body.action", {"other": 1}, ""),
        ("$request.body.a.b", {"a": "text"}, ""),
        ("$request.body.action", {"action": ["item1", "item2"]}, "[item1, item2]"),
        ("$request.body.action", {"action": 7}, "7"),
        ("$request.body.action", {"action": 1.5}, "1.5"),
        ("$request.body.action", {"action": True}, "true"),
        ("$request.body.action", {"action": False}, "false"),
        ("$request.body.action", [1, 2], ""),
        ("action", {"action": "join"}, "action"),
        ("\\$default", {"action": "join"}, "$default"),
    ],
)
def test_selection(expression: str, body: object, key: str) -> None:
    assert compile_selection(expression)(json.dumps(body)) == key


@pytest.mark.aws("A4 what is not documented to be stringified", DOC, UNSURE)
@pytest.mark.parametrize(("value", "key"), [(None, ""), ({"a": [1]}, "{a=[1]}")])
def test_undocumented_values(value: object, key: str) -> None:
    assert compile_selection("$request.body.action")(json.dumps({"action": value})) == key


@pytest.mark.aws("A4 no JSON goes to $default", DOC)
@pytest.mark.parametrize("body", ["", "hello", "{", "[" * 100_000])
def test_bodies_that_are_not_json(body: str) -> None:
    assert compile_selection("$request.body.action")(body) == "$default"


@pytest.mark.aws(
    "A4 $ is reserved", DOC, "a message that names $connect or $disconnect goes to $default"
)
@pytest.mark.parametrize("key", ["$connect", "$disconnect", "$x"])
async def test_a_message_cannot_reach_connect(serve: Serve, calls: Calls, key: str) -> None:
    running = await serve()
    client, _ = await running.join()
    await client.send(json.dumps({"action": key}))
    await client.recv()
    assert (await calls.next("MESSAGE"))["requestContext"]["routeKey"] == "$default"
    assert calls.count("CONNECT") == calls.count("DISCONNECT") == 0


@pytest.mark.parametrize("expression", ["$request.header.x", "${request.body.}", "a$", "a\\"])
def test_expressions_that_cannot_be_meant(expression: str) -> None:
    with pytest.raises(ValueError, match="selection expression"):
        Api("ws", {}, selection=expression)


@pytest.mark.aws("A4 exact match, else $default", DOC)
async def test_exact_match_else_default(serve: Serve, calls: Calls) -> None:
    running = await serve({"join": Route(calls.handler(echo), two_way=True)})
    client, _ = await running.join()
    for action in ("join", "Join", "joined", ""):
        await client.send(json.dumps({"action": action}))
        await client.recv()
    keys = [(await calls.next("MESSAGE"))["requestContext"]["routeKey"] for _ in range(4)]
    assert keys == ["join", "$default", "$default", "$default"]


@pytest.mark.aws("A4 nested path end to end", "§C2: RouteSelection e2e, run against AWS")
async def test_nested_selection(serve: Serve, calls: Calls) -> None:
    running = await serve(
        {"echo": Route(calls.handler(echo), two_way=True)}, selection="$request.body.service.do"
    )
    client, _ = await running.join()
    await client.send('{"service": {"do": "echo"}}')
    await client.recv()
    assert (await calls.next("MESSAGE"))["requestContext"]["routeKey"] == "echo"


@pytest.mark.aws("A4 no match and no $default", "aws-obs: five captures, with this spacing")
async def test_forbidden_and_the_socket_stays_usable(serve: Serve, calls: Calls) -> None:
    running = await serve({"$default": None, "join": Route(calls.handler(echo), two_way=True)})
    client, connection_id = await running.join()
    await client.send('{"action": "nothing"}')
    frame = str(await client.recv())
    request_id = json.loads(frame)["requestId"]
    assert frame == (
        f'{{"message": "Forbidden", "connectionId":"{connection_id}", "requestId":"{request_id}"}}'
    )
    await client.send('{"action": "join"}')
    assert await client.recv() == '{"action": "join"}'


@given(st.text())
def test_any_body_selects_something(body: str) -> None:
    key = compile_selection("$request.body.action")(body)
    assert key == "$default" or not key.startswith("$")


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists))
def test_any_value_is_stringified(value: object) -> None:
    key = compile_selection("${request.body.a}")(json.dumps({"a": value}))
    if isinstance(value, str) and not value.startswith("$"):
        assert key == value
