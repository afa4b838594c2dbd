"""The public board: what it shows of every checkpoint and direction."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from greenlane.booking.queries import FreeSlot, next_free_slot
from greenlane.errors import GreenlaneError
from greenlane.registry.models import Checkpoint, Crossing
from greenlane.registry.queries import checkpoint_document, crossings
from greenlane.standard.periods import Period, day_of, day_period, hour_of, month_period
from greenlane.standard.queries.figures import Headline, headlines
from greenlane.standard.queries.promises import Promise, promise_of
from greenlane.standard.queries.waits import WaitNow, all_current_waits
from greenlane.standard.shares import Share


@dataclass(frozen=True, slots=True)
class BoardRow:
    """One checkpoint and direction on the board.

    Attributes:
        outside, inside: the waits now.
        today, month: the headline of the local day and month so far; n = 0 when nothing was measured.
        trend: the share of the last three hours less that of the three before (0.1 is ten points better);
            None where either has fewer than ten trucks.
        takes_bookings: whether places are given.
        next_free: the first slot with a place for a laden truck.
        measured_at: the last reading; None when nothing was read lately.
    """

    checkpoint: Checkpoint
    direction: str
    promise: Promise
    outside: WaitNow
    inside: WaitNow
    today: Headline
    month: Headline
    trend: float | None
    takes_bookings: bool
    next_free: FreeSlot | None

    @property
    def is_measured(self) -> bool:
        """Whether there is anything to show of this month or of now."""
        return bool(self.month.n) or self.measured_at is not None

    @property
    def measured_at(self) -> datetime | None:
        return self.outside.measured_at

    @property
    def zone(self) -> str:
        return self.checkpoint.zone


@dataclass(frozen=True, slots=True)
class BoardCrossing:
    """A crossing and its rows: checkpoint A's directions, then B's."""

    crossing: Crossing
    rows: list[BoardRow]


TREND = timedelta(hours=3)
LEAST_FOR_TREND = 10


def board(at: datetime, only: tuple[str, str] | None = None) -> list[BoardCrossing]:
    """Every crossing, or the one row of a checkpoint's code and direction."""
    found = [
        (crossing, checkpoint, direction)
        for crossing in crossings()
        for checkpoint in _checkpoints(crossing)
        for direction in checkpoint_document(checkpoint).directions
        if only is None or only == (checkpoint.code, direction)
    ]
    places = {checkpoint.pk: checkpoint for _crossing, checkpoint, _direction in found}
    waits = all_current_waits([(checkpoint.pk, direction) for _c, checkpoint, direction in found], at)
    today = headlines({pk: _today(place, at) for pk, place in places.items()})
    month = headlines({pk: month_period(at, place.zone) for pk, place in places.items()})
    recent = [headlines({pk: _hours_ago(place, at, back) for pk, place in places.items()}) for back in (0, 1)]
    by_crossing: dict[int, BoardCrossing] = {}
    for crossing, checkpoint, direction in found:
        key = (checkpoint.pk, direction)
        promise = promise_of(checkpoint)
        takes, free = _next_free(checkpoint, direction, at)
        row = BoardRow(
            checkpoint=checkpoint,
            direction=direction,
            promise=promise,
            outside=waits[key]["outside"],
            inside=waits[key]["inside"],
            today=today.get(key) or _no_trucks(promise),
            month=month.get(key) or _no_trucks(promise),
            trend=_trend(recent[0].get(key), recent[1].get(key)),
            takes_bookings=takes,
            next_free=free,
        )
        by_crossing.setdefault(crossing.pk, BoardCrossing(crossing, [])).rows.append(row)
    # Those that are measured first; a list that begins with silence is not read on.
    return sorted(by_crossing.values(), key=lambda shown: not any(row.is_measured for row in shown.rows))


def _checkpoints(crossing: Crossing) -> Iterator[Checkpoint]:
    for checkpoint in crossing.checkpoints.all():
        checkpoint.crossing = crossing
        yield checkpoint


def _today(checkpoint: Checkpoint, at: datetime) -> Period:
    return day_period(day_of(at, checkpoint.zone), checkpoint.zone)


def _hours_ago(checkpoint: Checkpoint, at: datetime, back: int) -> Period:
    """Three whole hours: those that end with the hour at hand, or the three before."""
    end = hour_of(at, checkpoint.zone) + timedelta(hours=1) - back * TREND
    return Period(end - TREND, end)


def _trend(now: Headline | None, before: Headline | None) -> float | None:
    if now is None or before is None or min(now.share.decided, before.share.decided) < LEAST_FOR_TREND:
        return None
    return (now.share.value or 0.0) - (before.share.value or 0.0)


def _no_trucks(promise: Promise) -> Headline:
    return Headline(Share(promise.inside_s, 0, 0, 0), promise.quantile, 0, 0)


def _next_free(checkpoint: Checkpoint, direction: str, at: datetime) -> tuple[bool, FreeSlot | None]:
    try:
        return True, next_free_slot(checkpoint, direction, at)
    except GreenlaneError:
        return False, None
