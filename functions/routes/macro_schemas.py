"""What the calls about macros take and give."""

from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from core.protocol.frames import ChatSummary, ClientId, Message, Seq
from core.protocol.text import NearTime, Text, clean, is_blank, unturned
from core.store.macros import Macro
from functions.routes.assignments import Assign, SomeoneId, TeamId

MOST_NAME = 60
NOTHING = "a macro does something: give it a `text`, `tags`, `assign`, `snooze` or `closes`"
BOTH = "a chat is snoozed or closed, and not both"

TagIds = Annotated[list[UUID], Field(max_length=20)]


def _name(value: str) -> str:
    value = " ".join(unturned(clean(value)).split())
    if len(value) > MOST_NAME or is_blank(value):
        raise ValueError(f"it must have at most {MOST_NAME} characters, and at least one")
    return value


class Place(BaseModel):
    """Whose it is: a site's, a team's, or, without both, one's own."""

    model_config = ConfigDict(extra="forbid")

    site: Annotated[str, Field(pattern=r"^[a-z0-9-]{1,64}$")] | None = None
    team: Annotated[str, Field(pattern=r"^[a-z0-9-]{1,64}$")] | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if self.site is not None and self.team is not None:
            raise ValueError("it is a site's or a team's, and not both")
        return self


class AssignsTo(BaseModel):
    """Who becomes responsible: a person, a team, or both."""

    model_config = ConfigDict(extra="forbid")

    assignee: SomeoneId | None = None
    team: TeamId | None = None


class MacroBody(Place):
    """`tags`: ids. `snooze`: until when, by the clock of whoever uses it, or until they write."""

    name: Annotated[str, AfterValidator(_name)]
    text: Text | None = None
    tags: TagIds = []
    assign: AssignsTo | None = None
    snooze: Literal["hour", "evening", "tomorrow", "monday", "writes"] | None = None
    closes: bool = False

    @model_validator(mode="after")
    def _some(self) -> Self:
        to = self.assign
        if to is not None and to.assignee is None and to.team is None:
            raise ValueError("`assign` names an `assignee` or a `team`")
        if not (self.text or self.tags or to or self.snooze or self.closes):
            raise ValueError(NOTHING)
        if self.snooze and self.closes:
            raise ValueError(BOTH)
        return self

    def as_macro(self, macro_id: UUID) -> Macro:
        steps: dict[str, object] = {"tags": [str(one) for one in self.tags]} if self.tags else {}
        steps |= self.assign.model_dump(exclude_none=True) if self.assign else {}
        steps |= {"snooze": self.snooze} if self.snooze else {}
        steps |= {"closes": True} if self.closes else {}
        return Macro(macro_id, self.name, self.text, steps, self.site, self.team)


class Named(BaseModel):
    """Without a `name` it is not there any more. `site`: of a tag or a team."""

    id: str
    name: str | None = None
    site: str | None = None


class NamedAssign(BaseModel):
    assignee: Named | None = None
    team: Named | None = None


class MacroEntry(BaseModel):
    """`editable`: the caller may change it."""

    id: str
    name: str
    text: str | None = None
    tags: list[Named]
    assign: NamedAssign | None = None
    snooze: str | None = None
    closes: bool
    site: str | None = None
    team: str | None = None
    editable: bool


class Snoozed(BaseModel):
    """Without `until`, until the visitor writes."""

    model_config = ConfigDict(extra="forbid")

    until: NearTime | None = None


class RunMacro(BaseModel):
    """`undo_id`: chosen by the caller. With it all but the message can be taken back."""

    model_config = ConfigDict(extra="forbid")

    text: Text | None = None
    client_id: ClientId | None = None
    after_seq: Seq | None = None
    tags: TagIds = []
    assign: Assign | None = None
    snooze: Snoozed | None = None
    closes: bool = False
    undo_id: UUID | None = None

    @model_validator(mode="after")
    def _some(self) -> Self:
        assigns = self.assign is not None and bool(self.assign.model_fields_set)
        if not (self.text or self.tags or assigns or self.snooze or self.closes):
            raise ValueError(NOTHING)
        if self.snooze and self.closes:
            raise ValueError(BOTH)
        return self


class MacroDone(BaseModel):
    """`result`: `unchanged` if all of it was so already. `message`: what the visitor got."""

    result: Literal["done", "unchanged"]
    message: Message | None = None
    chat: ChatSummary | None = None


def macro_entry(macro: Macro) -> MacroEntry:
    steps, to = macro.steps, macro.to_team or {}
    assign = NamedAssign(
        assignee=Named(id=steps["assignee"], name=macro.assignee_name)
        if "assignee" in steps
        else None,
        team=Named(id=steps["team"], **to) if "team" in steps else None,
    )
    return MacroEntry(
        id=str(macro.id),
        name=macro.name,
        text=macro.text,
        tags=[Named(**one) for one in macro.tags],
        assign=assign if assign.assignee or assign.team else None,
        snooze=steps.get("snooze"),
        closes=bool(steps.get("closes")),
        site=macro.site_id,
        team=macro.team_id,
        editable=macro.editable,
    )
