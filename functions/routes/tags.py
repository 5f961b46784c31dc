"""Tags: the team's words about chats."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from core.model import ChatId
from core.protocol import wire
from core.protocol.frames import ChatSummary, ChatTag
from core.protocol.text import clean
from functions.routes.dependencies import CurrentAdmin, CurrentApp, CurrentManager
from functions.routes.parameters import ChatIdInPath

router = APIRouter(prefix="/manager")

MOST_TAG = 40


def _name(value: str) -> str:
    value = clean(value).strip().removeprefix("#")
    if not 0 < len(value) <= MOST_TAG or len(value.split()) != 1 or "#" in value:
        raise ValueError(f"it must be one word of at most {MOST_TAG} characters")
    return value


TagName = Annotated[str, AfterValidator(_name)]


class Tagging(BaseModel):
    """`add`: names; what the site does not have yet is made. `remove`: ids."""

    model_config = ConfigDict(extra="forbid")

    add: Annotated[list[TagName], Field(max_length=20)] = []
    remove: Annotated[list[UUID], Field(max_length=20)] = []


class TagOfSite(ChatTag):
    site: str


class TagList(BaseModel):
    tags: list[TagOfSite]


class RenamedTag(BaseModel):
    name: TagName


@router.post("/chats/{chat_id}/tags", response_model_exclude_none=True)
async def tag_chat(
    chat_id: ChatIdInPath, body: Tagging, app: CurrentApp, caller: CurrentManager
) -> ChatSummary:
    """Give a chat tags, and take others away."""
    return wire.chat_model(
        await app.tags.tag(ChatId(chat_id), body.add, body.remove, caller.manager)
    )


@router.get("/tags")
async def tags(app: CurrentApp, caller: CurrentManager) -> TagList:
    """The tags of the sites that the manager sees."""
    found = await app.tags.all(caller.sites)
    return TagList(tags=[TagOfSite(id=one.id, name=one.name, site=site) for one, site in found])


@router.patch("/tags/{tag_id}", status_code=204)
async def rename_tag(tag_id: UUID, body: RenamedTag, app: CurrentApp, caller: CurrentAdmin) -> None:
    """Rename a tag. Its chats keep it. For admins."""
    await app.tags.change(tag_id, body.name, caller.manager)


@router.delete("/tags/{tag_id}", status_code=204)
async def remove_tag(tag_id: UUID, app: CurrentApp, caller: CurrentAdmin) -> None:
    """Delete a tag, also from its chats. For admins."""
    await app.tags.change(tag_id, None, caller.manager)
