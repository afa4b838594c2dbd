"""The figures of a day as they are published, and what a later state of them changed. Pure: no Django."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from greenlane.standard.columns import ClockColumn
from greenlane.standard.revisions import Figure
from greenlane.standard.shares import LIMITS
from greenlane.standard.summary import ClockSummary, as_row, summarise

Figures = dict[str, dict[str, Figure]]
"""Clock to its row, as `summary.as_row` makes it."""
Changed = dict[str, list[Figure]]
"""``"inside.p50"`` to the old and the new value."""


def limits_of(limit_s: float) -> tuple[float, ...]:
    """The checkpoint's own standard first, then those that are published for all."""
    return (limit_s, *(limit for limit in LIMITS if limit != limit_s))


def summaries(
    columns: Mapping[str, ClockColumn], limit_s: Callable[[str], float], promised: float
) -> dict[str, ClockSummary]:
    """Every clock summed up, exactly, against the standard that `limit_s` names for it."""
    return {
        clock: summarise(column, limits=limits_of(limit_s(clock)), promised=promised)
        for clock, column in columns.items()
    }


def figures_of(
    columns: Mapping[str, ClockColumn], limit_s: Callable[[str], float], promised: float
) -> Figures:
    """The rows of every clock of a group of passages."""
    return {clock: as_row(summary) for clock, summary in summaries(columns, limit_s, promised).items()}


def changed(old: Mapping[str, Mapping[str, Figure]], new: Mapping[str, Mapping[str, Figure]]) -> Changed:
    """What differs, by clock and figure; a clock that one of them lacks has None there."""
    return {
        f"{clock}.{figure}": [before.get(figure), after.get(figure)]
        for clock in dict.fromkeys((*new, *old))
        for before, after in [(old.get(clock, {}), new.get(clock, {}))]
        for figure in dict.fromkeys((*after, *before))
        if before.get(figure) != after.get(figure)
    }
