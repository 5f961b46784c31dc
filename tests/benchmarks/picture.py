"""One picture of what was measured: how far each figure is from what was wanted of it."""

import math
import re
from collections.abc import Iterable
from html import escape
from typing import Any

from tests.benchmarks.bench import Scenario

ROW, TOP, LEFT, WIDTH, RIGHT = 24, 46, 250, 320, 310
# The scale is logarithmic and ends where a figure is so many times better or worse.
FURTHEST = 16
# A label, how many times better, whether that is enough, and the figures.
Row = tuple[str, float, bool, str]
STYLE = """
text { font: 13px system-ui, sans-serif; fill: #24292f } .faint { fill: #6e7781 }
.yes { fill: #2da44e } .no { fill: #d4a72c } line { stroke: #6e7781 }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3 } .faint { fill: #8b949e } line { stroke: #8b949e } }
"""


# The figures of README: one of each line of peers, and the first line where it is nearest.
BESIDE = {
    "P1 1": "turns/s, 1 visitor",
    "P1 50": "turns/s, 50 visitors",
    "P2 20": "turns/s, 20 visitors",
    "P3 1": "echoes/s of the gateway",
    "P4": "one frame to 500 sockets, frames/s",
}
PEER = re.compile(r"beside ([\w.-]+)")


def drawn(measured: Iterable[tuple[Scenario, dict[str, Any]]]) -> str:
    """An SVG of the scenarios that have a target: right of the line is better than wanted."""
    rows = []
    for scenario, result in measured:
        if scenario.target is None:
            continue
        sign = "≥" if scenario.better == "more" else "≤"
        figures = f"{result[scenario.compared]:.2g}, wanted {sign} {scenario.target:g}"
        if scenario.compared == "difference":
            figures += f" (of {result['value']:.2g})"
        label = f"{scenario.name}  {scenario.what}"
        rows.append((label, times_better(scenario, result), bool(scenario.met(result)), figures))
    return _picture("what was wanted", rows)


def beside(measured: Iterable[tuple[Scenario, dict[str, Any]]]) -> str | None:
    """An SVG of five figures beside those of peers; None where one of the five is missing."""
    rows = []
    for scenario, result in measured:
        if label := BESIDE.get(scenario.name):
            ratio = result["ratio"]
            peer = PEER.findall(scenario.what)[0]
            figures = f"{ratio:.2g} × {peer}: {result['value']:,.0f}, {result['bound']:,.0f}"
            rows.append((label, max(ratio, 1 / FURTHEST), ratio >= 1, figures))
    return _picture("as much as the other", rows) if len(rows) == len(BESIDE) else None


def times_better(scenario: Scenario, result: dict[str, Any]) -> float:
    """1 is what was wanted, 2 is twice as good."""
    assert scenario.target is not None
    reached = max(result[scenario.compared], scenario.target / FURTHEST)
    better = float(reached / scenario.target)
    return better if scenario.better == "more" else 1 / better


def _picture(middle_is: str, rows: list[Row]) -> str:
    height = TOP + ROW * len(rows) + 8
    middle = LEFT + WIDTH / 2
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {LEFT + WIDTH + RIGHT} {height}">',
        f"<style>{STYLE}</style>",
        _text(middle, 18, middle_is, "middle"),
        _text(middle - 8, 36, "← worse", "end", "faint"),
        _text(middle + 8, 36, "better →", "start", "faint"),
    ]
    for n, row in enumerate(rows):
        parts += _row(row, TOP + ROW * n, middle)
    parts.append(f'<line x1="{middle}" x2="{middle}" y1="24" y2="{height - 6}"/>')
    return "\n".join([*parts, "</svg>", ""])


def _row(row: Row, y: int, middle: float) -> list[str]:
    label, better, met, figures = row
    share = math.log(better) / math.log(FURTHEST)
    length = min(1.0, abs(share)) * WIDTH / 2
    x = middle if share > 0 else middle - length
    kind = "yes" if met else "no"
    return [
        _text(LEFT - 10, y + 14, label, "end"),
        f'<rect class="{kind}" x="{x:.1f}" y="{y + 3}" width="{length:.1f}" height="{ROW - 9}"/>',
        _text(LEFT + WIDTH + 10, y + 14, figures),
    ]


def _text(x: float, y: float, text: str, anchor: str = "start", kind: str = "") -> str:
    return f'<text x="{x}" y="{y}" text-anchor="{anchor}" class="{kind}">{escape(text)}</text>'
