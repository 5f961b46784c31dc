"""Fields of a provider's objects, read with care: a provider may write anything into them."""

import json
import re
from typing import Any

from core.model import Usage
from core.protocol.text import clean, line

REASON_CHARACTERS = 500
MODEL_CHARACTERS = 200
MOST_TOKENS = 1_000_000_000

# Surrogates, each half a character. The database cannot store one alone.
SURROGATE = re.compile(r"[\ud800-\udfff]")


def usage(counted: Any, model: Any) -> Usage | None:
    """What an answer cost, by the names of either API. None if the provider did not count."""
    if not isinstance(counted, dict):
        return None
    read = _tokens(counted.get("input_tokens", counted.get("prompt_tokens")))
    written = _tokens(counted.get("output_tokens", counted.get("completion_tokens")))
    if not read + written:
        return None
    return Usage(line(model, MODEL_CHARACTERS) if isinstance(model, str) else "", read, written)


def reason(arguments: Any) -> str:
    """The reason in a call for a person: JSON, or an object already."""
    try:
        given = arguments if isinstance(arguments, dict) else json.loads(arguments)
        text = given["reason"]
    except (ValueError, TypeError, KeyError):
        return ""
    return clean(joined(text))[:REASON_CHARACTERS] if isinstance(text, str) else ""


def joined(text: str) -> str:
    """The text with each surrogate pair as one character. A lone surrogate becomes U+FFFD."""
    if not SURROGATE.search(text):
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _tokens(number: Any) -> int:
    if not isinstance(number, int | float) or not 0 <= number <= MOST_TOKENS:
        return 0
    return int(number)
