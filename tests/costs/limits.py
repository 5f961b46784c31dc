"""What each workload may use at most: `most.toml`."""

import tomllib
from collections.abc import Mapping
from pathlib import Path

from tests.costs.meter import Used

TEAMS = (1, 10, 50)
MOST = Path(__file__).parent / "most.toml"


def too_much(name: str, managers: int, used: Used) -> list[str]:
    """What a workload used of which it may use less. A workload without a line may use nothing."""
    column = TEAMS.index(managers)
    most = tomllib.loads(MOST.read_text()).get(name, {})
    had: Mapping[str, float] = {
        "messages": used.messages,
        "invocations": used.invocations.total(),
        "statements": used.statements.total(),
    }
    return [
        f"{name}, {managers} managers: {count:g} {what}, at most {allowed}"
        for what, count in had.items()
        if count > (allowed := most.get(what, (0,) * len(TEAMS))[column])
    ]
