"""Who gets which slot: wishes in their order, quotas, shares, caps and blocks. Compiled."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numba import njit

from greenlane.booking.plan import share_places
from greenlane.planning.rule_trial.booking_order import Order, SlotTimes
from greenlane.planning.rule_trial.rules import NO_LIMIT, RuleBook, carrier_cap
from greenlane.planning.rule_trial.wishes import Flags, Floats, Ints, Wishes

REACH_HOURS: Final = 24.0
"""A carrier takes the nearest place up to so many hours from its wish, else comes to the live queue."""
LIVE, PLACED, FULL, BLOCKED = 0, 1, 2, 3
"""What became of a wish: none was made, a place, none within reach, refused after no-shows."""


@dataclass(frozen=True, slots=True)
class Places:
    """What each wish got.

    Attributes:
        outcome: [trips] `LIVE`, `PLACED`, `FULL` or `BLOCKED`.
        slot: [trips] number of the slot, -1 for none.
    """

    outcome: Ints
    slot: Ints


def place_wishes(
    wishes: Wishes, book: RuleBook, slots: SlotTimes, order: Order, misses: Flags, priority: tuple[str, ...]
) -> Places:
    """Give out the places.

    Args:
        misses: [trips] whether a booked truck would not be there before its booking is void.
        priority: the classes that may take the priority share.
    """
    rules, places = book.slots, share_places(book.slots)
    classes, of_class = np.unique(wishes.vehicle_class, return_inverse=True)
    hours, days = int(slots.hour.max()) + 1, len(slots.midnights)
    caps = [NO_LIMIT if each is None else each for each in (rules.hour_capacity, rules.neighbour_per_hour)]
    by_class = [rules.class_per_hour.get(name, NO_LIMIT) for name in classes.tolist()]
    carriers = int(wishes.carrier.max(initial=-1)) + 1
    outcome, slot = np.zeros(wishes.trips, np.int64), np.full(wishes.trips, -1, np.int64)
    _place(
        order.turn,
        order.decided,
        order.wished_slot,
        wishes.carrier,
        wishes.truck,
        of_class.astype(np.int64),
        np.isin(classes, priority)[of_class],
        misses,
        slots.starts,
        slots.hour,
        slots.day,
        order.bookable,
        np.full(len(slots.starts), places["booked"]),
        np.full(len(slots.starts), places["priority"]),
        np.full(hours, min(caps)),
        np.tile(np.array(by_class, np.int64), (hours, 1)),
        np.full(days, NO_LIMIT if rules.day_capacity is None else rules.day_capacity),
        np.full((hours, max(carriers, 1)), carrier_cap(book), np.int64),
        np.full(int(wishes.truck.max(initial=-1)) + 2, -1, np.int64),
        np.full(wishes.trips, -1, np.int64),
        _times(book),
        outcome,
        slot,
    )
    return Places(outcome, slot)


def _times(book: RuleBook) -> Floats:
    """Length, void after the start, reach, no-show limit, its window, its block; minutes but the limit."""
    rules = book.slots
    return np.array([
        rules.slot_minutes, rules.slot_minutes + rules.void_minutes, REACH_HOURS * 60.0, rules.no_show_limit,
        rules.no_show_window_days * 1440.0, rules.no_show_block_days * 1440.0,
    ], np.float64)  # fmt: skip


@njit(cache=True, nogil=True)
def _place(
    turn: Any, decided: Any, wished_slot: Any, carrier: Any, truck: Any, of_class: Any, has_priority: Any,
    misses: Any, starts: Any, hour: Any, day: Any, bookable: Any, booked_left: Any, priority_left: Any,
    hour_left: Any, class_left: Any, day_left: Any, carrier_left: Any, last_missed: Any, missed_before: Any,
    times: Any, outcome: Any, slot: Any,
) -> None:  # fmt: skip
    for trip in turn:
        now = decided[trip]
        if _is_blocked(trip, truck[trip], now, slot, starts, last_missed, missed_before, times):
            outcome[trip] = 3
            continue
        outcome[trip] = 2
        wish = wished_slot[trip]
        before, after = wish, wish + 1
        while True:
            gap_before = starts[wish] - starts[before] if before >= 0 else np.inf
            gap_after = starts[after] - starts[wish] if after < len(starts) else np.inf
            if min(gap_before, gap_after) > times[2]:
                break
            if gap_after <= gap_before:
                at, after = after, after + 1
            else:
                at, before = before, before - 1
            if starts[at] + times[0] <= now or bookable[at] > now:
                continue
            h, c = hour[at], of_class[trip]
            if hour_left[h] < 1 or class_left[h, c] < 1 or day_left[day[at]] < 1:
                continue
            if carrier[trip] >= 0 and carrier_left[h, carrier[trip]] < 1:
                continue
            if has_priority[trip] and priority_left[at] > 0:
                priority_left[at] -= 1
            elif booked_left[at] > 0:
                booked_left[at] -= 1
            else:
                continue
            hour_left[h] -= 1
            class_left[h, c] -= 1
            day_left[day[at]] -= 1
            if carrier[trip] >= 0:
                carrier_left[h, carrier[trip]] -= 1
            outcome[trip] = 1
            slot[trip] = at
            if misses[trip] and truck[trip] >= 0:
                missed_before[trip] = last_missed[truck[trip]]
                last_missed[truck[trip]] = trip
            break


@njit(cache=True, nogil=True)
def _is_blocked(
    trip: Any, truck: Any, now: Any, slot: Any, starts: Any, last_missed: Any, missed_before: Any, times: Any
) -> bool:
    """Whether the truck has so many no-shows in the window before now, and the last not long ago."""
    if truck < 0:
        return False
    count, last = 0, -np.inf
    missed = last_missed[truck]
    while missed >= 0:
        known_at = starts[slot[missed]] + times[1]
        if now - times[4] < known_at <= now:
            count += 1
            last = max(last, known_at)
        missed = missed_before[missed]
    return bool(count >= times[3] and last + times[5] > now)
