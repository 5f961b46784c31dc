"""Which assistant a claim may choose, as rows, and what the chosen versions hold."""

from collections.abc import Mapping

from core.answerer import Answerer, Content, Offer, Offers
from core.model import CallCost, Row

# So many versions of assistants are known without being read again.
KEPT = 50

Known = Mapping[str, Content]


class Contents:
    """What the newest versions of assistants hold, by `assistant@version`. No version changes."""

    def __init__(self) -> None:
        self._held: dict[str, Content] = {}

    def known(self) -> Known:
        """What a claim need not give. Another claim may put others into their places meanwhile."""
        return self._held.copy()

    def answerer(self, row: Row | None, known: Known) -> Answerer | None:
        """Whom a claim has named. It gives what is not known, once."""
        if row is None:
            return None
        name = f"{row['assistant']}@{row['version']}"
        content = known.get(name)
        if row["content"]:
            content = self._held[name] = Content(**row["content"])
            if len(self._held) > KEPT:
                del self._held[next(iter(self._held))]
        return Answerer(row["assistant"], row["version"], content)


def cost_row(cost: CallCost, share: int) -> dict[str, object]:
    """What one call may cost. `share`: what the chats of one address may cost in a day."""
    return {
        "instructions": cost.instructions,
        "history": cost.history,
        "output": cost.output,
        "share": share,
    }


def offers_row(offers: Offers, share: int, known: Known) -> dict[str, object]:
    """The same of the usual assistant, and of all that sites may choose."""
    return {
        **_offer_row(offers.usual, share),
        "files": {one.assistant_id: _offer_row(one, share) for one in offers.files},
        "rules": offers.rules,
        "most": offers.most,
        "known": list(known),
    }


def _offer_row(offer: Offer, share: int) -> dict[str, object]:
    return {
        **cost_row(offer.cost, share),
        "assistant": offer.assistant_id,
        "version": offer.version,
        "lines": offer.lines,
    }
