"""A database is brought to this release from nothing, from the release before, and never back."""

import ast
import re
from hashlib import sha256
from pathlib import Path

import asyncpg
import pytest

from core.errors import Misconfigured
from core.store import database, migrate
from tests.conftest import fresh_database

# A database that has a file never sees it again: what has changed would be missing there, and under
# another name it would be applied twice. So: a new file, and its line here.
WRITTEN = {
    "0001_chat.sql": "a7c16a2d8375e32d",
    "0002_events.sql": "26dd118e5c8e0062",
    "0003_nodes.sql": "e911da4fc84feb37",
    "0004_claims.sql": "da9f2902d363e6e9",
    "0005_unspaced.sql": "e7c261a7e50fe065",
    "0006_logins.sql": "0db836788ab40ca5",
    "0007_audit.sql": "144421e793782771",
    "0008_tickets.sql": "b3d62bbcaf85bd5b",
    "0009_verified.sql": "5d31532301f0dc2b",
    "0010_broadcast_messages.sql": "077480ab4295985b",
    "0011_spending.sql": "ccdd63f663c71e31",
    "0012_reading.sql": "8c2eab1108e7beaf",
    "0013_sign_in_links.sql": "162e9559b8578213",
    "0014_sessions.sql": "3fee763f42115495",
    "0015_sites.sql": "eff3bfc42d2b1060",
    "0016_contacts.sql": "f55a5df9f35536be",
    "0024_closing.sql": "a51177f27f70ba1a",
    "0017_timers.sql": "5ce2c04ce79b66e7",
    "0018_assistants.sql": "88ae50eb012f4fd2",
    "0019_hours.sql": "479384740032408c",
    "0020_deliveries.sql": "d16613ffa5c97622",
    "0021_escalation.sql": "e44be12efb7c7e33",
    "0022_push.sql": "676bc055945a021a",
    "0023_team.sql": "92d139587beb26bb",
    "0025_notes.sql": "6c16bda5a5e57680",
    "0026_assignments.sql": "7aecaaaceb93ac88",
    "0027_canned.sql": "e93556ef50a16c5a",
    "0028_snooze.sql": "aa874a91e1194ef7",
    "0029_feed.sql": "c58011e8fd824ca0",
    "0030_turns.sql": "d69cbb6f25ea4854",
    "0031_tags.sql": "ed337fe32fe090bf",
    "0032_edits.sql": "933f937d2d06aa24",
    "0033_read_marks.sql": "36372465dac18e4e",
    "0034_undo.sql": "20d637d1c9c5b7bb",
    "0035_viewing.sql": "d64af1cc444454f6",
    "0036_views.sql": "b036d8da06602d3c",
    "0037_priority.sql": "a51963ece0982815",
    "0038_macros.sql": "8eca45595bba3480",
    "0039_mentioned_teams.sql": "d1f0aa19e3ee2b43",
    "0040_untold.sql": "6896e0fb278c0619",
    "0041_checks.sql": "bc2446b4a2422c87",
    "0042_given_turns.sql": "05802b016a0b0856",
}

CREATED = re.compile(r"create(?: or replace)? (?:function|procedure|view) (\w+)")
ROOT = Path(__file__).parent.parent.parent
DEFINED = """
select p.proname as name from pg_proc p
where p.pronamespace = 'public'::regnamespace
  and not exists (select from pg_depend d where d.objid = p.oid and d.deptype = 'e')
union all
select c.relname from pg_class c where c.relkind = 'v' and c.relnamespace = 'public'::regnamespace
"""


def test_no_table_file_is_changed_once_it_is_written() -> None:
    found = {f.name: sha256(f.read_bytes()).hexdigest()[:16] for f in migrate.table_files()}
    assert found == WRITTEN


def current() -> str:
    """The text of all functions but those that are kept for the release before."""
    files = [*migrate.table_files(), *migrate.function_files()]
    return "\n".join(file.read_text() for file in files if file.name != migrate.PREVIOUS)


def reached() -> set[str]:
    """The names that statements of the store call, and those that these call in turn."""
    bodies = dict(_bodies(current()))
    found: set[str] = set()
    called = _statements() + _indexes()
    waiting = {name for name in bodies if _calls(called, name)}
    while waiting:
        found |= waiting
        waiting = {n for name in waiting for n in bodies if _calls(bodies[name], n)} - found
    return found


def _calls(text: str, name: str) -> bool:
    return re.search(rf"\b{name}\(|\b(?:from|join) {name}\b", text) is not None


def _statements() -> str:
    """Every text in the store's code: its statements, and little else."""
    trees = (ast.parse(file.read_text()) for file in (ROOT / "core" / "store").glob("*.py"))
    nodes = (node for tree in trees for node in ast.walk(tree))
    texts = (node.value for node in nodes if isinstance(node, ast.Constant))
    return "\n".join(text for text in texts if isinstance(text, str))


def _indexes() -> str:
    return "\n".join(re.findall(r"create (?:(?:unique )?index|trigger) .*?;", current(), re.DOTALL))


def _bodies(text: str) -> list[tuple[str, str]]:
    parts = CREATED.split(text)[1:]
    return list(zip(parts[::2], parts[1::2], strict=True))


async def test_what_is_defined_is_what_is_written_and_what_is_called(pool: database.Pool) -> None:
    # A table file may replace what an index depends on. All others stand in one place.
    files = [file for file in migrate.function_files() if file.name != migrate.PREVIOUS]
    listed = [name for file in files for name in CREATED.findall(file.read_text())]
    replaced = {
        name for file in migrate.table_files() for name in CREATED.findall(file.read_text())
    }
    written = [*listed, *replaced]
    assert len(written) == len(set(written)), "each has one text, and no overloads"
    defined = [row["name"] for row in await pool.fetch(DEFINED)]
    assert sorted(defined) == sorted(written)
    assert reached() == set(written)


async def test_every_function_is_right_beside_all_the_others(pool: database.Pool) -> None:
    # They were loaded unchecked, since they call each other in any order.
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("set local check_function_bodies = on")
        for file in migrate.function_files():
            if file.name != migrate.PREVIOUS:
                await connection.execute(file.read_text())


async def test_it_may_take_longer_than_any_step(
    dsn: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "9999_slow.sql").write_text("select pg_sleep(0.3)")
    monkeypatch.setattr(migrate, "table_files", lambda: [tmp_path / "9999_slow.sql"])
    async with asyncpg.create_pool(dsn, min_size=0, command_timeout=0.1) as impatient:
        assert await migrate.migrate(impatient) == 1


async def test_the_functions_of_a_newer_release_stay(
    pool: database.Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def lease() -> str:
        return str(await pool.fetchval("select lease()"))

    ours = await lease()
    theirs = "create or replace function lease() returns interval language sql immutable as"
    await pool.execute(f"{theirs} $$ select interval '1 hour' $$")
    await migrate.migrate(pool)
    assert await lease() == "1:00:00", "nothing has changed here: nothing is loaded"
    monkeypatch.setattr(migrate, "digest", lambda: "another text")
    await pool.execute("update schema_functions set release = $1", migrate.RELEASE + 1)
    await migrate.migrate(pool)
    assert await lease() == "1:00:00", "a newer release has its own"
    await pool.execute("update schema_functions set release = $1", migrate.RELEASE - 1)
    await migrate.migrate(pool)
    assert await lease() == ours
    assert await pool.fetchval("select release from schema_functions") == migrate.RELEASE


async def test_a_database_that_is_too_old_is_refused_in_a_sentence(postgres: str) -> None:
    async with fresh_database(postgres) as old:
        await old.execute("create table schema_migrations (name text primary key)")
        await old.execute("insert into schema_migrations values ('0001_tables.sql')")
        with pytest.raises(Misconfigured, match="2026-11-25"):
            await migrate.migrate(old)
        assert await old.fetchval("select to_regclass('chats')") is None
