"""The twin made ready ahead: nothing is left to compile, and what was compiled is known by its name."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from greenlane.twin import warming
from greenlane.twin.warming import digest, is_warm

LEFT_TO_COMPILE = """
import sys
from datetime import date
from numba.core import event
from greenlane.registry.crossing_file import read_crossing
from greenlane.twin.described_scenario import scenario_of
from greenlane.twin.setting import read_settings
from greenlane.twin.simulation import simulate
from greenlane.twin.warming import is_warm, warm

assert is_warm(warm())
with event.install_recorder("numba:compile") as compiled:
    for path in sys.argv[1:]:
        for checkpoint in read_crossing(path).checkpoints:
            for direction in checkpoint.directions:
                parks = checkpoint.parks_for(direction)
                for rule in ("limit", "predicted", "slot", "none") if parks else (None,):
                    settings = read_settings([f"call_up.rule={rule}"] if rule else [])
                    simulate(scenario_of(checkpoint, direction, date(2026, 11, 25), settings=settings), 2)
print(len(compiled.buffer))
"""


@pytest.mark.slow
def test_after_warming_no_shipped_crossing_has_anything_to_compile() -> None:
    crossings = sorted((Path(__file__).parents[2] / "crossings").glob("*.yaml"))
    command = [sys.executable, "-c", LEFT_TO_COMPILE, *map(str, crossings)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.strip()) == (0, "0"), done.stderr


def test_the_digest_changes_with_a_source(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "kernel.py").write_text("one = 1\n")
    monkeypatch.setattr(warming, "_SOURCES", tmp_path)
    before = digest()
    assert digest() == before
    (tmp_path / "kernel.py").write_text("other = 2\n")
    assert digest() != before


def test_naming_the_twin_does_not_bring_in_the_compiler() -> None:
    told = "import sys; from greenlane.twin.warming import digest; digest(); print('numba' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_an_emptied_directory_is_not_warm(tmp_path: Path) -> None:
    assert not is_warm(tmp_path)
    (tmp_path / "clocks.clocks_of-25.py311.nbi").touch()
    assert is_warm(tmp_path)
