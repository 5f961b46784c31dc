"""An answer that is being written, and why its writer may have to stop."""

from dataclasses import dataclass

from core.assistants.assistant import Assistant, AssistantFailed
from core.model import CallCost, Claim, Conversation, Usage

# A common estimate, for an answer whose tokens the provider did not count.
CHARACTERS_A_TOKEN = 4


class Fenced(Exception):
    """Another writer holds the claim now, so this one stops."""


class Newer(Exception):
    """The visitor wrote again before anything was shown, so the answer begins anew.

    Or the claim is lost: to claim anew tells which.
    """


class Queued(Exception):
    """Others have reserved what is left of a budget, so the answer waits for `seconds`."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self.seconds = seconds


@dataclass(slots=True)
class RunningAnswer:
    """Its claim, and its text: what was `shown`, of all that was `written`.

    `assistant`: the one that the site had chosen at the claim. `exhausted`: it has failed too
    often. `calling`: a call runs, or ended and is not settled. `usage`: what the provider says that
    it cost.
    """

    claim: Claim
    conversation: Conversation
    assistant: Assistant
    exhausted: bool = False
    over_budget: bool = False
    shown: str = ""
    written: str = ""
    calling: bool = False
    usage: Usage | None = None

    @property
    def cost(self) -> CallCost | None:
        """What a call may cost; None: nothing."""
        return self.assistant.cost

    def call(self) -> None:
        """The provider is asked from now on."""
        self.calling, self.usage, self.written = True, None, ""

    def failed(self, failure: AssistantFailed) -> None:
        """The call has failed. If the provider had not begun to answer, it cost nothing."""
        free = not (failure.begun or self.written)
        self.usage = failure.usage or (Usage("", 0, 0) if free else None)

    @property
    def used(self) -> int | None:
        """The tokens that the call has cost. None if there is nothing to settle."""
        if self.cost is None or not self.calling:
            return None
        return (self.usage or self.estimated()).tokens

    def estimated(self) -> Usage:
        """What the call cost, for a provider that does not say so."""
        read = sum(len(line.text) for line in self.conversation.lines) // CHARACTERS_A_TOKEN
        if self.cost is not None:
            read = self.cost.instructions + min(read, self.cost.history)
        return Usage("", read, len(self.written) // CHARACTERS_A_TOKEN)
