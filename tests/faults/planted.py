"""Bugs that others have had, for the checker to find; none of them is in the product.

Some are planted in the database's procedures by `plant`, the others in the process that
`python -m tests.faults.planted NAME` runs in place of `python -m local`.
"""

import random
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import asyncpg

from tests.faults.managers import CAPACITY
from tests.faults.violation import Violation

SOMETIMES = "if random() < 0.7 then commit; else rollback; end if;"
CLAIM = "c.epoch = p_epoch and c.try = p_try and c.beat_at is not null"


@dataclass(frozen=True, slots=True)
class Edit:
    """In a procedure of the database, wherever it stands: `old` becomes `new`."""

    procedure: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Bug:
    """How it is planted, and what kinds of violation it must be found as; `said`: and in which
    words."""

    found_as: frozenset[str]
    said: str = ""
    edits: tuple[Edit, ...] = ()
    statements: tuple[str, ...] = ()
    patch: Callable[[], None] | None = None

    def is_among(self, violations: Sequence[Violation]) -> bool:
        return any(one.kind in self.found_as and self.said in one.what for one in violations)


async def plant(dsn: str, bug: Bug) -> None:
    """Change the database. Raises AssertionError if there is nothing to change any more."""
    database = await asyncpg.connect(dsn)
    try:
        for statement in bug.statements:
            await database.execute(statement)
        for edit in bug.edits:
            found = await database.fetch(
                "select pg_get_functiondef(oid) as source from pg_proc where proname = $1",
                edit.procedure,
            )
            sources = [row["source"] for row in found if edit.old in row["source"]]
            assert sources, f"{edit.procedure} does not say {edit.old!r}"
            for source in sources:
                await database.execute(source.replace(edit.old, edit.new))
    finally:
        await database.close()


def jobs_deleted_before_done() -> None:
    """And the process dies between the two, more often than not; nobody looks again."""
    from core.model import ChatId
    from core.store.sweep import SweepStore
    from local.worker import Worker

    run = Worker._run
    dice = random.Random(1)

    async def deleted(self: Worker, record: dict[str, Any]) -> None:
        if dice.random() > 0.8:
            await run(self, record)

    async def nothing(
        self: SweepStore, limit: int, seen: Sequence[ChatId] = ()
    ) -> Sequence[ChatId]:
        return ()

    Worker._run = deleted  # type: ignore[method-assign]
    SweepStore.pending = nothing  # type: ignore[method-assign]


def fan_out_stops_at_a_failure() -> None:
    from core.delivery.push import Post, Push, PushResult

    deliver = Push.deliver

    async def until_a_failure(self: Push, posts: Iterable[Post]) -> PushResult:
        whole = PushResult()
        for post in (Post([to], one.data, one.must) for one in posts for to in one.targets):
            one = await deliver(self, [post])
            whole.taken += one.taken
            whole.gone += one.gone
            if not one.taken:
                break
        return whole

    Push.deliver = until_a_failure  # type: ignore[method-assign]


def streams_without_an_end() -> None:
    from core.chat.answering import Answering
    from core.store.turns import Finished

    async def unpublished(self: Answering, finished: Finished) -> bool:
        return finished.pending

    Answering._publish = unpublished  # type: ignore[method-assign]


OF_THE_TEAM = {
    "note pushed to visitors": Bug(
        frozenset({"wrong"}),
        "'type': 'note'",
        edits=(
            Edit(
                "add_note",
                "managers := managers_of_site(",
                "managers := users_of(p_chat) || managers_of_site(",
            ),
        ),
    ),
    "note lost after it was acknowledged": Bug(
        frozenset({"lost"}), "the note boss", edits=(Edit("add_note", "commit;", SOMETIMES),)
    ),
    "edit kept from who was away": Bug(
        frozenset({"lost"}),
        "has an old",
        edits=(Edit("resume_chats", "c.change > g.changed", "false"),),
    ),
    "assignment lost after it was acknowledged": Bug(
        frozenset({"lost"}), "the assignment", edits=(Edit("assign_chat", "commit;", SOMETIMES),)
    ),
    "placement without a lock": Bug(
        frozenset({"wrong"}),
        f"of {CAPACITY}",
        edits=(Edit("place_next", "perform lock_team(p_team);", ""),),
    ),
}
BUGS = {
    "acknowledged before the commit": Bug(
        frozenset({"lost"}),
        statements=(
            # What is committed is on no disk yet.
            "alter system set synchronous_commit = off",
            "alter system set wal_writer_delay = '10s'",
            "alter system set wal_writer_flush_after = '1GB'",
            "select pg_reload_conf()",
        ),
    ),
    "no unique key": Bug(
        frozenset({"doubled"}),
        edits=(
            Edit(
                "next_messages",
                "x.client_id = g.client_id",
                "x.client_id = g.client_id and false",
            ),
        ),
        statements=("drop index messages_named_once",),
    ),
    "no claim check at the end": Bug(
        frozenset({"late", "doubled"}),
        edits=(
            Edit(
                "finish_answers",
                "and x.epoch = g.epoch and x.try = g.try and x.beat_at is not null",
                "",
            ),
        ),
    ),
    "no claim check at a flush": Bug(
        frozenset({"late"}),
        edits=(Edit("save_draft", CLAIM, "true"),),
    ),
    "resume off by one": Bug(
        frozenset({"lost"}),
        edits=(Edit("resume_chats", "x.seq > g.after", "x.seq > g.after + 1"),),
    ),
    "job deleted before done": Bug(frozenset({"unended"}), patch=jobs_deleted_before_done),
    "fan-out stops at a failed push": Bug(
        frozenset({"lost"}), "was not pushed to", patch=fan_out_stops_at_a_failure
    ),
    "stream without an end frame": Bug(
        frozenset({"lost", "unended"}), patch=streams_without_an_end
    ),
    **OF_THE_TEAM,
}


def main(name: str) -> None:
    """The local server with a bug in it."""
    from local.__main__ import serve

    patch = BUGS[name].patch
    if patch is not None:
        patch()
    serve()


if __name__ == "__main__":
    main(sys.argv[1])
