"""What a migration may do that a step of the chat may not."""

from pathlib import Path

import asyncpg
import pytest

from core import migrate


async def test_it_may_take_longer_than_any_step(
    dsn: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "9999_slow.sql").write_text("select pg_sleep(0.3)")
    monkeypatch.setattr(migrate, "FOLDER", tmp_path)
    async with asyncpg.create_pool(dsn, min_size=0, command_timeout=0.1) as impatient:
        assert await migrate.migrate(impatient) == 1
