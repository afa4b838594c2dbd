"""``greenlane rules`` on a crossing's file, without a database."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from rule_scenes import CROSSINGS, rules
from typer.testing import CliRunner

from greenlane.errors import GreenlaneError
from greenlane.planning.rule_trial.rule_file import read_rules, rules_text
from greenlane.planning.rules_cli import app

FILE = str(CROSSINGS / "yahodyn-dorohusk.yaml")
AT = ["--crossing", FILE]
run = CliRunner().invoke


@pytest.fixture
def new(tmp_path: Path) -> Path:
    path = tmp_path / "new.yaml"
    path.write_text(rules_text(rules(slot_capacity=8, hour_capacity=30, live_share=0.2)), encoding="utf-8")
    return path


def test_the_rules_in_force_are_shown_as_a_file_that_can_be_read() -> None:
    shown = run(app, ["show", "yahodyn", *AT])
    assert shown.exit_code == 0
    assert read_rules(shown.stdout).slots == rules().slots


@pytest.mark.slow
def test_a_trial_prints_groups_and_words_and_writes_a_page(new: Path, tmp_path: Path) -> None:
    tried = run(app, ["try", str(new), *AT, "--weeks", "2", "--report", str(tmp_path / "report")])
    assert tried.exit_code == 0, tried.output
    for words in ("slots.live_share: 0.1 -> 0.2", "small carriers", "the live queue", "Assumed: no register"):
        assert words in tried.stdout
    assert "</html>" in (tmp_path / "report" / "index.html").read_text(encoding="utf-8")


def test_json_is_the_same_for_a_seed(new: Path) -> None:
    asked = ["try", str(new), *AT, "--weeks", "1", "--json", "--from", "2026-12-07"]
    first, again, other = (run(app, [*asked, "--seed", seed]).stdout for seed in ("5", "5", "6"))
    assert first == again != other
    document = json.loads(first)
    assert document["new"]["digest"] == read_rules(new).digest
    assert [group["code"] for group in document["groups"]][:3] == ["all", "carriers:small", "carriers:middle"]
    assert document["groups"][0]["trips"]["old"]["trips"] > 4000


def test_the_share_of_programs_can_be_set(new: Path) -> None:
    asked = ["try", str(new), *AT, "--weeks", "1", "--json"]
    without = json.loads(run(app, [*asked, "--bots", "0"]).stdout)
    assert "asks:bots" not in [group["code"] for group in without["groups"]]


def test_faults_of_the_file_are_told_one_a_line(new: Path) -> None:
    new.write_text(new.read_text().replace("live_share: 0.2", "live_share: 2"), encoding="utf-8")
    told = run(app, ["try", str(new), *AT])
    assert told.exit_code == 1
    assert f"{new}:17:15 slots.live_share: 2 is out of bounds" in told.stdout


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        (["show", "warsaw", *AT], "checkpoint"),
        (["show", "yahodyn", "--direction", "up", *AT], "direction"),
        (["try", "NEW", "--recorded", *AT], "--recorded"),
    ],
)
def test_what_cannot_be_done_is_refused(new: Path, asked: list[str], field: str) -> None:
    refused = run(app, [str(new) if part == "NEW" else part for part in asked])
    assert isinstance(refused.exception, GreenlaneError)
    assert refused.exception.field == field
    assert refused.exception.mend
