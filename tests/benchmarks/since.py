"""Every figure beside the same one of an older commit, by turns on one machine.

Both servers run all the time, each with its own code and database, and get the same load. What
calls a part without a server (B7, B9, B11 to B13) comes from the older folder as well.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace

from tests.benchmarks.bench import Machine, Scenario
from tests.benchmarks.scenarios import SCENARIOS
from tests.server import ROOT
from tests.unpacked import unpacked

# No figure may be more than a tenth below, in all that was built since.
FLOOR = 0.9
# The others differ from one of these by their bound alone.
FIGURES = [one for one in SCENARIOS if one.name not in ("B1 own", "B4 own", "B5 own", "B15")]


@contextmanager
def older(machine: Machine, dsn: str, commit: str) -> Iterator[Machine]:
    """The same machine with a running server of that commit."""
    root = unpacked(commit, machine.folder / "before")
    for installed in ("node_modules", ".tools"):
        (root / installed).symlink_to(ROOT / installed)
    # Its own folder, or the logs of both servers would be one.
    found = Machine(dsn, root, machine.seconds, echo_port=machine.echo_port, root=root)
    with found.server():
        yield found


def since(scenarios: Iterable[Scenario], before: Machine) -> list[Scenario]:
    """The same scenarios, whose bound is the figure of the older code."""
    return [_since(one, before) for one in scenarios]


def _since(scenario: Scenario, before: Machine) -> Scenario:
    return replace(
        scenario,
        bound=lambda _: scenario.value(before),
        target=FLOOR if scenario.better == "more" else 1 / FLOOR,
        hoped=None,
        compared="ratio",
    )
