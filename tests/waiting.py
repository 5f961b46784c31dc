"""How a chat begins to wait, in which state the team is then, and who outside hears of it.

What arrives is measured: at a real HTTP receiver, a real SMTP server and a real push service.
"""

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import AsyncExitStack, asynccontextmanager, closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from core.store.database import Pool
from tests.access.people import User, begin, call
from tests.access.test_managers import browser
from tests.client import Client
from tests.e2e.test_deliveries import LOOPBACK, add
from tests.e2e.test_escalation import FROM, add_mail, set_steps, step
from tests.mailbox import Mailbox, mailbox, text_of
from tests.openai_server import Behaviour, OpenAIServer
from tests.push_service import PushService, Subscriber
from tests.receivers import Receiver, receiver
from tests.server import Served
from tests.tickets import another_link, manager_token

# After so many seconds of waiting, everybody hears, whatever they wish.
URGENT = 2
# While it is closed: when this has come, the mail would have come as well.
LATER = 3
CLOSED = "update sites set time_zone = 'UTC', hours = '[[], [], [], [], [], [], []]'"
Way = Callable[[Served, str, OpenAIServer, User, Client], Awaitable[None]]


async def asked(server: Served, token: str, openai: OpenAIServer, _: User, ada: Client) -> None:
    await ada.send("human")


async def asked_by_assistant(
    server: Served, token: str, openai: OpenAIServer, _: User, ada: Client
) -> None:
    openai.script(Behaviour(text="", ask="wants a refund"))
    await ada.say("I want to talk to somebody")


async def failed(server: Served, token: str, openai: OpenAIServer, _: User, ada: Client) -> None:
    openai.script(Behaviour(status=401, code="invalid_api_key"))
    await ada.say("hello?")


async def reply(server: Served, token: str, openai: OpenAIServer, user: User, ada: Client) -> None:
    body = {"chat_id": user.chat_id, "text": "I am here"}
    assert call(server, "POST", "/manager/send", token, json=body).is_success
    await ada.say("thank you")


async def new(server: Served, token: str, openai: OpenAIServer, _: User, ada: Client) -> None:
    for mode in ("never", "always"):
        body = {"answering_mode": mode}
        path = "/manager/sites/default"
        assert call(server, "PATCH", path, token, json=body).is_success
        if mode == "never":
            await ada.say("is anybody there?")


async def budget(server: Served, token: str, openai: OpenAIServer, _: User, ada: Client) -> None:
    openai.script(Behaviour(cost=100_000))
    await ada.say("a dear question")
    await ada.reply_to(1)
    await ada.say("another one")


# The budget stays spent, so it comes last.
WAYS: dict[str, tuple[Way, str]] = {
    "asked": (asked, "asked for a person"),
    "asked by assistant": (asked_by_assistant, "asked for a person"),
    "failed": (failed, "could not answer"),
    "reply": (reply, "have replied"),
    "new": (new, "Nobody has answered"),
    "budget": (budget, "budget is used up"),
}


@dataclass(frozen=True)
class State:
    """What a manager's console and wishes are. `told`: what a visitor hears."""

    has_phone: bool = True
    open_page: bool = False
    away: bool = False
    closed: bool = False
    quiet: bool = False
    told: str = "here"


STATES = {
    "nobody": State(has_phone=False, told="away"),
    "page open": State(open_page=True),
    "page closed, with push": State(),
    # Away is what visitors are told. Whoever wants silence says so by do-not-disturb.
    "away": State(open_page=True, away=True, told="away"),
    "out of hours": State(closed=True, told="closed"),
    "do not disturb": State(quiet=True, told="away"),
}


# What a program is started with, to be heard of there. `MAIL_URL` is the mailbox's.
SETTINGS = {
    **LOOPBACK,
    "MAIL_FROM": FROM,
    "RETRY_SECONDS": "0",
    "TOKENS_PER_DAY": "60000",
    "ADDRESS_SHARE": "0",
    "QUIET_SECONDS": "0",
    "ANSWER_SECONDS": "60",
}


class Outside:
    """All that hears of a chat: a chat tool, the team's mailbox, and the manager's phone."""

    def __init__(self, tool: Receiver, smtp: Mailbox, service: PushService) -> None:
        self.tool, self.smtp, self.service = tool, smtp, service
        self.phone = service.subscriber()
        self.woken: dict[str, float] = {}

    async def heard(self, state: State, user: User, why: str) -> None:
        """Wait until each has heard of this chat who has to, and why."""
        mine = user.chat_id

        def said(one: Receiver) -> list[str]:
            texts = [call.body["text"] for call in one.at("/slack")]
            return [text for text in texts if mine in text]

        await self.tool.until(lambda one: bool(said(one)))
        assert why in said(self.tool)[0]
        if not state.closed:
            while not any(mine in text_of(mail) for mail in self.smtp.mails):
                await self.smtp.got("team@shop.example", len(self.smtp.mails) + 1)
        while state.has_phone and mine not in self.woken:
            pushed = await asyncio.to_thread(self.phone.next)
            if pushed.text["kind"] == "chat.waiting":
                self.woken.setdefault(pushed.text["chat_id"], time.monotonic())


async def enter(server: Served, pool: Pool, name: str, state: State, phone: Subscriber) -> None:
    """Bring a manager into a state."""
    with closing(browser(server, await another_link(pool, name))) as there:
        if state.has_phone:
            there.post("/manager/push", json=phone.body).raise_for_status()
        if state.away:
            there.put("/manager/away", json={"away": True}).raise_for_status()
        if state.quiet:
            rules = there.get("/manager/notices").json()
            until = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
            there.put("/manager/notices", json={**rules, "quiet_until": until}).raise_for_status()
    if state.closed:
        await pool.execute(CLOSED)


@asynccontextmanager
async def outside() -> AsyncIterator[Outside]:
    async with receiver() as tool, mailbox() as smtp:
        with PushService() as service:
            yield Outside(tool, smtp, service)


async def prepare(server: Served, pool: Pool, there: Outside, state: State) -> tuple[str, str]:
    """Set who is to hear, and bring a manager into a state. Gives the manager's name and token."""
    anna = f"anna-{secrets.token_hex(4)}"
    token = await manager_token(pool, anna, "admin")
    slack = add(server, token, "slack", f"{there.tool.url}/slack")
    team = add_mail(server, token, "team@shop.example")
    # Mail counts open hours only, and waits while it is closed.
    mails = {**step(1, "receiver", team), "only_open": True}
    steps = [step(0, "team"), step(0, "receiver", slack), mails]
    if state.quiet:
        steps.append(step(URGENT, "everybody"))
    if state.closed:
        later = add(server, token, "slack", f"{there.tool.url}/later")
        steps.append(step(LATER, "receiver", later))
    set_steps(server, token, *steps)
    await enter(server, pool, anna, state, there.phone)
    return anna, token


async def each_is_heard_of(
    server: Served,
    pool: Pool,
    openai: OpenAIServer,
    there: Outside,
    name: str,
    ways: Collection[str] = tuple(WAYS),
) -> dict[str, float]:
    """Let a chat begin to wait in each of the ways. Gives in how many seconds everybody heard."""
    state = STATES[name]
    took = {}
    async with AsyncExitStack() as stack:
        _, token = await prepare(server, pool, there, state)
        if state.open_page:
            ticket = call(server, "POST", "/tickets", token, json={}).json()["ws_url"]
            path = ticket.removeprefix(server.socket_url(""))
            await stack.enter_async_context(Client(server, path))
        for way in ways:
            begins, why = WAYS[way]
            user = begin(server)
            async with user.client() as ada:
                began = time.monotonic()
                told = (await ada.resume())["availability"]["state"]
                await begins(server, token, openai, user, ada)
                await there.heard(state, user, why)
                took[way] = time.monotonic() - began
                # Others who wait may have made the team busy meanwhile.
                assert told in (state.told, "busy" if state.told == "here" else ""), (way, told)
                if state.quiet:
                    assert there.woken[user.chat_id] - began >= URGENT, "only what is urgent"
        if state.closed:
            last = user.chat_id
            await there.tool.until(
                lambda one: any(last in x.body["text"] for x in one.at("/later"))
            )
            assert not there.smtp.mails
    assert there.phone.got_nothing or state.has_phone
    assert not there.service.broken
    print(name, {way: f"{seconds:.1f} s" for way, seconds in took.items()})
    return took
