"""Reads what clients send: one action, or a sentence that says what to change."""

from collections.abc import Callable
from typing import Annotated, Any, TypeVar, cast

from pydantic import Field, TypeAdapter, ValidationError
from pydantic_core import from_json

from core.errors import Invalid, UnknownAction
from core.protocol.frames import ManagerAction, SendMessage, UserAction

A = TypeVar("A")

_user: TypeAdapter[UserAction] = TypeAdapter(Annotated[UserAction, Field(discriminator="action")])
_manager: TypeAdapter[ManagerAction] = TypeAdapter(
    Annotated[ManagerAction, Field(discriminator="action")]
)


def user_action(raw: str) -> UserAction:
    """Read a user's frame. What is not a JSON object is a message with that text.

    Raises `Invalid` or `UnknownAction` with a sentence that says what to change.
    """
    if not raw.lstrip().startswith("{"):
        return _read(lambda: SendMessage(text=raw))
    return _read(lambda: _user.validate_json(raw), plain=raw)


def manager_action(raw: str) -> ManagerAction:
    """Read a manager's frame. Raises `Invalid` or `UnknownAction`."""
    return cast(ManagerAction, _read(lambda: _manager.validate_json(raw)))


def client_id_of(raw: str) -> str | None:
    """The `client_id` of a frame that could not be read, so that its error can name it."""
    try:
        value = from_json(raw)
    except ValueError:
        return None
    name = value.get("client_id") if isinstance(value, dict) else None
    return name if isinstance(name, str) and 0 < len(name) <= 64 else None


def _read(parse: Callable[[], A], plain: str | None = None) -> A | SendMessage:
    try:
        return parse()
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        if first["type"] == "json_invalid" and plain is not None:
            return _read(lambda: SendMessage(text=plain))
        raise _explained(first) from None


def _explained(error: Any) -> Invalid | UnknownAction:
    match error["type"]:
        case "union_tag_invalid" | "union_tag_not_found":
            return UnknownAction(
                "Say what to do in `action`; see the wire protocol for the actions."
            )
        case "json_invalid" | "dataclass_type" | "model_attributes_type" | "model_type":
            return Invalid("Send one JSON object with an `action`.")
    where = ".".join(str(part) for part in error["loc"][1:] or error["loc"])
    return Invalid(f"Please correct `{where}`: {error['msg'].removeprefix('Value error, ')}.")
