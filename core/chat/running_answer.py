"""An answer that is being written, and why its writer may have to stop."""

from dataclasses import dataclass

from core.model import Claim, Conversation, Usage

# A common estimate, for an answer whose tokens the provider did not count.
CHARACTERS_A_TOKEN = 4


class Fenced(Exception):
    """Another writer holds the claim now, so this one stops."""


class Newer(Exception):
    """The visitor wrote again before anything was shown, so the answer begins anew."""


@dataclass(slots=True)
class RunningAnswer:
    """Its claim, and its text: what was `shown`, of all that was `written`."""

    claim: Claim
    conversation: Conversation
    over_budget: bool = False
    shown: str = ""
    written: str = ""

    def estimated(self) -> Usage:
        """What it cost, for a provider that does not say so."""
        read = sum(len(line.text) for line in self.conversation.lines)
        return Usage("", read // CHARACTERS_A_TOKEN, len(self.written) // CHARACTERS_A_TOKEN)
