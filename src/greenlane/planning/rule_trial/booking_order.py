"""When each wish is decided under some rules, and in which order."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from greenlane.planning.rule_trial.rules import RuleBook, RuleError
from greenlane.planning.rule_trial.trip_luck import LOT, luck_of
from greenlane.planning.rule_trial.wishes import Floats, Ints, Wishes
from greenlane.registry import crossing
from greenlane.registry.crossing_parts import BALLOT

DAYS_BEFORE, DAYS_AFTER = 2, 8
"""Days around those that are counted for which there are slots, so that a wish finds its neighbours."""


@dataclass(frozen=True, slots=True)
class SlotTimes:
    """The slots of some rules.

    Attributes:
        starts: [slots] minutes, ascending.
        hour: [slots] number of the clock hour of each.
        day: [slots] number of the local day of each.
        midnights: [days] minutes at which each day begins.
    """

    starts: Floats
    hour: Ints
    day: Ints
    midnights: Floats


@dataclass(frozen=True, slots=True)
class Order:
    """When wishes are decided.

    Attributes:
        wished_slot: [trips] number of the slot in which the wished time lies, or of the nearest before.
        decided: [trips] minutes at which it is known whether there is a place.
        within: [trips] order among those decided at once: lots in a draw, else minutes of asking.
        turn: [trips] trips that book, in the order in which they are decided.
        bookable: [slots] minutes from which on each slot can be taken.
    """

    wished_slot: Ints
    decided: Floats
    within: Floats
    turn: Ints
    bookable: Floats


def slot_times(checkpoint: crossing.Checkpoint, book: RuleBook, wishes: Wishes) -> SlotTimes:
    """The slots of the wishes' days and some around them.

    Raises:
        RuleError: there are none.
    """
    ruled = book.put_into(checkpoint)
    zone = ZoneInfo(checkpoint.zone)
    begin = datetime.combine(wishes.first_day, time.min, zone).astimezone(UTC)
    starts, day, midnights = [], [], []
    for number, offset in enumerate(range(-DAYS_BEFORE, wishes.days + DAYS_AFTER)):
        local = wishes.first_day + timedelta(days=offset)
        midnight = datetime.combine(local, time.min, zone).astimezone(UTC)
        midnights.append((midnight - begin) / timedelta(minutes=1))
        for start in ruled.slot_starts(book.direction, local):
            starts.append((start.astimezone(UTC) - begin) / timedelta(minutes=1))
            day.append(number)
    if not starts:
        raise RuleError("slots.slot_minutes", "No slot fits into the opening hours.", "Make slots shorter.")
    times = np.array(starts)
    hour = np.floor(times / 60.0).astype(np.int64)
    return SlotTimes(times, hour - hour.min(), np.array(day), np.array(midnights))


def order_of(wishes: Wishes, book: RuleBook, slots: SlotTimes, seed: int) -> Order:
    """When each wish is decided: as it asks, or where places are drawn, at the draw of its day."""
    horizon = book.slots.horizon_days * 1440.0
    is_ballot = book.slots.allocation == BALLOT
    midnight = slots.midnights[slots.day]
    opens = (midnight if is_ballot else slots.starts) - horizon
    bookable = opens + book.slots.ballot_window_hours * 60.0 if is_ballot else opens
    wished_slot = np.maximum(np.searchsorted(slots.starts, wishes.wished, side="right") - 1, 0)
    asked = np.maximum(wishes.wished - wishes.lead, opens[wished_slot] + wishes.click)
    asked = np.minimum(asked, wishes.wished)
    decided = np.maximum(asked, bookable[wished_slot])
    within = np.where(asked < bookable[wished_slot], _lots(wishes, seed), asked) if is_ballot else asked
    turn = np.lexsort((within, decided))
    return Order(wished_slot, decided, within, turn[wishes.books[turn]], bookable)


def _lots(wishes: Wishes, seed: int) -> Floats:
    lots: Floats = luck_of(np.arange(wishes.trips), LOT, seed)[0]
    return lots
