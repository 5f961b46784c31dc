"""`make bench`: run the scenarios, print a table, write `.bench/results.json`, draw a picture.

`make bench PEERS=1` does the same with other systems, `.bench/peers.json` and a picture of its own.
`make bench SINCE=c5b60ea` does it with an older commit and `.bench/since.json`.
"""

import argparse
import asyncio
import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core import log
from local.postgres import embedded
from tests.benchmarks.bench import Machine, Scenario, prepare, rounds
from tests.benchmarks.peers import environments
from tests.benchmarks.peers.scenarios import PEERS
from tests.benchmarks.picture import beside, drawn
from tests.benchmarks.rewiring import new_database
from tests.benchmarks.scenarios import SCENARIOS
from tests.benchmarks.since import FIGURES, older, since

FOLDER = Path(".bench")
# README and docs/benchmarks.md show them: only all scenarios in full draw them anew.
HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Kind:
    """What is measured, in how many rounds, and how it is drawn, from the results by name."""

    scenarios: list[Scenario]
    results: str
    picture: str
    drawn: Callable[[list[tuple[Scenario, dict[str, Any]]]], str | None]
    rounds: int


BOUNDS = Kind(SCENARIOS, "results.json", "figures.svg", drawn, 9)
BESIDE = Kind(PEERS, "peers.json", "beside.svg", beside, 9)
SINCE = Kind(FIGURES, "since.json", "since.svg", lambda _: None, 9)


async def measured(
    chosen: list[Scenario], wanted: int, seconds: float, commit: str = ""
) -> dict[str, Any]:
    """Each scenario's result by name, beside that commit's figure if there is one.

    One that fails has none, and its reason is printed.
    """
    results = {}
    with tempfile.TemporaryDirectory() as folder:
        async with embedded(Path(folder)) as dsn:
            await prepare(dsn)
            machine = Machine(dsn, Path(folder), seconds)
            with ExitStack() as running:
                running.enter_context(machine.echo())
                running.enter_context(machine.server())
                if commit:
                    its = await new_database(dsn)
                    before = running.enter_context(older(machine, its, commit))
                    chosen = since(chosen, before)
                for scenario in chosen:
                    result = await asyncio.to_thread(tried, scenario, machine, wanted)
                    if result is not None:
                        results[scenario.name] = result
    return results


def tried(scenario: Scenario, machine: Machine, wanted: int) -> dict[str, Any] | None:
    """Print the figures and give them. Or say why there are none."""
    if lacks := scenario.lacks():
        print(f"| {scenario.name} | left out: {lacks} |", flush=True)
        return None
    try:
        result = rounds(scenario, machine, wanted)
    except (AssertionError, OSError, subprocess.SubprocessError) as failure:
        why = str(failure).strip().splitlines() or [type(failure).__name__]
        print(f"| {scenario.name} | failed: {why[-1]} |", flush=True)
        return None
    print(line(scenario, result), flush=True)
    return result


def line(scenario: Scenario, result: dict[str, Any]) -> str:
    met = {True: "yes", False: "no", None: ""}[scenario.met(result)]
    sign = "≥" if scenario.better == "more" else "≤"
    hoped = f" ({scenario.hoped:g})" if scenario.hoped else ""
    wanted = f"{sign} {scenario.target:.3g}{hoped}" if scenario.target else "shown"
    figures = f"{result['value']:.4g} | {result['bound']:.4g} | {spread(scenario, result)}"
    return f"| {scenario.name} | {scenario.what} | {figures} | {wanted} | {met} |"


def spread(scenario: Scenario, result: dict[str, Any]) -> str:
    """The median, and between which figures half of the rounds are."""
    middle = f"{result[scenario.compared]:.2g}"
    each = [one[scenario.compared] for one in result["rounds"]]
    if len(each) < 2:
        return middle
    lower, _, upper = statistics.quantiles(each, n=4, method="inclusive")
    return f"{middle} ({lower:.2g} to {upper:.2g})"


def main() -> int:
    parser = argparse.ArgumentParser(description="Measure against the limit in the same run.")
    parser.add_argument("--only", default="", help="names, such as B1,B4")
    parser.add_argument("--quick", action="store_true", help="one short round each")
    others = parser.add_mutually_exclusive_group()
    others.add_argument("--peers", action="store_true", help="beside others, installed first")
    others.add_argument("--since", default="", metavar="COMMIT", help="beside an older commit")
    given = parser.parse_args()
    log.configure("ERROR")
    kind = BESIDE if given.peers else SINCE if given.since else BOUNDS
    if given.peers:
        for peer in environments.wanted():
            environments.install(peer)
    names = set(filter(None, given.only.split(",")))
    chosen = [one for one in kind.scenarios if not names or one.name.split()[0] in names]
    wanted, seconds = (1, 1.0) if given.quick else (kind.rounds, 4.0)
    print("| | scenario | value | bound | ratio | at least (hoped) | met |")
    print("|---" * 7 + "|")
    results = asyncio.run(measured(chosen, wanted, seconds, given.since))
    kept(kind, results, whole=not names and not given.quick, some=bool(names))
    return int(any(one.lacks() is None and one.name not in results for one in chosen))


def kept(kind: Kind, results: dict[str, Any], whole: bool, some: bool) -> None:
    """Write the results, beside those of before where only some were measured; and the picture."""
    FOLDER.mkdir(exist_ok=True)
    file = FOLDER / kind.results
    # Of another commit they would not be the same figures.
    some = some and kind is not SINCE
    before = json.loads(file.read_text()) if some and file.exists() else {}
    results = {**before, **results}
    file.write_text(json.dumps(results, indent=1) + "\n")
    shown = [(one, results[one.name]) for one in kind.scenarios if one.name in results]
    if picture := kind.drawn(shown):
        ((HERE if whole else FOLDER) / kind.picture).write_text(picture)


if __name__ == "__main__":
    sys.exit(main())
