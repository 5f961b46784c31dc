"""Tags: the team's words about chats."""

from collections.abc import Sequence
from uuid import UUID

from core.errors import Conflict, NotFound
from core.model import ChatId, ManagerId, Sight, TagRef
from core.store.changes import Change
from core.store.database import Statements
from core.store.refusals import UNKNOWN_CHAT

MANY_TAGS = "A chat has at most 20 tags, and a website 500. Please take one away first."
NO_TAG = "There is no such tag."
TAG_TAKEN = "Please choose another `name`: the website has a tag of this one."


class TagStore(Statements):
    async def tag(
        self, chat_id: ChatId, add: Sequence[str], remove: Sequence[UUID], manager: ManagerId
    ) -> Change:
        """Give a chat tags by their names, and take others away. Raises `NotFound`, `Conflict`."""
        row = await self._row(
            "call tag_chat($1, $2, $3, $4, null, null, null)",
            chat_id,
            manager,
            list(add),
            list(remove),
        )
        match row["outcome"]:
            case "unknown":
                raise NotFound(UNKNOWN_CHAT)
            case "full":
                raise Conflict(MANY_TAGS)
        return Change.from_row({**row, "users": None})

    async def all(self, sites: Sight = None) -> Sequence[tuple[TagRef, str]]:
        """The tags of these sites, each with its site."""
        found = await self._rows(
            "select tag_id, name, site_id from tags"
            " where $1::text[] is null or site_id = any ($1)"
            " order by site_id, lower(name) limit 5000",
            sites,
        )
        return [(TagRef(str(row["tag_id"]), row["name"]), row["site_id"]) for row in found]

    async def change(self, tag: UUID, name: str | None, manager: ManagerId) -> None:
        """Rename a tag, or (without a name) delete it. Raises `NotFound` and `Conflict`."""
        row = await self._row("select change_tag($1, $2, $3) as outcome", tag, name, manager)
        match row["outcome"]:
            case "unknown":
                raise NotFound(NO_TAG)
            case "taken":
                raise Conflict(TAG_TAKEN)
