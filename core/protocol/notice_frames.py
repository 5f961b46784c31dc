"""The frames of how a manager wishes to hear of chats."""

from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, Field

NoticeGroups = Annotated[list[Literal["mine", "sites", "unassigned"]], Field(max_length=3)]


class NoticeRules(BaseModel):
    """Of which waiting chats a manager is told, and how, on all devices.

    `mine`: they answer it. `sites`: a colleague does, on a site that they see. `unassigned`: nobody
    does. Nothing is told until `quiet_until`, and each day from `quiet_from` to `quiet_to`
    (`HH:MM`, in `time_zone`).
    """

    sound: NoticeGroups = ["mine", "unassigned"]
    desktop: NoticeGroups = ["mine", "unassigned"]
    push: NoticeGroups = ["mine", "unassigned"]
    quiet_until: AwareDatetime | None = None
    quiet_from: str | None = None
    quiet_to: str | None = None
    time_zone: str | None = None


class _OfNotices(BaseModel):
    type: Literal["notices"] = "notices"


class ManagerNotices(NoticeRules, _OfNotices):
    """The manager's own rules have changed, here or on another device."""
