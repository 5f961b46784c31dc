"""One picture of what was measured: how far each figure is from what was wanted of it."""

import math
from collections.abc import Iterable
from html import escape
from typing import Any

from tests.benchmarks.bench import Scenario

ROW, TOP, LEFT, WIDTH, RIGHT = 24, 46, 250, 320, 250
# The scale is logarithmic and ends where a figure is so many times better or worse.
FURTHEST = 16
STYLE = """
text { font: 13px system-ui, sans-serif; fill: #24292f } .faint { fill: #6e7781 }
.yes { fill: #2da44e } .no { fill: #d4a72c } line { stroke: #6e7781 }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3 } .faint { fill: #8b949e } line { stroke: #8b949e } }
"""


def drawn(measured: Iterable[tuple[Scenario, dict[str, Any]]]) -> str:
    """An SVG of the scenarios that have a target: right of the line is better than wanted."""
    rows = [(one, result) for one, result in measured if one.target is not None]
    height = TOP + ROW * len(rows) + 8
    middle = LEFT + WIDTH / 2
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {LEFT + WIDTH + RIGHT} {height}">',
        f"<style>{STYLE}</style>",
        _text(middle, 18, "what was wanted", "middle"),
        _text(middle - 8, 36, "← worse", "end", "faint"),
        _text(middle + 8, 36, "better →", "start", "faint"),
    ]
    for n, (scenario, result) in enumerate(rows):
        parts += _row(scenario, result, TOP + ROW * n, middle)
    parts.append(f'<line x1="{middle}" x2="{middle}" y1="24" y2="{height - 6}"/>')
    return "\n".join([*parts, "</svg>", ""])


def times_better(scenario: Scenario, result: dict[str, Any]) -> float:
    """1 is what was wanted, 2 is twice as good."""
    assert scenario.target is not None
    reached = max(result[scenario.compared], scenario.target / FURTHEST)
    better = float(reached / scenario.target)
    return better if scenario.better == "more" else 1 / better


def _row(scenario: Scenario, result: dict[str, Any], y: int, middle: float) -> list[str]:
    share = math.log(times_better(scenario, result)) / math.log(FURTHEST)
    length = min(1.0, abs(share)) * WIDTH / 2
    x = middle if share > 0 else middle - length
    sign = "≥" if scenario.better == "more" else "≤"
    figures = f"{result[scenario.compared]:.2g}, wanted {sign} {scenario.target:g}"
    if scenario.compared == "difference":
        figures += f" (of {result['value']:.2g})"
    kind = "yes" if scenario.met(result) else "no"
    return [
        _text(LEFT - 10, y + 14, f"{scenario.name}  {scenario.what}", "end"),
        f'<rect class="{kind}" x="{x:.1f}" y="{y + 3}" width="{length:.1f}" height="{ROW - 9}"/>',
        _text(LEFT + WIDTH + 10, y + 14, figures),
    ]


def _text(x: float, y: float, text: str, anchor: str = "start", kind: str = "") -> str:
    return f'<text x="{x}" y="{y}" text-anchor="{anchor}" class="{kind}">{escape(text)}</text>'
