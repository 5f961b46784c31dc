"""Access: sign-ins of managers, tickets for sockets, and the team itself."""

import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from core.auth.oidc import Login
from core.auth.tickets import MANAGER_PREFIX, digest, new_token
from core.chat.publish import Publisher
from core.errors import Forbidden, Unauthorized
from core.model import ChatId, Manager, ManagerId, Rank, SignedIn, Target
from core.protocol.text import MAX_NAME, line
from core.store.access import AccessStore

FIRST = Manager(ManagerId("admin"), "Admin")


@dataclass(frozen=True, slots=True)
class NewManager:
    """A new manager and the secret of their link, which is shown only once."""

    manager: Manager
    link: str


class Access:
    """`login` is the team's own login, if it has one."""

    def __init__(
        self, store: AccessStore, publisher: Publisher, login: Login | None = None
    ) -> None:
        self._store = store
        self._publisher = publisher
        self._login = login

    async def manager(self, token: str) -> SignedIn:
        """The manager of this API token or sign-in. Raises `Unauthorized`."""
        return await self._store.manager(digest(token))

    async def holder(self, token: str, address: str | None) -> SignedIn:
        """The same for a program's token: a wrong one is audited."""
        try:
            return await self.manager(token)
        except Unauthorized:
            await self._store.refused(address)
            raise

    async def sign_in(
        self, token: str, address: str | None, user_agent: str = ""
    ) -> tuple[str, SignedIn]:
        """Sign a browser in, with a link or with a token of the team's login.

        Raises `Unauthorized` and `Forbidden`, which are audited.
        """
        try:
            return await self._signed_in(token, user_agent or None)
        except (Unauthorized, Forbidden):
            await self._store.refused(address)
            raise

    async def _signed_in(self, token: str, user_agent: str | None) -> tuple[str, SignedIn]:
        session = new_token()
        if self._login is not None and not token.startswith(MANAGER_PREFIX):
            vouched = await self._login.read(token)
            return session, await self._store.admit(vouched, digest(session), user_agent)
        return session, await self._store.sign_in(digest(token), digest(session), user_agent)

    async def sign_out(self, session: str) -> None:
        """End a sign-in, and close every socket of its manager."""
        await self._close(await self._store.sign_out(digest(session)))

    async def user_ticket(self, chat_id: ChatId, until: datetime, address: str | None) -> str:
        """A ticket for one socket of this chat. Raises `TooMany`."""
        ticket = new_token()
        await self._store.add_ticket(digest(ticket), chat_id, None, until, address)
        return ticket

    async def manager_ticket(self, signed_in: SignedIn) -> str:
        """A ticket for one manager's socket."""
        ticket = new_token()
        await self._store.add_ticket(
            digest(ticket), None, signed_in.manager.id, signed_in.until, None
        )
        return ticket

    async def add_manager(self, name: str, rank: Rank) -> NewManager:
        """Add a manager to the team."""
        manager = new_manager(name)
        link = new_token(MANAGER_PREFIX)
        await self._store.add_manager(manager, rank, digest(link))
        return NewManager(manager, link)

    async def first_manager(self) -> NewManager | None:
        """Add an admin if there is no manager yet. If nobody used their link, make another one."""
        link = new_token(MANAGER_PREFIX)
        if await self._store.add_first_manager(FIRST, digest(link)):
            return NewManager(FIRST, link)
        return None

    async def another_device(self, caller: SignedIn) -> str:
        """A link for another device of a manager who is signed in. Raises `NotFound`."""
        link = new_token(MANAGER_PREFIX)
        await self._store.link_device(caller, digest(link))
        return link

    async def new_link(self, manager_id: ManagerId) -> str:
        """Replace a manager's link, and end their sign-ins. Raises `NotFound`."""
        link = new_token(MANAGER_PREFIX)
        await self._close(await self._store.relink(manager_id, digest(link)))
        return link

    async def remove_manager(self, manager_id: ManagerId) -> None:
        """Remove a manager with all links, tokens, sign-ins and sockets. Raises `NotFound`."""
        await self._close(await self._store.remove_manager(manager_id))

    async def _close(self, sockets: Iterable[Target]) -> None:
        await close_all(self._publisher, sockets)


def new_manager(name: str) -> Manager:
    """A manager with an id that nobody has."""
    name = line(name, MAX_NAME)
    word = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "manager"
    return Manager(ManagerId(f"{word[:40]}-{secrets.token_hex(2)}"), name)


async def close_all(publisher: Publisher, sockets: Iterable[Target]) -> None:
    """Close sockets whose rows are gone already."""
    for target in sockets:
        await publisher.close(target)
