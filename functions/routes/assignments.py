"""Who is responsible for a chat, and the teams."""

from typing import Annotated, Literal

from fastapi import APIRouter, Path
from pydantic import BaseModel, ConfigDict, Field

from core.model import ChatId, ManagerId, SiteId
from core.protocol import wire
from core.protocol.frames import ChatSummary
from core.protocol.text import MAX_NAME, Text, optional_line
from core.store.assignments import TeamOfSite
from functions.routes.dependencies import CurrentAdmin, CurrentApp, CurrentManager
from functions.routes.parameters import ChatIdInPath

router = APIRouter(prefix="/manager")

TeamId = Annotated[str, Field(pattern=r"^[a-z0-9-]{1,64}$")]
TeamIdInPath = Annotated[str, Path(pattern=r"^[a-z0-9-]{1,64}$")]
SomeoneId = Annotated[str, Field(pattern=r"^[^\x00-\x1f]{1,300}$")]


class Assign(BaseModel):
    """What is left out stays. `null`: nobody, or no team."""

    model_config = ConfigDict(extra="forbid")

    assignee: SomeoneId | None = None
    team: TeamId | None = None


class GivenBack(BaseModel):
    """So many chats went back to the team."""

    chats: int


class TeamMember(BaseModel):
    """`capacity`: so many open chats they get by themselves, of all their teams."""

    model_config = ConfigDict(extra="forbid")

    id: SomeoneId
    capacity: Annotated[int, Field(ge=0, le=1000)] = 10


class TeamBody(BaseModel):
    """A team of a site.

    `assignment`: `balanced` gives its chats to the members who are here, `manual` to nobody.
    `takes_new`: it gets what begins to wait on its site and is nobody's; one team of a site does.
    """

    model_config = ConfigDict(extra="forbid")

    site: Annotated[str, Field(pattern=r"^[a-z0-9-]{1,64}$")] = "default"
    name: Annotated[Text, optional_line(MAX_NAME)]
    assignment: Literal["manual", "balanced"] = "manual"
    takes_new: bool = False
    members: Annotated[list[TeamMember], Field(max_length=500)] = []


class TeamEntry(TeamBody):
    id: str


class AssignablePerson(BaseModel):
    """Somebody who may be responsible for chats of these sites; without `sites` of all."""

    id: str
    name: str
    sites: list[str] | None = None
    here: bool


class TeamsOfSites(BaseModel):
    teams: list[TeamEntry]
    people: list[AssignablePerson]


@router.post("/chats/{chat_id}/assignment", response_model_exclude_none=True)
async def assign(
    chat_id: ChatIdInPath, body: Assign, app: CurrentApp, caller: CurrentManager
) -> ChatSummary:
    """Make somebody or a team responsible for a chat. Who answers it stays as it is.

    A chat that is given to another team leaves an assignee who is not of it.
    """
    changes = body.model_dump(exclude_unset=True)
    return wire.chat_model(await app.assignments.assign(ChatId(chat_id), changes, caller.manager))


@router.post("/assignments/give-back")
async def give_back(app: CurrentApp, caller: CurrentManager) -> GivenBack:
    """Give back to the team what is one's own and waits, so that another one gets it."""
    return GivenBack(chats=await app.assignments.give_back(caller.manager))


@router.get("/teams", response_model_exclude_none=True)
async def teams(app: CurrentApp, caller: CurrentManager) -> TeamsOfSites:
    """The teams of the sites that the manager sees, and who may be responsible there."""
    found, people = await app.assignments.teams(caller.sites)
    return TeamsOfSites(
        teams=list(map(_entry, found)),
        people=[
            AssignablePerson(
                id=one.manager.id,
                name=one.manager.name,
                sites=None if one.sites is None else list(one.sites),
                here=one.here,
            )
            for one in people
        ],
    )


@router.put("/teams/{team_id}")
async def save_team(
    team_id: TeamIdInPath, body: TeamBody, app: CurrentApp, caller: CurrentAdmin
) -> TeamEntry:
    """Make a team, or change it. The caller chooses its id. For admins."""
    team = TeamOfSite(
        id=team_id,
        site_id=SiteId(body.site),
        name=body.name,
        balanced=body.assignment == "balanced",
        takes_new=body.takes_new,
        members={ManagerId(one.id): one.capacity for one in body.members},
    )
    await app.assignments.save_team(team, caller.manager)
    return _entry(team)


@router.delete("/teams/{team_id}", status_code=204)
async def remove_team(team_id: TeamIdInPath, app: CurrentApp, caller: CurrentAdmin) -> None:
    """Remove a team. Its chats keep their assignees. For admins."""
    await app.assignments.remove_team(team_id, caller.manager)


def _entry(team: TeamOfSite) -> TeamEntry:
    return TeamEntry(
        id=team.id,
        site=team.site_id,
        name=team.name,
        assignment="balanced" if team.balanced else "manual",
        takes_new=team.takes_new,
        members=[TeamMember(id=who, capacity=most) for who, most in team.members.items()],
    )
