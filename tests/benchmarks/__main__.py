"""`make bench`: run the scenarios, print a table, write `.bench/results.json`, draw a picture."""

import argparse
import asyncio
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from core import log
from local.postgres import embedded
from tests.benchmarks.bench import Machine, Scenario, prepare, rounds
from tests.benchmarks.picture import drawn
from tests.benchmarks.scenarios import SCENARIOS

RESULTS = Path(".bench/results.json")
# docs/benchmarks.md shows it: only all scenarios in full draw it anew.
PICTURE = Path(__file__).with_name("figures.svg")


async def measured(chosen: list[Scenario], wanted: int, seconds: float) -> dict[str, Any]:
    """Each scenario's result by name."""
    results = {}
    with tempfile.TemporaryDirectory() as folder:
        async with embedded(Path(folder)) as dsn:
            await prepare(dsn)
            machine = Machine(dsn, Path(folder), seconds)
            with machine.server(), machine.echo():
                for scenario in chosen:
                    if lacks := scenario.lacks():
                        print(f"| {scenario.name} | left out: {lacks} |", flush=True)
                        continue
                    result = await asyncio.to_thread(rounds, scenario, machine, wanted)
                    results[scenario.name] = result
                    print(line(scenario, result), flush=True)
    return results


def line(scenario: Scenario, result: dict[str, Any]) -> str:
    met = {True: "yes", False: "no", None: ""}[scenario.met(result)]
    sign = "≥" if scenario.better == "more" else "≤"
    wanted = f"{sign} {scenario.target:g} ({scenario.hoped:g})" if scenario.target else "shown"
    figures = f"{result['value']:.4g} | {result['bound']:.4g} | {result[scenario.compared]:.2g}"
    return f"| {scenario.name} | {scenario.what} | {figures} | {wanted} | {met} |"


def main() -> int:
    parser = argparse.ArgumentParser(description="Measure against the limit in the same run.")
    parser.add_argument("--only", default="", help="names, such as B1,B4")
    parser.add_argument("--quick", action="store_true", help="one short round each")
    given = parser.parse_args()
    log.configure("ERROR")
    names = set(filter(None, given.only.split(",")))
    chosen = [scenario for scenario in SCENARIOS if not names or scenario.name.split()[0] in names]
    wanted, seconds = (1, 1.0) if given.quick else (5, 4.0)
    print("| | scenario | value | bound | ratio | at least (hoped) | met |")
    print("|---" * 7 + "|")
    results = asyncio.run(measured(chosen, wanted, seconds))
    RESULTS.parent.mkdir(exist_ok=True)
    before = json.loads(RESULTS.read_text()) if names and RESULTS.exists() else {}
    results = {**before, **results}
    RESULTS.write_text(json.dumps(results, indent=1) + "\n")
    whole = not names and not given.quick
    shown = [(one, results[one.name]) for one in SCENARIOS if one.name in results]
    (PICTURE if whole else RESULTS.with_name(PICTURE.name)).write_text(drawn(shown))
    return 0


if __name__ == "__main__":
    sys.exit(main())
