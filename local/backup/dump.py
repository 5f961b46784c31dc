"""A schema of the database as a file of `pg_dump`, and back in one transaction."""

import asyncio
import os
import signal
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from core.errors import TryAgain
from core.store.migrate import LOCK
from local.backup.programs import Programs, start

CHUNK = 1 << 18
# From Postgres 17 on. `pg_restore` writes it for older servers as well, which do not know it.
UNKNOWN, SINCE = b"SET transaction_timeout = 0;\n", 17
LAST_SETTING = b"SET row_security"

# Everything in the schema but what belongs to an extension. The schema itself may be another's.
EMPTY = """
set local lock_timeout = '15s';
set local client_min_messages = warning;
do $$
declare
    v_schema oid := to_regnamespace(quote_ident({schema}));
    v_commands text[];
    v_command text;
begin
    -- All of them first: what one takes along has no name any more.
    select array_agg(command) into v_commands from (
        select format('drop %s if exists %I.%I cascade', case relkind
            when 'v' then 'view' when 'm' then 'materialized view' when 'S' then 'sequence'
            when 'f' then 'foreign table' else 'table' end, {schema}, relname) as command
        from pg_class c where relnamespace = v_schema and relkind in ('r', 'p', 'v', 'm', 'S', 'f')
            and not exists (select from pg_depend where objid = c.oid and deptype in ('e', 'i'))
        union all
        select format('drop routine if exists %s cascade', p.oid::regprocedure)
        from pg_proc p where pronamespace = v_schema
            and not exists (select from pg_depend where objid = p.oid and deptype = 'e')
        union all
        select format('drop type if exists %I.%I cascade', {schema}, typname)
        from pg_type t where typnamespace = v_schema
            and (typtype in ('d', 'e') or exists (
                select from pg_class where oid = t.typrelid and relkind = 'c'))
            and not exists (select from pg_depend where objid = t.oid and deptype = 'e')
    ) all_of_it;
    foreach v_command in array coalesce(v_commands, '{{}}') loop
        execute v_command;
    end loop;
end $$;
"""


async def dump(
    programs: Programs, reach: Mapping[str, str], schema: str, snapshot: str | None, file: Path
) -> None:
    """Write all that this snapshot, or a new one, sees. Raises `TryAgain` with the reason."""
    process = await start(
        [
            *(programs.path("pg_dump"), "--format=custom", "--no-owner", "--no-privileges"),
            *(f"--schema={_quoted(schema)}", f"--file={file}"),
            *([f"--snapshot={snapshot}"] if snapshot else []),
        ],
        reach,
    )
    await _ended(process, "pg_dump")


async def load(
    programs: Programs,
    reach: Mapping[str, str],
    schema: str,
    file: Path,
    *,
    server: int,
    replaces: bool,
) -> None:
    """Load a dump, all of it or nothing. Raises `TryAgain` with the reason.

    `server` is the major version. `replaces`: what stands in the schema goes, and comes back if
    this fails.
    """
    reading = await start(
        [
            *(programs.path("pg_restore"), "--no-owner", "--no-privileges"),
            *(f"--schema={schema}", "--file=-", str(file)),
        ],
        {},
        is_read=True,
    )
    writing = await start(
        [
            *(programs.path("psql"), "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1"),
            # A longer message would show texts of chats.
            "--set=VERBOSITY=terse",
        ],
        reach,
        is_fed=True,
    )
    # A start of a server waits until this is done: it takes the same lock.
    begin = f"begin; select pg_advisory_xact_lock({LOCK});\n"
    if replaces:
        begin += EMPTY.format(schema="'" + schema.replace("'", "''") + "'")
    read, wrote = await asyncio.gather(
        _pipe(reading, writing, begin, server), _said(writing), return_exceptions=True
    )
    if isinstance(wrote, BaseException):
        raise wrote
    if isinstance(read, BaseException):
        raise read


async def _pipe(
    reading: asyncio.subprocess.Process,
    writing: asyncio.subprocess.Process,
    begin: str,
    server: int,
) -> None:
    """Commit only what was read to its end."""
    source, sink = reading.stdout, writing.stdin
    assert source is not None and sink is not None
    try:
        with suppress(BrokenPipeError, ConnectionResetError):
            sink.write(begin.encode())
            while line := await source.readline():
                if line != UNKNOWN or server >= SINCE:
                    sink.write(line)
                if line.startswith(LAST_SETTING):
                    break
            while chunk := await source.read(CHUNK):
                sink.write(chunk)
                await sink.drain()
            await _ended(reading, "pg_restore")
            sink.write(b"commit;\n")
            await sink.drain()
    finally:
        sink.close()
        if reading.returncode is None:
            # Nobody reads it any more. `Process.kill` would take its status from the loop.
            with suppress(ProcessLookupError):
                os.kill(reading.pid, signal.SIGKILL)
            await reading.wait()


async def _said(writing: asyncio.subprocess.Process) -> None:
    await _ended(writing, "psql")


async def _ended(process: asyncio.subprocess.Process, name: str) -> None:
    assert process.stderr is not None
    said = (await process.stderr.read()).decode(errors="replace")
    if await process.wait():
        lines = [line for line in said.splitlines() if "error:" in line.lower()]
        reason = (lines or said.splitlines() or ["it gave no reason"])[0].strip()
        raise TryAgain(f"Nothing was changed, because {name} failed: {reason}")


def _quoted(schema: str) -> str:
    """As a pattern of `pg_dump` that is this one name."""
    return '"' + schema.replace('"', '""') + '"'
