"""Saved views: what is asked of the list of chats, under a name."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Self
from uuid import UUID

from core.errors import Conflict, Forbidden, NotFound
from core.model import ManagerId, Row
from core.protocol.text import storable
from core.store.database import Statements
from core.value import value

NO_VIEW = "There is no such view."
ADMINS_SHARE = "Only an admin shares views with a website's team."
VIEW_NAMED_SO = "Please choose another `name`: one of these views has it already."
MANY_VIEWS = "There are 50 views already. Please delete some first."


@value
class View:
    """`site_id`: with whose team it is shared; without it one's own. `query`: of the list."""

    id: UUID
    name: str
    query: Mapping[str, Any]
    site_id: str | None = None
    position: int | None = None
    editable: bool = True

    @classmethod
    def of_row(cls, row: Row) -> Self:
        return cls(
            UUID(row["view_id"]), row["name"], row["query"], row["site_id"], row["position"],
            row["editable"],
        )  # fmt: skip


@value
class Views:
    """`sites`: where a manager may share views. `teams`: in which they are. Both `{id, name}`."""

    views: Sequence[View]
    sites: Sequence[Mapping[str, Any]]
    teams: Sequence[Mapping[str, Any]]


class ViewStore(Statements):
    async def all(self, manager: ManagerId) -> Views:
        """What a manager may look at, in its order."""
        row = await self._row("select views_for($1) as found", manager)
        found = json.loads(row["found"])
        views = list(map(View.of_row, found["views"] or ()))
        return Views(views, found["sites"] or (), found["teams"] or ())

    async def save(self, view: View, manager: ManagerId) -> None:
        """Keep a view. Raises `NotFound`, `Forbidden` and `Conflict`."""
        row = await self._row(
            "select save_view($1, $2, $3, $4, $5, $6) as outcome",
            manager,
            view.id,
            view.site_id,
            storable(view.name),
            json.dumps(dict(view.query)),
            view.position,
        )
        match row["outcome"]:
            case "scope":
                raise Forbidden(ADMINS_SHARE)
            case "unknown":
                raise NotFound(NO_VIEW)
            case "taken":
                raise Conflict(VIEW_NAMED_SO)
            case "full":
                raise Conflict(MANY_VIEWS)

    async def remove(self, view: UUID, manager: ManagerId) -> None:
        """Delete a view. Raises `NotFound`."""
        row = await self._row("select remove_view($1, $2) as done", manager, view)
        if not row["done"]:
            raise NotFound(NO_VIEW)
