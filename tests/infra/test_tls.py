"""The database's certificate is checked, unless the address itself says otherwise."""

import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog

from core.errors import Misconfigured
from core.store import database
from core.store.address import read
from tests.infra.tls_postgres import NAME, Authority, tls_postgres

OURS = Authority()
# An authority's own name and its file, which docs/deploy.md lets a person write on one line.
ONE_LINE = " ".join(OURS.pem.split("\n"))


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    # Not below pytest's folder, which only this user may enter.
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        with tls_postgres(Path(folder), OURS) as made:
            yield made


@pytest.fixture(autouse=True)
def names(monkeypatch: pytest.MonkeyPatch) -> None:
    """Names of the domain `test` lead to this machine, as they would from a zone of one's own."""
    found = socket.getaddrinfo

    def look_up(host: Any, *rest: Any, **more: Any) -> Any:
        here = "127.0.0.1" if str(host).endswith(".switchboard.test") else host
        return found(here, *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", look_up)


async def connect(address: str, ca: str | None = None) -> str:
    """The version of TLS of a connection, or an empty text. Raises `Misconfigured`."""
    pool = await database.open_pool(address, 1, ca=ca)
    try:
        await database.check(pool)
        query = "select version from pg_stat_ssl where pid = pg_backend_pid()"
        return str(await pool.fetchval(query) or "")
    finally:
        await database.close_pool(pool)


@pytest.mark.parametrize("ca", [OURS.pem, ONE_LINE, OURS.pem.replace("\n", "\\n")])
async def test_a_server_of_the_given_authority_is_taken(port: int, ca: str) -> None:
    assert (await connect(f"postgresql://postgres@{NAME}:{port}/postgres", ca)).startswith("TLS")


async def test_the_authority_may_be_a_file(port: int, tmp_path: Path) -> None:
    file = tmp_path / "ca.pem"
    file.write_text(OURS.pem)
    address = f"postgresql://postgres@{NAME}:{port}/postgres"
    assert await connect(address, str(file))
    assert await connect(f"{address}?sslmode=verify-full&sslrootcert={file}")


@pytest.mark.parametrize("ca", [None, Authority().pem], ids=["the system's", "another"])
async def test_a_server_of_another_authority_is_refused_with_a_sentence(
    port: int, ca: str | None
) -> None:
    with pytest.raises(Misconfigured) as refused:
        await connect(f"postgresql://postgres:a-secret@{NAME}:{port}/postgres", ca)
    said = refused.value.message
    assert said.startswith("DATABASE_URL: the server's certificate is refused (")
    assert "DATABASE_CA" in said and "\n" not in said and "a-secret" not in said


async def test_a_server_with_another_name_is_refused_with_a_sentence(port: int) -> None:
    address = f"postgresql://postgres@other.switchboard.test:{port}/postgres"
    with pytest.raises(Misconfigured) as refused:
        await connect(address, OURS.pem)
    said = refused.value.message
    assert said.startswith("DATABASE_URL: the server's certificate is for another name: ")
    assert "other.switchboard.test" in said
    # Who asks for the authority alone gets that.
    assert await connect(f"{address}?sslmode=verify-ca", OURS.pem)


async def test_a_certificate_of_ones_own_is_shown(port: int, tmp_path: Path) -> None:
    OURS.sign(tmp_path)
    own = f"sslcert={tmp_path}/server.crt&sslkey={tmp_path}/server.key"
    pool = await database.open_pool(
        f"postgresql://postgres@{NAME}:{port}/postgres?{own}", 1, ca=OURS.pem
    )
    query = "select client_serial is not null from pg_stat_ssl where pid = pg_backend_pid()"
    assert await pool.fetchval(query)
    await database.close_pool(pool)


async def test_an_explicit_mode_wins_with_one_warning(port: int) -> None:
    for mode, version in (("require", "TLS"), ("disable", "")):
        with structlog.testing.capture_logs() as logs:
            address = f"postgresql://postgres@other.switchboard.test:{port}/postgres"
            assert (await connect(f"{address}?sslmode={mode}")).startswith(version)
        warned = [line for line in logs if line["event"] == "database_not_verified"]
        assert [(line["log_level"], line["sslmode"]) for line in warned] == [("warning", mode)]


async def test_a_server_without_tls_is_explained(postgres: str, pooled_port: int) -> None:
    with pytest.raises(Misconfigured, match="sslmode=disable"):
        await connect(f"postgresql://postgres@{NAME}:{pooled_port}/postgres")


@pytest.fixture
def pooled_port(postgres: str) -> Iterator[int]:
    """A port without TLS: PgBouncer's, before the embedded server, which has only a socket."""
    from urllib.parse import urlsplit

    from tests.pgbouncer import needed, pgbouncer

    needed()
    with pgbouncer(postgres) as address:
        yield int(urlsplit(address).port or 0)


@pytest.mark.parametrize(
    "near",
    ["postgres", "dbhost:5432", "localhost", "127.0.0.1", "[::1]:5432", "%2Frun%2Fpg.sock"],
)
def test_machines_without_a_certificate_need_none(near: str) -> None:
    """docker-compose's services, this machine, and sockets."""
    address = read(f"postgresql://u:p@{near}/d")
    assert not address.verified and address.unchecked is None
    assert not read(f"postgresql://u:p@{near}/d?sslmode=disable").unchecked
    assert read(f"postgresql://u:p@{near}/d?sslmode=verify-full").verified


@pytest.mark.parametrize("far", ["db.example.com", "10.0.0.5", "[fd00::5]:5432", "near,db.far.eu"])
def test_all_others_need_one(far: str) -> None:
    assert read(f"postgresql://u:p@{far}/d").verified
    assert not read(f"postgresql://u:p@{far}/d?sslmode=require").verified


async def test_nonsense_is_no_authority() -> None:
    with pytest.raises(Misconfigured, match="DATABASE_CA"):
        await database.open_pool("postgresql://u@db.example.com/d", 1, ca="/no/such/file")
