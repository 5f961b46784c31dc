"""The bodies of the calls about sites. What is null is inherited from the environment."""

from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

from core import urls
from core.model import Rank
from core.protocol.text import MAX_NAME, MAX_URL, Text, optional_line
from core.store.sites import AnsweringMode

MAX_WORDS = 500
MAX_TOKENS = 10**12


def _zone(value: str) -> str:
    try:
        return ZoneInfo(value).key
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("it must be a time zone, such as Europe/Berlin") from None


Name = Annotated[Text, optional_line(MAX_NAME)]
Words = Annotated[str, optional_line(MAX_WORDS)]
Link = Annotated[str, Field(max_length=MAX_URL), AfterValidator(urls.http_url)]
Origin = Annotated[str, Field(max_length=300), AfterValidator(urls.origin)]
Tokens = Annotated[int, Field(ge=0, le=MAX_TOKENS)]
Locale = Annotated[str, Field(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$", max_length=35)]
Zone = Annotated[str, Field(max_length=64), AfterValidator(_zone)]
AssistantId = Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,100}$")]


class _Strict(BaseModel):
    # A name that is written wrong would change nothing, and nobody would know.
    model_config = ConfigDict(extra="forbid")


class NewSite(_Strict):
    name: Name


class SiteTheme(_Strict):
    """The widget's looks, as its attributes have them."""

    accent: Annotated[str, Field(pattern=r"^#([0-9a-fA-F]{3}|[0-9a-fA-F]{6})$")] | None = None
    position: Literal["left", "right"] | None = None
    theme: Literal["light", "dark", "auto"] | None = None


class SiteTexts(_Strict):
    """The widget's words in one language, as its attributes have them."""

    title: Words | None = None
    greeting: Words | None = None
    label: Words | None = None
    placeholder: Words | None = None


class SiteChanges(_Strict):
    """`identity_key` is never shown again. `rev`: what the caller has seen."""

    rev: int | None = None
    # It may be left out, but is never inherited.
    name: Name = ""
    origins: Annotated[list[Origin], Field(max_length=50)] | None = None
    answering_mode: AnsweringMode | None = None
    assistant_id: AssistantId | None = None
    locale: Locale | None = None
    time_zone: Zone | None = None
    theme: SiteTheme | None = None
    texts: Annotated[dict[Locale, SiteTexts], Field(max_length=20)] | None = None
    privacy_url: Link | None = None
    consent: Words | None = None
    tokens_per_day: Tokens | None = None
    tokens_per_chat: Tokens | None = None
    identity_key: Annotated[str, Field(min_length=32, max_length=500)] | None = None
    archived: bool = False


class SiteEntry(BaseModel):
    id: str
    key: str
    name: str
    archived: bool


class SiteList(BaseModel):
    sites: list[SiteEntry]


class Inherited(BaseModel):
    """What the environment says, where the site says nothing. A limit of 0 is no limit."""

    origins: list[str]
    tokens_per_day: int
    tokens_per_chat: int
    has_identity_key: bool


class Member(BaseModel):
    id: str
    name: str
    role: Rank


class SiteSettings(SiteEntry):
    """Its own limits hold beside those of the installation. `snippet` is for its pages."""

    origins: list[str] | None = None
    answering_mode: AnsweringMode | None = None
    assistant_id: str | None = None
    locale: str | None = None
    time_zone: str | None = None
    theme: dict[str, Any]
    texts: dict[str, Any]
    privacy_url: str | None = None
    consent: str | None = None
    tokens_per_day: int | None = None
    tokens_per_chat: int | None = None
    has_identity_key: bool
    inherited: Inherited
    snippet: str
    members: list[Member]
    rev: int
    created_at: AwareDatetime
    updated_at: AwareDatetime
