"""Sign-in links by mail. Where they go, and the link, are encrypted and kept until it is sent."""

import json
from collections.abc import Callable
from typing import Literal
from uuid import uuid4

from core.chat.publish import Publisher
from core.errors import Conflict
from core.model import ManagerId
from core.store.deliveries import DeliveryStore

NO_MAIL = "No mail leaves from here: MAIL_FROM is not set. Please send the link yourself."

LinkMail = Literal["invitation", "sign_in_link"]


class Invitations:
    """`seal` encrypts a secret for its owner. `sends`: whether mail is set up."""

    def __init__(
        self,
        store: DeliveryStore,
        publisher: Publisher,
        seal: Callable[[str, str], bytes],
        *,
        sends: bool,
    ) -> None:
        self._store = store
        self._publisher = publisher
        self._seal = seal
        self.sends = sends

    def check(self) -> None:
        """Raise `Conflict` if no mail leaves: a link must not be made for nothing."""
        if not self.sends:
            raise Conflict(NO_MAIL)

    async def mail(self, what: LinkMail, manager_id: ManagerId, email: str, url: str) -> None:
        """Send a link to whoever it is for."""
        delivery_id = uuid4()
        sealed = self._seal(json.dumps({"email": email, "url": url}), str(delivery_id))
        await self._store.add_link(delivery_id, what, manager_id, sealed)
        await self._publisher.deliver_outside()
