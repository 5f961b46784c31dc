"""The hours of a site: when its team is there.

A span holds by the clock on the site's wall: it is open whenever that clock shows a time of the
span. So each date's spans are worked out for that date, and nothing adds 24 hours.
`core/store/schema/functions/hours.sql` says the same of one moment.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Self
from zoneinfo import ZoneInfo

from core.value import value

# A span of a day: when it opens and when it closes, as `09:00` and `24:00`.
Spans = Sequence[Sequence[str]]
Open = tuple[datetime, datetime]

DAY = timedelta(days=1)
# No zone is further from UTC than this, and none changes its clock twice within `STEP`.
FAR = timedelta(hours=27)
STEP = timedelta(hours=6)
# How far ahead an opening is looked for, in days. Most are found in the first.
AHEAD = (2, 16, 130, 800)


@value
class Hours:
    """`weekly`: seven days from Monday; None: always open. `special`: the spans of some dates."""

    zone: ZoneInfo
    weekly: Sequence[Spans] | None
    special: Mapping[date, Spans]

    @classmethod
    def of(
        cls, zone: str | None, weekly: Sequence[Spans] | None, special: Mapping[str, Any]
    ) -> Self:
        """Read them as a site holds them. Without a zone it is UTC."""
        spans = {date.fromisoformat(day): one["hours"] for day, one in special.items()}
        return cls(ZoneInfo(zone or "UTC"), weekly, spans)

    def is_open(self, at: datetime) -> bool:
        """Whether the team is there at this moment."""
        wall = at.astimezone(self.zone)
        now = timedelta(hours=wall.hour, minutes=wall.minute, seconds=wall.second)
        return any(opens <= now < closes for opens, closes in self._spans(wall.date()))

    def open_between(self, begin: datetime, end: datetime) -> list[Open]:
        """The times between two moments at which it is open, in UTC and in order."""
        begin, end = begin.astimezone(UTC), end.astimezone(UTC)
        day, last = begin.date() - DAY, end.date() + DAY
        found: list[Open] = []
        while day <= last:
            found += self._of_date(day)
            day += DAY
        return list(_clipped(sorted(found), begin, end))

    def opens_after(self, at: datetime) -> datetime | None:
        """The first moment from here on at which it is open; None: none is known."""
        for days in AHEAD:
            for opens, _ in self.open_between(at, at + timedelta(days=days)):
                return opens
        return None

    def closes_after(self, at: datetime) -> datetime | None:
        """The end of the open time in which this moment lies; None: it goes on for long."""
        end = at + timedelta(days=AHEAD[1])
        for opens, closes in self.open_between(at, end):
            if opens <= at:
                return closes if closes < end else None
            break
        return at

    def seconds_open(self, begin: datetime, end: datetime) -> float:
        """How long it is open between two moments."""
        return sum((b - a).total_seconds() for a, b in self.open_between(begin, end))

    def after_open(self, at: datetime, seconds: float) -> datetime | None:
        """The moment at which it was open for so long since `at`; None: none is known."""
        for days in AHEAD:
            left = timedelta(seconds=seconds)
            for opens, closes in self.open_between(at, at + timedelta(days=days)):
                if left <= closes - opens:
                    return opens + left
                left -= closes - opens
        return None

    def _spans(self, day: date) -> Iterator[tuple[timedelta, timedelta]]:
        spans = self.special.get(day)
        if spans is None:
            spans = [("00:00", "24:00")] if self.weekly is None else self.weekly[day.weekday()]
        for opens, closes in spans:
            yield _wall(opens), _wall(closes)

    def _of_date(self, day: date) -> Iterator[Open]:
        """Where the clock on the wall shows a time of this date's spans. It may jump meanwhile."""
        midnight = datetime.combine(day, time(), UTC)
        spans = list(self._spans(day))
        for begin, end, offset in (
            self._steady(midnight - FAR, midnight + DAY + FAR) if spans else ()
        ):
            for opens, closes in spans:
                first = max(begin, midnight + opens - offset)
                last = min(end, midnight + closes - offset)
                if first < last:
                    yield first, last

    def _steady(
        self, begin: datetime, end: datetime
    ) -> Iterator[tuple[datetime, datetime, timedelta]]:
        """The times between two moments in which the clock does not jump, with its offset."""
        offset, at = self._offset(begin), begin
        while at < end:
            later = min(at + STEP, end)
            if self._offset(later) != offset:
                jump = self._jump(at, later)
                yield begin, jump, offset
                begin, offset = jump, self._offset(jump)
            at = later
        yield begin, end, offset

    def _jump(self, before: datetime, after: datetime) -> datetime:
        """The one moment between these two at which the offset changes, to the second."""
        offset = self._offset(before)
        while after - before > timedelta(seconds=1):
            middle = before + timedelta(seconds=(after - before) // timedelta(seconds=2))
            if self._offset(middle) == offset:
                before = middle
            else:
                after = middle
        return after

    def _offset(self, at: datetime) -> timedelta:
        return at.astimezone(self.zone).utcoffset() or timedelta()


def _wall(text: str) -> timedelta:
    hours, minutes = text.split(":")
    return timedelta(hours=int(hours), minutes=int(minutes))


def _clipped(spans: Sequence[Open], begin: datetime, end: datetime) -> Iterator[Open]:
    """Spans in order, those that touch as one, and nothing outside."""
    current: Open | None = None
    for opens, closes in spans:
        first, last = max(opens, begin), min(closes, end)
        if first >= last:
            continue
        if current and first <= current[1]:
            current = current[0], max(current[1], last)
            continue
        if current:
            yield current
        current = first, last
    if current:
        yield current
