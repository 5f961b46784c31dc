"""I7: every HTTP route and every socket action, tried by everyone who may come."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any, get_args

from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from core.auth.tickets import digest
from core.protocol import frames
from local.app import LocalApp
from tests.access.people import begin, call, people, signed
from tests.client import Client
from tests.push_service import Subscriber
from tests.server import PoolOf, Serve, Server
from tests.tickets import user_ticket

CALLERS = (
    "stranger", "forger", "other user", "right user", "expired", "revoked", "agent", "admin"
)  # fmt: skip

OPEN = (200,) * 8
#            stranger forger other right expired revoked agent admin
MANAGERS = (401, 401, 403, 403, 401, 401, 200, 200)
ADMINS = (401, 401, 403, 403, 401, 401, 403, 200)
# The same, where there is nothing of this name.
MISSING = (401, 401, 403, 403, 401, 401, 404, 404)
# The same, for admins.
NOT_THERE = (401, 401, 403, 403, 401, 401, 403, 404)
# A program's token makes no other: this needs a browser.
BROWSERS = (401, 401, 403, 403, 401, 401, 403, 403)
# Who may read the chat: its own user, and managers.
READERS = (401, 401, 403, 200, 401, 401, 200, 200)

DEVICE = Subscriber("https://push.example/matrix").body
TOMORROW = datetime.now(UTC) + timedelta(days=1)
SEND = {"chat_id": "{chat}", "text": "hi"}
NOTHING = "00000000-0000-4000-8000-000000000000"
NO_MEMBER = "/manager/sites/default/members/nobody"
NO_RECEIVER = f"/manager/sites/default/receivers/{NOTHING}"
NO_MANAGER = "/manager/team/nobody"
NO_ASSISTANT = "/manager/assistants/nobody"
NEW_ASSISTANT = {"name": "Shop", "instructions": "You sell tea."}
TRIED = {"instructions": "You sell tea.", "lines": [{"role": "user", "text": "Sencha?"}]}
NO_BROADCAST = f"/manager/broadcasts/{NOTHING}"
NO_CONTACT = f"/manager/contacts/{NOTHING}"

# Route: the path to call, its body, and the status for each caller in the order above. A 200
# stands for whatever success of the route is.
ROUTES: dict[tuple[str, str], tuple[str, Any, tuple[int, ...]]] = {
    ("GET", "/"): ("/", None, OPEN),
    ("GET", "/manager"): ("/manager", None, OPEN),
    ("GET", "/manager/inbox"): ("/manager/inbox", None, OPEN),
    ("GET", "/manager/inbox/{view}"): ("/manager/inbox/open", None, OPEN),
    ("GET", "/manager/inbox/{view}/{chat_id}"): ("/manager/inbox/open/ada", None, OPEN),
    ("GET", "/manager/mentions"): ("/manager/mentions", None, OPEN),
    ("GET", "/manager/people"): ("/manager/people", None, OPEN),
    ("GET", "/manager/people/{contact_id}"): ("/manager/people/x", None, OPEN),
    ("GET", "/manager/settings"): ("/manager/settings", None, OPEN),
    ("GET", "/manager/settings/{part}"): ("/manager/settings/sites", None, OPEN),
    ("GET", "/manager/settings/{part}/{id}"): ("/manager/settings/sites/default", None, OPEN),
    ("GET", "/manager/account"): ("/manager/account", None, OPEN),
    ("GET", "/manager/try"): ("/manager/try", None, OPEN),
    ("GET", "/widget.js"): ("/widget.js", None, OPEN),
    ("GET", "/client.js"): ("/client.js", None, OPEN),
    ("GET", "/favicon.svg"): ("/favicon.svg", None, OPEN),
    ("GET", "/favicon.ico"): ("/favicon.ico", None, OPEN),
    ("GET", "/client/{name}"): ("/client/socket.js", None, OPEN),
    ("GET", "/view/{name}"): ("/view/dom.js", None, OPEN),
    ("GET", "/widget/{name}"): ("/widget/panel.js", None, OPEN),
    ("GET", "/console/{name}"): ("/console/texts.js", None, OPEN),
    ("GET", "/v/{version}/{name:path}"): ("/v/dev/widget.js", None, OPEN),
    ("GET", "/docs"): ("/docs", None, MANAGERS),
    ("GET", "/docs/{name}"): ("/docs/swagger-ui.css", None, MANAGERS),
    ("GET", "/openapi.json"): ("/openapi.json", None, OPEN),
    # Only in open mode, where nobody has a secret.
    ("GET", "/dev/mail"): ("/dev/mail", None, (404,) * 8),
    ("GET", "/healthz"): ("/healthz", None, OPEN),
    ("GET", "/readyz"): ("/readyz", None, OPEN),
    # Anyone may begin a chat; a token there is an identity, and none of these is one.
    ("POST", "/chats"): ("/chats", {}, (200, 401, 401, 401, 401, 401, 401, 401)),
    ("POST", "/tickets"): ("/tickets", {}, (401, 401, 200, 200, 401, 401, 200, 200)),
    ("POST", "/tickets of a chat"): (
        "/tickets", {"chat_id": "{chat}"}, (401, 401, 403, 200, 401, 401, 403, 403)
    ),
    ("GET", "/sites/{key}"): ("/sites/default", None, OPEN),
    ("GET", "/history"): ("/history?chat_id={chat}", None, READERS),
    ("GET", "/history of no chat"): (
        "/history?chat_id=nobody", None, (401, 401, 403, 403, 401, 401, 404, 404)
    ),
    ("GET", "/manager/chats"): ("/manager/chats", None, MANAGERS),
    ("POST", "/manager/send"): ("/manager/send", SEND, MANAGERS),
    ("POST", "/manager/chats/{chat_id}/owner"): (
        "/manager/chats/{chat}/owner", {"owner": "assistant"}, MANAGERS
    ),
    ("POST", "/manager/chats/{chat_id}/status"): (
        "/manager/chats/{chat}/status", {"status": "open"}, MANAGERS
    ),
    ("POST", "/manager/chats/{chat_id}/stop"): ("/manager/chats/{chat}/stop", None, MANAGERS),
    ("PATCH", "/manager/chats/{chat_id}/messages/{seq}"): (
        "/manager/chats/nobody/messages/1", {"text": "hi"}, MISSING
    ),
    ("DELETE", "/manager/chats/{chat_id}/messages/{seq}"): (
        "/manager/chats/nobody/messages/1", None, MISSING
    ),
    ("GET", "/manager/chats/{chat_id}/transcript"): (
        "/manager/chats/{chat}/transcript", None, MANAGERS
    ),
    ("POST", "/manager/chats/{chat_id}/unread"): ("/manager/chats/{chat}/unread", None, MANAGERS),
    ("GET", "/manager/chats/{chat_id}/notes"): ("/manager/chats/{chat}/notes", None, MANAGERS),
    ("POST", "/manager/chats/{chat_id}/notes"): (
        "/manager/chats/{chat}/notes", {"text": "Careful."}, MANAGERS
    ),
    ("DELETE", "/manager/chats/{chat_id}/notes/{note_id}"): (
        f"/manager/chats/nobody/notes/{NOTHING}", None, MISSING
    ),
    ("GET", "/manager/chats/{chat_id}/colleagues"): (
        "/manager/chats/{chat}/colleagues", None, MANAGERS
    ),
    ("GET", "/manager/notes/mentions"): ("/manager/notes/mentions", None, MANAGERS),
    ("POST", "/manager/notes/mentions/seen"): (
        "/manager/notes/mentions/seen", {"chat_id": "{chat}"}, MANAGERS
    ),
    ("POST", "/manager/chats/{chat_id}/assignment"): (
        "/manager/chats/{chat}/assignment", {"assignee": None}, MANAGERS
    ),
    ("POST", "/manager/chats/{chat_id}/priority"): (
        "/manager/chats/{chat}/priority", {"priority": "high"}, MANAGERS
    ),
    ("POST", "/manager/chats/{chat_id}/tags"): (
        "/manager/chats/{chat}/tags", {"add": ["vip"]}, MANAGERS
    ),
    ("POST", "/manager/chats/bulk"): (
        "/manager/chats/bulk", {"chat_ids": ["{chat}"], "act": "reopen"}, MANAGERS
    ),
    ("POST", "/manager/chats/undo"): (
        "/manager/chats/undo", {"undo_id": NOTHING}, MISSING
    ),
    ("GET", "/manager/tags"): ("/manager/tags", None, MANAGERS),
    ("PATCH", "/manager/tags/{tag_id}"): (f"/manager/tags/{NOTHING}", {"name": "x"}, NOT_THERE),
    ("DELETE", "/manager/tags/{tag_id}"): (f"/manager/tags/{NOTHING}", None, NOT_THERE),
    ("GET", "/manager/replies"): ("/manager/replies", None, OPEN),
    ("GET", "/manager/canned"): ("/manager/canned", None, MANAGERS),
    ("PUT", "/manager/canned/{reply_id}"): (
        f"/manager/canned/{NOTHING}", {"shortcut": "hi", "text": "Hello"},
        # What one has made is nobody else's, not even an admin's.
        (401, 401, 403, 403, 401, 401, 200, 404),
    ),
    ("DELETE", "/manager/canned/{reply_id}"): (
        f"/manager/canned/{NOTHING}", None, (401, 401, 403, 403, 401, 401, 200, 404)
    ),
    ("POST", "/manager/canned/import"): (
        "/manager/canned/import", {"csv": "hi,Hello"}, MANAGERS
    ),
    ("PUT", "/manager/macros/{macro_id}"): (
        f"/manager/macros/{NOTHING}", {"name": "Done", "closes": True},
        # As a canned reply.
        (401, 401, 403, 403, 401, 401, 200, 404),
    ),
    ("DELETE", "/manager/macros/{macro_id}"): (
        f"/manager/macros/{NOTHING}", None, (401, 401, 403, 403, 401, 401, 200, 404)
    ),
    ("GET", "/manager/views"): ("/manager/views", None, MANAGERS),
    ("PUT", "/manager/views/{view_id}"): (
        f"/manager/views/{NOTHING}", {"name": "Mine", "query": {"filter": "mine"}},
        # As a canned reply.
        (401, 401, 403, 403, 401, 401, 200, 404),
    ),
    ("DELETE", "/manager/views/{view_id}"): (
        f"/manager/views/{NOTHING}", None, (401, 401, 403, 403, 401, 401, 200, 404)
    ),
    ("POST", "/manager/chats/{chat_id}/macro"): (
        "/manager/chats/{chat}/macro", {"text": "Hello", "closes": False}, MANAGERS
    ),
    ("POST", "/manager/chats/{chat_id}/snooze"): (
        "/manager/chats/{chat}/snooze", {"until": f"{TOMORROW}"}, MANAGERS
    ),
    ("DELETE", "/manager/chats/{chat_id}/snooze"): ("/manager/chats/{chat}/snooze", None, MANAGERS),
    ("POST", "/manager/assignments/give-back"): ("/manager/assignments/give-back", None, MANAGERS),
    ("GET", "/manager/teams"): ("/manager/teams", None, MANAGERS),
    ("PUT", "/manager/teams/{team_id}"): ("/manager/teams/sales", {"name": "Sales"}, ADMINS),
    ("DELETE", "/manager/teams/{team_id}"): ("/manager/teams/nobody", None, NOT_THERE),
    ("GET", "/manager/contacts"): ("/manager/contacts", None, MANAGERS),
    ("GET", "/manager/contacts.csv"): ("/manager/contacts.csv", None, ADMINS),
    ("GET", "/manager/contacts/{contact_id}"): (NO_CONTACT, None, MISSING),
    ("PATCH", "/manager/contacts/{contact_id}"): (NO_CONTACT, {"name": "A"}, MISSING),
    ("POST", "/manager/contacts/{contact_id}/merge"): (
        f"{NO_CONTACT}/merge", {"contact_id": NOTHING}, MISSING
    ),
    ("POST", "/manager/contacts/{contact_id}/unmerge"): (f"{NO_CONTACT}/unmerge", None, MISSING),
    ("POST", "/manager/contacts/{contact_id}/restriction"): (
        f"{NO_CONTACT}/restriction", {"restriction": "blocked"}, MISSING
    ),
    ("POST", "/manager/broadcast"): ("/manager/broadcast", {"text": "hi", "dry_run": True}, ADMINS),
    ("GET", "/manager/broadcasts/{broadcast_id}"): (
        NO_BROADCAST, None, MISSING
    ),
    ("POST", "/manager/session"): ("/manager/session", {"token": "wrong"}, (401,) * 8),
    ("DELETE", "/manager/session"): ("/manager/session", None, OPEN),
    ("GET", "/manager/me"): ("/manager/me", None, MANAGERS),
    ("PATCH", "/manager/me"): ("/manager/me", {"name": "Anna"}, BROWSERS),
    ("GET", "/manager/away"): ("/manager/away", None, MANAGERS),
    ("PUT", "/manager/away"): ("/manager/away", {"away": False}, MANAGERS),
    ("GET", "/manager/sessions"): ("/manager/sessions", None, BROWSERS),
    ("DELETE", "/manager/sessions"): ("/manager/sessions", None, BROWSERS),
    ("DELETE", "/manager/sessions/{session_id}"): (
        f"/manager/sessions/{NOTHING}", None, BROWSERS
    ),
    ("GET", "/manager/notices"): ("/manager/notices", None, MANAGERS),
    ("PUT", "/manager/notices"): ("/manager/notices", {}, MANAGERS),
    ("GET", "/manager/push"): ("/manager/push", None, BROWSERS),
    ("POST", "/manager/push"): ("/manager/push", DEVICE, BROWSERS),
    ("POST", "/manager/push/test"): ("/manager/push/test", None, BROWSERS),
    ("DELETE", "/manager/push/{device_id}"): (f"/manager/push/{NOTHING}", None, BROWSERS),
    ("GET", "/manager/sw.js"): ("/manager/sw.js", None, OPEN),
    ("POST", "/manager/links"): ("/manager/links", None, BROWSERS),
    ("GET", "/manager/tokens"): ("/manager/tokens", None, BROWSERS),
    ("POST", "/manager/tokens"): ("/manager/tokens", {"name": "reports"}, BROWSERS),
    ("DELETE", "/manager/tokens/{token_id}"): (f"/manager/tokens/{NOTHING}", None, BROWSERS),
    ("GET", "/manager/sites"): ("/manager/sites", None, MANAGERS),
    ("POST", "/manager/sites"): ("/manager/sites", {"name": "Shop"}, ADMINS),
    ("GET", "/manager/sites/{site_id}"): ("/manager/sites/default", None, ADMINS),
    ("PATCH", "/manager/sites/{site_id}"): (
        "/manager/sites/default", {"consent": "We read along."}, ADMINS
    ),
    ("GET", "/manager/sites/{site_id}/holidays"): (
        "/manager/sites/default/holidays?country=DE", None, ADMINS
    ),
    ("PUT", "/manager/sites/{site_id}/members/{manager_id}"): (
        NO_MEMBER, None, NOT_THERE
    ),
    ("DELETE", "/manager/sites/{site_id}/members/{manager_id}"): (
        NO_MEMBER, None, NOT_THERE
    ),
    ("GET", "/manager/assistants"): ("/manager/assistants", None, ADMINS),
    ("POST", "/manager/assistants"): ("/manager/assistants", NEW_ASSISTANT, ADMINS),
    ("POST", "/manager/assistants/try"): ("/manager/assistants/try", TRIED, ADMINS),
    ("GET", "/manager/assistants/{assistant_id}"): ("/manager/assistants/default", None, ADMINS),
    ("PATCH", "/manager/assistants/{assistant_id}"): (NO_ASSISTANT, {"name": "A"}, NOT_THERE),
    ("GET", "/manager/assistants/{assistant_id}/versions"): (
        f"{NO_ASSISTANT}/versions", None, NOT_THERE
    ),
    ("GET", "/manager/assistants/{assistant_id}/versions/{version}"): (
        f"{NO_ASSISTANT}/versions/1", None, NOT_THERE
    ),
    ("POST", "/manager/assistants/{assistant_id}/versions/{version}/restore"): (
        f"{NO_ASSISTANT}/versions/1/restore", {}, NOT_THERE
    ),
    ("GET", "/manager/sites/{site_id}/receivers"): (
        "/manager/sites/default/receivers", None, ADMINS
    ),
    ("POST", "/manager/sites/{site_id}/receivers"): (
        "/manager/sites/default/receivers",
        {"kind": "mail", "name": "Team", "email": "team@shop.example"},
        ADMINS,
    ),
    ("DELETE", "/manager/sites/{site_id}/receivers/{receiver_id}"): (
        NO_RECEIVER, None, NOT_THERE
    ),
    ("POST", "/manager/sites/{site_id}/receivers/{receiver_id}/test"): (
        f"{NO_RECEIVER}/test", None, NOT_THERE
    ),
    ("GET", "/manager/sites/{site_id}/escalation"): (
        "/manager/sites/default/escalation", None, ADMINS
    ),
    ("PUT", "/manager/sites/{site_id}/escalation"): (
        "/manager/sites/default/escalation",
        {"steps": [{"after_seconds": 60, "action": "team"}]},
        ADMINS,
    ),
    # Who has the token from a mail may stop it, and nobody learns whether there is such a one.
    ("GET", "/mail/stop/{token}"): (f"/mail/stop/{NOTHING}", None, OPEN),
    ("POST", "/mail/stop/{token}"): (f"/mail/stop/{NOTHING}", None, OPEN),
    ("GET", "/manager/sites/{site_id}/deliveries"): (
        "/manager/sites/default/deliveries", None, ADMINS
    ),
    ("POST", "/manager/sites/{site_id}/deliveries/{delivery_id}/again"): (
        f"/manager/sites/default/deliveries/{NOTHING}/again", None, NOT_THERE
    ),
    ("GET", "/manager/start"): ("/manager/start", None, ADMINS),
    ("GET", "/manager/team"): ("/manager/team", None, ADMINS),
    ("POST", "/manager/team"): ("/manager/team", {"name": "Ben"}, BROWSERS),
    ("PATCH", "/manager/team/{manager_id}"): (NO_MANAGER, {"role": "agent"}, BROWSERS),
    ("POST", "/manager/team/{manager_id}/link"): (f"{NO_MANAGER}/link", {}, BROWSERS),
    ("DELETE", "/manager/team/{manager_id}"): (NO_MANAGER, None, BROWSERS),
    ("GET", "/manager/budget"): ("/manager/budget", None, MANAGERS),
    ("GET", "/manager/audit"): ("/manager/audit", None, ADMINS),
}  # fmt: skip

# What the same calls answer in open mode, where they differ from success.
OPEN_MODE = {
    ("GET", "/history of no chat"): 404,
    ("POST", "/manager/session"): 409,
    **{
        route: 404 for route, (_, _, statuses) in ROUTES.items() if statuses in (MISSING, NOT_THERE)
    },
    **{
        route: 409
        for route, (path, _, statuses) in ROUTES.items()
        # A device is woken in open mode, too.
        if statuses == BROWSERS and "/push" not in path
    },
    ("DELETE", "/manager/push/{device_id}"): 404,
}


def every_route() -> set[tuple[str, str]]:
    found: set[tuple[str, str]] = set()
    waiting: list[Any] = [LocalApp()]
    while waiting:
        for route in waiting.pop().routes:
            if router := getattr(route, "original_router", None):
                waiting.append(router)
            methods = getattr(route, "methods", None) or ()
            found |= {(method, route.path) for method in methods if method != "HEAD"}
    assert len(found) > 20
    return found


def test_i7_every_route_is_in_the_matrix() -> None:
    named = {(method, path.split(" of ")[0]) for method, path in ROUTES}
    assert named == every_route()


def status(server: Server, route: tuple[str, str], token: str | None, chat: str) -> int:
    path, body, _ = ROUTES[route]
    if isinstance(body, dict):
        body = json.loads(json.dumps(body).replace("{chat}", chat))
    answer = call(server, route[0], path.replace("{chat}", chat), token, json=body)
    return 200 if answer.is_success else answer.status_code


async def test_i7_who_gets_what_from_every_route(shared: Serve, pool_of: PoolOf) -> None:
    server = signed(shared)
    pool = await pool_of(server)
    user, tokens = await people(server, pool)
    wrong = {}
    for route, (_, _, expected) in ROUTES.items():
        for caller, wanted in zip(CALLERS, expected, strict=True):
            got = status(server, route, tokens[caller], user.chat_id)
            if got != wanted:
                wrong[route, caller] = (got, wanted)
    assert not wrong


async def test_i7_open_mode_lets_everyone_do_everything(shared: Serve, chat_id: str) -> None:
    server = shared()
    async with Client(server, f"/ws?chat_id={chat_id}") as client:
        await client.say("hello")
    got = {route: status(server, route, None, chat_id) for route in ROUTES}
    assert {route: code for route, code in got.items() if code != 200} == OPEN_MODE


async def refused(server: Server, path: str) -> int:
    try:
        async with connect(server.socket_url(path)):
            return 101
    except InvalidStatus as error:
        return error.response.status_code


async def test_i7_a_socket_opens_once_with_its_own_ticket_and_with_nothing_else(
    shared: Serve, pool_of: PoolOf
) -> None:
    server = signed(shared)
    pool = await pool_of(server)
    user, tokens = await people(server, pool)
    mine, boss = user.socket_path(), call(server, "POST", "/tickets", tokens["agent"], json={})
    bosses = str(boss.json()["ws_url"]).removeprefix(server.socket_url(""))
    late = await user_ticket(pool, user.chat_id)
    await pool.execute("update tickets set expires_at = now() where ticket_hash = $1", digest(late))
    for path in (
        f"/ws?chat_id={user.chat_id}",
        f"/ws?ticket={user.token}",
        f"/ws?ticket={tokens['admin']}",
        f"/ws?ticket={late}",
        "/ws?ticket=",
        "/manager/ws",
        f"/manager/ws?ticket={tokens['admin']}",
    ):
        assert await refused(server, path) == 401, path
    # Neither side's ticket opens the other's socket, and a wrong try does not spend it.
    assert await refused(server, mine.replace("/ws", "/manager/ws")) == 401
    assert await refused(server, bosses.replace("/manager/ws", "/ws")) == 401
    for path in (mine, bosses):
        assert await refused(server, path) == 101
        assert await refused(server, path) == 401


ACTIONS: dict[str, dict[str, Any]] = {
    "message": {"text": "hi"},
    "resume": {},
    "typing": {},
    "seen": {"seq": 1},
    "stop": {},
    "human": {},
    "no_human": {},
    "email": {"email": "ada@example.com"},
    "page": {"url": "https://shop.example/"},
    "ping": {},
    "keep": {},
    "watch": {"chat_id": "{other}"},
    "unwatch": {"chat_id": "{other}"},
    "peek": {"chat_ids": ["{other}"]},
}


def actions(union: Any) -> set[str]:
    return {
        name
        for model in get_args(union)
        for name in get_args(model.model_fields["action"].annotation)
    }


async def test_i7_no_action_reaches_another_chat(shared: Serve, pool_of: PoolOf) -> None:
    assert actions(frames.UserAction) | actions(frames.ManagerAction) == set(ACTIONS)
    server = signed(shared)
    pool = await pool_of(server)
    other, _ = await people(server, pool)
    before = call(server, "GET", f"/history?chat_id={other.chat_id}", other.token).json()
    async with begin(server).client() as client, other.client() as watching:
        await watching.resume()
        for action, fields in ACTIONS.items():
            # Every action names the other chat, also where the protocol has no such field.
            named = {"chat_id": other.chat_id, "chat_ids": [other.chat_id]}
            await client.send(action, **{**fields, **named, "client_id": action})
        await client.next("pong")
        # What is not a user's action is refused, whatever it names.
        wrong = actions(frames.ManagerAction) - actions(frames.UserAction)
        for _ in wrong:
            await client.next("error", code="unknown_action")
        # The other side has had every push by the time that it is answered itself.
        await watching.send("ping")
        await watching.next("pong")
        assert not [f for f in watching.frames if f["type"] in ("message", "typing", "seen")]
        assert all(other.chat_id not in str(frame) for frame in client.frames)
    after = call(server, "GET", f"/history?chat_id={other.chat_id}", other.token).json()
    assert after == before


async def test_i7_a_managers_socket_takes_no_users_action(shared: Serve, pool_of: PoolOf) -> None:
    server = signed(shared)
    pool = await pool_of(server)
    user, tokens = await people(server, pool)
    boss = call(server, "POST", "/tickets", tokens["agent"], json={}).json()["ws_url"]
    async with Client(server, boss.removeprefix(server.socket_url(""))) as manager:
        for action in sorted(actions(frames.UserAction) - actions(frames.ManagerAction)):
            await manager.send(action, **{**ACTIONS[action], "chat_id": user.chat_id})
            await manager.next("error", code="unknown_action")
