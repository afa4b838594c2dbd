"""Roll-ups of a clock that add up: log-spaced bins that answer for months in milliseconds. Pure: no Django.

Bins are closed above, ``(low, high]``, and 600, 900 and 1800 s are edges: shares within these limits,
their bounds and the verdict are exact. Quantiles are within `RELATIVE_ERROR` of the exact ones from 1 s to
48 h, and within one second below.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Final

import numpy as np
from numpy.typing import NDArray

from greenlane.standard.columns import ClockColumn
from greenlane.standard.outcomes import NOT_OWED, Reason
from greenlane.standard.quantiles import (
    PUBLISHED,
    FloatArray,
    QuantileFigure,
    interval_ranks,
    least_n,
    nearest_rank,
)
from greenlane.standard.shares import LIMITS, PROMISED, Share
from greenlane.standard.summary import ClockSummary

IntArray = NDArray[np.int64]


def _edges() -> FloatArray:
    """193 edges of 192 bins from 1 s to 48 h: geometric between the edges that must be exact."""
    pieces = ((1.0, 600.0, 102), (600.0, 900.0, 7), (900.0, 1800.0, 11), (1800.0, 172_800.0, 72))
    inner = [np.geomspace(low, high, bins + 1)[:-1] for low, high, bins in pieces]
    edges = np.concatenate([*inner, [172_800.0]])
    for limit, place in ((600.0, 102), (900.0, 109), (1800.0, 120)):
        edges[place] = limit
    return edges


EDGES: Final = _edges()
BINS: Final = len(EDGES) + 1
"""194: up to 1 s, 192 between the edges, above 48 h."""
RELATIVE_ERROR: Final = float(np.sqrt(np.max(EDGES[1:] / EDGES[:-1])) - 1)
"""Of a quantile between 1 s and 48 h: half a bin on the log scale, below 3.3 %."""


@dataclass(frozen=True, slots=True)
class Histogram:
    """One clock over a group of passages, rolled up.

    Attributes:
        bins: measured clocks by seconds, int64, shape (194,).
        at_least: owed clocks without an end, by the seconds they have certainly run; the same shape.
        missing: clocks without seconds, by reason.
        total_s: sum of the measured seconds.
        max_s: greatest of them; 0 without any.
    """

    bins: IntArray
    at_least: IntArray
    missing: Mapping[Reason, int]
    total_s: float
    max_s: float

    @classmethod
    def of(cls, column: ClockColumn) -> Histogram:
        """Roll up a column."""
        measured = column.measured
        return cls(
            bins=_count(measured),
            at_least=_count(column.censored),
            missing=column.missing(),
            total_s=math.fsum(measured),
            max_s=float(measured.max()) if len(measured) else 0.0,
        )

    @classmethod
    def merge(cls, histograms: Iterable[Histogram]) -> Histogram:
        """The histogram of all passages together; an empty one of none."""
        nothing = np.zeros(BINS, dtype=np.int64)
        return reduce(Histogram.__add__, histograms, cls(nothing, nothing, {}, 0.0, 0.0))

    def __add__(self, other: Histogram) -> Histogram:
        reasons = [reason for reason in Reason if reason in self.missing or reason in other.missing]
        return Histogram(
            self.bins + other.bins,
            self.at_least + other.at_least,
            {reason: self.missing.get(reason, 0) + other.missing.get(reason, 0) for reason in reasons},
            self.total_s + other.total_s,
            max(self.max_s, other.max_s),
        )

    @property
    def n_measured(self) -> int:
        """Clocks with seconds."""
        return int(self.bins.sum())

    @property
    def owed(self) -> int:
        """Clocks without seconds that stand in the denominator all the same."""
        return sum(count for reason, count in self.missing.items() if reason not in NOT_OWED)

    def share(self, limit_s: float) -> Share:
        """Exact share within a limit that is an edge (600, 900, 1800 s).

        Raises:
            ValueError: the limit is not an edge.
        """
        place = int(np.searchsorted(EDGES, limit_s))
        if place == len(EDGES) or EDGES[place] != limit_s:
            raise ValueError(f"{limit_s} s is not an edge of the histogram; count from the passages instead.")
        passed = int(self.at_least[place + 1 :].sum())
        over = int(self.bins[place + 1 :].sum()) + passed
        return Share(limit_s, int(self.bins[: place + 1].sum()), over, self.owed - passed)

    def value_at(self, rank: int) -> float:
        """Seconds of the measured clock of that rank, from 1 upwards, within `RELATIVE_ERROR`.

        The geometric middle of its bin; 0 up to one second. Above 48 h the error has no bound.
        """
        place = int(np.searchsorted(np.cumsum(self.bins), rank))
        if place == 0:
            return 0.0
        high = EDGES[place] if place < len(EDGES) else max(self.max_s, EDGES[-1])
        return min(float(np.sqrt(EDGES[place - 1] * high)), self.max_s)

    def as_dict(self) -> dict[str, object]:
        """A small JSON form; empty bins are left out."""
        return {
            "bins": _sparse(self.bins),
            "at_least": _sparse(self.at_least),
            "missing": {str(reason): count for reason, count in self.missing.items()},
            "total_s": self.total_s,
            "max_s": self.max_s,
        }

    @classmethod
    def from_parts(
        cls,
        *,
        bins: Mapping[str, int] | Sequence[int],
        at_least: Mapping[str, int] | Sequence[int] = (),
        missing: Mapping[str, int],
        total_s: float,
        max_s: float,
    ) -> Histogram:
        """Back from `as_dict` (``from_parts(**form)``), or from full lists of 194 counts."""
        reasons = {Reason(reason): count for reason, count in missing.items()}
        return cls(_dense(bins), _dense(at_least), reasons, total_s, max_s)


def _count(seconds: FloatArray) -> IntArray:
    counts: IntArray = np.bincount(np.searchsorted(EDGES, seconds, side="left"), minlength=BINS)
    return counts


def _sparse(counts: IntArray) -> dict[str, int]:
    return {str(place): int(counts[place]) for place in np.flatnonzero(counts)}


def _dense(counts: Mapping[str, int] | Sequence[int]) -> IntArray:
    full = np.zeros(BINS, dtype=np.int64)
    if isinstance(counts, Mapping):
        for place, count in counts.items():
            full[int(place)] = count
    elif len(counts):
        full[:] = counts
    return full


def summarise_histogram(
    histogram: Histogram, *, limits: Sequence[float] = LIMITS, promised: float = PROMISED
) -> ClockSummary:
    """The summary of a clock from its roll-up: as from passages, except that quantiles carry an error.

    Raises:
        ValueError: a limit is not an edge.
    """
    n = histogram.n_measured
    return ClockSummary(
        n=n + histogram.owed,
        n_measured=n,
        missing=dict(histogram.missing),
        shares=tuple(histogram.share(limit) for limit in limits),
        quantiles=tuple(_figure(histogram, p) for p in PUBLISHED),
        mean=histogram.total_s / n if n else None,
        max=histogram.max_s if n else None,
        promised=promised,
        relative_error=RELATIVE_ERROR,
    )


def _figure(histogram: Histogram, p: float) -> QuantileFigure:
    n = histogram.n_measured
    ranks = interval_ranks(n, p)
    if ranks is None:
        return QuantileFigure(p, n, least_n(p), None, None, None)
    value, low, high = (histogram.value_at(rank) for rank in (nearest_rank(n, p), *ranks))
    return QuantileFigure(p, n, least_n(p), value, low, high)
