"""docs/scale.md has the figures that the counts and the arithmetic give."""

import re
import tomllib

import pytest

from tests.costs.limits import MOST
from tests.costs.steps import MESSAGES, MESSAGES_A_CONSOLE, STEPS, Step, number, rows
from tests.docs.pages import page

PAGE = page("docs/scale.md")
WIDGET = "streamed answer of 10 s, the widget"


def cells(first: str) -> list[str]:
    """The cells of the line that begins with this one."""
    (line,) = re.findall(rf"^\| {re.escape(first)} \|(.*)\|$", PAGE.text, re.MULTILINE)
    return [cell.strip() for cell in line.split("|")]


@pytest.mark.parametrize(
    ("line", "workload"),
    [
        ("echo turn of a program", "echo turn, a program"),
        ("echo turn of the widget", "echo turn, the widget"),
        ("answer streamed for 10 s, widget", WIDGET),
        ("an hour of a visitor's open socket", "an hour of an open socket"),
        ("a wait with one escalation", "a wait with one escalation"),
    ],
)
def test_no_count_is_above_what_is_written_down(line: str, workload: str) -> None:
    messages, invocations, statements, _ = cells(line)
    most = tomllib.loads(MOST.read_text())[workload]
    said = [float(one) for one in messages.split(", ")]
    allowed = most["messages"]
    # Only a stream is given some more.
    spare = 8 if workload == WIDGET else 0
    assert [one + spare for one in said] == (allowed if len(said) > 1 else allowed[:1])
    assert float(invocations) == most["invocations"][0]
    assert float(statements) <= most["statements"][0]


def test_the_five_sizes_are_what_the_arithmetic_gives() -> None:
    for row in rows():
        assert row in PAGE.text, row


def test_the_arithmetic_begins_with_what_a_turn_uses() -> None:
    messages, _, _, usd = cells("answer streamed for 10 s, widget")
    counts = dict(zip((1, 10, 50), map(int, messages.split(", ")), strict=True))
    prices = dict(zip((1, 10, 50), map(float, usd.split(", ")), strict=True))
    for consoles, count in counts.items():
        assert count == MESSAGES + MESSAGES_A_CONSOLE * consoles
        step = Step(120_000, consoles)
        turn = (step.usd - 120 * 0.0254) / 3_600
        assert turn == pytest.approx(prices[consoles], rel=0.01)


def test_sites_cut_what_consoles_cost() -> None:
    visitors, consoles = STEPS[-1]
    assert f"{number(Step(visitors, consoles // 10).usd)} USD an hour" in PAGE.text
    assert f"not {number(Step(visitors, consoles).usd)}" in PAGE.text
