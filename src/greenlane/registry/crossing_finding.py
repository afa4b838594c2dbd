"""Finds a crossing's file by the crossing's code. Pure: no Django."""

from __future__ import annotations

import os
from pathlib import Path

import greenlane
from greenlane.errors import GreenlaneError
from greenlane.registry.crossing import Crossing
from greenlane.registry.crossing_file import read_crossing


def find_crossing(code_or_path: str) -> Crossing:
    """A crossing by the path of its file, or by its code: a file of that name in ``GREENLANE_CROSSINGS``, in
    ``crossings`` under the current directory, or in that of the checkout.

    Raises:
        GreenlaneError: ``unknown_crossing``, or the faults of the file.
    """
    return read_crossing(crossing_path(code_or_path))


def crossing_path(code_or_path: str) -> Path:
    """The file that `find_crossing` reads; GreenlaneError ``unknown_crossing`` when there is none."""
    if code_or_path.endswith((".yaml", ".yml")) or os.sep in code_or_path:
        return Path(code_or_path)
    given = os.environ.get("GREENLANE_CROSSINGS")
    places = (
        [Path(given)] if given else [Path("crossings"), Path(greenlane.__file__).parents[2] / "crossings"]
    )
    for place in places:
        if (path := place / f"{code_or_path}.yaml").is_file():
            return path
    known = sorted({path.stem for place in places for path in place.glob("*.yaml")})
    raise GreenlaneError(
        "unknown_crossing",
        f"there is no crossing {code_or_path!r}.",
        field="CROSSING",
        mend=f"Known: {', '.join(known) or 'none'}; or give the path of a crossing file.",
    )
