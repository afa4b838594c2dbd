"""The demonstration plays the past days that it lacks, and no others."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from greenlane.site.database_url import DatabaseAddress
from greenlane.site.history import missing_days, note_days

TODAY = date(2026, 3, 1)
HERE = DatabaseAddress("/srv/var/postgres", 5432, "greenlane", "postgres")
ELSEWHERE = DatabaseAddress("db.example", 5432, "greenlane", "anna")


def test_at_first_all_days_are_missing(tmp_path: Path) -> None:
    assert missing_days(tmp_path, "otay-mesa", HERE, TODAY, 30) == 30


@pytest.mark.parametrize(("today", "missing"), [(1, 0), (2, 1), (5, 4)])
def test_later_only_the_days_since_are_missing(tmp_path: Path, today: int, missing: int) -> None:
    note_days(tmp_path, "otay-mesa", HERE, TODAY, 30)
    assert missing_days(tmp_path, "otay-mesa", HERE, date(2026, 3, today), 30) == missing


def test_after_a_long_pause_no_more_than_the_wanted_days_are_missing(tmp_path: Path) -> None:
    note_days(tmp_path, "otay-mesa", HERE, TODAY, 30)
    assert missing_days(tmp_path, "otay-mesa", HERE, date(2026, 9, 1), 30) == 30


def test_another_crossing_database_or_number_of_days_starts_afresh(tmp_path: Path) -> None:
    note_days(tmp_path, "otay-mesa", HERE, TODAY, 30)
    assert missing_days(tmp_path, "yahodyn-dorohusk", HERE, TODAY, 30) == 30
    assert missing_days(tmp_path, "otay-mesa", ELSEWHERE, TODAY, 30) == 30
    assert missing_days(tmp_path, "otay-mesa", HERE, TODAY, 60) == 60


@pytest.mark.parametrize(
    "content", ["", "{}", "[]", '{"database": "greenlane at /srv/var/postgres", "days": "x"}']
)
def test_a_broken_note_counts_as_none(tmp_path: Path, content: str) -> None:
    (tmp_path / "history-otay-mesa.json").write_text(content)
    assert missing_days(tmp_path, "otay-mesa", HERE, TODAY, 30) == 30
