"""Assistants that the team has made, and all of their versions."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Self

from core.errors import Conflict, NotFound
from core.model import Manager, ManagerId, Row, SiteId
from core.protocol.text import storable
from core.store.database import Statements
from core.value import value

NO_ASSISTANT = "There is no such assistant."
NEWER_VERSION = (
    "Somebody else has saved a version of this assistant meanwhile. Please look at it again."
)
IN_USE = "A site has chosen this assistant. Let it choose another one first."
NO_SITE_THERE = "There is no such site."


@value
class AssistantVersion:
    """What one save has made. `restored_from`: the version whose content it has again."""

    version: int
    name: str
    instructions: str
    options: dict[str, Any]
    restored_from: int | None
    saved_at: datetime
    saved_by: Manager | None

    @classmethod
    def of_row(cls, row: Row) -> Self:
        """Read a row of `assistant_versions` with its author's name, as JSON."""
        return cls(
            version=row["version"],
            name=row["name"],
            instructions=row["instructions"],
            options=row["options"],
            restored_from=row["restored_from"],
            saved_at=datetime.fromisoformat(row["created_at"]),
            saved_by=Manager.from_row(row["manager_id"], row["manager_name"]),
        )


@value
class MadeAssistant:
    """An assistant with its current version. `site_id`: None for all sites.

    `sites`: those that have chosen it.
    """

    id: str
    site_id: SiteId | None
    archived: bool
    current: AssistantVersion
    sites: tuple[SiteId, ...]

    @classmethod
    def of_row(cls, row: Row) -> Self:
        """Read what `assistant_now` gives."""
        return cls(
            id=row["assistant_id"],
            site_id=row["site_id"],
            archived=row["archived_at"] is not None,
            current=AssistantVersion.of_row(row),
            sites=tuple(row["sites"] or ()),
        )


class AssistantStore(Statements):
    async def all(self) -> Sequence[MadeAssistant]:
        """All of them, the oldest first. There are few."""
        row = await self._row(
            "select json_agg(assistant_now(a) order by a.created_at, a.assistant_id) as found"
            " from assistants a"
        )
        return [MadeAssistant.of_row(one) for one in json.loads(row["found"] or "[]")]

    async def find(self, assistant_id: str) -> MadeAssistant | None:
        row = await self._row(
            "select assistant_now(a) as found from assistants a where assistant_id = $1",
            assistant_id,
        )
        return MadeAssistant.of_row(json.loads(row["found"])) if row else None

    async def make(
        self,
        assistant_id: str,
        site_id: SiteId | None,
        content: Mapping[str, object],
        manager: ManagerId,
    ) -> MadeAssistant:
        """Make an assistant with `name`, `instructions` and `options`. Raises `NotFound`."""
        row = await self._row(
            "select make_assistant($1, $2, $3, $4) as made",
            assistant_id,
            site_id,
            storable(json.dumps(dict(content))),
            manager,
        )
        if row["made"] is None:
            raise NotFound(NO_SITE_THERE)
        return MadeAssistant.of_row(json.loads(row["made"]))

    async def save(
        self,
        assistant_id: str,
        rev: int | None,
        changes: Mapping[str, object],
        manager: ManagerId,
        restored: int | None = None,
    ) -> MadeAssistant:
        """Save a new version with these fields changed, or with the content of one `restored`.

        Raises `NotFound`, and `Conflict` if somebody else has saved one since the version `rev`, or
        if what a site has chosen is to be archived.
        """
        row = await self._row(
            "select outcome, assistant from save_assistant($1, $2, $3, $4, $5)",
            assistant_id,
            rev,
            storable(json.dumps(dict(changes))),
            restored,
            manager,
        )
        match row["outcome"]:
            case "unknown":
                raise NotFound(NO_ASSISTANT)
            case "newer":
                raise Conflict(NEWER_VERSION)
            case "used":
                raise Conflict(IN_USE)
        return MadeAssistant.of_row(json.loads(row["assistant"]))

    async def versions(
        self, assistant_id: str, before: int | None, limit: int
    ) -> Sequence[AssistantVersion]:
        """The versions of an assistant, the newest first."""
        return await self._versions(
            assistant_id, "v.version < $2", before if before is not None else 2**31 - 1, limit
        )

    async def version(self, assistant_id: str, version: int) -> AssistantVersion:
        """One of them. Raises `NotFound`."""
        for found in await self._versions(assistant_id, "v.version = $2", version, 1):
            return found
        raise NotFound(NO_ASSISTANT)

    async def _versions(
        self, assistant_id: str, which: str, number: int, limit: int
    ) -> Sequence[AssistantVersion]:
        found = await self._rows(
            "select to_jsonb(v) || jsonb_build_object('manager_name', m.name) as found"
            " from assistant_versions v left join managers m using (manager_id)"
            f" where v.assistant_id = $1 and {which} order by v.version desc limit $3",
            assistant_id,
            number,
            limit,
        )
        return [AssistantVersion.of_row(json.loads(row["found"])) for row in found]
