"""When a team leaves or comes back is worked out seldom, and said as if it were each time."""

from datetime import UTC, datetime, timedelta

from core.chat.availability import FRESH, NextChange
from core.hours import Hours
from tests.unit.test_hours import SPECIAL, WEEK

BEGIN = datetime(2026, 10, 1, tzinfo=UTC)
HOURS = Hours.of("Europe/Berlin", WEEK, SPECIAL)


def asked(hours: Hours, at: datetime) -> datetime | None:
    return hours.closes_after(at) if hours.is_open(at) else hours.opens_after(at)


def test_a_quarter_of_a_year_needs_it_once_for_each_change() -> None:
    known: NextChange | None = None
    times = 0
    for n in range(90 * 24 * 4):
        now = BEGIN + timedelta(minutes=15 * n, seconds=n % 60)
        if known is None or not known.holds(HOURS, now):
            known = NextChange.after(HOURS, now)
            times += 1
        assert known.is_open == HOURS.is_open(now), now
        assert known.at == asked(HOURS, now), now
    assert times < 300


def test_other_hours_are_looked_at_anew() -> None:
    known = NextChange.after(HOURS, BEGIN)
    later = BEGIN + timedelta(seconds=1)
    assert known.holds(HOURS, later)
    others = Hours.of("Europe/Berlin", WEEK[::-1], SPECIAL)
    assert not known.holds(others, later)
    # A clock that was set back.
    assert not known.holds(HOURS, BEGIN - timedelta(seconds=1))


def test_who_never_leaves_is_asked_again_after_a_while() -> None:
    always = Hours.of(None, None, {})
    known = NextChange.after(always, BEGIN)
    assert known.at is None and known.holds(always, BEGIN + timedelta(seconds=FRESH - 1))
    assert not known.holds(always, BEGIN + timedelta(seconds=FRESH))
