"""What was read of the trucks of one checkpoint's direction, as plain arrays.

Times are minutes from ``epoch``, NaN where nothing was read. Attributes are numbers into the tuples of their
names, -1 where unknown.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

import numpy as np
from numpy.typing import NDArray

from greenlane.errors import GreenlaneError

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]
Bools = NDArray[np.bool_]

UNKNOWN: Final = -1
RESOLUTIONS: Final = (1.0, 1.0 / 6.0, 1.0 / 60.0, 0.0)
"""Steps to which clocks are kept, in minutes: a minute, ten seconds, a second; 0 for finer."""


class CalibrationError(GreenlaneError):
    """Observations that cannot be used; ``field`` names the column or the part that is wrong."""

    def __init__(self, field: str, message: str, mend: str) -> None:
        super().__init__("calibration_refused", message, field=field, mend=mend, status=422)


_OF_PASSAGES: Final = (
    "arrival", "slot_start", "called", "entry", "exit", "channel", "vehicle_class", "no_show",
)  # fmt: skip
_OF_VISITS: Final = ("stage", "lane", "entered", "left")


@dataclass(frozen=True, slots=True, eq=False)
class Observations:
    """n passages and m visits of stages of one checkpoint's direction.

    Attributes:
        epoch: minute 0, aware, in the checkpoint's zone.
        until: minute of the last reading of all. A truck that is inside then is still inside.
        resolution: minutes to which times were recorded, 0 for exact ones.
        channels, classes, stages, lanes: the names that the numbers stand for.
        arrival: shape (n,): end of the line before the park, or into the park, whichever was first.
        slot_start, called, entry, exit: shape (n,).
        channel, vehicle_class: shape (n,).
        no_show: shape (n,): a booked truck that never came; it has a slot and no times.
        passage: shape (m,): the passage of each visit.
        stage, lane: shape (m,).
        entered, left: shape (m,): into and out of the lane. The time between them is the service, and where
            the next stage has little room also the wait for it with the lane blocked: readings cannot tell
            the two apart.
    """

    epoch: datetime
    until: float
    resolution: float
    channels: tuple[str, ...]
    classes: tuple[str, ...]
    stages: tuple[str, ...]
    lanes: tuple[str, ...]
    arrival: Floats
    slot_start: Floats
    called: Floats
    entry: Floats
    exit: Floats
    channel: Ints
    vehicle_class: Ints
    no_show: Bools
    passage: Ints
    stage: Ints
    lane: Ints
    entered: Floats
    left: Floats

    @property
    def booked(self) -> Bools:
        """Shape (n,): whether the truck had a slot."""
        return np.isfinite(self.slot_start)

    @property
    def came(self) -> Bools:
        """Shape (n,): whether the truck came."""
        return ~self.no_show

    @property
    def first(self) -> Floats:
        """Shape (n,): the first time at which each truck was read; inf for a truck that never was."""
        times = np.stack([self.arrival, self.called, self.entry, self.exit])
        first = np.where(np.isnan(times), np.inf, times).min(axis=0)
        for read in (self.entered, self.left):
            seen = np.isfinite(read)
            np.minimum.at(first, self.passage[seen], read[seen])
        return first

    @property
    def last(self) -> Floats:
        """Shape (n,): the last time at which each truck was read; -inf for a truck that never was."""
        times = np.stack([self.arrival, self.called, self.entry, self.exit])
        last = np.where(np.isnan(times), -np.inf, times).max(axis=0)
        for read in (self.entered, self.left):
            seen = np.isfinite(read)
            np.maximum.at(last, self.passage[seen], read[seen])
        return last

    @property
    def missing_share(self) -> float:
        """Share of the readings at stages that are missing, if each is missing by the same chance.

        Of visits that were seen, both readings are there with (1 - p)^2 and one with 2 p (1 - p): so
        p = one / (one + 2 both). Visits of which neither was read need not be counted.
        """
        has_both = np.isfinite(self.entered) & np.isfinite(self.left)
        over = self._over()
        both = int(np.count_nonzero(has_both & over))
        one = int(np.count_nonzero(~has_both & over))
        return one / (one + 2 * both) if one + both else 0.0

    def _over(self) -> Bools:
        """Visits after which the truck was read again, or that have an end."""
        begun = np.where(np.isnan(self.entered), self.left, self.entered)
        return np.isfinite(self.left) | (self.last[self.passage] > begun)


def between(seen: Observations, start: float, end: float) -> Observations:
    """The trucks first read in [start, end) minutes, and the no-shows of slots that begin then."""
    first = np.where(seen.no_show, seen.slot_start, seen.first)
    kept = (first >= start) & (first < end)
    number = np.cumsum(kept, dtype=np.int32) - 1
    visits = kept[seen.passage]
    return replace(
        seen,
        **{name: getattr(seen, name)[kept] for name in _OF_PASSAGES},
        **{name: getattr(seen, name)[visits] for name in _OF_VISITS},
        passage=number[seen.passage[visits]],
    )


def resolution_of(*times: Floats) -> float:
    """The coarsest of `RESOLUTIONS` of which all times are whole multiples; 0 without times."""
    known = np.concatenate([each[np.isfinite(each)] for each in times]) if times else np.empty(0)
    for step in RESOLUTIONS[:-1]:
        steps = known / step
        if len(known) and np.all(np.abs(steps - np.rint(steps)) < 1e-6):
            return step
    return 0.0


def numbered(names: list[str]) -> tuple[tuple[str, ...], Ints]:
    """The names in order, and each one's number; an empty name is `UNKNOWN`."""
    known = tuple(sorted(set(names) - {""}))
    number = {name: at for at, name in enumerate(known)} | {"": UNKNOWN}
    return known, np.fromiter((number[name] for name in names), np.int32, len(names))
