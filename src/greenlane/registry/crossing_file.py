"""Reads a crossing file: ``read_crossing`` gives the crossing, or every fault with line, field and mend.

Pure: no Django. The form of the file is told in docs/reference/crossing-file.md.
"""

from __future__ import annotations

from math import asin, cos, radians, sin, sqrt
from pathlib import Path

import yaml

from greenlane.registry.codes import MODES, SIDES
from greenlane.registry.crossing import Checkpoint, Crossing
from greenlane.registry.crossing_checkpoint import read_checkpoint
from greenlane.registry.crossing_problems import CrossingFileError, Problem
from greenlane.registry.crossing_scalars import Report
from greenlane.registry.crossing_sections import read_names
from greenlane.registry.crossing_yaml import Section

FACING_KM = 50.0
"""Two checkpoints of one crossing farther apart than this are taken for a fault in their positions."""


def read_crossing(path_or_text: str | Path) -> Crossing:
    """The crossing that a file, or a text of more than one line, describes.

    Raises:
        CrossingFileError: with all faults found; the file may be absent, empty or not YAML.
    """
    file, text = _load(path_or_text)
    report = Report()
    crossing = _crossing(Section(_compose(file, text), "", report))
    if report.problems or crossing is None:
        raise CrossingFileError(file, report.problems)
    return crossing


def _load(path_or_text: str | Path) -> tuple[str, str]:
    """File name and text."""
    if isinstance(path_or_text, str) and "\n" in path_or_text:
        return "text", path_or_text
    path = Path(path_or_text)
    try:
        return str(path), path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        raise _broken(str(path), line, 1, "is not UTF-8", "Save the file as UTF-8.") from None
    except OSError as error:
        reason = (error.strerror or "cannot be read").lower()
        raise _broken(
            str(path), 1, 1, f"cannot be read: {reason}", "Check the path and its rights."
        ) from None


def _broken(file: str, line: int, column: int, message: str, mend: str) -> CrossingFileError:
    return CrossingFileError(file, [Problem(line, column, "file", message, mend)])


def _nodes(text: str) -> yaml.Node | None:
    """The nodes of the text, by the fast reader where PyYAML has it; a text that it refuses is read again by
    the other, whose faults are told better."""
    try:
        return yaml.compose(text, Loader=yaml.CSafeLoader)
    except (AttributeError, yaml.YAMLError):
        return yaml.compose(text, Loader=yaml.SafeLoader)


def _compose(file: str, text: str) -> yaml.MappingNode:
    """The root mapping of the YAML text."""
    try:
        node = _nodes(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        message = f"is not YAML: {error.problem or error.context}"
        raise _broken(file, line, column, message, "Mend the line or the one above it.") from None
    except yaml.reader.ReaderError as error:
        line = text[: error.position].count("\n") + 1
        message = "holds a character that YAML forbids"
        raise _broken(file, line, 1, message, "Remove the control character.") from None
    except RecursionError:
        raise _broken(file, 1, 1, "is nested too deeply", "See docs/reference/crossing-file.md.") from None
    if node is None:
        raise _broken(file, 1, 1, "is empty", "See docs/reference/crossing-file.md for the form.")
    if not isinstance(node, yaml.MappingNode):
        message = "must be a mapping at the top"
        raise _broken(file, node.start_mark.line + 1, 1, message, "Begin with 'code: ...'.")
    return node


def _crossing(section: Section) -> Crossing | None:
    code, names, mode = section.code(), read_names(section), section.choice("mode", MODES)
    both = section.section("checkpoints")
    section.close()
    if both is None:
        return None
    parts = [both.section(side) for side in SIDES]
    both.close()
    found = [read_checkpoint(part, side) for part, side in zip(parts, SIDES, strict=True) if part]
    first, second = found if len(found) == len(SIDES) else (None, None)
    if first is None or second is None:
        return None
    if both.sound:
        _check_pair(both, first, second)
    return Crossing(code, names, mode, (first, second), dict(section.report.sources))


def _check_pair(section: Section, first: Checkpoint, second: Checkpoint) -> None:
    if first.code == second.code:
        section.fault("B", f"has the same code {second.code!r} as A", "Give each checkpoint its own code.")
    if first.country == second.country:
        section.fault("B", f"is in {second.country} as A is", "A crossing joins two countries.")
    apart = _distance_km(first, second)
    if apart > FACING_KM:
        message = f"lies {apart:,.0f} km from A"
        section.fault("B", message, "Check both positions; lat and lon may be exchanged.")


def _distance_km(first: Checkpoint, second: Checkpoint) -> float:
    """Great-circle distance (haversine, radius 6,371 km)."""
    lat1, lon1, lat2, lon2 = map(radians, (first.lat, first.lon, second.lat, second.lon))
    half = sin((lat2 - lat1) / 2) ** 2 + cos(lat1) * cos(lat2) * sin((lon2 - lon1) / 2) ** 2
    return 2 * 6371 * asin(min(1.0, sqrt(half)))
