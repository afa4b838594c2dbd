"""Who gets which slot: wishes in their order, quotas, shares, caps and blocks. Compiled."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, NamedTuple

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


class Room(NamedTuple):
    """The places left, in arrays that `change` counts; limits that do not apply hold `NO_LIMIT`.

    Attributes:
        starts: [slots] minutes.
        hour, day: [slots] number of the hour and of the day of each.
        bookable: [slots] minutes from which on each can be taken.
        booked, priority: [slots] places of the two shares.
        hours: [hours] of the hour's quotas.
        classes: [hours, classes] of the classes' quotas.
        days: [days] of the days' quotas.
        carriers: [hours, carriers] of the carriers' caps.
    """

    starts: Floats
    hour: Ints
    day: Ints
    bookable: Floats
    booked: Ints
    priority: Ints
    hours: Ints
    classes: Ints
    days: Ints
    carriers: Ints


def room_of(book: RuleBook, slots: SlotTimes, bookable: Floats, classes: list[str], carriers: int) -> Room:
    """All places of the rules.

    Args:
        classes: names of the classes, in the order of their numbers.
        carriers: how many.
    """
    rules, places = book.slots, share_places(book.slots)
    hours, days = int(slots.hour.max()) + 1, len(slots.midnights)
    caps = [NO_LIMIT if each is None else each for each in (rules.hour_capacity, rules.neighbour_per_hour)]
    by_class = [rules.class_per_hour.get(name, NO_LIMIT) for name in classes]
    return Room(
        slots.starts,
        slots.hour,
        slots.day,
        bookable,
        np.full(len(slots.starts), places["booked"]),
        np.full(len(slots.starts), places["priority"]),
        np.full(hours, min(caps)),
        np.tile(np.array(by_class, np.int64), (hours, 1)),
        np.full(days, NO_LIMIT if rules.day_capacity is None else rules.day_capacity),
        np.full((hours, max(carriers, 1)), carrier_cap(book), np.int64),
    )


def place_wishes(
    wishes: Wishes, book: RuleBook, slots: SlotTimes, order: Order, misses: Flags, priority: tuple[str, ...]
) -> Places:
    """Give out the places.

    Args:
        misses: [trips] whether a booked truck would not be there before its booking is void.
        priority: the classes that may take the priority share.
    """
    classes, of_class = np.unique(wishes.vehicle_class, return_inverse=True)
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
        room_of(book, slots, order.bookable, classes.tolist(), carriers),
        np.full(int(wishes.truck.max(initial=-1)) + 2, -1, np.int64),
        np.full(wishes.trips, -1, np.int64),
        times_of(book),
        outcome,
        slot,
    )
    return Places(outcome, slot)


def times_of(book: RuleBook) -> Floats:
    """Length, void after the start, reach, no-show limit, its window, its block; minutes but the limit."""
    rules = book.slots
    return np.array([
        rules.slot_minutes, rules.slot_minutes + rules.void_minutes, REACH_HOURS * 60.0, rules.no_show_limit,
        rules.no_show_window_days * 1440.0, rules.no_show_block_days * 1440.0,
    ], np.float64)  # fmt: skip


@njit(cache=True, nogil=True)
def _place(
    turn: Any, decided: Any, wished_slot: Any, carrier: Any, truck: Any, of_class: Any, has_priority: Any,
    misses: Any, room: Any, last_missed: Any, missed_before: Any, times: Any, outcome: Any, slot: Any,
) -> None:  # fmt: skip
    for trip in turn:
        now = decided[trip]
        if is_blocked(truck[trip], now, slot, room.starts, last_missed, missed_before, times):
            outcome[trip] = 3
            continue
        at = nearest(room, wished_slot[trip], now, of_class[trip], carrier[trip], has_priority[trip], times)
        if at < 0:
            outcome[trip] = 2
            continue
        change(room, at, of_class[trip], carrier[trip], has_priority[trip] and room.priority[at] > 0, -1)
        outcome[trip] = 1
        slot[trip] = at
        if misses[trip] and truck[trip] >= 0:
            missed_before[trip] = last_missed[truck[trip]]
            last_missed[truck[trip]] = trip


@njit(cache=True, nogil=True)
def nearest(
    room: Any, wish: Any, now: Any, vehicle_class: Any, carrier: Any, has_priority: Any, times: Any
) -> int:
    """Number of the nearest slot to a wished one that has room and can be taken now, the later of two; -1
    where there is none within reach."""
    at, before, after = next_slot(room.starts, wish, wish, wish + 1, times[2])
    while at >= 0:
        if can_be_taken(room, at, now, times) and has_room(room, at, vehicle_class, carrier, has_priority):
            return int(at)
        at, before, after = next_slot(room.starts, wish, before, after, times[2])
    return -1


@njit(cache=True, nogil=True)
def next_slot(starts: Any, wish: Any, before: Any, after: Any, reach: Any) -> tuple[int, int, int]:
    """The next slot in the order of nearness to a wished one, or -1 beyond the reach; and the numbers of the
    slots to go on with, which begin as ``wish`` and ``wish + 1``."""
    gap_before = starts[wish] - starts[before] if before >= 0 else np.inf
    gap_after = starts[after] - starts[wish] if after < len(starts) else np.inf
    if min(gap_before, gap_after) > reach:
        return -1, before, after
    if gap_after <= gap_before:
        return after, before, after + 1
    return before, before - 1, after


@njit(cache=True, nogil=True)
def can_be_taken(room: Any, at: Any, now: Any, times: Any) -> bool:
    """Whether a slot is bookable and not over."""
    return bool(room.starts[at] + times[0] > now and room.bookable[at] <= now)


@njit(cache=True, nogil=True)
def has_room(room: Any, at: Any, vehicle_class: Any, carrier: Any, has_priority: Any) -> bool:
    """Whether every quota of a slot has room for a truck of a class and carrier."""
    hour = room.hour[at]
    if room.hours[hour] < 1 or room.classes[hour, vehicle_class] < 1 or room.days[room.day[at]] < 1:
        return False
    if carrier >= 0 and room.carriers[hour, carrier] < 1:
        return False
    return bool(room.booked[at] > 0 or (has_priority and room.priority[at] > 0))


@njit(cache=True, nogil=True)
def change(room: Any, at: Any, vehicle_class: Any, carrier: Any, of_priority: Any, by: Any) -> None:
    """Take a place (``by`` -1) from every quota of a slot, or give it back (1)."""
    hour = room.hour[at]
    room.hours[hour] += by
    room.classes[hour, vehicle_class] += by
    room.days[room.day[at]] += by
    if carrier >= 0:
        room.carriers[hour, carrier] += by
    if of_priority:
        room.priority[at] += by
    else:
        room.booked[at] += by


@njit(cache=True, nogil=True)
def is_blocked(
    truck: Any, now: Any, slot: Any, starts: Any, last_missed: Any, missed_before: Any, times: Any
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
