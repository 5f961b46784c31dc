"""Browsers of managers that are woken when somebody waits."""

from collections.abc import Awaitable, Callable, Sequence
from uuid import UUID

from core.auth.tickets import digest
from core.chat.publish import Publisher
from core.delivery import web_push
from core.delivery.vapid import Vapid
from core.errors import Conflict, Invalid
from core.model import ManagerId, PushDevice, PushSubscription
from core.store.web_push import PushStore

NO_DEVICES = "None of your devices gets notices. Please switch them on first."
NOT_KEYS = "These are not the keys of a browser's subscription."


class WebPush:
    """`key` gives the installation's key."""

    def __init__(
        self, store: PushStore, key: Callable[[], Awaitable[Vapid]], publisher: Publisher
    ) -> None:
        self._store = store
        self._key = key
        self._publisher = publisher

    async def key(self) -> bytes:
        """What a browser subscribes with."""
        return (await self._key()).public

    async def devices(self, manager_id: ManagerId, session: str | None) -> Sequence[PushDevice]:
        """A manager's browsers that are woken."""
        key = await self._key()
        return await self._store.devices(manager_id, key.id, _hash(session))

    async def add(
        self,
        manager_id: ManagerId,
        session: str | None,
        subscription: PushSubscription,
        user_agent: str | None,
    ) -> UUID:
        """Wake a browser from now on. Raises `Invalid` and `Unauthorized`."""
        if not web_push.fits(subscription.p256dh, subscription.auth):
            raise Invalid(NOT_KEYS)
        key = await self._key()
        return await self._store.add(manager_id, _hash(session), subscription, key.id, user_agent)

    async def try_out(self, manager_id: ManagerId) -> UUID:
        """Wake each of a manager's browsers once. Raises `Conflict` if there is none."""
        if not await self._store.of(manager_id, (await self._key()).id):
            raise Conflict(NO_DEVICES)
        made = await self._store.add_test(manager_id)
        await self._publisher.deliver_outside()
        return made

    async def remove(self, manager_id: ManagerId, device: UUID) -> None:
        """Wake it no more. Raises `NotFound`."""
        await self._store.remove(manager_id, device)


def _hash(session: str | None) -> bytes | None:
    return None if session is None else digest(session)
