"""Shares of channels and classes, punctuality and no-shows, each with what chance leaves open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from greenlane.twin.calibration.observations import Floats, Ints, Observations

Z: Final = 1.959963984540054
"""Two-sided 95 % of the normal distribution."""
OFFSETS: Final = 100
"""Quantiles of punctuality."""


@dataclass(frozen=True, slots=True)
class Found:
    """A share: ``count`` of ``n``, with Wilson's 95 % interval (Wilson, JASA 22, 1927)."""

    count: int
    n: int

    @property
    def value(self) -> float:
        """The share; 0 of none."""
        return self.count / self.n if self.n else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """From low to high; everything where nothing was counted."""
        if not self.n:
            return 0.0, 1.0
        weight = self.n + Z * Z
        centre = (self.count + Z * Z / 2.0) / weight
        half = Z / weight * float(np.sqrt(self.count * (self.n - self.count) / self.n + Z * Z / 4.0))
        return max(0.0, centre - half), min(1.0, centre + half)


@dataclass(frozen=True, slots=True)
class Punctuality:
    """How trucks with a slot came.

    Attributes:
        early, punctual, late: shares of all booked trucks, those that never came among them: before the
            slot, within it, after its end.
        no_show: of the same.
        unbooked: of all trucks that came.
        early_mean, late_mean: minutes before the start and after the end of the slot; NaN where none was.
        offsets: ascending minutes from the start of the slot to arrival, of those that came, at equally
            spaced probabilities (i + 0.5) / n.
        unread: booked trucks that came and whose arrival was not read; they count in no share.
    """

    early: Found
    punctual: Found
    late: Found
    no_show: Found
    unbooked: Found
    early_mean: float
    late_mean: float
    offsets: tuple[float, ...]
    unread: int


def channel_shares(seen: Observations) -> dict[str, Found]:
    """Of the trucks that came and whose channel is known."""
    return _shares(seen.channels, seen.channel[seen.came])


def class_shares(seen: Observations) -> dict[str, Found]:
    """Of the trucks that came and whose class is known."""
    return _shares(seen.classes, seen.vehicle_class[seen.came])


def punctuality(seen: Observations, slot_minutes: float) -> Punctuality:
    """How the booked trucks came to slots of that length.

    A truck that came and whose arrival was not read tells nothing of its punctuality: the shares of early,
    punctual and late are those of the trucks read, times the share that came.
    """
    came = seen.booked & seen.came
    offset = (seen.arrival - seen.slot_start)[came]
    unread = int(np.isnan(offset).sum())
    offset = offset[np.isfinite(offset)]
    missed = int(np.count_nonzero(seen.booked & seen.no_show))
    n = len(offset)
    # No-shows are known all, arrivals only where read: a missed reading must not make no-shows look more.
    booked = missed + n + unread
    early, late = offset < 0.0, offset >= slot_minutes
    scale = (n + unread) / n if n else 0.0
    counts = [round(int(part.sum()) * scale) for part in (early, late)]
    return Punctuality(
        early=Found(counts[0], booked),
        punctual=Found(booked - missed - sum(counts), booked),
        late=Found(counts[1], booked),
        no_show=Found(missed, booked),
        unbooked=Found(int(np.count_nonzero(~seen.booked & seen.came)), int(np.count_nonzero(seen.came))),
        early_mean=float(-offset[early].mean()) if early.any() else float("nan"),
        late_mean=float((offset[late] - slot_minutes).mean()) if late.any() else float("nan"),
        offsets=equal_quantiles(offset, OFFSETS),
        unread=unread,
    )


def equal_quantiles(values: Floats, count: int) -> tuple[float, ...]:
    """Quantiles at (i + 0.5) / m for m = ``count``, or as many as there are values."""
    size = min(count, len(values))
    if not size:
        return ()
    return tuple(float(each) for each in np.quantile(values, (np.arange(size) + 0.5) / size))


def _shares(names: Sequence[str], numbers: Ints) -> dict[str, Found]:
    known = numbers[numbers >= 0]
    counts = np.bincount(known, minlength=len(names))
    return {name: Found(int(count), len(known)) for name, count in zip(names, counts, strict=True)}
