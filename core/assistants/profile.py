"""An assistant's profile: a markdown file. Its front matter sets the model, its body instructs it.

`find` looks for `<id>.md` in `ASSISTANTS_DIR` first, and then in this folder.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Literal

import structlog
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from core.errors import Misconfigured

DEFAULT = "default"
BUILT_IN = Path(__file__).parent
ID = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}")
RETIRED = ("asst_", "pmpt_")


class Options(BaseModel):
    """The front matter. Token counts are the provider's; `history_tokens` is our own estimate.

    An option that is not set is not sent, so the provider's default holds.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    model: Annotated[str, Field(min_length=1)] = "gpt-6-luna"
    max_output_tokens: Annotated[int, Field(ge=16)] | None = None
    reasoning_effort: Literal["none", "minimal", "low", "medium", "high", "xhigh"] | None = None
    temperature: Annotated[float, Field(ge=0, le=2)] | None = None
    verbosity: Literal["low", "medium", "high"] | None = None
    history_tokens: Annotated[int, Field(ge=100)] = 6000
    history_messages: Annotated[int, Field(ge=1, le=500)] = 60
    # Whether it may call for a person. Not every model has tools.
    ask_for_person: bool = True


@dataclass(frozen=True, slots=True)
class Profile:
    """One assistant's settings. `name` is its id."""

    name: str
    instructions: str
    options: Options

    @property
    def version(self) -> str:
        """It changes with everything that the file says."""
        said = f"{self.options.model_dump_json()}\n{self.instructions}"
        return sha256(said.encode()).hexdigest()[:12]


@dataclass(frozen=True, slots=True)
class Installed:
    """The assistants that are files. `usual`: who answers where a site has chosen nobody."""

    usual: Profile
    files: tuple[Profile, ...]

    def named(self, name: str) -> Profile | None:
        return next((one for one in self.files if one.name == name), None)


def installed(
    assistant_id: str | None, assistants_dir: Path | None, model: str | None
) -> Installed:
    """The assistants of these settings. Raises `Misconfigured` for the one that is named."""
    usual, files = find(assistant_id, assistants_dir), listed(assistants_dir)
    if model:
        usual, *files = (with_model(one, model) for one in (usual, *files))
    return Installed(usual, tuple(files))


def find(assistant_id: str | None, assistants_dir: Path | None) -> Profile:
    """The profile of `assistant_id`, or the default one. Raises `Misconfigured`."""
    name = (assistant_id or DEFAULT).strip()
    if not ID.fullmatch(name):
        raise Misconfigured(
            "ASSISTANT_ID is a file's name without its .md: letters, digits, '.', '_' and '-'."
        )
    folders = [folder for folder in (assistants_dir, BUILT_IN) if folder is not None]
    path = _path(name, folders)
    if path is None and name.startswith(RETIRED):
        _warn(name, folders[0])
        name, path = DEFAULT, _path(DEFAULT, folders)
    if path is None:
        looked = " or ".join(str(folder / f"{name}.md") for folder in folders)
        raise Misconfigured(f"ASSISTANT_ID is {name}, but there is no {looked}.")
    return read(name, path)


def listed(assistants_dir: Path | None) -> list[Profile]:
    """The profiles of all files, by name. A file that is wrong is left out, and logged."""
    found: dict[str, Profile] = {}
    for folder in (BUILT_IN, assistants_dir):
        for path in sorted(folder.glob("*.md")) if folder else ():
            if not ID.fullmatch(path.stem):
                continue
            try:
                found[path.stem] = read(path.stem, path)
            except Misconfigured as error:
                structlog.get_logger().warning("assistant_left_out", reason=error.message)
    return [found[name] for name in sorted(found)]


def made(name: str, instructions: str, options: Mapping[str, object], usual: str) -> Profile:
    """The profile of a version that the team has made. `usual`: the model, where it names none.

    A newer release may have stored options that this one does not know. Raises `ValidationError`.
    """
    known = {key: value for key, value in options.items() if key in Options.model_fields}
    return Profile(name, instructions, Options.model_validate({"model": usual, **known}))


def with_model(chosen: Profile, model: str) -> Profile:
    """The profile for another model. It keeps no option that only some models take."""
    changed = {"model": model, "reasoning_effort": None, "verbosity": None}
    return replace(chosen, options=chosen.options.model_copy(update=changed))


def read(name: str, path: Path) -> Profile:
    """The profile in one file. Raises `Misconfigured` naming the file and its fault."""
    metadata, body = _parts(path)
    try:
        options = Options.model_validate(metadata)
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        known = ", ".join(Options.model_fields)
        raise Misconfigured(f"{path}: {wrong}. It may set {known}.") from None
    if not body:
        raise Misconfigured(f"{path}: there are no instructions below the front matter.")
    return Profile(name, body, options)


def _path(name: str, folders: list[Path]) -> Path | None:
    paths = (folder / f"{name}.md" for folder in folders)
    return next((path for path in paths if path.is_file()), None)


def _parts(path: Path) -> tuple[dict[str, object], str]:
    import frontmatter
    from yaml import YAMLError

    try:
        text = path.read_text(encoding="utf-8-sig")
        post = frontmatter.loads(text)
    except (OSError, ValueError, TypeError, YAMLError) as error:
        raise Misconfigured(f"{path}: cannot be read: {error}") from None
    if text.startswith("---") and not post.metadata:
        raise Misconfigured(f"{path}: the front matter sets nothing; write lines of `key: value`.")
    return post.metadata, post.content.strip()


def _warn(assistant_id: str, folder: Path) -> None:
    structlog.get_logger().warning(
        "assistant_id_retired",
        assistant_id=assistant_id,
        reason="OpenAI has shut down its Assistants API and stops prompt objects.",
        hint="Write the assistant's instructions into this file.",
        expected_file=str(folder / f"{assistant_id}.md"),
        assistant=DEFAULT,
    )
