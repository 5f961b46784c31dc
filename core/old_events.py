"""Events as the release of 2026-11-25 stored them: code words in a message's text.

For one release. They are read so, and never rewritten.
"""

# What stood in the text of an event before it had a column of its own, and what is read now.
OLD = {
    "taken_over": "{who} has taken over.",
    "handed_back": "{who} has handed back to the assistant.",
    "closed": "{who} has closed this chat.",
    "reopened": "{who} has reopened this chat.",
    "human": "A person was asked for",
}


def read(text: str, author: str | None) -> tuple[str, dict[str, str]]:
    """What is read now, and `{name, …}`."""
    code, _, reason = text.partition(": ")
    readable = OLD.get(code, text).format(who=author or "A colleague")
    if code != "human":
        return readable, {"name": code}
    if not reason:
        return readable, {"name": "asked_for_person"}
    return f"{readable}: {reason}", {"name": "asked_for_person", "reason": reason}
