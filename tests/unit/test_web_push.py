"""What a push service gets, read by another program's code."""

import json
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest

from core.chat.news import OWN
from core.delivery import web_push
from core.delivery.carriers.carrier import Gone, Notice, TryLater
from core.delivery.carriers.news import News
from core.delivery.carriers.push_texts import taken
from core.delivery.carriers.web_push import WebPushCarrier
from core.delivery.outgoing import Outgoing
from core.delivery.vapid import ORDER, Vapid, b64
from core.model import ManagerId, PushSubscription
from tests.push_service import PushService, Subscriber, plain

pytestmark = pytest.mark.noticed

SECRET = "for tests only, and nowhere else"
KEY = Vapid(SECRET, "mailto:anna@chat.example")
LONG = "ß" * 5000


class Stored:
    """The store's part, in memory."""

    def __init__(self) -> None:
        self.known: list[PushSubscription] = []

    def add(self, one: Subscriber, language: str = "en") -> PushSubscription:
        p256dh, auth = plain(one.keys["p256dh"]), plain(one.keys["auth"])
        self.known.append(PushSubscription(uuid4(), one.endpoint, p256dh, auth, language))
        return self.known[-1]

    async def of(self, manager_id: ManagerId, key_id: bytes) -> Sequence[PushSubscription]:
        assert (manager_id, key_id) == ("anna", KEY.id)
        return list(self.known)

    async def forget(self, subscription_id: UUID) -> None:
        self.known = [one for one in self.known if one.id != subscription_id]

    async def forget_others(self, manager_id: ManagerId, key_id: bytes) -> None:
        """None has another key."""

    async def used(self, subscription_id: UUID, notice: UUID) -> None:
        for one in self.known:
            if one.id == subscription_id:
                one.last_notice = notice  # type: ignore[misc]


@pytest.fixture
def service() -> Iterator[PushService]:
    with PushService() as running:
        yield running
    assert not running.broken


@pytest.fixture
def stored() -> Stored:
    return Stored()


@pytest.fixture
async def carrier(stored: Stored) -> AsyncIterator[WebPushCarrier]:
    async def key() -> Vapid:
        return KEY

    outgoing = Outgoing(["127.0.0.0/8"])
    news = {one.what: one for one in OWN}
    yield WebPushCarrier(stored, key, outgoing, news)
    await outgoing.close()


def notice(**given: object) -> Notice:
    values: dict[str, object] = {
        "id": uuid4(),
        "kind": "push",
        "what": "chat.waiting",
        "target": "anna",
        "attempt": 1,
        "at": datetime.now(UTC),
        "address": {},
        "facts": {},
        "site": "Shop",
        "chat_id": "ada",
        "visitor": "Ada",
        "waiting_for": "asked",
        "said": "my secret words",
    }
    return Notice(**(values | given))  # type: ignore[arg-type]


async def test_a_browser_reads_who_waits_and_nothing_that_they_wrote(
    service: PushService, stored: Stored, carrier: WebPushCarrier
) -> None:
    english, german = service.subscriber(), service.subscriber()
    stored.add(english)
    stored.add(german, "de")
    await carrier.send(notice())
    one, other = english.next(), german.next()
    assert (one.text["title"], one.text["body"]) == ("Ada is waiting", "Wants a person · Shop")
    assert other.text["title"] == "Ada wartet"
    assert (one.text["tag"], one.text["chat_id"], one.text["kind"]) == (
        "ada",
        "ada",
        "chat.waiting",
    )
    assert "secret" not in json.dumps([one.text, other.text])
    assert one.headers["urgency"] == "high" and int(one.headers["ttl"]) > 60
    # A service takes 32 signs of an alphabet for URLs: https://www.rfc-editor.org/rfc/rfc8030
    assert len(one.headers["topic"]) == 32
    assert one.headers["topic"] == other.headers["topic"]
    assert one.claims["sub"] == "mailto:anna@chat.example"
    assert one.claims["exp"] - datetime.now(UTC).timestamp() <= 24 * 3600
    assert one.key == b64(KEY.public)


async def test_some_news_of_a_chat_leave_who_waits_there_in_place(
    service: PushService, stored: Stored
) -> None:
    async def key() -> Vapid:
        return KEY

    outgoing = Outgoing(["127.0.0.0/8"])
    news = {one.what: one for one in (*OWN, News("chat.yours", shown=taken, beside=True))}
    carrier = WebPushCarrier(stored, key, outgoing, news)
    browser = service.subscriber()
    stored.add(browser)
    for what in ("chat.waiting", "chat.yours", "chat.taken"):
        await carrier.send(notice(what=what))
    waits, yours, taken_ = (browser.next() for _ in range(3))
    for one, same in ((yours, False), (taken_, True)):
        assert (one.text["tag"] == waits.text["tag"]) is same
        assert (one.headers["topic"] == waits.headers["topic"]) is same
    await outgoing.close()


async def test_a_push_is_never_larger_than_a_service_takes(
    service: PushService, stored: Stored, carrier: WebPushCarrier
) -> None:
    browser = service.subscriber()
    stored.add(browser)
    facts = {"manager": LONG}
    for what in ("chat.waiting", "chat.taken", "digest", "test"):
        await carrier.send(notice(what=what, visitor=LONG, site=LONG, facts=facts))
        assert browser.next().size <= 4096
    text = b"x" * web_push.MAX_TEXT
    keys = stored.known[0]
    assert len(web_push.encrypted(text, keys.p256dh, keys.auth)) == 4096


async def test_a_service_that_knows_a_browser_no_more_is_not_asked_again(
    service: PushService, stored: Stored, carrier: WebPushCarrier
) -> None:
    here, there = service.subscriber(), service.subscriber()
    stored.add(here)
    stored.add(there)
    for status in (410, 404):
        away = service.subscriber()
        away.answers = [(status, None)]
        stored.add(away)
        await carrier.send(notice())
        assert {one.endpoint for one in stored.known} == {here.endpoint, there.endpoint}
    here.answers = there.answers = [(410, None), (410, None)]
    with pytest.raises(Gone, match="http_410"):
        await carrier.send(notice())
    with pytest.raises(Gone, match="no_device"):
        await carrier.send(notice())


async def test_who_was_woken_is_not_woken_again_by_the_next_attempt(
    service: PushService, stored: Stored, carrier: WebPushCarrier
) -> None:
    here, there = service.subscriber(), service.subscriber()
    stored.add(here)
    stored.add(there)
    there.answers = [(503, "7"), (429, None)]
    same = notice()
    with pytest.raises(TryLater) as later:
        await carrier.send(same)
    assert later.value.seconds == 7
    here.next()
    with pytest.raises(TryLater, match="http_429"):
        await carrier.send(same)
    await carrier.send(same)
    there.next()
    assert here.got_nothing and there.got_nothing
    await carrier.send(notice())
    here.next()
    there.next()


def test_each_installation_has_one_key_and_no_other_has_it() -> None:
    assert Vapid(SECRET, "").public == KEY.public
    assert Vapid(SECRET + "!", "").public != KEY.public
    assert len(KEY.public) == 65 and KEY.public[0] == 4
    # https://csrc.nist.gov/pubs/fips/186-5/final
    assert ORDER == 115792089210356248762697446949407573529996955224135760342422259061068512044369


@pytest.mark.parametrize(
    ("p256dh", "auth"),
    [
        (b"", b"a" * 16),
        (KEY.public, b"a" * 15),
        (KEY.public[:-1], b"a" * 16),
        # Not on the curve: its secret could be found out.
        (b"\x04" + b"\x01" * 64, b"a" * 16),
        (b"\x02" + KEY.public[1:], b"a" * 16),
    ],
)
def test_what_is_no_browsers_key_is_refused(p256dh: bytes, auth: bytes) -> None:
    assert web_push.fits(KEY.public, b"a" * 16)
    assert not web_push.fits(p256dh, auth)
