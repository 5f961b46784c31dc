"""How a manager wishes to be told of who waits, and who is woken by that."""

import secrets
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from core.store.database import Pool
from tests.access.people import call, signed
from tests.access.test_managers import browser
from tests.access.test_sessions import name_of, socket_of
from tests.push_service import Subscriber
from tests.server import PoolOf, Serve, Server
from tests.tickets import manager_link, manager_token

pytestmark = pytest.mark.noticed

USUAL = ["mine", "unassigned"]


async def test_a_change_reaches_ones_other_devices_and_nobody_else(
    shared: Serve, pool_of: PoolOf
) -> None:
    server = signed(shared)
    pool = await pool_of(server)
    with (
        closing(browser(server, await manager_link(pool, name_of()))) as anna,
        closing(browser(server, await manager_link(pool, name_of()))) as ben,
    ):
        usual = {"sound": USUAL, "desktop": USUAL, "push": USUAL}
        assert anna.get("/manager/notices").json() == usual
        wanted = {**usual, "sound": ["sites"], "quiet_from": "22:00", "quiet_to": "07:00"}
        wanted["time_zone"] = "Europe/Berlin"
        async with socket_of(server, anna) as hers, socket_of(server, ben) as his:
            assert anna.put("/manager/notices", json=wanted).json() == wanted
            heard = await hers.next("notices")
            assert {name: heard[name] for name in wanted} == wanted
            await his.send("ping")
            await his.next("pong")
            assert not [one for one in his.frames if one["type"] == "notices"]
        assert anna.get("/manager/notices").json() == wanted
        assert ben.get("/manager/notices").json() == usual


@pytest.mark.parametrize(
    "wrong",
    [
        {"sound": ["all"]},
        {"push": ["mine"] * 4},
        {"quiet_from": "22:00"},
        {"quiet_from": "24:00", "quiet_to": "07:00", "time_zone": "UTC"},
        {"quiet_from": "22:00", "quiet_to": "07:00", "time_zone": "Berlin"},
        # Python may read these from the system; Postgres cannot, and would fail in each escalation.
        {"quiet_from": "22:00", "quiet_to": "07:00", "time_zone": "right/UTC"},
        {"quiet_from": "22:00", "quiet_to": "07:00", "time_zone": "localtime"},
        {"quiet_until": "2026-11-26T10:00:00"},
    ],
)
async def test_rules_that_mean_nothing_are_refused(
    shared: Serve, pool_of: PoolOf, wrong: dict[str, Any]
) -> None:
    server = signed(shared)
    token = await manager_token(await pool_of(server))
    answer = call(server, "PUT", "/manager/notices", token, json=wrong)
    assert answer.status_code == 422, answer.text


async def woken(pool: Pool, site: str, owner: str | None = None, urgent: bool = False) -> set[str]:
    rows = await pool.fetch("select woken_of($1, $2, $3) as id", site, owner, urgent)
    return {row["id"] for row in rows}


async def with_device(server: Server, pool: Pool, name: str) -> None:
    """A manager with a browser that can be woken."""
    with closing(browser(server, await manager_link(pool, name))) as there:
        one = Subscriber(f"https://push.example/{secrets.token_urlsafe(8)}").body
        assert there.post("/manager/push", json=one).status_code == 201


async def rules(pool: Pool, name: str, **values: Any) -> None:
    await pool.execute("delete from notice_rules where manager_id = $1", name)
    columns = "".join(f", {column}" for column in values)
    places = "".join(f", ${n}" for n in range(2, len(values) + 2))
    await pool.execute(
        f"insert into notice_rules (manager_id{columns}) values ($1{places})",
        name,
        *values.values(),
    )


async def test_i13_who_is_woken_is_who_wishes_so_and_can_be(serve: Serve, pool: Pool) -> None:
    server = signed(serve)
    for name in ("anna", "ben", "eve"):
        await with_device(server, pool, name)
    await manager_link(pool, "without-a-device")
    site = "default"
    assert await woken(pool, site) == {"anna", "ben", "eve"}
    # Of a chat that ben has: ben, and who wishes to hear of colleagues' chats.
    assert await woken(pool, site, "ben") == {"ben"}
    await rules(pool, "anna", push=["sites"])
    assert await woken(pool, site, "ben") == {"anna", "ben"}
    assert await woken(pool, site) == {"ben", "eve"}
    # Somebody of another site, and somebody who is gone.
    await pool.execute("insert into sites (site_id, public_key, name) values ('shop', 'k', 'Shop')")
    assert await woken(pool, "shop") == set()
    await pool.execute("insert into members (site_id, manager_id) values ('shop', 'eve')")
    assert await woken(pool, "shop") == {"eve"}
    await pool.execute("select remove_manager('eve')")
    assert await woken(pool, site) == {"ben"}


async def test_only_what_is_urgent_disturbs_who_is_not_to_be_disturbed(
    serve: Serve, pool: Pool
) -> None:
    server = signed(serve)
    await with_device(server, pool, "ben")
    now = datetime.now(UTC)
    hour = timedelta(hours=1)
    around = {"quiet_from": (now - hour).time(), "quiet_to": (now + hour).time()}
    beside = {"quiet_from": around["quiet_to"], "quiet_to": around["quiet_from"]}
    # All of a day but an hour: it begins after it ends.
    most = {"quiet_from": (now - hour).time(), "quiet_to": (now - 2 * hour).time()}
    for quiet, disturbed in (
        ({"quiet_until": now + hour}, False),
        ({"quiet_until": now - hour}, True),
        ({**around, "time_zone": "UTC"}, False),
        ({**beside, "time_zone": "UTC"}, True),
        ({**most, "time_zone": "UTC"}, False),
        # The same clock elsewhere: Kolkata is five and a half hours ahead.
        ({**around, "time_zone": "Asia/Kolkata"}, True),
    ):
        await rules(pool, "ben", **quiet)
        assert await woken(pool, "default") == ({"ben"} if disturbed else set()), quiet
        assert await woken(pool, "default", urgent=True) == {"ben"}
