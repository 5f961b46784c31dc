"""When a step of an escalation is due: on the clock, or counted in open hours."""

from collections.abc import Mapping
from datetime import UTC, datetime

import pytest

from core.chat.escalation import due_at
from core.store.escalation import EscalationStep, Wait

pytestmark = pytest.mark.noticed

DAY = [["09:00", "17:00"]]
SITE: dict[str, object] = {
    "time_zone": "Europe/Berlin",
    "hours": [DAY] * 5 + [[], []],
    "special_days": {"2026-12-24": {"name": "Christmas Eve", "hours": []}},
}


def due(since: str, seconds: int, *, only_open: bool, site: Mapping[str, object] = SITE) -> str:
    step = EscalationStep(seconds, "team", None, only_open)
    found = due_at(step, Wait(datetime.fromisoformat(since), (), (step,), site))
    assert found is not None
    return found.astimezone(UTC).isoformat()


def test_seconds_on_the_clock_go_on_at_night() -> None:
    assert due("2026-11-27T15:30:00+00:00", 3600, only_open=False) == "2026-11-27T16:30:00+00:00"


@pytest.mark.parametrize(
    ("since", "seconds", "wanted"),
    [
        # Half an hour of Friday is left: the other half is Monday's.
        ("2026-11-27T15:30:00+00:00", 3600, "2026-11-30T08:30:00+00:00"),
        # The clock went back in between, and Monday's 9:30 is an hour later.
        ("2026-10-23T14:30:00+00:00", 3600, "2026-10-26T08:30:00+00:00"),
        # It went forward: an hour earlier.
        ("2026-03-27T15:30:00+00:00", 3600, "2026-03-30T07:30:00+00:00"),
        # Nobody is there on Christmas Eve.
        ("2026-12-23T15:30:00+00:00", 3600, "2026-12-25T08:30:00+00:00"),
    ],
)
def test_seconds_of_open_hours_wait_for_the_next_day(since: str, seconds: int, wanted: str) -> None:
    assert due(since, seconds, only_open=True) == wanted


def test_without_hours_a_site_is_always_open() -> None:
    always: dict[str, object] = {"time_zone": None, "hours": None, "special_days": None}
    since = "2026-11-28T03:00:00+00:00"
    assert due(since, 60, only_open=True, site=always) == "2026-11-28T03:01:00+00:00"
