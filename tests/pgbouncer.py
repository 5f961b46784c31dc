"""A PgBouncer in transaction mode in front of the tests' Postgres: https://www.pgbouncer.org"""

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from tests.lacking import lacking

PROGRAM = shutil.which("pgbouncer", path=f"{os.environ['PATH']}:/usr/sbin")
MISSING = "needs PgBouncer: apt-get install pgbouncer"


def needed() -> None:
    """Skip where it is not installed, but never in CI."""
    if PROGRAM is None:
        lacking(MISSING)


@contextmanager
def pgbouncer(server: str, *lines: str) -> Iterator[str]:
    """The address of a pooler before `server`, the embedded one. `lines` are added to its file."""
    assert PROGRAM is not None
    parts = urlsplit(server)
    folder = parse_qs(parts.query)["host"][0]
    with tempfile.TemporaryDirectory() as home, socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        os.chmod(home, 0o755)
        config = Path(home) / "pgbouncer.ini"
        config.write_text(
            "\n".join(
                (
                    "[databases]",
                    f"* = host={folder} port={parts.port or 5432} user=postgres",
                    "[pgbouncer]",
                    f"listen_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =",
                    "auth_type = any\npool_mode = transaction",
                    "default_pool_size = 10\nmax_client_conn = 500",
                    *lines,
                )
            )
        )
        # It refuses to be root, and must reach the socket.
        user = ("-u", Path(folder).owner()) if os.geteuid() == 0 else ()
        process = subprocess.Popen([PROGRAM, "-q", *user, str(config)])
        try:
            _wait(port, process)
            yield f"postgresql://postgres@127.0.0.1:{port}/postgres"
        finally:
            process.terminate()
            process.wait(10)


def behind(pooler: str, database: str) -> str:
    """The address of this database through the pooler."""
    return urlsplit(pooler)._replace(path=urlsplit(database).path).geturl()


def _wait(port: int, process: "subprocess.Popen[bytes]") -> None:
    end = time.monotonic() + 30
    while time.monotonic() < end:
        assert process.poll() is None, "PgBouncer ended"
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.02)
        else:
            return
    raise AssertionError("PgBouncer does not listen")
