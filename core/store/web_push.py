"""Browsers that are woken when somebody waits."""

from collections.abc import Sequence
from hashlib import sha256
from uuid import UUID

from core.errors import NotFound, Unauthorized
from core.model import FIRST_SITE, ManagerId, PushDevice, PushSubscription
from core.store import database
from core.store.access import SIGN_IN

# A push for each is sent at once.
MOST = 20
NO_DEVICE = "There is no such device among yours."


class PushStore(database.Statements):
    async def add(
        self,
        manager_id: ManagerId,
        session: bytes | None,
        subscription: PushSubscription,
        key_id: bytes,
        user_agent: str | None,
    ) -> UUID:
        """Store a browser's subscription; `session` is its sign-in. Raises `Unauthorized`."""
        row = await self._row(
            "select add_subscription($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) as id",
            manager_id,
            session,
            subscription.endpoint,
            sha256(subscription.endpoint.encode()).digest(),
            subscription.p256dh,
            subscription.auth,
            key_id,
            subscription.language,
            user_agent,
            MOST,
        )
        if row["id"] is None:
            raise Unauthorized(SIGN_IN)
        return UUID(str(row["id"]))

    async def devices(
        self, manager_id: ManagerId, key_id: bytes, session: bytes | None
    ) -> Sequence[PushDevice]:
        """A manager's browsers that are woken."""
        found = await self._rows(
            "select p.*, s.token_hash is not null as current from subscriptions_of($1, $2) p"
            " left join sign_ins s on s.sign_in_id = p.sign_in_id and s.token_hash = $3",
            manager_id,
            key_id,
            session,
        )
        return [
            PushDevice(
                id=row["subscription_id"],
                user_agent=row["user_agent"],
                created_at=row["created_at"],
                used_at=row["used_at"],
                current=row["current"],
            )
            for row in found
        ]

    async def of(self, manager_id: ManagerId, key_id: bytes) -> Sequence[PushSubscription]:
        """Where a manager is woken."""
        found = await self._rows("select * from subscriptions_of($1, $2)", manager_id, key_id)
        return [
            PushSubscription(
                id=row["subscription_id"],
                endpoint=row["endpoint"],
                p256dh=row["p256dh"],
                auth=row["auth"],
                language=row["language"],
                last_notice=row["last_notice"],
            )
            for row in found
        ]

    async def remove(self, manager_id: ManagerId, subscription_id: UUID) -> None:
        """Wake one of a manager's browsers no more. Raises `NotFound`."""
        row = await self._row(
            "delete from push_subscriptions where subscription_id = $1 and manager_id = $2"
            " returning subscription_id",
            subscription_id,
            manager_id,
        )
        if row is None:
            raise NotFound(NO_DEVICE)

    async def add_test(self, manager_id: ManagerId) -> UUID:
        """Write a delivery that says only that the way works."""
        row = await self._row(
            "select add_delivery('push', 'test', $1, $2) as id", manager_id, FIRST_SITE
        )
        return UUID(str(row["id"]))

    async def forget(self, subscription_id: UUID) -> None:
        """Its push service does not know it any more."""
        await self._row(
            "delete from push_subscriptions where subscription_id = $1", subscription_id
        )

    async def forget_others(self, manager_id: ManagerId, key_id: bytes) -> None:
        """Forget a manager's browsers that subscribed with another key: no service takes ours."""
        await self._row(
            "with gone as (delete from push_subscriptions"
            "   where manager_id = $1 and key_id <> $2 returning 1)"
            " select count(*) from gone",
            manager_id,
            key_id,
        )

    async def used(self, subscription_id: UUID, notice: UUID) -> None:
        """Its push service took this notice."""
        await self._row(
            "update push_subscriptions set used_at = clock_timestamp(), last_notice = $2"
            " where subscription_id = $1",
            subscription_id,
            notice,
        )
