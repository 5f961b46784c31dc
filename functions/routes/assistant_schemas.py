"""The bodies of the calls about assistants. An option that is missing is not sent."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

from core.protocol.frames import Author
from core.protocol.text import MAX_NAME, Text, clean, is_blank, optional_line

MAX_INSTRUCTIONS, MAX_INSTRUCTIONS_BYTES = 20_000, 48_000
MAX_MODEL = 200
MOST = 1_000_000


def _instructions(value: str) -> str:
    text = clean(value).strip()
    if is_blank(text):
        raise ValueError("it needs at least one visible character")
    if len(text) > MAX_INSTRUCTIONS:
        raise ValueError(f"it has {len(text):,} characters; {MAX_INSTRUCTIONS:,} are allowed")
    if len(text.encode()) > MAX_INSTRUCTIONS_BYTES:
        raise ValueError(f"it is longer than {MAX_INSTRUCTIONS_BYTES:,} bytes; please shorten it")
    return text


AssistantName = Annotated[Text, optional_line(MAX_NAME)]
Instructions = Annotated[str, AfterValidator(_instructions)]
ModelName = Annotated[Text, optional_line(MAX_MODEL)]


class AssistantOptions(BaseModel):
    """What the front matter of a file has. Without a `model` it is the environment's."""

    # A name that is written wrong would change nothing, and nobody would know.
    model_config = ConfigDict(extra="forbid")

    model: ModelName | None = None
    max_output_tokens: Annotated[int, Field(ge=16, le=MOST)] | None = None
    reasoning_effort: Literal["none", "minimal", "low", "medium", "high", "xhigh"] | None = None
    temperature: Annotated[float, Field(ge=0, le=2)] | None = None
    verbosity: Literal["low", "medium", "high"] | None = None
    history_tokens: Annotated[int, Field(ge=100, le=MOST)] = 6000
    history_messages: Annotated[int, Field(ge=1, le=500)] = 60
    ask_for_person: bool = True


OPTIONS = set(AssistantOptions.model_fields)


OnlySite = Annotated[str, Field(pattern=r"^[a-z0-9-]{1,64}$")]


class NewAssistant(AssistantOptions):
    """`site`: the only one that may choose it. Without it, all may."""

    name: AssistantName
    site: OnlySite | None = None
    instructions: Instructions


class AssistantChanges(AssistantOptions):
    """What is left out stays. `rev`: the version that the caller has seen."""

    rev: int | None = None
    name: AssistantName = ""
    instructions: Instructions = ""
    archived: bool = False


class RestoreWanted(BaseModel):
    model_config = ConfigDict(extra="forbid")

    rev: int | None = None


class TriedLine(BaseModel):
    model_config = ConfigDict(extra="forbid")

    role: Literal["user", "assistant"]
    text: Text


class TrialWanted(AssistantOptions):
    """`lines`: the conversation so far; the last one is the question. `site`: whose budget pays."""

    site: OnlySite | None = None
    instructions: Instructions
    lines: Annotated[list[TriedLine], Field(min_length=1, max_length=50)]


class TrialAnswer(BaseModel):
    """`echoed`: there is no key, so it is the echo that answers, and it costs nothing.

    `asked`: it called for a person, and why. `cut`: it was stopped at a limit. `tokens`: its cost.
    """

    text: str
    html: str | None = None
    echoed: bool
    asked: str | None = None
    cut: bool
    model: str | None = None
    tokens: int | None = None


class AssistantEntry(BaseModel):
    """`file`: it is a file, and cannot be changed here. `sites`: those that have chosen it."""

    id: str
    name: str
    file: bool
    archived: bool
    site: str | None = None
    model: str | None = None
    sites: list[str]
    rev: int | None = None
    saved_at: AwareDatetime | None = None
    saved_by: Author | None = None


class AssistantList(BaseModel):
    """`usual`: who answers where a site has chosen nobody, with its `usual_model`.

    `echoes`: there is no key, so whoever is chosen, the echo answers.
    """

    assistants: list[AssistantEntry]
    usual: str
    usual_model: str
    echoes: bool


class AssistantSettings(AssistantEntry):
    instructions: str
    options: dict[str, Any]


class VersionEntry(BaseModel):
    """`restored_from`: the version whose content this one has again."""

    version: int
    name: str
    saved_at: AwareDatetime
    saved_by: Author | None = None
    restored_from: int | None = None


class VersionList(BaseModel):
    """The newest first. `current` is the one that answers."""

    versions: list[VersionEntry]


class VersionSettings(VersionEntry):
    instructions: str
    options: dict[str, Any]
