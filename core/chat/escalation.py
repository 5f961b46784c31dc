"""Calls one after the other while a chat waits. A timer of each waiting chat runs it."""

from datetime import UTC, datetime, timedelta

from core.chat.publish import Publisher
from core.hours import Hours
from core.model import ChatId
from core.store.escalation import EscalationStep, EscalationStore, Wait

KIND = "escalation"


class Escalation:
    def __init__(self, store: EscalationStore, publisher: Publisher) -> None:
        self._store = store
        self._publisher = publisher

    async def run(self, ref: str) -> None:
        """Take the steps of a chat that are due by now. Where it waits no more, do nothing."""
        chat_id = ChatId(ref)
        wait = await self._store.wait(chat_id)
        if wait is None:
            return
        now = datetime.now(UTC)
        left = {
            place: at
            for place, step in enumerate(wait.steps, 1)
            if place not in wait.taken and (at := due_at(step, wait)) is not None
        }
        due = [place for place, at in left.items() if at <= now]
        later = [at for at in left.values() if at > now]
        next_in = (min(later) - now).total_seconds() if later else None
        if await self._store.escalate(chat_id, wait.since, due, next_in) and due:
            await self._publisher.deliver_outside()


def due_at(step: EscalationStep, wait: Wait) -> datetime | None:
    """When a step is due. None: the site is not open again as far as it is known."""
    if not step.only_open:
        return wait.since + timedelta(seconds=step.after_seconds)
    site = wait.site
    hours = Hours.of(site.get("time_zone"), site.get("hours"), site.get("special_days") or {})
    return hours.after_open(wait.since, step.after_seconds)
