"""The scenario of a cold start: a fresh interpreter, the imports, and the first call."""

import secrets
import statistics
import subprocess
import sys
import time

from tests.benchmarks.bench import Machine, Measure, Scenario

# Imports repeat well, and a start takes a fraction of a second.
STARTS = 5
BARE = ("-c", "import asyncpg, aiohttp")


def started(*program: str) -> Measure:
    def measured(machine: Machine) -> float:
        command = [sys.executable, *program]
        environment = {
            "PATH": "",
            "DATABASE_URL": machine.dsn,
            "RING_QUEUE_URL": "http://127.0.0.1:9/queue",
            "LOG_LEVEL": "ERROR",
            "SECRET_KEY": secrets.token_urlsafe(32),
        }
        took = []
        for _ in range(STARTS):
            began = time.perf_counter()
            subprocess.run(command, check=True, cwd=machine.root, env=environment)
            took.append(time.perf_counter() - began)
        return statistics.median(took)

    return measured


def first_call(name: str) -> Measure:
    return started("-m", "tests.benchmarks.first_call", name)


COLD = [
    Scenario(f"B12 {name}", f"cold {name}", started(*BARE), first_call(name), "less", 1.5, 1.2)
    for name in ("connect", "message")
]
