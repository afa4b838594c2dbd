"""The note that the twin is compiled: who leaves it, and when it counts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from greenlane.planning import commands
from greenlane.planning.queries import TwinPreparing, is_ready, marker, require_ready


@pytest.fixture
def var(tmp_path: Path, settings: Any) -> Path:
    """A var directory of the test's own."""
    settings.VAR = tmp_path
    return tmp_path


@pytest.fixture
def compiled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the twin is said to have been compiled."""
    directory = tmp_path / "compiled"
    directory.mkdir()
    (directory / "kernel.nbi").touch()
    monkeypatch.setattr(commands, "warm", lambda: directory)
    return directory


def test_without_a_note_the_twin_is_not_ready(var: Path) -> None:
    assert not is_ready()
    with pytest.raises(TwinPreparing) as raised:
        require_ready()
    assert (raised.value.code, raised.value.status) == ("twin_preparing", 503)


def test_warming_leaves_a_note_and_takes_away_those_of_other_twins(var: Path, compiled: Path) -> None:
    (var / "twin").mkdir()
    (var / "twin" / "another").write_text("elsewhere")
    commands.warm_twin()
    assert is_ready()
    require_ready()
    assert list((var / "twin").iterdir()) == [marker()]


def test_a_note_without_what_was_compiled_does_not_count(var: Path, compiled: Path) -> None:
    commands.warm_twin()
    (compiled / "kernel.nbi").unlink()
    assert not is_ready()
