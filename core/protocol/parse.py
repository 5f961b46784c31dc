"""Reads a client's frame into one action, or raises a sentence that says what to change."""

import json
from collections.abc import Callable
from typing import Annotated, Any, TypeVar

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError
from pydantic_core import from_json

from core.errors import Invalid, UnknownAction
from core.protocol.frames import ManagerAction, SendMessage, UserAction
from core.protocol.text import storable

A = TypeVar("A")

NOT_JSON = "Send one JSON object with an `action`."

LATER = ConfigDict(defer_build=True)
_user: TypeAdapter[UserAction] = TypeAdapter(
    Annotated[UserAction, Field(discriminator="action")], config=LATER
)
_manager: TypeAdapter[ManagerAction] = TypeAdapter(
    Annotated[ManagerAction, Field(discriminator="action")], config=LATER
)


def user_action(raw: str) -> UserAction:
    """Read a user's frame. A frame that does not begin with `{` is a message with that text.

    Raises `Invalid` or `UnknownAction` with a sentence that says what to change.
    """
    if not raw.lstrip().startswith("{"):
        return _read(lambda: SendMessage(text=raw))
    return _read(lambda: _user.validate_json(_readable(raw)))


def manager_action(raw: str) -> ManagerAction:
    """Read a manager's frame. Raises `Invalid` or `UnknownAction`."""
    return _read(lambda: _manager.validate_json(_readable(raw)))


def client_id_of(raw: str) -> str | None:
    """The `client_id` of a refused frame, for the error frame."""
    try:
        value = from_json(_readable(raw))
    except (Invalid, ValueError):
        return None
    name = value.get("client_id") if isinstance(value, dict) else None
    return name if isinstance(name, str) and 0 < len(name) <= 64 else None


def _readable(raw: str) -> str:
    """The JSON with storable texts. Raises `Invalid` if it is no JSON.

    A client may cut a text in the middle of a character. JSON allows half a character, and
    pydantic's parser does not.
    """
    if "\\" not in raw:
        return raw
    try:
        return json.dumps(_storable(json.loads(raw)))
    except (ValueError, RecursionError):
        raise Invalid(NOT_JSON) from None


def _storable(value: Any) -> Any:
    match value:
        case str():
            return storable(value)
        case list():
            return [_storable(one) for one in value]
        case dict():
            return {storable(name): _storable(one) for name, one in value.items()}
    return value


def _read(parse: Callable[[], A]) -> A:
    try:
        return parse()
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        raise _explained(first) from None


def _explained(error: Any) -> Invalid | UnknownAction:
    match error["type"]:
        case "union_tag_invalid" | "union_tag_not_found":
            return UnknownAction(
                "Say what to do in `action`; see the wire protocol for the actions."
            )
        case "json_invalid" | "dataclass_type" | "model_attributes_type" | "model_type":
            return Invalid(NOT_JSON)
    where = ".".join(str(part) for part in error["loc"][1:] or error["loc"])
    return Invalid(f"Please correct `{where}`: {error['msg'].removeprefix('Value error, ')}.")
