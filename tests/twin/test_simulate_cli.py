"""``greenlane simulate`` from the outside: tables, JSON, plots, and what it says to bad input."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest
from typer.testing import CliRunner

from greenlane.errors import GreenlaneError
from greenlane.twin.cli import app

WHERE = ["yahodyn-dorohusk", "--direction", "inbound", "--day", "2026-11-25", "--replications", "5"]


def run(*arguments: str) -> str:
    result = CliRunner().invoke(app, [*WHERE, *arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_the_tables_name_clocks_stages_and_hours() -> None:
    told = run()
    for words in (
        "Yahodyn inbound, Wed 25 Nov 2026",
        "stage recursion",
        "outside",
        "green",
        "customs",
        "23:00",
    ):
        assert words in told


def test_json_has_every_figure_with_its_interval_and_repeats_itself() -> None:
    first, second = (
        json.loads(run("--json", "--set", "lanes.customs=4", "--vs", "described")) for _ in range(2)
    )
    for document in (first, second):
        for case in document["cases"]:
            case.pop("seconds")
    assert first == second
    changed, described = first["cases"]
    assert changed["settings"] == ["lanes.customs=4"]
    assert described["name"] == "described"
    figure = changed["measures"]["inside"]["p95"]
    assert figure["low"] < figure["value"] < figure["high"]
    assert len(changed["by_hour"]["inside_p95"]) == 24
    gap = next(
        each
        for each in first["differences"][0]["figures"]
        if (each["measure"], each["statistic"]) == ("inside", "mean")
    )
    means = [case["measures"]["inside"]["mean"]["value"] for case in first["cases"]]
    assert gap["value"] == pytest.approx(means[0] - means[1], abs=2e-6)


@pytest.mark.slow
def test_a_seed_of_its_own_gives_other_figures() -> None:
    assert run("--json", "--seed", "2") != run("--json", "--seed", "3")


@pytest.mark.slow
def test_plots_are_drawings(tmp_path: Path) -> None:
    run("--pictures", str(tmp_path / "plots"), "--vs", "arrivals=1.5")
    for name in ("clocks", "day", "stages"):
        drawing = ElementTree.parse(tmp_path / "plots" / f"{name}.svg")
        assert len(list(drawing.iter("{http://www.w3.org/2000/svg}path"))) > 5


@pytest.mark.slow
def test_another_crossing_can_be_set_beside() -> None:
    document = json.loads(run("--json", "--vs", "otay-mesa", "--checkpoint", "B"))
    assert [case["checkpoint"] for case in document["cases"]] == ["dorohusk", "mesa-de-otay"]


def test_runs_are_added_for_the_precision_asked_for() -> None:
    (case,) = json.loads(run("--json", "--until", "inside.mean:0.1"))["cases"]
    figure = case["measures"]["inside"]["mean"]
    assert (figure["high"] - figure["low"]) / 2.0 <= 0.1


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        (["--set", "lanes.customz=4"], "lanes.customz"),
        (["--set", "lanes"], "lanes"),
        (["--vs", "nowhere"], "CROSSING"),
        (["--checkpoint", "brest"], "--checkpoint"),
        (["--direction", "up"], "--direction"),
        (["--until", "inside"], "--until"),
        (["--until", "inside.p12:0.1"], "statistic"),
        (["--set", "room.entry=2"], "stages.entry.room"),
    ],
)
def test_a_bad_wish_is_refused_by_field_with_a_mend(arguments: list[str], field: str) -> None:
    with pytest.raises(GreenlaneError) as refusal:
        CliRunner().invoke(app, [*WHERE, *arguments], catch_exceptions=False)
    assert refusal.value.field == field
    assert refusal.value.mend
