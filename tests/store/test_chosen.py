"""The claim's own statement says whom the chat's site has chosen, and what it holds, once."""

from dataclasses import replace
from secrets import token_hex

import pytest

from core.answerer import Answerer, Content, Offer, Offers
from core.model import FIRST_SITE, CallCost, ChatId, ConnectionId, SiteId, Target, Usage
from core.store.answers import Claimed, Terms
from core.store.database import Pool
from core.store.store import Store
from tests.sites import BOSS, add_site

pytestmark = pytest.mark.sites

COST = CallCost(instructions=200, history=3000, output=1000)
USUAL = Offer("default", "f1", COST, 60)
HOUSE = Offer("house", "f2", CallCost(50, 60, 70), 1)
OFFERS = Offers(USUAL, (USUAL, HOUSE), rules=100, most=4000)
TERMS = Terms(True, 0, 60, COST, OFFERS)
OPTIONS = {"history_tokens": 500, "history_messages": 1}
TEA = {"name": "Tea", "instructions": "x" * 300, "options": OPTIONS}
SAID = Content("Tea", "x" * 300, OPTIONS)


async def asked(store: Store, chat: str, site: SiteId = FIRST_SITE) -> Claimed:
    """What is claimed for a new question of this chat, which is answered then."""
    at = Target(ConnectionId(f"c-{chat}"), "http://node/ws")
    await store.connections.leave(at.connection_id)
    await store.connections.enter(at, ChatId(chat), site_id=site)
    await store.turns.receive(at.connection_id, "hello?", token_hex(4))
    claimed = await store.answers.claim(ChatId(chat), TERMS)
    assert claimed.claim is not None
    assert await store.turns.finish(claimed.claim, "hi", usage=Usage("m", 1, 1))
    return claimed


async def test_what_a_version_holds_comes_once_to_each_process(store: Store, pool: Pool) -> None:
    await store.assistants.make("tea", None, TEA, BOSS)
    assert (await asked(store, "a")).answerer == Answerer("default", "f1")
    await store.sites.change(FIRST_SITE, None, {"assistant_id": "tea"}, BOSS)
    first = await asked(store, "a")
    assert first.answerer == Answerer("tea", "1", SAID)
    # It reads as many lines as its version says.
    assert first.conversation and len(first.conversation.lines) == 1
    assert (await asked(store, "b")).answerer == first.answerer
    known = store.answers._contents.known()
    assert known == {"tea@1": SAID}
    row = await pool.fetchval(
        "select assistant_for('default', $1)",
        '{"files": {}, "rules": 1, "most": 1, "known": ["tea@1"]}',
    )
    assert "xxx" not in row, "what is known is not sent again"
    await store.assistants.save("tea", 1, {"name": "Coffee"}, BOSS)
    newer = (await asked(store, "a")).answerer
    assert newer == Answerer("tea", "2", replace(SAID, name="Coffee"))


async def test_each_site_has_its_own(store: Store, pool: Pool) -> None:
    await add_site(pool, "shop")
    await add_site(pool, "blog", assistant_id="house")
    await store.assistants.make("tea", SiteId("shop"), TEA, BOSS)
    await store.sites.change(SiteId("shop"), None, {"assistant_id": "tea"}, BOSS)
    # It is no other site's, wherever somebody wrote it down.
    await store.sites.change(FIRST_SITE, None, {"assistant_id": "tea"}, BOSS)
    found = {
        site: await asked(store, f"on-{site}", SiteId(site)) for site in ("shop", "blog", "default")
    }
    names = {site: one.answerer and one.answerer.assistant_id for site, one in found.items()}
    assert names == {"shop": "tea", "blog": "house", "default": "default"}
    assert [one.missing for one in found.values()] == [None, None, "tea"]
    await pool.execute("update assistants set archived_at = now()")
    gone = await asked(store, "on-shop", SiteId("shop"))
    assert gone.missing == "tea" and gone.answerer == Answerer("default", "f1")


@pytest.mark.parametrize(
    ("options", "reserved"),
    # The rules, the instructions, the history and the output.
    [
        (OPTIONS, 100 + 100 + 500 + 4000),
        ({**OPTIONS, "max_output_tokens": 64}, 100 + 100 + 500 + 64),
    ],
)
async def test_what_its_call_may_cost_is_reserved(
    store: Store, pool: Pool, options: dict[str, int], reserved: int
) -> None:
    await store.assistants.make("tea", None, {**TEA, "options": options}, BOSS)
    await store.sites.change(FIRST_SITE, None, {"assistant_id": "tea"}, BOSS)
    at = Target(ConnectionId("c"), "http://node/ws")
    await store.connections.enter(at, ChatId("a"))
    await store.turns.receive(at.connection_id, "hello?", "")
    claimed = await store.answers.claim(ChatId("a"), TERMS)
    assert claimed.claim and await pool.fetchval("select reserved from chats") == reserved
    assert await store.turns.finish(claimed.claim, "hi", usage=Usage("m", 7, 0))
    assert (await store.answers.spent_today()).tokens == 7
    assert await pool.fetchval("select reserved from spending") == 0
