"""`greenlane crossing check` for a person at a terminal."""

from __future__ import annotations

from pathlib import Path

from crossing_texts import GOOD, line_of, spoiled
from typer.testing import CliRunner

from greenlane.registry.cli import app


def test_a_good_file_is_summed_up_in_one_line(tmp_path: Path) -> None:
    file = tmp_path / "example.yaml"
    file.write_text(GOOD, encoding="utf-8")
    result = CliRunner().invoke(app, ["check", str(file)])
    assert result.exit_code == 0
    (line,) = result.stdout.splitlines()
    assert line.startswith(f"{file}: example; left UA Europe/Kyiv: outbound 276 trucks/day")
    assert "12 stages, 18 lanes" in line


def test_each_fault_is_one_line_and_the_good_files_are_still_told(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.yaml", tmp_path / "bad.yaml"
    good.write_text(GOOD, encoding="utf-8")
    text = spoiled("places: 100", "places: -3").replace("Europe/Warsaw", "Europe/Warsw")
    bad.write_text(text, encoding="utf-8")
    result = CliRunner().invoke(app, ["check", str(bad), str(good), str(tmp_path / "none.yaml")])
    assert result.exit_code == 1
    first, second, summary, absent = result.stdout.splitlines()
    place = f"{bad}:{line_of(text, 'places: -3')}:17"
    assert (
        first == f"{place} checkpoints.A.parks.yard.places: -3 is out of bounds (Write a number 1 or more.)"
    )
    assert second.endswith("(Did you mean 'Europe/Warsaw'?)")
    assert summary.startswith(f"{good}: example;")
    assert absent.startswith(f"{tmp_path / 'none.yaml'}:1:1 file: cannot be read: no such file")
