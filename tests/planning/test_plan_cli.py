"""``greenlane plan`` from the outside, and what single changes are worth."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner

from greenlane.errors import GreenlaneError
from greenlane.planning.levers import ranked_levers
from greenlane.planning.plan_cli import app
from greenlane.registry.crossing_finding import find_crossing

pytestmark = pytest.mark.slow
WHERE = ["yahodyn-dorohusk", "--direction", "inbound", "--day", "2026-11-25", "--replications", "6"]
COARSE = ["--block", "480", "--every", "240", "--clocks", "inside"]


def run(*arguments: str) -> str:
    result = CliRunner().invoke(app, [*WHERE, *COARSE, *arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_a_plan_is_the_same_again_and_cheaper_than_today() -> None:
    first, second = (json.loads(run("--channels", "green", "--json", "--slot", "9")) for _ in range(2))
    assert first == second
    assert first["holds"]
    assert first["cost"] < first["today_cost"]
    assert first["bound"] <= first["cost"]
    assert first["kept"]["surely"] >= 0.95
    assert sum(slot["bookings"] for slot in first["quotas"]["slots"]) > 500
    staffed = {code: max(lanes) for code, lanes in first["staffing"].items()}
    for shift in first["shifts"]:
        assert all(number <= staffed[code] for code, number in shift["lanes"].items())


def test_where_no_roster_keeps_the_standard_it_says_what_binds() -> None:
    """Amber trucks take more than ten minutes by their checks alone."""
    told = run("--channels", "amber", "--slot", "1")
    assert "No roster keeps it" in told
    assert "service" in told
    assert "Frontier" in told


def test_demand_by_hour_is_read_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "demand.csv"
    file.write_text("hour,trucks\n" + "".join(f"{hour},{34 if hour < 8 else 5}\n" for hour in range(24)))
    plan = json.loads(run("--channels", "green", "--json", "--demand", str(file), "--slot", "20"))
    night, day, evening = plan["staffing"]["customs"]
    assert night > day
    assert day >= evening


def test_plots_are_drawn(tmp_path: Path) -> None:
    run("--channels", "green", "--frontier", "--pictures", str(tmp_path), "--slot", "3")
    assert {path.name for path in tmp_path.glob("*.svg")} == {"lanes.svg", "frontier.svg"}


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        (["--quantile", "95"], "quantile"),
        (["--clocks", "access"], "--clocks"),
        (["--channels", "blue"], "--channels"),
        (["--lane-hour", "custms=3"], "--lane-hour"),
        (["--crew", "customs=many"], "--crew"),
        (["--shifts", "8,x"], "--shifts"),
        (["--shifts", "20"], "shifts.lengths"),
        (["--block", "7"], "blocks"),
        (["--demand", "nowhere.csv"], "--demand"),
        (["--day", "2026-10-25"], "day"),
    ],
)
def test_a_bad_wish_is_refused_by_field_with_a_mend(arguments: list[str], field: str) -> None:
    with pytest.raises(GreenlaneError) as refusal:
        CliRunner().invoke(app, [*WHERE, *COARSE, *arguments], catch_exceptions=False)
    assert refusal.value.field == field
    assert refusal.value.mend


@pytest.mark.parametrize(
    "text", ["hour,trucks\n0,5\n", "hour,trucks\n0,5\n0,6\n", "hours,trucks\n0,5\n", "hour,trucks\n24,5\n"]
)
def test_a_demand_file_that_is_not_right_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "demand.csv"
    file.write_text(text)
    with pytest.raises(GreenlaneError, match="hour") as refusal:
        CliRunner().invoke(app, [*WHERE, "--demand", str(file)], catch_exceptions=False)
    assert refusal.value.field == "--demand"


def test_levers_are_ranked_by_what_they_gain() -> None:
    """Faster customs helps every truck by about its minute; a lane more where none waits helps nobody."""
    checkpoint = find_crossing("yahodyn-dorohusk").checkpoint("yahodyn")
    worths = ranked_levers(
        checkpoint, "inbound", date(2026, 11, 25), truck_hour=30.0, lane_hour=2.0, replications=10
    )
    by_lever = {(worth.lever.kind, worth.lever.stage): worth for worth in worths}
    assert worths[0].lever.stage == "customs"
    assert by_lever["faster", "customs"].minutes.low > 1.0
    idle = by_lever["lane", "weighing"]
    assert idle.minutes.value == pytest.approx(0.0, abs=0.02)
    assert idle.money.high < 0.0
    assert by_lever["examined", ""].within.low > 0.0
    money = [worth.money.value for worth in worths]
    assert money == sorted(money, reverse=True)
