"""What is thrown away, what is met, and that the picture says so."""

from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from tests.benchmarks.bench import Machine, Measure, Scenario, rounds
from tests.benchmarks.picture import drawn, times_better
from tests.benchmarks.scenarios import SCENARIOS
from tests.benchmarks.since import older, since
from tests.server import ROOT


def machine() -> Machine:
    return Machine("", Path(), 0.0)


def said(*values: float) -> Measure:
    left = list(values)
    return lambda _: left.pop(0)


def result(value: float, bound: float) -> dict[str, Any]:
    return {
        "value": value,
        "bound": bound,
        "ratio": value / bound,
        "difference": value - bound,
    }


def test_a_round_in_which_the_bound_moved_is_thrown_away() -> None:
    bound = said(100, 110, 200, 210, 190)
    value = said(50, 9, 102.5, 60)
    found = rounds(Scenario("X", "", bound, value, "more", 0.4, 0.5), machine(), 3)
    assert found["thrown_away"] == 1
    assert [one["value"] for one in found["rounds"]] == [50, 102.5, 60]
    assert found["ratio"] == 50 / 105


def test_when_the_bound_never_holds_still_all_rounds_are_shown() -> None:
    bound = said(100, 200, 100, 200, 100)
    found = rounds(Scenario("X", "", bound, said(1, 2, 3, 4), "more"), machine(), 2)
    assert (found["thrown_away"], len(found["rounds"])) == (4, 4)


def test_met_says_which_way_is_better_and_what_is_compared() -> None:
    def scenario(better: Any, target: float | None, compared: Any = "ratio") -> Scenario:
        return Scenario("X", "", said(), said(), better, target, target, compared)

    assert scenario("more", 0.5).met(result(6, 10)) is True
    assert scenario("less", 0.5).met(result(6, 10)) is False
    assert scenario("less", 0.5, "difference").met(result(10.4, 10)) is True
    assert scenario("more", None).met(result(1, 10)) is None


def test_since_an_older_commit_its_own_code_is_the_bound(dsn: str, tmp_path: Path) -> None:
    ours = Machine(dsn, tmp_path, 0.0)

    def runs_here(machine: Machine) -> float:
        return float(machine.root == ROOT)

    with older(ours, dsn, "HEAD") as before:
        assert before.port
        assert (before.root / "local" / "__main__.py").is_file()
        more, less = since(
            [
                Scenario("X", "", said(), runs_here, "more", 0.4, 0.5),
                Scenario("Y", "", said(), runs_here, "less", 5, 3, "difference"),
            ],
            before,
        )
        assert [(one.bound(ours), one.value(ours)) for one in (more, less)] == [(0, 1), (0, 1)]
    assert more.met(result(90, 100)) is True
    assert more.met(result(89, 100)) is False
    assert less.met(result(111, 100)) is True
    assert less.met(result(112, 100)) is False


def test_the_picture_shows_every_figure_that_has_a_target() -> None:
    judged = [one for one in SCENARIOS if one.target is not None]
    root = ElementTree.fromstring(drawn((one, result(3.0, 2.0)) for one in SCENARIOS))
    bars = [rect.attrib["class"] for rect in root.iter("{http://www.w3.org/2000/svg}rect")]
    assert bars == ["yes" if one.met(result(3.0, 2.0)) else "no" for one in judged]
    for one in judged:
        assert (times_better(one, result(3.0, 2.0)) >= 1) == (one.met(result(3.0, 2.0)))
