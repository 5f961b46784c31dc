"""A site's hours over HTTP: what is refused, and the proposal of public holidays."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.server import Serve

pytestmark = pytest.mark.noticed

SITE = "/manager/sites/default"
OFFICE = [[["09:00", "12:30"], ["13:30", "24:00"]]] * 5 + [[], []]


def test_hours_are_kept_as_they_are_given_and_inherited_again(shared: Serve) -> None:
    server = shared()
    special = {"2026-12-24": {"name": "Christmas Eve", "hours": [["09:00", "12:00"]]}}
    body = {"time_zone": "Europe/Berlin", "hours": OFFICE, "special_days": special}
    changed = server.request("PATCH", SITE, json=body).json()
    assert {name: changed[name] for name in body} == body
    assert server.get(SITE).json()["special_days"] == special
    back = server.request("PATCH", SITE, json={"hours": None, "special_days": None}).json()
    assert "hours" not in back and back["special_days"] == {}


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"hours": OFFICE[:6]}, "hours"),
        ({"hours": [[["12:00", "09:00"]], *OFFICE[1:]]}, "hours.0"),
        ({"hours": [[["09:00", "12:00"], ["11:00", "13:00"]], *OFFICE[1:]]}, "hours.0"),
        ({"hours": [[["9:00", "12:00"]], *OFFICE[1:]]}, "hours.0.0.0"),
        ({"hours": [[["09:00", "24:30"]], *OFFICE[1:]]}, "hours.0.0.1"),
        ({"special_days": {"2026-02-30": {"hours": []}}}, "special_days"),
        ({"special_days": {"2026-02-20": {"opens": "9"}}}, "special_days"),
        ({"time_zone": "Mars/Olympus"}, "time_zone"),
    ],
)
def test_what_is_no_time_is_refused_at_its_field(wrong: Any, field: str, shared: Serve) -> None:
    refused = shared().request("PATCH", SITE, json=wrong)
    assert refused.status_code == 422
    assert f"`{field}" in refused.json()["detail"]


def test_public_holidays_are_proposed_by_country_and_region(shared: Serve) -> None:
    server = shared()
    year = datetime.now(UTC).year
    land = server.get(f"{SITE}/holidays", country="DE", region="BY").json()
    everywhere = server.get(f"{SITE}/holidays", country="DE").json()
    saints = f"{year + 1}-11-01"
    assert land["days"][saints]["hours"] == [] and land["days"][saints]["name"]
    assert saints not in everywhere["days"] and f"{year}-12-25" in everywhere["days"]
    assert "BY" in everywhere["regions"]
    # What is proposed may be stored as it is.
    kept = server.request("PATCH", SITE, json={"special_days": land["days"]})
    assert kept.json()["special_days"] == land["days"]
    server.request("PATCH", SITE, json={"special_days": None}).raise_for_status()
    for wrong in ({"country": "XX"}, {"country": "DE", "region": "Nowhere"}, {"country": "de"}):
        assert server.get(f"{SITE}/holidays", **wrong).status_code == 422
