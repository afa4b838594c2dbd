"""What is published of a clock over many passages: share, bounds, quantiles, verdict. Pure: no Django."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from greenlane.standard.blocks import bootstrap_share
from greenlane.standard.columns import ClockColumn, ClockTable
from greenlane.standard.outcomes import NOT_OWED, Reason
from greenlane.standard.quantiles import PUBLISHED, FloatArray, QuantileFigure, figure
from greenlane.standard.shares import LIMITS, PROMISED, Interval, Share, Verdict
from greenlane.standard.survival import kaplan_meier

N_TOO_SMALL = "n too small"


@dataclass(frozen=True, slots=True)
class ClockSummary:
    """One clock over a group of passages. Seconds throughout.

    Attributes:
        n: trucks of which the clock is owed: measured, or missing for want of readings.
        n_measured: those that have seconds.
        missing: how many have none, by reason; reasons that put a truck out of ``n`` are counted here too.
        shares: within each limit, the standard first.
        quantiles: p50, p90, p95, p99; those that n does not carry have no seconds.
        mean, max: of the measured; None without any.
        promised: the quantile that the checkpoint promises.
        blocks: interval of the share by bootstrap over hours or days, where blocks were given.
        relative_error: of the quantiles: 0 from passages, more from a histogram.
    """

    n: int
    n_measured: int
    missing: Mapping[Reason, int]
    shares: tuple[Share, ...]
    quantiles: tuple[QuantileFigure, ...]
    mean: float | None
    max: float | None
    promised: float
    blocks: Interval | None = None
    relative_error: float = 0.0

    @property
    def share(self) -> Share:
        """Within the standard."""
        return self.shares[0]

    @property
    def verdict(self) -> Verdict:
        """Whether the standard is kept."""
        return self.share.verdict(self.promised)

    @property
    def match_rate(self) -> float | None:
        """Clocks measured, of those that have had the time to be; None without any.

        When nothing is open, 1 - match rate is the most by which the bounds can lie apart.
        """
        owed = self.n - self.missing.get(Reason.OPEN, 0)
        return self.n_measured / owed if owed else None

    def quantile(self, p: float) -> float | None:
        """Seconds of a published quantile; None when n is too small or it is not published."""
        return next((figure.seconds for figure in self.quantiles if figure.p == p), None)

    @property
    def buffer_index(self) -> float | None:
        """(p95 - mean)/mean: the extra time to plan for (FHWA). None when n does not carry p95."""
        p95 = self.quantile(0.95)
        return (p95 - self.mean) / self.mean if p95 is not None and self.mean else None

    @property
    def p95_over_p50(self) -> float | None:
        """The truck travel time reliability ratio (FHWA). None when n does not carry p95."""
        p95, p50 = self.quantile(0.95), self.quantile(0.5)
        return p95 / p50 if p95 is not None and p50 else None


@dataclass(frozen=True, slots=True)
class Scoreboard:
    """A clock over all passages, and by cohort: attribute, then label."""

    clock: str
    all: ClockSummary
    by: Mapping[str, Mapping[str, ClockSummary]]


def summarise(
    column: ClockColumn,
    *,
    limits: Sequence[float] = LIMITS,
    promised: float = PROMISED,
    blocks: Sequence[str] | None = None,
    seed: int = 0,
) -> ClockSummary:
    """One clock over the passages of a column.

    Args:
        column: the clock.
        limits: seconds, the standard first.
        promised: share that the checkpoint promises within the standard.
        blocks: one label a passage (its hour, its day): trucks of one block share a jam, so an interval is
            made by drawing whole blocks.
        seed: of that draw.
    """
    ordered = np.sort(column.measured)
    missing = column.missing()
    owed = sum(count for reason, count in missing.items() if reason not in NOT_OWED)
    return ClockSummary(
        n=len(ordered) + owed,
        n_measured=len(ordered),
        missing=missing,
        shares=tuple(column.share(limit) for limit in limits),
        quantiles=tuple(_quantiles(ordered, column.censored)),
        mean=float(ordered.mean()) if len(ordered) else None,
        max=float(ordered[-1]) if len(ordered) else None,
        promised=promised,
        blocks=None if blocks is None else bootstrap_share(column, limits[0], blocks, seed=seed),
    )


def _quantiles(ordered: FloatArray, censored: FloatArray) -> Iterator[QuantileFigure]:
    survival = kaplan_meier(ordered, censored) if len(censored) and len(ordered) else None
    for p in PUBLISHED:
        yield figure(ordered, p, with_missing=survival.quantile(p) if survival else None)


def summarise_table(
    table: ClockTable,
    clock: str = "inside",
    *,
    by: Sequence[str] = ("hour", "day", "vehicle_class", "channel", "direction"),
    limits: Sequence[float] = LIMITS,
    promised: float = PROMISED,
) -> Scoreboard:
    """One clock over all passages and by each attribute; every passage is in one group of each.

    Raises:
        CohortError: the table lacks the clock, or an attribute is not fixed before arrival.
    """
    column = table.column(clock)
    return Scoreboard(
        clock,
        summarise(column, limits=limits, promised=promised),
        {name: _by(table, column, name, limits, promised) for name in by},
    )


def _by(
    table: ClockTable, column: ClockColumn, name: str, limits: Sequence[float], promised: float
) -> dict[str, ClockSummary]:
    cohort = table.cohort(name)
    order = np.argsort(cohort.codes, kind="stable")
    ends = np.cumsum(np.bincount(cohort.codes, minlength=len(cohort.labels)))
    groups = zip(cohort.labels, np.split(order, ends[:-1]), strict=True) if table.n else ()
    return {
        label: summarise(column.take(rows), limits=limits, promised=promised)
        for label, rows in groups
        if len(rows)
    }


def as_row(summary: ClockSummary) -> dict[str, float | int | str | None]:
    """One flat row for CSV, JSON and comparison; a quantile that n does not carry is `N_TOO_SMALL`."""
    row: dict[str, float | int | str | None] = {"n": summary.n, "n_measured": summary.n_measured}
    row |= {f"missing_{reason}": summary.missing.get(reason, 0) for reason in Reason}
    row |= {"match_rate": summary.match_rate, "mean": summary.mean, "max": summary.max}
    for share in summary.shares:
        interval, name = share.interval, f"within_{share.limit_s:g}"
        row |= {
            name: share.value,
            f"{name}_low": interval.low if interval else None,
            f"{name}_high": interval.high if interval else None,
            f"{name}_pessimistic": share.pessimistic,
            f"{name}_optimistic": share.optimistic,
        }
    for item in summary.quantiles:
        row[item.name] = N_TOO_SMALL if item.seconds is None else item.seconds
    row |= {"buffer_index": summary.buffer_index, "p95_over_p50": summary.p95_over_p50}
    row |= {"promised": summary.promised, "verdict": str(summary.verdict)}
    return row
