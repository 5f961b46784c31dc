"""The bodies of the calls about sites. What is null is inherited from the environment."""

from datetime import date
from itertools import pairwise
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

from core import urls
from core.model import Rank
from core.protocol.text import MAX_NAME, MAX_URL, Text, optional_line
from core.store.sites import AfterClosing, AnsweringMode

MAX_WORDS = 500
MAX_TOKENS = 10**12
# Several years of holidays, and more spans than a day has sense for.
MAX_DAYS, MAX_SPANS = 400, 12


def _zone(value: str) -> str:
    # `posix/…`, `right/…` and `localtime` are files of this system, and no zones of Postgres.
    if not value[:1].isupper():
        raise ValueError("it must be a time zone, such as Europe/Berlin")
    try:
        return ZoneInfo(value).key
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("it must be a time zone, such as Europe/Berlin") from None


def _spans(value: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Each closes after it opens, and before the next one opens. `24:00` is the day's end."""
    clock = [time for span in value for time in span]
    if any(a >= b for a, b in pairwise(clock)):
        raise ValueError("each span must close after it opens, and before the next one opens")
    return value


def _day(value: str) -> str:
    try:
        return date.fromisoformat(value).isoformat()
    except ValueError:
        raise ValueError("it must be a date, such as 2026-12-24") from None


ClockOrMidnight = Annotated[str, Field(pattern=r"^(([01]\d|2[0-3]):[0-5]\d|24:00)$")]
DaySpans = Annotated[
    list[tuple[ClockOrMidnight, ClockOrMidnight]],
    Field(max_length=MAX_SPANS),
    AfterValidator(_spans),
]
Week = Annotated[list[DaySpans], Field(min_length=7, max_length=7)]
Day = Annotated[str, Field(max_length=10), AfterValidator(_day)]
Name = Annotated[Text, optional_line(MAX_NAME)]
Words = Annotated[str, optional_line(MAX_WORDS)]
Link = Annotated[str, Field(max_length=MAX_URL), AfterValidator(urls.http_url)]
Origin = Annotated[str, Field(max_length=300), AfterValidator(urls.origin)]
Tokens = Annotated[int, Field(ge=0, le=MAX_TOKENS)]
# At most a year.
Minutes = Annotated[int, Field(ge=0, le=60 * 24 * 365)]
Locale = Annotated[str, Field(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$", max_length=35)]
Zone = Annotated[str, Field(max_length=64), AfterValidator(_zone)]
AssistantId = Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,100}$")]


class Strict(BaseModel):
    """A body that takes only the names that it knows."""

    # A name that is written wrong would change nothing, and nobody would know.
    model_config = ConfigDict(extra="forbid")


class NewSite(Strict):
    name: Name


class SiteTheme(Strict):
    """The widget's looks, as its attributes have them."""

    accent: Annotated[str, Field(pattern=r"^#([0-9a-fA-F]{3}|[0-9a-fA-F]{6})$")] | None = None
    position: Literal["left", "right"] | None = None
    theme: Literal["light", "dark", "auto"] | None = None


class SiteTexts(Strict):
    """The widget's words in one language, as its attributes have them."""

    title: Words | None = None
    greeting: Words | None = None
    label: Words | None = None
    placeholder: Words | None = None


class SpecialDay(Strict):
    """The hours of one date instead of its weekday's. None: closed."""

    name: Annotated[str, optional_line(MAX_NAME)] = ""
    hours: DaySpans = []


class SiteChanges(Strict):
    """`identity_key` is never shown again. `rev`: what the caller has seen."""

    rev: int | None = None
    # It may be left out, but is never inherited.
    name: Name = ""
    origins: Annotated[list[Origin], Field(max_length=50)] | None = None
    answering_mode: AnsweringMode | None = None
    assistant_id: AssistantId | None = None
    locale: Locale | None = None
    time_zone: Zone | None = None
    hours: Week | None = None
    special_days: Annotated[dict[Day, SpecialDay], Field(max_length=MAX_DAYS)] | None = None
    theme: SiteTheme | None = None
    texts: Annotated[dict[Locale, SiteTexts], Field(max_length=20)] | None = None
    privacy_url: Link | None = None
    consent: Words | None = None
    tokens_per_day: Tokens | None = None
    tokens_per_chat: Tokens | None = None
    close_after: Minutes | None = None
    hand_back_after: Minutes | None = None
    after_closing: AfterClosing | None = None
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
    hours: list[list[list[str]]] | None = None
    special_days: dict[str, SpecialDay]
    theme: dict[str, Any]
    texts: dict[str, Any]
    privacy_url: str | None = None
    consent: str | None = None
    tokens_per_day: int | None = None
    tokens_per_chat: int | None = None
    close_after: int | None = None
    hand_back_after: int | None = None
    after_closing: AfterClosing | None = None
    has_identity_key: bool
    inherited: Inherited
    snippet: str
    members: list[Member]
    rev: int
    created_at: AwareDatetime
    updated_at: AwareDatetime


class Holidays(BaseModel):
    """A proposal: the dates, and the regions of this country that have dates of their own."""

    days: dict[str, SpecialDay]
    regions: list[str]
