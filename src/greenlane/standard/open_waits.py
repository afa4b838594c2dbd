"""Waits as open data: each with when, how and from how many passages it was measured. Pure: no Django."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final, TextIO

from greenlane.errors import GreenlaneError


class FeedError(GreenlaneError):
    """A figure that cannot be published as it is."""


class WaitKind(StrEnum):
    """What a wait is."""

    CURRENT = "current"
    """Measured now."""
    EXPECTED = "expected"
    """For a truck that joins now."""
    PREDICTED = "predicted"
    """For a later time."""


@dataclass(frozen=True, slots=True)
class OpenWait:
    """One wait as open data, with what a reader needs to judge it.

    Attributes:
        checkpoint, direction, clock: whose wait, and which clock (``outside``, ``inside``).
        kind: current, expected or predicted.
        checkpoint_time: aware time that the wait is for.
        queue: trucks waiting then; None when not known.
        wait_s: seconds; None when not measured.
        measured_at: aware time of the last reading that went in.
        valid_until: aware time after which the figure must not be shown as such.
        method: how it was made, in a few words, e.g. "median of entries in the last 60 min".
        n: passages that it rests on.
        uncertainty_s: half-width in seconds of its 95 % interval; None when not known.

    Raises:
        FeedError: a time without zone, a validity that ends before the measurement, or a negative number.
    """

    checkpoint: str
    direction: str
    clock: str
    kind: WaitKind
    checkpoint_time: datetime
    queue: int | None
    wait_s: float | None
    measured_at: datetime
    valid_until: datetime
    method: str
    n: int
    uncertainty_s: float | None = None

    def __post_init__(self) -> None:
        for name in ("checkpoint_time", "measured_at", "valid_until"):
            if getattr(self, name).tzinfo is None:
                raise FeedError(
                    "naive_time", "the time has no zone.", field=name, mend="Give an aware time, such as UTC."
                )
        if self.valid_until <= self.measured_at:
            raise FeedError(
                "never_valid",
                "the figure would be out of date when it is published.",
                field="valid_until",
                mend="Give a time after measured_at.",
            )
        for name in ("queue", "wait_s", "n", "uncertainty_s"):
            value = getattr(self, name)
            if value is not None and value < 0:
                raise FeedError(
                    "negative", f"{value} is negative.", field=name, mend="Give 0 or more, or leave it empty."
                )


OPEN_COLUMNS: Final = (
    "checkpoint",
    "direction",
    "clock",
    "kind",
    "checkpoint_time",
    "queue",
    "wait_time",
    "measured_at",
    "valid_until",
    "method",
    "n",
    "uncertainty_s",
)


def open_row(wait: OpenWait) -> dict[str, str | int | float | None]:
    """One row of open data. Times are ISO 8601 in UTC, ``wait_time`` is in seconds.

    ``checkpoint_time, queue, wait_time`` are named as in the open data set of Ukraine's eCherha queue.
    """
    return {
        "checkpoint": wait.checkpoint,
        "direction": wait.direction,
        "clock": wait.clock,
        "kind": str(wait.kind),
        "checkpoint_time": _utc(wait.checkpoint_time),
        "queue": wait.queue,
        "wait_time": wait.wait_s,
        "measured_at": _utc(wait.measured_at),
        "valid_until": _utc(wait.valid_until),
        "method": wait.method,
        "n": wait.n,
        "uncertainty_s": wait.uncertainty_s,
    }


def write_open_csv(waits: Sequence[OpenWait], stream: TextIO) -> None:
    """Write waits after a header line to a text stream opened with ``newline=""``; unknown is empty."""
    writer = csv.DictWriter(stream, OPEN_COLUMNS)
    writer.writeheader()
    writer.writerows(open_row(wait) for wait in waits)


def _utc(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
