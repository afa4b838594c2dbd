"""Shifts as they are written in a crossing file. Pure: no Django."""

from __future__ import annotations

from collections.abc import Iterable

import yaml

from greenlane.registry.codes import WEEKDAYS
from greenlane.registry.crossing_nodes import line, number, quoted, row, word
from greenlane.registry.crossing_parts import Staffing
from greenlane.registry.hours import ALL_WEEK, ALWAYS, Shift


def shifts_node(shifts: tuple[Shift, ...]) -> yaml.Node:
    """``always``, or a list of days and hours."""
    if shifts == ALWAYS:
        return word("always")
    return row(line(days=_days(shift.weekdays), hours=_hours(shift)) for shift in shifts)


def staffing_node(shifts: Iterable[Staffing]) -> yaml.Node:
    """A list of days and hours, each with a number of officers."""
    return row(
        line(days=_days(part.shift.weekdays), hours=_hours(part.shift), number=number(part.number))
        for part in shifts
    )


def _hours(shift: Shift) -> yaml.Node:
    return quoted(f"{shift.opens}-{shift.closes}")


def _days(weekdays: tuple[int, ...]) -> yaml.Node:
    """``daily``, or days and spans of three days or more: ``mon-fri``, ``"mon,wed"``."""
    if weekdays == ALL_WEEK:
        return word("daily")
    runs: list[list[int]] = []
    for day in weekdays:
        if runs and day == runs[-1][-1] + 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    text = ",".join(_run([WEEKDAYS[day] for day in run]) for run in runs)
    return quoted(text) if "," in text else word(text)


def _run(names: list[str]) -> str:
    return f"{names[0]}-{names[-1]}" if len(names) > 2 else ",".join(names)
