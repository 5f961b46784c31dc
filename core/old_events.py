"""Events of the release of 2026-11-25, which stored a code word in the message's text.

Such rows are translated when they are read, and never rewritten.
"""

# The old code word of each event, and the text that is shown now.
OLD = {
    "taken_over": "{who} has taken over.",
    "handed_back": "{who} has handed back to the assistant.",
    "closed": "{who} has closed this chat.",
    "reopened": "{who} has reopened this chat.",
    "human": "A person was asked for",
}


def read(text: str, author: str | None) -> tuple[str, dict[str, str]]:
    """The text that is shown now, and the event `{name, …}`."""
    code, _, reason = text.partition(": ")
    readable = OLD.get(code, text).format(who=author or "A colleague")
    if code != "human":
        return readable, {"name": code}
    if not reason:
        return readable, {"name": "asked_for_person"}
    return f"{readable}: {reason}", {"name": "asked_for_person", "reason": reason}
