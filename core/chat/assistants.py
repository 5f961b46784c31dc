"""Assistants: those that are files, those that the team makes, and their versions."""

import re
import secrets
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property

from core.assistants.profile import Installed, Profile
from core.errors import Conflict, Invalid, NotFound
from core.model import ManagerId, SiteId
from core.store.assistants import NO_ASSISTANT, AssistantStore, AssistantVersion, MadeAssistant

IS_A_FILE = "This assistant is a file, so it cannot be changed here. Please change a copy of it."
NOT_THERE = "Please correct `assistant_id`: there is no such assistant for this site."


class Assistants:
    """`installed`: the files, read once. `echoes`: there is no key, so the echo answers."""

    def __init__(
        self, store: AssistantStore, installed: Callable[[], Installed], *, echoes: bool
    ) -> None:
        self._store = store
        self._read = installed
        self.echoes = echoes

    @cached_property
    def installed(self) -> Installed:
        """The assistants that are files. Raises `Misconfigured`."""
        return self._read()

    async def made(self) -> Sequence[MadeAssistant]:
        """The assistants that the team has made, the oldest first."""
        return await self._store.all()

    async def find(self, assistant_id: str) -> MadeAssistant | Profile:
        """An assistant, or a file's profile. Raises `NotFound`."""
        found = await self._store.find(assistant_id) or self.installed.named(assistant_id)
        if found is None:
            raise NotFound(NO_ASSISTANT)
        return found

    async def make(
        self, site_id: SiteId | None, content: Mapping[str, object], manager: ManagerId
    ) -> MadeAssistant:
        """Make an assistant of one site, or of all. Raises `NotFound`."""
        word = re.sub(r"[^a-z0-9]+", "-", str(content["name"]).lower()).strip("-") or "assistant"
        assistant_id = f"{word[:40]}-{secrets.token_hex(4)}"
        return await self._store.make(assistant_id, site_id, content, manager)

    async def save(
        self,
        assistant_id: str,
        rev: int | None,
        changes: Mapping[str, object],
        manager: ManagerId,
        restored: int | None = None,
    ) -> MadeAssistant:
        """Save a new version. Raises `NotFound` and `Conflict`."""
        try:
            return await self._store.save(assistant_id, rev, changes, manager, restored)
        except NotFound:
            if restored is None and self.installed.named(assistant_id):
                raise Conflict(IS_A_FILE) from None
            raise

    async def versions(
        self, assistant_id: str, before: int | None, limit: int
    ) -> Sequence[AssistantVersion]:
        """The versions of an assistant, the newest first. A file has none. Raises `NotFound`."""
        found = await self._store.versions(assistant_id, before, limit)
        if not found:
            await self.find(assistant_id)
        return found

    async def version(self, assistant_id: str, version: int) -> AssistantVersion:
        """One version with its content. Raises `NotFound`."""
        return await self._store.version(assistant_id, version)

    async def check_choice(self, site_id: SiteId, assistant_id: str) -> None:
        """Raise `Invalid` for an assistant that this site cannot choose."""
        found = await self._store.find(assistant_id)
        if found is None:
            is_there = self.installed.named(assistant_id) is not None
        else:
            is_there = not found.archived and found.site_id in (None, site_id)
        if not is_there:
            raise Invalid(NOT_THERE)
