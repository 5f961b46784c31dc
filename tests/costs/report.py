"""The tables that `make cost` prints."""

from collections.abc import Iterator, Mapping
from dataclasses import fields

from tests.costs.bill import Bill, bill
from tests.costs.meter import Used
from tests.costs.stack import memory

Found = Mapping[str, Mapping[int, Used]]
# USD for so many of each.
MANY = 1000


def table(found: Found) -> str:
    """Counts and the price, a line for each workload and number of managers."""
    return "\n".join(_lines(found))


def _lines(found: Found) -> Iterator[str]:
    parts = [one.name.replace("_", " ") for one in fields(Bill)]
    heads = [
        *(
            "workload",
            "managers",
            "messages",
            "invocations",
            "ms",
            "SQS",
            "statements",
            "bytes out",
        ),
        *parts,
        f"USD per {MANY:,}",
    ]
    yield f"| {' | '.join(heads)} |"
    yield "|" + "---|" * len(heads)
    sizes = memory()
    for name, teams in found.items():
        for managers, used in teams.items():
            usd = bill(used, sizes)
            cells = [
                name,
                str(managers),
                *(f"{value:,.0f}" for value in counts(used).values()),
                *(f"{MANY * getattr(usd, one.name):.4f}" for one in fields(usd)),
                f"**{MANY * usd.total:.4f}**",
            ]
            yield f"| {' | '.join(cells)} |"


def counts(used: Used) -> dict[str, float]:
    """What the table shows of it."""
    return {
        "messages": used.messages,
        "invocations": used.invocations.total(),
        "milliseconds": used.milliseconds.total(),
        "requests": used.requests,
        "statements": used.statements.total(),
        "bytes out": used.bytes_out,
    }


def details(found: Found) -> str:
    """What the counts are made of."""
    lines = []
    for name, teams in found.items():
        for managers, used in teams.items():
            lines.append(f"\n{name}, {managers} managers ({used.empty:.0f} empty answers)")
            for what in ("frames", "invocations", "milliseconds", "jobs", "statements"):
                held = getattr(used, what)
                parts = ", ".join(f"{key} {value:g}" for key, value in sorted(held.items()))
                lines.append(f"  {what}: {parts}")
    return "\n".join(lines)
