"""Who answers a chat: an assistant, in one of its versions. Its site chooses, at each claim."""

from typing import Any

from core.model import CallCost
from core.value import value


@value
class Content:
    """What a version of an assistant holds that the team has made."""

    name: str
    instructions: str
    options: dict[str, Any]


@value
class Answerer:
    """The assistant that a claim names. `content`: None for a file's."""

    assistant_id: str
    version: str
    content: Content | None = None


@value
class Offer:
    """An assistant that the environment has, what one answer may cost, and how much it reads."""

    assistant_id: str
    version: str
    cost: CallCost
    lines: int


@value
class Offers:
    """What sites may choose from: `usual` for those that choose nothing, and files.

    `rules`: the tokens that each assistant reads beside its instructions. `most`: what is reserved
    for an output without a limit.
    """

    usual: Offer
    files: tuple[Offer, ...]
    rules: int
    most: int
