"""What may be asked of a list of chats: the same for the call, and for what is saved of it."""

from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from core.model import Asked, Filter, Pressing, Where
from core.protocol.text import NearTime, clean
from functions.routes.parameters import ChatIdParameter, SiteParameter


class ListQuery(BaseModel):
    """`q`: words, and typed filters such as `#vip` or `from:anna`.

    `tag` and `team`: their ids. `person`: who answers or is responsible, by id, or `me`.
    `in`: where words are looked for. `after` and `before`: when what has the words was written.
    Without words it is when the chat was last active.
    """

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    filter: Filter = "all"
    q: Annotated[str, Field(max_length=300), AfterValidator(clean)] = ""
    where: Annotated[Where | None, Field(alias="in")] = None
    tag: UUID | None = None
    person: Annotated[str, Field(pattern=r"^[^\x00-\x1f]{1,300}$")] | None = None
    team: Annotated[str, Field(pattern=r"^[a-z0-9-]{1,64}$")] | None = None
    site: SiteParameter | None = None
    priority: Pressing | None = None
    after: NearTime | None = None
    before: NearTime | None = None

    def asked(self) -> Asked:
        return Asked(
            words=self.q,
            tags=() if self.tag is None else (str(self.tag),),
            person=self.person,
            team=self.team,
            priority=self.priority,
            where=self.where,
            after=self.after,
            before=self.before,
        )


class ListCall(ListQuery):
    """A page of a list. `chat_id` may be repeated, and asks for these chats only."""

    model_config = ConfigDict(extra="ignore")

    cursor: Annotated[str | None, Field(max_length=200)] = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50
    chat_id: Annotated[tuple[ChatIdParameter, ...], Field(max_length=50)] = ()
