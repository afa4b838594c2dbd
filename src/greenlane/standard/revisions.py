"""Published figures are never overwritten: late and corrected readings make a numbered revision.

Pure: no Django.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from greenlane.standard.summary import ClockSummary, as_row

PROVISIONAL: Final = timedelta(hours=72)
"""Devices that were off line may upload for so long after a period's end."""

Figure = float | int | str | None


@dataclass(frozen=True, slots=True)
class Change:
    """A figure that a revision changed, named as in `as_row`."""

    figure: str
    old: Figure
    new: Figure


@dataclass(frozen=True, slots=True)
class Revision:
    """One published state of a period's figures.

    Attributes:
        number: from 1.
        made_at: when these figures were first published.
        summary: the figures.
        changes: against the revision before; none in the first.
        provisional: more uploads may come.
    """

    number: int
    made_at: datetime
    summary: ClockSummary
    changes: tuple[Change, ...]
    provisional: bool


def is_provisional(period_end: datetime, at: datetime) -> bool:
    """Whether a period that ends so is still open to late uploads."""
    return at < period_end + PROVISIONAL


def revise(old: Revision | None, new: ClockSummary, *, period_end: datetime, at: datetime) -> Revision:
    """The revision that publishes new figures; without a change the old one, its provisional mark brought up
    to date."""
    provisional = is_provisional(period_end, at)
    if old is None:
        return Revision(1, at, new, (), provisional)
    found = changes(old.summary, new)
    if not found:
        return replace(old, provisional=provisional)
    return Revision(old.number + 1, at, new, found, provisional)


def changes(old: ClockSummary, new: ClockSummary) -> tuple[Change, ...]:
    """Figures that differ, in the order of `as_row`."""
    before, after = as_row(old), as_row(new)
    names = [*after, *(name for name in before if name not in after)]
    return tuple(
        Change(name, before.get(name), after.get(name))
        for name in names
        if before.get(name) != after.get(name)
    )
