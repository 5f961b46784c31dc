"""The hours of a site through a year, against a clock that counts each minute by itself."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from core.hours import Hours

pytestmark = pytest.mark.noticed

YEAR = 2026
WEEK = [
    [["09:00", "12:30"], ["13:30", "18:00"]],
    [["00:00", "24:00"]],
    [["00:00", "06:00"], ["22:15", "24:00"]],
    [],
    [["09:00", "17:00"]],
    [["10:00", "14:00"]],
    # The clocks jump on Sundays between midnight and three: before, within and after it.
    [["00:30", "02:15"], ["02:20", "02:40"], ["02:50", "03:10"]],
]
SPECIAL: dict[str, Any] = {
    "2026-01-01": {"name": "New Year", "hours": []},
    "2026-12-24": {"name": "Christmas Eve", "hours": [["09:00", "12:00"]]},
    "2026-12-25": {"name": "Christmas", "hours": []},
    # A day on which the clock jumps, in Berlin and in New York.
    "2026-03-29": {"name": "Jump", "hours": [["01:30", "03:30"]]},
    "2026-11-01": {"name": "Jump", "hours": [["01:15", "01:45"], ["23:00", "24:00"]]},
}


@contextmanager
def clock_of(zone: str) -> Iterator[None]:
    """The C library's clock shows this zone."""
    before = os.environ.get("TZ")
    os.environ["TZ"] = zone
    time.tzset()
    try:
        yield
    finally:
        if before is None:
            del os.environ["TZ"]
        else:
            os.environ["TZ"] = before
        time.tzset()


def counted(zone: str, weekly: list[list[list[str]]], begin: int, end: int) -> list[bool]:
    """For each minute whether it is open, read from the C library's clock and this text alone."""
    found = []
    with clock_of(zone):
        for at in range(begin, end, 60):
            wall = time.localtime(at)
            spans = SPECIAL.get(time.strftime("%Y-%m-%d", wall), {"hours": weekly[wall.tm_wday]})
            shown = time.strftime("%H:%M", wall)
            found.append(any(opens <= shown < closes for opens, closes in spans["hours"]))
    return found


@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    ("zone", "changes"),
    [
        ("Europe/Berlin", 2),
        ("America/New_York", 2),
        ("Asia/Kolkata", 0),
        ("Australia/Lord_Howe", 2),
    ],
)
def test_a_year_is_open_as_a_clock_counts_it_minute_by_minute(zone: str, changes: int) -> None:
    begin, end = datetime(YEAR, 1, 1, tzinfo=UTC), datetime(YEAR + 1, 1, 1, tzinfo=UTC)
    offsets = [
        (begin + timedelta(hours=n)).astimezone(ZoneInfo(zone)).utcoffset() for n in range(8760)
    ]
    assert sum(a != b for a, b in pairwise(offsets)) == changes
    hours = Hours.of(zone, WEEK, SPECIAL)
    expected = counted(zone, WEEK, int(begin.timestamp()), int(end.timestamp()))
    found = [False] * len(expected)
    for opens, closes in hours.open_between(begin, end):
        first, last = ((one - begin) // timedelta(minutes=1) for one in (opens, closes))
        found[first:last] = [True] * (last - first)
    wrong = [begin + timedelta(minutes=n) for n, one in enumerate(found) if one != expected[n]]
    assert not wrong, f"{len(wrong)} minutes, the first at {wrong[0]}"
    # Asked about one moment it says the same.
    edges = [n for n in range(1, len(expected)) if expected[n] != expected[n - 1]]
    for n in edges:
        at = begin + timedelta(minutes=n)
        assert hours.is_open(at) == expected[n]
        assert hours.is_open(at - timedelta(seconds=1)) == expected[n - 1]


@pytest.mark.parametrize(
    ("zone", "at", "opens"),
    [
        # Friday evening, Monday morning.
        ("Europe/Berlin", "2026-11-27T20:00+01:00", "2026-11-30T09:00+01:00"),
        # Over the change of the clocks, and not 24 hours later.
        ("Europe/Berlin", "2026-10-24T20:00+02:00", "2026-10-26T09:00+01:00"),
        ("America/New_York", "2026-03-07T20:00-05:00", "2026-03-09T09:00-04:00"),
        ("Australia/Lord_Howe", "2026-10-03T20:00+10:30", "2026-10-05T09:00+11:00"),
        # It is open already.
        ("Asia/Kolkata", "2026-11-27T10:00+05:30", "2026-11-27T10:00+05:30"),
        # A closed day is left out.
        ("Europe/Berlin", "2026-12-24T13:00+01:00", "2026-12-28T09:00+01:00"),
    ],
)
def test_it_opens_again_at_the_hour_on_the_wall(zone: str, at: str, opens: str) -> None:
    office = [[["09:00", "17:00"]]] * 5 + [[], []]
    hours = Hours.of(zone, office, SPECIAL)
    assert hours.opens_after(datetime.fromisoformat(at)) == datetime.fromisoformat(opens)


def test_seconds_count_in_open_hours_only() -> None:
    office = [[["09:00", "17:00"]]] * 5 + [[], []]
    hours = Hours.of("Europe/Berlin", office, {})
    friday = datetime.fromisoformat("2026-10-23T16:30+02:00")
    monday = datetime.fromisoformat("2026-10-26T09:15+01:00")
    assert hours.seconds_open(friday, monday) == 45 * 60
    assert hours.after_open(friday, 45 * 60) == monday
    assert hours.after_open(friday, 30 * 60) == friday + timedelta(minutes=30)
    # On the day on which an hour comes twice it is open for 25.
    sunday = datetime.fromisoformat("2026-10-25T00:00+02:00")
    always = Hours.of("Europe/Berlin", None, {})
    assert (
        always.seconds_open(sunday, datetime.fromisoformat("2026-10-26T00:00+01:00")) == 25 * 3600
    )


def test_who_never_opens_is_asked_in_vain_and_who_never_closes_too() -> None:
    at = datetime(YEAR, 5, 5, tzinfo=UTC)
    never, always = Hours.of(None, [[]] * 7, {}), Hours.of(None, None, {})
    assert never.opens_after(at) is None and never.after_open(at, 1) is None
    assert always.opens_after(at) == at and always.closes_after(at) is None
    office = Hours.of("Asia/Kolkata", [[["09:00", "17:00"]]] * 7, {})
    morning = datetime.fromisoformat("2026-05-05T10:00+05:30")
    assert office.closes_after(morning) == datetime.fromisoformat("2026-05-05T17:00+05:30")
    assert office.closes_after(morning - timedelta(hours=3)) == morning - timedelta(hours=3)
    assert Hours.of(None, None, {"2026-05-05": {"hours": []}}).special == {date(2026, 5, 5): []}
