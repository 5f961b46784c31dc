"""A server's protocol object without some of its names, in front of one that has them all."""

from collections.abc import Collection
from typing import Any

from local.gateway.asgi import AsgiMessage
from local.gateway.server import USES

NAMES = tuple(name for use in USES for name in use.names)


class Lacking:
    """The object `whole` without the names in `hidden`, as `conn` or `conn.state`."""

    def __init__(self, whole: Any, hidden: Collection[str]) -> None:
        self.__dict__.update(_whole=whole, _hidden=hidden)

    def __getattr__(self, name: str) -> Any:
        if name in self._hidden:
            raise AttributeError(name)
        below = [rest for first, _, rest in map(_split, self._hidden) if first == name]
        found = getattr(self._whole, name)
        return Lacking(found, below) if below else found

    def __setattr__(self, name: str, value: object) -> None:
        setattr(self._whole, name, value)

    async def send(self, message: AsgiMessage) -> None:
        await self._whole.send(message)


def _split(name: str) -> tuple[str, str, str]:
    return name.partition(".")


def lacking(*hidden: str) -> Any:
    """Turn the server's `send` into that of a server without these names."""
    return lambda send: Lacking(send.__self__, hidden).send
