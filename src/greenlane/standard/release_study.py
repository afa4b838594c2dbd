"""A time release study out of the events: no forms, no survey week. Pure: no Django.

Measures follow the World Customs Organization's guide: the time from the arrival of the goods to their
release, and the time of each activity, by inspection channel, by whether papers came before arrival, and by
kind of goods. Means alone are a known fault of such studies, so the median, the mode and the range stand
beside them, and what counts as an outlier is said. Release is the exit barrier's reading: a truck that is
released on paper and stands on is not released.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TextIO

import numpy as np
from numpy.typing import NDArray

from greenlane.standard.clocks import Clocks
from greenlane.standard.columns import STAGE, ClockColumn, ClockTable, tabulate
from greenlane.standard.outcomes import Clock, Measured, Missing, Reason
from greenlane.standard.quantiles import FloatArray, quantile
from greenlane.standard.timeline import PassageTimes

RELEASE: Final = "release"
"""From arrival (end of the queue or park) to the exit barrier."""
ACTIVITIES: Final = (RELEASE, "early_wait", "outside", "inside", "touch", "idle")

GROUPINGS: Final[tuple[tuple[str, ...], ...]] = (
    (),
    ("channel",),
    ("pre_arrival",),
    ("vehicle_class",),
    ("hour",),
    ("channel", "pre_arrival"),
)
ATTRIBUTES: Final = ("channel", "pre_arrival", "vehicle_class", "hour", "weekday", "direction")

FENCE: Final = 1.5
LEAST_FOR_OUTLIERS: Final = 6
OUTLIER_RULE: Final = (
    "An outlier lies more than 1.5 interquartile ranges above the third or below the first quartile of its "
    "row (Tukey 1977); none is named among fewer than 6 values. Outliers stay in every measure but the last."
)
MODE_WIDTH_S: Final = 60.0
"""The mode is that of whole minutes begun; the least of equals."""


@dataclass(frozen=True, slots=True)
class ReleaseRow:
    """One activity of one group of trucks. Seconds.

    Attributes:
        group: attribute to label; empty for all trucks.
        activity: of `ACTIVITIES`, or ``stage:`` and its code.
        n: trucks measured; n_missing: trucks whose reading is owed and missing.
        mean, median, mode, least, greatest: of the measured; None without any.
        outliers: how many, by `OUTLIER_RULE`.
        mean_without_outliers: None without any value.
    """

    group: dict[str, str]
    activity: str
    n: int
    n_missing: int
    mean: float | None
    median: float | None
    mode: float | None
    least: float | None
    greatest: float | None
    outliers: int
    mean_without_outliers: float | None

    @property
    def range(self) -> float | None:
        """Greatest less least."""
        if self.greatest is None or self.least is None:
            return None
        return self.greatest - self.least


@dataclass(frozen=True, slots=True)
class ReleaseStudy:
    """The study: all trucks first, then each grouping; each group's activities in order."""

    trucks: int
    rows: tuple[ReleaseRow, ...]
    outlier_rule: str = OUTLIER_RULE


def release_study(
    passages: Sequence[PassageTimes],
    clocks: Sequence[Clocks],
    *,
    zone: str,
    groupings: Sequence[Sequence[str]] = GROUPINGS,
) -> ReleaseStudy:
    """The time release study of passages and their clocks (same order, same length).

    Args:
        passages: the trucks.
        clocks: their clocks.
        zone: the checkpoint's IANA zone, for hours.
        groupings: each a combination of `ATTRIBUTES`; the empty one is all trucks.

    Raises:
        CohortError: an attribute is not one that is fixed before arrival.
    """
    table = tabulate(passages, clocks, zone=zone)
    release = ClockColumn.of(_release(*pair) for pair in zip(passages, clocks, strict=True))
    columns = {RELEASE: release, **table.columns}
    wanted = [*ACTIVITIES, *sorted(name for name in columns if name.startswith(STAGE))]
    rows = [
        _row(group, name, columns[name].take(members))
        for attributes in groupings
        for group, members in _groups(table, attributes)
        for name in wanted
    ]
    return ReleaseStudy(len(passages), tuple(rows))


def _release(times: PassageTimes, clocks: Clocks) -> Clock:
    start: datetime | None = times.arrival_at
    if isinstance(clocks.inside, Missing):
        return Missing(clocks.inside.reason)
    if start is None or times.exit_at is None:
        return Missing(Reason.ARRIVAL_MISSING)
    seconds = (times.exit_at - start).total_seconds()
    return Measured(seconds) if seconds >= clocks.inside.seconds else Missing(Reason.INVALID_CLOCK)


def _groups(
    table: ClockTable, attributes: Sequence[str]
) -> Iterator[tuple[dict[str, str], NDArray[np.intp]]]:
    cohorts = [table.cohort(name) for name in attributes]
    if not cohorts:
        yield {}, np.arange(table.n)
        return
    keys = np.stack([cohort.codes for cohort in cohorts], axis=1)
    found, place = np.unique(keys, axis=0, return_inverse=True)
    for number, key in enumerate(found):
        labels = (cohort.labels[code] for cohort, code in zip(cohorts, key, strict=True))
        yield dict(zip(attributes, labels, strict=True)), np.flatnonzero(place == number)


def _row(group: dict[str, str], activity: str, column: ClockColumn) -> ReleaseRow:
    values = column.measured
    missing = column.share(0.0).n - len(values)
    if not len(values):
        return ReleaseRow(group, activity, 0, missing, None, None, None, None, None, 0, None)
    usual = values[_is_usual(values)]
    return ReleaseRow(
        group=group,
        activity=activity,
        n=len(values),
        n_missing=missing,
        mean=float(values.mean()),
        median=quantile(values, 0.5),
        mode=_mode(values),
        least=float(values.min()),
        greatest=float(values.max()),
        outliers=len(values) - len(usual),
        mean_without_outliers=float(usual.mean()),
    )


def _is_usual(values: FloatArray) -> NDArray[np.bool_]:
    if len(values) < LEAST_FOR_OUTLIERS:
        return np.ones(len(values), dtype=bool)
    first, third = quantile(values, 0.25), quantile(values, 0.75)
    reach = FENCE * (third - first)
    usual: NDArray[np.bool_] = (values >= first - reach) & (values <= third + reach)
    return usual


def _mode(values: FloatArray) -> float:
    minutes, counts = np.unique(np.floor(values / MODE_WIDTH_S), return_counts=True)
    return float(minutes[np.argmax(counts)] * MODE_WIDTH_S)


FIGURES: Final = (
    "n",
    "n_missing",
    "mean_s",
    "median_s",
    "mode_s",
    "least_s",
    "greatest_s",
    "range_s",
    "outliers",
    "mean_without_outliers_s",
)
ALL: Final = "all"


def csv_rows(study: ReleaseStudy) -> Iterator[dict[str, str | int | float]]:
    """The study as flat rows: `ATTRIBUTES` ("all" where the row is not split), activity, `FIGURES`.

    Seconds are rounded to tenths; "" where there is no figure.
    """
    for row in study.rows:
        flat: dict[str, str | int | float] = {name: row.group.get(name, ALL) for name in ATTRIBUTES}
        flat["activity"] = row.activity
        for name in FIGURES:
            value = getattr(row, name.removesuffix("_s"))
            flat[name] = "" if value is None else round(value, 1) if name.endswith("_s") else value
        yield flat


def write_csv(study: ReleaseStudy, stream: TextIO) -> None:
    """Write the study with a header line to a text stream opened with ``newline=""``."""
    writer = csv.DictWriter(stream, [*ATTRIBUTES, "activity", *FIGURES])
    writer.writeheader()
    writer.writerows(csv_rows(study))
