"""Wakes the browsers of a manager, each through its own push service.

https://www.rfc-editor.org/rfc/rfc8030#section-5
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Protocol
from uuid import UUID

import structlog

from core.delivery import web_push
from core.delivery.carriers.carrier import Gone, Notice, NotSent, TryLater
from core.delivery.carriers.news import News
from core.delivery.carriers.push_texts import place, shown
from core.delivery.outgoing import Outgoing
from core.delivery.vapid import Vapid
from core.model import ManagerId, PushSubscription

log = structlog.get_logger()

# Beside 410: the service knows the browser no more. It has unsubscribed, or its profile is gone.
FORGOTTEN = (404,)
# At once, of one manager.
AT_ONCE = 5


class Subscriptions(Protocol):
    """Where managers are woken."""

    async def of(self, manager_id: ManagerId, key_id: bytes) -> Sequence[PushSubscription]: ...

    async def forget(self, subscription_id: UUID) -> None: ...

    async def forget_others(self, manager_id: ManagerId, key_id: bytes) -> None: ...

    async def used(self, subscription_id: UUID, notice: UUID) -> None: ...


class WebPushCarrier:
    """`key` gives the installation's key. `news`: what can be told, by its `what`."""

    def __init__(
        self,
        subscriptions: Subscriptions,
        key: Callable[[], Awaitable[Vapid]],
        outgoing: Outgoing,
        news: Mapping[str, News],
    ) -> None:
        self._subscriptions = subscriptions
        self._key = key
        self._outgoing = outgoing
        self._news = news

    async def send(self, notice: Notice) -> None:
        """Wake each browser of the manager once. Raises `TryLater`, `Gone` and `Refused`."""
        news = self._news.get(notice.what)
        if news is None:
            # Another release wrote it.
            raise TryLater("no_news")
        key = await self._key()
        found = await self._subscriptions.of(ManagerId(notice.target), key.id)
        if not found:
            # Else a person who cannot be woken would still count as one who is here.
            await self._subscriptions.forget_others(ManagerId(notice.target), key.id)
            raise Gone("no_device")
        # An earlier attempt woke some already.
        left = [one for one in found if one.last_notice != notice.id]
        free = asyncio.Semaphore(AT_ONCE)
        outcomes = await asyncio.gather(*(self._wake(key, one, notice, news, free) for one in left))
        failed = [one for one in outcomes if one is not None]
        later = [one for one in failed if isinstance(one, TryLater)]
        if later:
            raise max(later, key=lambda one: one.seconds or 0)
        if len(failed) == len(found):
            raise failed[0]

    async def close(self) -> None:
        """Nothing: whoever made the client closes it."""

    async def _wake(
        self,
        key: Vapid,
        browser: PushSubscription,
        notice: Notice,
        news: News,
        free: asyncio.Semaphore,
    ) -> NotSent | None:
        """None: the service took it."""
        text = json.dumps(shown(notice, news, browser.language), ensure_ascii=False).encode()
        body = web_push.encrypted(text, browser.p256dh, browser.auth)
        headers = web_push.headers(key, browser, place(notice, news), urgent=news.urgent)
        try:
            async with free:
                await self._outgoing.post(browser.endpoint, body, headers, final=FORGOTTEN)
        except NotSent as failed:
            log.info("push_failed", code=failed.code, device=str(browser.id))
            if isinstance(failed, Gone):
                await self._subscriptions.forget(browser.id)
            return failed
        await self._subscriptions.used(browser.id, notice.id)
        return None
