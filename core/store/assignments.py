"""Who is responsible for a chat: its assignee and its team. And the teams themselves."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Self

from core.errors import Invalid, NotFound
from core.model import Chat, ChatId, Manager, ManagerId, Row, Sight, SiteId, Target
from core.store.access import sight
from core.store.changes import Change
from core.store.database import Statements
from core.store.refusals import UNKNOWN_CHAT
from core.value import value

NO_TEAM = "There is no such team."
OTHER_TEAM = "Please correct `team`: the chat's site has no such team."
NO_ASSIGNEE = "Please correct `assignee`: nobody of that id sees the chat's site."
NO_SITE = "Please correct `site`: there is no such site, or the team is of another one."
NO_MEMBER = "Please correct `members`: somebody does not see the team's site."


@value
class TeamOfSite:
    """Some people of a site. `balanced`: its chats are given to its members by themselves.

    `takes_new`: it gets what begins to wait on its site and is nobody's. `members`: how many open
    chats each gets by themselves.
    """

    id: str
    site_id: SiteId
    name: str
    balanced: bool
    takes_new: bool
    members: Mapping[ManagerId, int]

    @classmethod
    def of_row(cls, row: Row) -> Self:
        return cls(
            id=row["team_id"],
            site_id=SiteId(row["site_id"]),
            name=row["name"],
            balanced=row["balanced"],
            takes_new=row["takes_new"],
            members={ManagerId(one["manager_id"]): one["capacity"] for one in row["members"]},
        )


@value
class Assignable:
    """Somebody who may be responsible for chats of these sites. `here`: their console is open."""

    manager: Manager
    sites: Sight
    here: bool

    @classmethod
    def of_row(cls, row: Row) -> Self:
        manager = Manager(ManagerId(row["manager_id"]), row["name"])
        return cls(manager, sight(row["sites"]), row["here"])


@value
class NewAssignee:
    """Whom to tell that a chat is theirs. `name`: the visitor's, if one is known."""

    name: str | None
    sockets: Sequence[Target]
    to_deliver: bool


class AssignmentStore(Statements):
    async def assign(
        self, chat_id: ChatId, changes: Mapping[str, str | None], manager: ManagerId
    ) -> Sequence[Change]:
        """Make others responsible: `changes` may have `assignee` and `team`. None takes it away.

        Gives what changed; the chat itself comes first. Raises `NotFound` and `Invalid`.
        """
        row = await self._row(
            "call assign_chat($1, $2, $3, null, null)", chat_id, manager, json.dumps(changes)
        )
        match row["outcome"]:
            case "unknown":
                raise NotFound(UNKNOWN_CHAT)
            case "team":
                raise Invalid(OTHER_TEAM)
            case "assignee":
                raise Invalid(NO_ASSIGNEE)
        return _changes(row["changes"])

    async def give_back(self, manager: ManagerId) -> tuple[int, Sequence[Change]]:
        """Give what waits for a manager back to the team. Gives how many, and what changed."""
        row = await self._row("call give_back($1, null, null)", manager)
        return row["given"], _changes(row["changes"])

    async def place(self, ref: str, limit: int) -> Sequence[Change]:
        """Place what is to be placed: of `chat:…`, `manager:…` or `team:…`, or of `all:`."""
        row = await self._row("call place_chats($1, $2, null)", ref, limit)
        return _changes(row["changes"])

    async def tell(self, chat_id: ChatId) -> NewAssignee | None:
        """Who hears that a chat is theirs now, each once. None: it is no news any more."""
        row = await self._row("select name, sockets, to_deliver from tell_assigned($1)", chat_id)
        if row["to_deliver"] is None:
            return None
        return NewAssignee(row["name"], Target.parse_all(row["sockets"] or ()), row["to_deliver"])

    async def is_news(self, chat_id: ChatId, manager: ManagerId) -> bool:
        """Whether a chat is somebody's who does not answer there."""
        row = await self._row("select is_news_to($1, $2) as is_so", manager, chat_id)
        return bool(row["is_so"])

    async def teams(self, sites: Sight = None) -> tuple[Sequence[TeamOfSite], Sequence[Assignable]]:
        """The teams of these sites, and who may be responsible there."""
        row = await self._row("select teams_of($1) as found", sites)
        found = json.loads(row["found"])
        people = map(Assignable.of_row, found["people"] or ())
        return list(map(TeamOfSite.of_row, found["teams"] or ())), list(people)

    async def save_team(self, team: TeamOfSite, manager: ManagerId) -> None:
        """Make a team, or change it. Raises `Invalid`."""
        members = [{"manager_id": who, "capacity": most} for who, most in team.members.items()]
        row = await self._row(
            "select save_team($1, $2, $3, $4, $5, $6, $7) as outcome",
            team.id,
            team.site_id,
            team.name,
            team.balanced,
            team.takes_new,
            json.dumps(members),
            manager,
        )
        match row["outcome"]:
            case "site":
                raise Invalid(NO_SITE)
            case "member":
                raise Invalid(NO_MEMBER)

    async def remove_team(self, team_id: str, manager: ManagerId) -> None:
        """Remove a team. Its chats keep their assignees. Raises `NotFound`."""
        row = await self._row("select remove_team($1, $2) as done", team_id, manager)
        if not row["done"]:
            raise NotFound(NO_TEAM)


def _changes(found: str | None) -> Sequence[Change]:
    rows: Sequence[dict[str, Any]] = json.loads(found or "null") or ()
    return [
        Change(chat=Chat.from_row(row["chat"]), managers=Target.parse_all(row["managers"]))
        for row in rows
    ]
