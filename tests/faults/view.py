"""What a client has of one chat: messages in `seq` order, and the answer now being written.

The rules are those that the wire protocol gives to every client; see the design's section 5.
"""

from dataclasses import dataclass, field
from typing import Any

Frame = dict[str, Any]


@dataclass(slots=True)
class Bubble:
    """An answer being written, from code point `start` on."""

    reply_to: int
    attempt: int
    start: int
    text: str
    at: float


@dataclass(slots=True)
class View:
    """`after` is the last message that was applied; what follows a gap is held back."""

    messages: dict[int, Frame] = field(default_factory=dict)
    held: dict[int, Frame] = field(default_factory=dict)
    bubble: Bubble | None = None
    ended_attempt: int = 0
    gap_since: float | None = None
    # All changes of messages up to this one are known; and the last one that was heard of.
    change: int = 0
    heard: int = 0
    missing_since: float | None = None
    changed: list[tuple[Frame, Frame]] = field(default_factory=list)

    @property
    def after(self) -> int:
        return len(self.messages)

    def apply(self, message: Frame, now: float) -> None:
        """Take in a message, from wherever it came and however often."""
        known = self.messages.get(message["seq"]) or self.held.get(message["seq"])
        if known is not None and known["id"] != message["id"]:
            self.changed.append((known, message))
        if known is not None and known["rev"] < message["rev"]:
            (self.messages if message["seq"] <= self.after else self.held)[message["seq"]] = message
        elif message["seq"] > self.after and known is None:
            self.held[message["seq"]] = message
        while (following := self.held.pop(self.after + 1, None)) is not None:
            self.messages[following["seq"]] = following
            self._end(following)
        if not self.held:
            self.gap_since = None
        elif self.gap_since is None:
            self.gap_since = now

    def pushed(self, message: Frame, now: float) -> None:
        """Of a message that came by itself: the next change is known now, one after it is a gap."""
        number = message.get("change", 0)
        self.heard = max(self.heard, number)
        if number == self.change + 1:
            self.change = number
        self._look_for_changes(now)

    def knows_changes(self, number: int, now: float) -> None:
        """What a resume brought holds all changes up to this one."""
        self.change = max(self.change, number)
        self._look_for_changes(now)

    def _look_for_changes(self, now: float) -> None:
        if self.heard <= self.change:
            self.missing_since = None
        elif self.missing_since is None:
            self.missing_since = now

    def delta(self, frame: Frame, now: float) -> bool:
        """Take in a piece of the running answer. False when something before it is missing."""
        if frame["try"] <= self.ended_attempt or self._finished(frame["reply_to"], frame["try"]):
            return True
        offset, text = frame["offset"], frame["text"]
        bubble = self.bubble
        if bubble is None or frame["try"] > bubble.attempt:
            self.bubble = Bubble(frame["reply_to"], frame["try"], offset, text, now)
            return bool(offset == 0)
        if frame["try"] < bubble.attempt:
            return True
        bubble.at = now
        at = offset - bubble.start
        if at < 0 or at > len(bubble.text):
            return False
        bubble.text = bubble.text[:at] + text + bubble.text[at + len(text) :]
        return True

    def ready(self, draft: Frame | None, now: float) -> None:
        """A resume's answer says what is being written, or that nothing is."""
        if draft is None:
            if self.bubble is not None:
                self.ended_attempt = max(self.ended_attempt, self.bubble.attempt)
            self.bubble = None
        else:
            bubble = Bubble(draft["reply_to"], draft["try"], draft["offset"], draft["text"], now)
            self.bubble = bubble

    def _finished(self, reply_to: int, attempt: int) -> bool:
        ended = [m for m in self.messages.values() if m.get("reply_to") == reply_to]
        return any(m["state"] in ("final", "failed") for m in ended) and self.bubble is None

    def _end(self, message: Frame) -> None:
        bubble = self.bubble
        if message["role"] == "assistant" and bubble and message["reply_to"] >= bubble.reply_to:
            self.ended_attempt, self.bubble = bubble.attempt, None
