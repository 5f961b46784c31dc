"""What a migration may do that a step of the chat may not, and what may not be done to one."""

from hashlib import sha256
from pathlib import Path

import asyncpg
import pytest

from core.store import migrate

# A database that has a migration never sees it again: what has changed would be missing there, and
# under another name it would be applied twice. So: a new file, and its line here.
WRITTEN = {
    "0001_tables.sql": "17cb11cfd63a6a73",
    "0002_shared.sql": "edee5183bc045317",
    "0003_visitor.sql": "8b3bf2177458d6ac",
    "0004_answer.sql": "dd0c169b9c8aa8dd",
    "0005_desk.sql": "3e6185b9a98a1693",
    "0006_access.sql": "83c1a6bdb49b0cac",
    "0007_limits.sql": "c31bcaf99a150fef",
    "0008_growth.sql": "53450701079761cc",
    "0009_together.sql": "8722302d7304fcbf",
    "0010_lookups.sql": "9dbd72354861b925",
    "0011_sets.sql": "0222a6ade1bdd386",
    "0012_turns.sql": "c6d8485a856e9378",
    "0013_search.sql": "40b704ab28837b94",
    "0014_claims.sql": "fca0a48964a8df3a",
    "0015_repeats.sql": "61e7dc084dfa4f2e",
}


def test_no_migration_is_changed_once_it_is_written() -> None:
    found = {file.name: sha256(file.read_bytes()).hexdigest()[:16] for file in migrate.files()}
    assert found == WRITTEN


async def test_it_may_take_longer_than_any_step(
    dsn: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "9999_slow.sql").write_text("select pg_sleep(0.3)")
    monkeypatch.setattr(migrate, "FOLDER", tmp_path)
    async with asyncpg.create_pool(dsn, min_size=0, command_timeout=0.1) as impatient:
        assert await migrate.migrate(impatient) == 1
