"""What a backup and a restore refuse, in one sentence, and what stands as it was then."""

import asyncio
import hashlib
import json
import shutil
import signal
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from tests.apart import apart
from tests.backup.commands import done, refused, run
from tests.backup.conftest import Installation, Start, execute
from tests.client import PATIENCE
from tests.conftest import _drop, _new_database
from tests.pgbouncer import behind, needed, pgbouncer
from tests.server import ROOT
from tests.tickets import SECRET_KEY

ANNA = "insert into managers (manager_id, name, role) values ('anna', 'Anna Berg', 'agent')"
ZOE = "insert into managers (manager_id, name, role) values ('zoe', 'Zoe', 'admin')"

# Each command is a process of its own, and some make a database server.
pytestmark = [pytest.mark.sites, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def made(postgres: str) -> Iterator[bytes]:
    """A backup of one manager."""
    dsn = apart(_new_database(postgres))
    apart(execute(dsn, ANNA))
    with tempfile.TemporaryDirectory() as folder:
        profile = Path(folder) / "data" / "assistants" / "shop.md"
        profile.parent.mkdir(parents=True)
        profile.write_text("You sell bicycles.")
        environment = {"DATABASE_URL": dsn, "DATA_DIR": f"{folder}/data", "SECRET_KEY": SECRET_KEY}
        done("backup", Path(folder) / "backup.zip", environment=environment)
        yield (Path(folder) / "backup.zip").read_bytes()
    apart(_drop(postgres, dsn))


@pytest.fixture
def file(home: Path, made: bytes) -> Path:
    (home / "backup.zip").write_bytes(made)
    return home / "backup.zip"


@pytest.fixture
def given(given: Installation) -> Installation:
    """It has another manager, and no files."""
    apart(execute(given.environment["DATABASE_URL"], ZOE))
    shutil.rmtree(given.data)
    return given


def team(installation: Installation) -> str:
    return str(apart(_team(installation.environment["DATABASE_URL"])))


async def _team(dsn: str) -> list[str]:
    connection = await asyncpg.connect(dsn)
    try:
        return [row[0] for row in await connection.fetch("select name from managers")]
    finally:
        await connection.close()


def changed(file: Path, change: Callable[[dict[str, bytes]], None]) -> Path:
    """The backup with other members."""
    with zipfile.ZipFile(file) as packed:
        members = {name: packed.read(name) for name in packed.namelist()}
    change(members)
    with zipfile.ZipFile(file, "w") as packed:
        for name, content in members.items():
            packed.writestr(name, content)
    return file


def said(file: Path, **fields: Any) -> Path:
    """The backup with another manifest."""

    def change(members: dict[str, bytes]) -> None:
        manifest = json.loads(members["switchboard.json"])
        members["switchboard.json"] = json.dumps({**manifest, **fields}).encode()

    return changed(file, change)


def test_what_is_there_gives_way_only_when_asked(file: Path, given: Installation) -> None:
    sentence = refused("restore", file, environment=given.environment)
    assert "--replace" in sentence and team(given) == "['Zoe']"
    more = "create view other as select * from chats; create type other_type as enum ('a')"
    apart(execute(given.environment["DATABASE_URL"], more))
    done("restore", file, "--replace", environment=given.environment)
    assert team(given) == "['Anna Berg']"


def test_the_data_folders_files_give_way_only_when_asked(file: Path, given: Installation) -> None:
    profile = given.data / "assistants" / "shop.md"
    profile.parent.mkdir(parents=True)
    given.lose()
    profile.parent.mkdir(parents=True)
    profile.write_text("Newer.")
    assert "shop.md" in refused("restore", file, environment=given.environment)
    assert profile.read_text() == "Newer."


def test_an_embedded_database_gives_way_only_when_asked(file: Path, embedded: Installation) -> None:
    run("managers", "add", "Zoe", environment=embedded.environment)
    assert "--replace" in refused("restore", file, environment=embedded.environment)
    done("restore", file, "--replace", environment=embedded.environment)
    names = run("managers", "list", environment=embedded.environment).stdout.decode()
    assert "Anna Berg" in names and "Zoe" not in names


@pytest.mark.parametrize(
    "newer",
    [{"release": 1_000}, {"tables": ["0001_chat.sql", "9999_later.sql"]}, {"format": 2}],
)
def test_a_newer_release(file: Path, given: Installation, newer: dict[str, Any]) -> None:
    said(file, **newer)
    assert "newer release" in refused("restore", file, environment=given.environment)


def test_a_release_that_is_too_old(file: Path, given: Installation) -> None:
    said(file, tables=["0001_tables.sql", "0014_claims.sql"][:1])
    assert "release" in refused("restore", file, "--replace", environment=given.environment)


def test_a_damaged_file(file: Path, given: Installation) -> None:
    whole = file.read_bytes()
    middle = len(whole) // 2
    for damaged in (
        whole[:-1],
        whole[:middle],
        whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :],
        b"",
        b"no zip at all",
    ):
        file.write_bytes(damaged)
        sentence = refused("restore", file, "--replace", environment=given.environment)
        assert "no whole backup" in sentence
    sentence = refused("restore", "-", environment=given.environment, given=whole[:middle])
    assert "no whole backup" in sentence and team(given) == "['Zoe']"


def test_a_changed_dump(file: Path, given: Installation) -> None:
    def change(members: dict[str, bytes]) -> None:
        members["database.dump"] = members["database.dump"][:-1]

    changed(file, change)
    assert "no whole backup" in refused("restore", file, "--replace", environment=given.environment)


def test_a_file_that_would_leave_the_data_folder(file: Path, given: Installation) -> None:
    def change(members: dict[str, bytes]) -> None:
        manifest = json.loads(members["switchboard.json"])
        members["files/../../bad"] = b"bad"
        manifest["sha256"]["files/../../bad"] = hashlib.sha256(b"bad").hexdigest()
        members["switchboard.json"] = json.dumps(manifest).encode()

    changed(file, change)
    assert "no whole backup" in refused("restore", file, "--replace", environment=given.environment)


def test_a_dump_that_ends_too_soon_changes_nothing(file: Path, given: Installation) -> None:
    def change(members: dict[str, bytes]) -> None:
        # Whoever damaged it has corrected its hash as well.
        dump = members["database.dump"][:-2000]
        members["database.dump"] = dump
        manifest = json.loads(members["switchboard.json"])
        manifest["sha256"]["database.dump"] = hashlib.sha256(dump).hexdigest()
        members["switchboard.json"] = json.dumps(manifest).encode()

    changed(file, change)
    sentence = refused("restore", file, "--replace", environment=given.environment)
    assert "Nothing was changed" in sentence
    assert team(given) == "['Zoe']"


def test_no_file_and_no_folder(home: Path, given: Installation) -> None:
    environment = given.environment
    assert "no file" in refused("restore", home / "none.zip", environment=environment)
    assert "no folder" in refused("backup", home / "none" / "b.zip", environment=environment)
    assert "no folder" in refused("backup", home, environment=environment)


def test_a_backup_in_the_data_folder(given: Installation) -> None:
    file = given.data / "backup.zip"
    assert "data folder" in refused("backup", file, environment=given.environment)


def test_a_database_that_is_not_switchboards(home: Path, given: Installation) -> None:
    apart(execute(given.environment["DATABASE_URL"], "drop schema public cascade"))
    apart(execute(given.environment["DATABASE_URL"], "create schema public"))
    sentence = refused("backup", home / "b.zip", environment=given.environment)
    assert "nothing to back up" in sentence and not (home / "b.zip").exists()


def test_while_it_runs(
    file: Path, given: Installation, embedded: Installation, start: Start
) -> None:
    shutil.copytree(embedded.data, given.data)
    for installation in (given, embedded):
        server = start(installation)
        sentence = refused("restore", file, "--replace", environment=installation.environment)
        assert "is running" in sentence
        assert server.get("/readyz").status_code == 200
        server.stop()


def test_a_pooler(file: Path, given: Installation, postgres: str, home: Path) -> None:
    needed()
    with pgbouncer(postgres) as pooler:
        dsn = given.environment["DATABASE_URL"]
        environment = {**given.environment, "DATABASE_URL": behind(pooler, dsn)}
        for words in (("backup", home / "b.zip"), ("restore", file, "--replace")):
            assert "DATABASE_OWNER_URL" in refused(*words, environment=environment)
        environment["DATABASE_OWNER_URL"] = dsn
        done("backup", home / "b.zip", environment=environment)
        done("restore", home / "b.zip", "--replace", environment=environment)
    assert team(given) == "['Zoe']"


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_a_backup_that_is_ended_never_looks_whole(
    file: Path, given: Installation, home: Path, how: signal.Signals
) -> None:
    whole = file.read_bytes()
    assert apart(ended(file, given, how))
    assert file.read_bytes() == whole
    left = [path.name for path in home.iterdir() if path.name.startswith(".backup-")]
    assert bool(left) == (how is signal.SIGKILL)


async def ended(file: Path, given: Installation, how: signal.Signals) -> int:
    """End a backup in its middle: the dump waits for a table."""
    dsn = given.environment["DATABASE_URL"]
    holder, watcher = await asyncpg.connect(dsn), await asyncpg.connect(dsn)
    async with holder.transaction():
        await holder.execute("lock table messages in access exclusive mode")
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "local", "backup", str(file)),
            cwd=ROOT,
            env=given.environment,
            stderr=asyncio.subprocess.DEVNULL,
        )
        waiting = "select count(*) from pg_locks where not granted and relation = $1::regclass"
        while not await watcher.fetchval(waiting, "messages"):
            assert process.returncode is None
        process.send_signal(how)
        status = await asyncio.wait_for(process.wait(), PATIENCE)
    await holder.close()
    await watcher.close()
    return status


def test_another_secret_key_is_told(file: Path, given: Installation) -> None:
    environment = {**given.environment, "SECRET_KEY": "another one of at least 32 characters"}
    assert "SECRET_KEY" in done("restore", file, "--replace", environment=environment)
    assert "SECRET_KEY" not in done("restore", file, "--replace", environment=given.environment)


def test_the_password_is_never_shown(home: Path, given: Installation) -> None:
    url = "postgresql://somebody:s3cr3t@127.0.0.1:1/none"
    environment = {**given.environment, "DATABASE_URL": url}
    assert "s3cr3t" not in refused("backup", home / "b.zip", environment=environment)
