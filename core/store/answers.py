"""The claim of an answer, and its draft. `turns.py` stores the finished answer."""

import json
import time
from collections.abc import Sequence

from core.answerer import Answerer, Offers
from core.limits import NO_LIMITS, Limits
from core.model import CallCost, ChatId, Claim, Conversation, Line, Row, Sight, Target, Visitor
from core.store.batching import Batching, NoBatching, Results, Step
from core.store.changes import Change
from core.store.chosen import Contents, Known, cost_row, offers_row
from core.store.database import Pool, Statements, as_json, read_json
from core.store.turns import TurnStore, read_ahead
from core.value import value

# A claim made ahead is used as it is while it is younger. Others may take it after 20 s.
FRESH_SECONDS = 10


@value
class Terms:
    """How an assistant wants to answer.

    `merge`: one answer to all pending messages. `quiet`: after so many seconds without a new
    message. `history`: having read so many lines. `cost`: what is reserved for it; None: nothing.
    `offers`: what the chat's site may choose instead.
    """

    merge: bool
    quiet: float
    history: int
    cost: CallCost | None = None
    offers: Offers | None = None


@value
class ClaimRequest:
    """A request for a chat's claim. `held`: the attempt of a claim that its holder renews.

    `used`: the tokens that its call has cost. None: nobody knows.
    """

    chat_id: ChatId
    held: int | None = None
    used: int | None = None


@value
class Claimed:
    """The result of a request for a claim.

    `claim` and `conversation` are set for the outcomes `claimed` and `spent`, and `delay` (in
    seconds) for `wait` and `queued`. `own`: the attempt of the live claim, if it is this
    process's. `told`: what the team is told, because another answer was settled. `answerer`: whom
    the site had chosen. `missing`: it had chosen one that is not there.
    """

    outcome: str
    delay: float = 0.0
    claim: Claim | None = None
    conversation: Conversation | None = None
    over_budget: bool = False
    own: int | None = None
    told: Change | None = None
    answerer: Answerer | None = None
    missing: str | None = None


@value
class Saved:
    """The result of a flush: `saved`, `newer` (begin the answer anew) or `fenced` (stop)."""

    outcome: str
    users: tuple[Target, ...] = ()
    managers: tuple[Target, ...] = ()


@value
class Spent:
    """Tokens of the provider."""

    tokens: int = 0
    reserved: int = 0


class AnswerStore(Statements):
    def __init__(
        self,
        pool: Pool,
        process: str,
        turns: TurnStore,
        limits: Limits = NO_LIMITS,
        batching: Batching | None = None,
    ) -> None:
        super().__init__(pool)
        self._process = process
        self._turns = turns
        self._limits = limits
        self._batching = batching or NoBatching()
        self._claims: dict[Terms, Step[ClaimRequest, Claimed]] = {}
        self._contents = Contents()

    async def claim(
        self, chat_id: ChatId, terms: Terms, held: int | None = None, used: int | None = None
    ) -> Claimed:
        """Claim the chat's answer, and reserve its cost.

        Who holds the claim of an attempt may renew it. Then what its call has `used` is settled.
        """
        if held is not None:
            return await self._claim(ClaimRequest(chat_id, held, used), terms)
        ahead = self._turns.ahead.pop(chat_id, None)
        if ahead is not None:
            if time.monotonic() - ahead.since < FRESH_SECONDS:
                return Claimed("claimed", claim=ahead.claim, conversation=read_ahead(ahead))
            # A job that comes late renews the claim, as its holder may do.
            renewed = await self._claim(ClaimRequest(chat_id, ahead.claim.attempt), terms)
            if renewed.outcome != "fenced":
                return renewed
        return await self._claim(ClaimRequest(chat_id), terms)

    async def _claim(self, wanted: ClaimRequest, terms: Terms) -> Claimed:
        if terms not in self._claims:
            self._claims[terms] = self._batching.step(
                lambda all_wanted: self.claim_all(all_wanted, terms), lambda one: one.chat_id
            )
        return await self._claims[terms](wanted)

    async def claim_all(self, wanted: Sequence[ClaimRequest], terms: Terms) -> Results[Claimed]:
        known = self._contents.known()
        row = await self._row(
            "select claim_answers($1, $2, $3, $4, $5, $6, $7) as results",
            as_json(
                {
                    "chat_id": one.chat_id,
                    "held": one.held,
                    "claimed_by": self._process,
                    "used": one.used,
                }
                for one in wanted
            ),
            terms.merge,
            terms.quiet,
            terms.history,
            self._limits.tokens_per_day,
            self._limits.tokens_per_chat,
            self._call(terms, known),
        )
        results: Results[Claimed] = [Claimed("nothing")] * len(wanted)
        for one in read_json(row["results"]):
            place = one["place"] - 1
            answerer = self._contents.answerer(one["answerer"], known)
            results[place] = _claimed(wanted[place].chat_id, one, answerer)
        return results

    def _call(self, terms: Terms, known: Known) -> str | None:
        """What one call may cost, and what sites may choose instead."""
        if terms.cost is None:
            return None
        share = self._limits.tokens_per_address
        if terms.offers is None:
            return json.dumps(cost_row(terms.cost, share))
        return json.dumps(offers_row(terms.offers, share, known))

    async def save(self, claim: Claim, offset: int, piece: str, *, merge: bool) -> Saved:
        """Save a piece of the answer at `offset` (code points), and renew the heartbeat."""
        row = await self._row(
            "call save_draft($1, $2, $3, $4, $5, $6, null, null, null)",
            claim.chat_id,
            claim.epoch,
            claim.attempt,
            offset,
            piece,
            merge,
        )
        return Saved(
            row["outcome"], Target.parse_all(row["users"]), Target.parse_all(row["managers"])
        )

    async def settle(self, claim: Claim, tokens: int) -> Change | None:
        """Settle what the call of a lost claim has cost. Returns what the team is told."""
        row = await self._row(
            "select settle_call($1, $2, $3) as told", claim.chat_id, claim.attempt, tokens
        )
        return Change.told(json.loads(row["told"] or "null"))

    async def release(self, claim: Claim, tokens: int = 0) -> Change | None:
        """Give a claim back without an answer, so that the next job may claim it at once.

        `tokens`: what its call has cost. Returns what the team is told.
        """
        row = await self._row(
            "select release_claim($1, $2, $3, $4) as told",
            claim.chat_id,
            claim.epoch,
            claim.attempt,
            tokens,
        )
        return Change.told(json.loads(row["told"] or "null"))

    async def spent_today(self, sites: Sight = None) -> Spent:
        """What today's answers (UTC) of these sites cost, and what running ones have reserved."""
        row = await self._row(
            "select tokens, reserved from spending where day = today() and $1::text[] is null"
            " union all"
            " select sum(tokens)::bigint, sum(reserved)::bigint from site_spending"
            " where day = today() and site_id = any ($1) having count(*) > 0",
            sites,
        )
        return Spent(row["tokens"], row["reserved"]) if row else Spent()


def _claimed(chat_id: ChatId, row: Row, answerer: Answerer | None) -> Claimed:
    outcome, told = row["outcome"], Change.told(row["told"])
    if row["try"] is None:
        return Claimed(outcome, row["delay"] or 0.0, own=row["own"], told=told)
    lines = tuple(Line(line["role"], line["text"]) for line in row["lines"] or ())
    visitor, age = Visitor(**row["visitor"]), row["age"] or 0.0
    return Claimed(
        outcome,
        claim=Claim(chat_id, row["epoch"], row["try"], row["reply_to"]),
        conversation=Conversation(chat_id, lines, age, visitor),
        over_budget=row["over_budget"],
        told=told,
        answerer=answerer,
        missing=row["answerer"] and row["answerer"]["missing"],
    )
