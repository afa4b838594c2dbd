"""Many passages' clocks as arrays: what summaries are made from. Pure: no Django."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeVar
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from greenlane.errors import GreenlaneError
from greenlane.standard.clocks import CLOCKS, Clocks
from greenlane.standard.outcomes import NOT_OWED, Clock, Measured, Missing, Reason
from greenlane.standard.quantiles import FloatArray
from greenlane.standard.shares import Share
from greenlane.standard.timeline import PassageTimes

REASONS: Final = tuple(Reason)
"""A reason's code in a column is its place here."""
MEASURED: Final = -1
# The last place answers for MEASURED = -1.
_IS_OWED: Final = np.array([*(reason not in NOT_OWED for reason in REASONS), False])

COHORTS: Final = ("hour", "day", "weekday", "vehicle_class", "channel", "direction", "share", "pre_arrival")
"""What figures may be grouped by: known before the truck arrived, or its hour and day of entry. A group made
from what happened afterwards (a flag, a stage, the length of stay) could be chosen to please."""

STAGE: Final = "stage:"
"""Prefix of a stage's column: ``stage:customs``."""


class CohortError(GreenlaneError):
    """A grouping that is not fixed before arrival, or a column that is not there."""


@dataclass(frozen=True, slots=True)
class ClockColumn:
    """One clock of n passages; three arrays of shape (n,).

    Attributes:
        seconds: float64, NaN where there are none.
        at_least: float64, seconds that a clock without an end has certainly run; NaN where nothing is known.
        reason: int8, place in `REASONS`, or `MEASURED`.
    """

    seconds: FloatArray
    at_least: FloatArray
    reason: NDArray[np.int8]

    def __len__(self) -> int:
        return len(self.seconds)

    @classmethod
    def of(cls, clocks: Iterable[Clock | None]) -> ClockColumn:
        """From clocks, one a passage; None is a stage that the truck did not visit."""
        seconds, at_least, reason = [], [], []
        for clock in clocks:
            if isinstance(clock, Measured):
                seconds.append(clock.seconds)
                at_least.append(np.nan)
                reason.append(MEASURED)
            else:
                missing = clock or Missing(Reason.NOT_VISITED)
                seconds.append(np.nan)
                at_least.append(np.nan if missing.at_least is None else missing.at_least)
                reason.append(_CODES[missing.reason])
        return cls(
            np.array(seconds, dtype=np.float64),
            np.array(at_least, dtype=np.float64),
            np.array(reason, dtype=np.int8),
        )

    @classmethod
    def of_stored(
        cls,
        seconds: Sequence[float | None],
        reasons: Sequence[str | None],
        at_least: Sequence[float | None],
    ) -> ClockColumn:
        """From columns of stored rows, as `outcomes.stored` makes them; where seconds are None, a reason is
        not.

        Raises:
            KeyError: a reason that is not in `Reason`, or none where there are no seconds.
        """
        values = np.array(seconds, dtype=np.float64)
        codes = [
            MEASURED if value is not None else _STORED_CODES[reason]
            for value, reason in zip(seconds, reasons, strict=True)
        ]
        return cls(values, np.array(at_least, dtype=np.float64), np.array(codes, dtype=np.int8))

    def take(self, rows: NDArray[np.intp]) -> ClockColumn:
        """The chosen rows (indices, or a mask)."""
        return ClockColumn(self.seconds[rows], self.at_least[rows], self.reason[rows])

    @staticmethod
    def concatenate(columns: Sequence[ClockColumn]) -> ClockColumn:
        """One column after the other."""
        return ClockColumn(
            np.concatenate([column.seconds for column in columns]),
            np.concatenate([column.at_least for column in columns]),
            np.concatenate([column.reason for column in columns]),
        )

    @property
    def measured(self) -> FloatArray:
        """The seconds of the clocks that stopped, without NaN."""
        stopped: NDArray[np.bool_] = self.reason == MEASURED
        return self.seconds[stopped]

    @property
    def censored(self) -> FloatArray:
        """The seconds, at least, of owed clocks that have no end."""
        return self.at_least[self._owed() & ~np.isnan(self.at_least)]

    def certainly_over(self, limit_s: float) -> NDArray[np.bool_]:
        """Mask, shape (n,): owed clocks without an end that have passed a limit already."""
        return self._owed() & (self.at_least > limit_s)

    def _owed(self) -> NDArray[np.bool_]:
        owed: NDArray[np.bool_] = _IS_OWED[self.reason]
        return owed

    def missing(self) -> dict[Reason, int]:
        """How many clocks have no seconds, by reason; reasons that do not occur are left out."""
        counts = np.bincount(self.reason[self.reason != MEASURED], minlength=len(REASONS))
        return {reason: int(count) for reason, count in zip(REASONS, counts, strict=True) if count}

    def share(self, limit_s: float) -> Share:
        """Clocks within a limit, over it and undecided."""
        within = int(np.count_nonzero(self.seconds <= limit_s))
        owed = sum(count for reason, count in self.missing().items() if reason not in NOT_OWED)
        measured = int(np.count_nonzero(self.reason == MEASURED))
        passed = int(np.count_nonzero(self.certainly_over(limit_s)))
        return Share(limit_s, within, measured - within + passed, owed - passed)


_CODES: Final = {reason: code for code, reason in enumerate(REASONS)}
_STORED_CODES: Final[dict[str | None, int]] = {str(reason): code for reason, code in _CODES.items()}


@dataclass(frozen=True, slots=True)
class Cohort:
    """One attribute of n passages: ``codes`` (int32, shape (n,)) are places in ``labels``."""

    labels: tuple[str, ...]
    codes: NDArray[np.int32]

    @classmethod
    def of(cls, values: Iterable[str]) -> Cohort:
        """From the values themselves; labels come out sorted."""
        rows = list(values)
        labels = tuple(sorted(set(rows)))
        place = {label: code for code, label in enumerate(labels)}
        return cls(labels, np.fromiter((place[value] for value in rows), dtype=np.int32, count=len(rows)))


@dataclass(frozen=True, slots=True)
class ClockTable:
    """The clocks of n passages, by name (`CLOCKS`, or ``stage:`` and its code), and their cohorts."""

    n: int
    columns: Mapping[str, ClockColumn]
    cohorts: Mapping[str, Cohort]

    def column(self, clock: str) -> ClockColumn:
        """One clock.

        Raises:
            CohortError: the table has no such clock.
        """
        return _named(self.columns, clock, "clock")

    def cohort(self, by: str) -> Cohort:
        """One attribute.

        Raises:
            CohortError: the attribute is not one that is fixed before arrival, or the table has none.
        """
        return _named({name: self.cohorts[name] for name in self.cohorts if name in COHORTS}, by, "by")


T = TypeVar("T")


def _named(there: Mapping[str, T], name: str, field: str) -> T:
    if name not in there:
        raise CohortError(
            "unknown_" + field, f"{name!r} is not here.", field=field, mend=f"Use {', '.join(there)}."
        )
    return there[name]


def tabulate(passages: Sequence[PassageTimes], clocks: Sequence[Clocks], *, zone: str) -> ClockTable:
    """The table of passages and their clocks (same order, same length).

    Hours ("00".."23"), days ("2026-11-24") and weekdays ("1" = Monday .. "7") are those of `counted_at` in
    the checkpoint's IANA zone; "" where nothing is known.
    """
    columns = {name: ClockColumn.of(getattr(row, name) for row in clocks) for name in CLOCKS}
    for stage in sorted({stage for row in clocks for stage in row.stages}):
        columns[STAGE + stage] = ClockColumn.of(row.stages.get(stage) for row in clocks)
    local = [_local(passage.counted_at, ZoneInfo(zone)) for passage in passages]
    cohorts = {
        "hour": Cohort.of(f"{time.hour:02d}" if time else "" for time in local),
        "day": Cohort.of(time.date().isoformat() if time else "" for time in local),
        "weekday": Cohort.of(str(time.isoweekday()) if time else "" for time in local),
        "vehicle_class": Cohort.of(passage.vehicle_class for passage in passages),
        "channel": Cohort.of(passage.channel for passage in passages),
        "direction": Cohort.of(passage.direction for passage in passages),
        "share": Cohort.of(passage.share for passage in passages),
        "pre_arrival": Cohort.of(_yes_no(passage.pre_arrival) for passage in passages),
    }
    return ClockTable(len(passages), columns, cohorts)


def _local(at: datetime | None, zone: ZoneInfo) -> datetime | None:
    return at.astimezone(zone) if at is not None else None


def _yes_no(value: bool | None) -> str:
    return "" if value is None else "yes" if value else "no"
