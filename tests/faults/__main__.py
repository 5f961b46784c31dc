"""`python -m tests.faults --seconds 30 --seed 1`: the checker; see `make faults`."""

import argparse
import asyncio
import sys
from pathlib import Path

from core import log
from tests.faults.run import run


def main() -> int:
    parser = argparse.ArgumentParser(description="Prove the promises under faults.")
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path, default=Path(".faults"), help="for histories")
    parser.add_argument("--echo", action="store_true", help="no provider: the echo answers")
    parser.add_argument("--pooler", action="store_true", help="the nodes are behind PgBouncer")
    given = parser.parse_args()
    log.configure("CRITICAL")
    verdict = asyncio.run(
        run(given.seconds, given.seed, given.folder, echo=given.echo, pooler=given.pooler)
    )
    print(verdict.table)
    for missing in verdict.missing:
        print(f"not injected: {missing}")
    for violation in verdict.violations[:20]:
        print(violation)
    if verdict.violations:
        print(f"{len(verdict.violations)} violations; the history is in {verdict.file}")
        return 1
    print(f"No violation in {given.seconds:g} seconds of faults with seed {given.seed}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
