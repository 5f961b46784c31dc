"""Where a site's notices go, and the log of what was sent there. For admins."""

import json
from typing import Annotated
from uuid import UUID, uuid4

from fastapi import APIRouter, Query

from core.app import App
from core.delivery.carriers.webhook import new_secret
from core.errors import Conflict
from core.model import SiteId
from core.store.deliveries import Delivery, NewReceiver, Receiver
from functions.routes.dependencies import OPEN_MODE, CurrentAdmin, CurrentApp, TryingAdmin
from functions.routes.parameters import Limit
from functions.routes.receiver_schemas import (
    DeliveryLine,
    DeliveryLog,
    NewDelivery,
    NewReceiverBody,
    ReceiverEntry,
    ReceiverList,
)
from functions.routes.site_settings import SiteIdInPath

router = APIRouter(prefix="/manager/sites/{site_id}")


@router.get("/receivers", response_model_exclude_none=True)
async def receivers(site_id: SiteIdInPath, app: CurrentApp, caller: CurrentAdmin) -> ReceiverList:
    """Where notices of this site go. For admins."""
    site = await app.sites.site(SiteId(site_id))
    found = await app.store.deliveries.receivers(site.id)
    return ReceiverList(receivers=[_entry(one) for one in found])


@router.post("/receivers", status_code=201, response_model_exclude_none=True)
async def add_receiver(
    site_id: SiteIdInPath, body: NewReceiverBody, app: CurrentApp, caller: CurrentAdmin
) -> ReceiverEntry:
    """Add a mailbox, a hook of a chat tool or a webhook. Its `secret` is shown once. For admins."""
    receiver_id, secret, sealed = uuid4(), None, None
    if body.url is not None:
        secret = new_secret() if body.kind == "webhook" else None
        sealed = _sealed(app, {"url": body.url, "secret": secret}, receiver_id)
    new = NewReceiver(
        receiver_id, body.kind, body.name, body.email, sealed, body.language, body.events
    )
    store, site = app.store.deliveries, SiteId(site_id)
    await store.add_receiver(site, new, caller.manager.id)
    return _entry(await store.receiver(site, receiver_id), secret)


@router.delete("/receivers/{receiver_id}", status_code=204)
async def remove_receiver(
    site_id: SiteIdInPath, receiver_id: UUID, app: CurrentApp, caller: CurrentAdmin
) -> None:
    """Send nothing there any more. For admins."""
    await app.store.deliveries.remove_receiver(SiteId(site_id), receiver_id, caller.manager.id)


@router.post("/receivers/{receiver_id}/test", status_code=202)
async def test_receiver(
    site_id: SiteIdInPath, receiver_id: UUID, app: CurrentApp, caller: TryingAdmin
) -> NewDelivery:
    """Send a notice that says that the way works. The log shows what became of it. For admins.

    Ten a minute, together with what is sent again.
    """
    receiver = await app.store.deliveries.receiver(SiteId(site_id), receiver_id)
    made = await app.store.deliveries.add_test(receiver)
    await app.publisher.deliver_outside()
    return NewDelivery(id=made)


@router.get("/deliveries", response_model_exclude_none=True)
async def deliveries(
    site_id: SiteIdInPath,
    app: CurrentApp,
    caller: CurrentAdmin,
    cursor: Annotated[str | None, Query(max_length=200)] = None,
    limit: Limit = 50,
) -> DeliveryLog:
    """What was sent to places outside in the last 30 days, the newest first. For admins."""
    site = await app.sites.site(SiteId(site_id))
    found, next_cursor = await app.store.deliveries.log(site.id, cursor, limit)
    return DeliveryLog(deliveries=[_line(one) for one in found], next_cursor=next_cursor)


@router.post("/deliveries/{delivery_id}/again", status_code=202)
async def deliver_again(
    site_id: SiteIdInPath, delivery_id: UUID, app: CurrentApp, caller: TryingAdmin
) -> NewDelivery:
    """Send a dead delivery again, with the same id. For admins."""
    await app.store.deliveries.again(SiteId(site_id), delivery_id)
    await app.publisher.deliver_outside()
    return NewDelivery(id=delivery_id)


def _sealed(app: App, address: dict[str, str | None], receiver_id: UUID) -> bytes:
    """Raises `Conflict` in open mode, which has no key."""
    if app.is_open:
        raise Conflict(OPEN_MODE)
    given = {name: text for name, text in address.items() if text is not None}
    return app.keys.seal(json.dumps(given), str(receiver_id))


def _entry(one: Receiver, secret: str | None = None) -> ReceiverEntry:
    return ReceiverEntry(
        id=one.id,
        kind=one.kind,
        name=one.name,
        email=one.email,
        language=one.language,
        events=list(one.events),
        gone=one.gone_at is not None,
        created_at=one.created_at,
        secret=secret,
    )


def _line(one: Delivery) -> DeliveryLine:
    return DeliveryLine(
        id=one.id,
        kind=one.kind,
        what=one.what,
        receiver=one.receiver,
        chat_id=one.chat_id,
        state="done" if one.done_at else "dead" if one.dead_at else "due",
        attempts=one.attempts,
        error=one.error,
        due_at=one.due_at,
        created_at=one.created_at,
        ended_at=one.done_at or one.dead_at,
    )
