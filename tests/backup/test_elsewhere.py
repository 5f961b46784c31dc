"""Backups of databases over TLS, of another version, and of the release before."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import pytest

from tests.apart import apart
from tests.backup.commands import done, refused
from tests.backup.conftest import Installation, Start
from tests.conftest import fresh_database
from tests.infra.tls_postgres import Authority, tls_postgres
from tests.upgrade import before

# Each command is a process of its own, and some make a database server.
pytestmark = [pytest.mark.sites, pytest.mark.timeout(600)]

OURS = Authority()
BEFORE = "1,000 chats, 6,000 messages, 1 manager"


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """The port of a server of another version than the package's, which speaks TLS."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        with tls_postgres(Path(folder), OURS) as made:
            yield made


async def only_tls(port: int) -> None:
    """From now on nobody gets in without TLS."""
    connection = await asyncpg.connect(f"postgresql://postgres@127.0.0.1:{port}/postgres")
    file = await connection.fetchval("show hba_file")
    # This test's own loop waits for nobody.
    Path(file).write_text("hostssl all all 127.0.0.1/32 trust\n")  # noqa: ASYNC240
    await connection.execute("select pg_reload_conf()")
    await connection.close()


def test_over_tls_to_an_older_server_and_back(
    home: Path, embedded: Installation, start: Start, port: int
) -> None:
    apart(only_tls(port))
    url = f"postgresql://postgres@127.0.0.1:{port}/postgres?sslmode=verify-full"
    hosted = {**embedded.environment, "DATABASE_URL": url, "DATABASE_CA": OURS.pem}
    server = start(embedded)
    server.stop()
    done("backup", home / "one.zip", environment=embedded.environment)
    done("restore", home / "one.zip", "--replace", environment=hosted)
    other = {**hosted, "DATABASE_CA": Authority().pem}
    assert "certificate" in refused("backup", home / "two.zip", environment=other)
    done("backup", home / "two.zip", environment=hosted)
    shutil.rmtree(embedded.data)
    done("restore", home / "two.zip", environment=embedded.environment)
    server.start()
    # The first manager is there already.
    assert "token=" not in server.printed


async def test_a_database_of_the_release_before(
    home: Path, postgres: str, embedded: Installation, start: Start
) -> None:
    async with fresh_database(postgres) as pool:
        await before.make(pool)
        name = await pool.fetchval("select current_database()")
        url = urlsplit(postgres)._replace(path=f"/{name}").geturl()
        environment = {**embedded.environment, "DATABASE_URL": url}
        assert BEFORE in done("backup", home / "before.zip", environment=environment)
    shutil.rmtree(embedded.data)
    assert BEFORE in done("restore", home / "before.zip", environment=embedded.environment)
    # A program of this release finds its tables.
    server = start(embedded)
    assert server.get("/readyz").status_code == 200
