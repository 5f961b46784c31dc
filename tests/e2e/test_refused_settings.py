"""A start with a setting that cannot work says so in one line, which shows no secret."""

import os
import subprocess
import sys

import pytest

from tests.server import ROOT

SECRET = "s3cr3t"


MAKE_RUN, UVICORN = "local", "uvicorn main:app --port 0"


@pytest.mark.parametrize(
    ("program", "name", "value"),
    [
        (MAKE_RUN, "DATABASE_URL", f"postgresql://u:{SECRET}#1@127.0.0.1:1/d"),
        (UVICORN, "DATABASE_URL", f"postgresql://u:1?x={SECRET}@127.0.0.1:1/d"),
        (MAKE_RUN, "PUBLIC_URL", f"https://u:{SECRET}@chat.example"),
        (UVICORN, "OPENAI_BASE_URL", f"https://u:{SECRET}/1@h.example/v1"),
        (MAKE_RUN, "AWS_ENDPOINT_URL", f"http://u:{SECRET}/1@127.0.0.1:1"),
        (UVICORN, "RING_QUEUE_URL", f"http://u:{SECRET}/1@127.0.0.1:1/0/q"),
    ],
)
def test_a_start_that_fails_shows_no_secret(dsn: str, program: str, name: str, value: str) -> None:
    kept = {one: os.environ[one] for one in ("PATH", "HOME") if one in os.environ}
    ended = subprocess.run(
        [sys.executable, "-m", *program.split()],
        cwd=ROOT,
        env={**kept, "DATABASE_URL": dsn, "PORT": "0", name: value},
        capture_output=True,
        text=True,
        timeout=120,
    )
    printed = ended.stdout + ended.stderr
    assert ended.returncode != 0 and name in printed, printed
    assert SECRET not in printed and "Traceback" not in printed, printed
