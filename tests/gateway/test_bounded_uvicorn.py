"""The options of docs/deploy.md bound what arrives under uvicorn's own command, too."""

import re
import socket
import subprocess
import sys
from pathlib import Path

from tests.e2e.test_nodes import free_port
from tests.server import ROOT

DEPLOY = (ROOT / "docs" / "deploy.md").read_text(encoding="utf-8")


def test_h2_uvicorns_own_command_bounds_heads_and_time(dsn: str, tmp_path: Path) -> None:
    found = re.search(r"^uvicorn main:app (--http .*)$", DEPLOY, re.MULTILINE)
    assert found
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", "main:app", "--port", str(port), *found[1].split()]
    environment = {"DATABASE_URL": dsn, "REQUEST_SECONDS": "1", "PATH": "/usr/bin:/bin"}
    with (
        (tmp_path / "log").open("w+") as log,
        subprocess.Popen(command, cwd=ROOT, env=environment, stderr=log, stdout=log) as process,
    ):
        try:
            assert (
                answer(process, int(port), b"GET / HTTP/1.1\r\nX: " + b"a" * 40_000)[9:12] == b"431"
            )
            assert answer(process, int(port), b"GET / HTTP/1.1\r\nX: ")[9:12] == b"408"
        finally:
            process.terminate()
            process.wait(60)


def answer(process: "subprocess.Popen[bytes]", port: int, sent: bytes) -> bytes:
    """What comes back on a raw connection, once the server listens."""
    while True:
        assert process.poll() is None, "the server did not start"
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
                connection.sendall(sent)
                return connection.recv(1000)
        except ConnectionRefusedError:
            continue
