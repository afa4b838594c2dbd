"""Which past days the demonstration still lacks, so that its boards are never empty.

Pure: standard library only. The player enters nothing twice, so a wrong answer costs time, never truth.
"""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

from greenlane.site.database_url import DatabaseAddress


def missing_days(var: Path, crossing: str, database: DatabaseAddress, today: date, wanted: int) -> int:
    """How many days before ``today`` are to be played: all ``wanted`` ones, or those since the last time."""
    try:
        noted = json.loads(_note(var, crossing).read_text())
        if noted["database"] != database.shown() or noted["days"] < wanted:
            return wanted
        return max(0, min(wanted, (today - date.fromisoformat(noted["before"])).days))
    except (OSError, ValueError, KeyError, TypeError):
        return wanted


def note_days(var: Path, crossing: str, database: DatabaseAddress, today: date, wanted: int) -> None:
    """Note that the ``wanted`` days before ``today`` are there."""
    noted = {"database": database.shown(), "before": today.isoformat(), "days": wanted}
    _note(var, crossing).write_text(json.dumps(noted))


def _note(var: Path, crossing: str) -> Path:
    return var / f"history-{crossing}.json"
