"""Places taken by wishes and by a reseller, sold, given up and given on: one run through the time. Compiled.

What happens comes in one order of time: a wish is decided, a slot opens for robots, an entry of the reseller
has its turn in a draw, the reseller gives up what is not sold. Arrays of `records` are changed in place.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from greenlane.planning.rule_trial.placing import (
    Room,
    can_be_taken,
    change,
    has_room,
    is_blocked,
    next_slot,
)
from greenlane.planning.rule_trial.reselling.records import Market


@njit(cache=True, nogil=True)
def run(room: Room, m: Market, kind: Any, number: Any, when: Any) -> None:
    """Everything that happens, in its order.

    Args:
        kind, number: [events] what happens, and to which wish, slot or entry.
        when: [events] minutes.
    """
    draw, tidied = np.nan, -np.inf
    for at in range(len(kind)):
        now, who = when[at], number[at]
        if now - tidied >= 60.0:
            tidied = now
            _tidy(m.trips, m.waiting, now - m.times[2] - m.times[0])
        if kind[at] == 0:
            _wish(room, m, who, now)
        elif kind[at] == 1:
            _opens(room, m, who, now)
        elif kind[at] == 2:
            if m.entries[who].draw != draw:
                draw = m.entries[who].draw
                for own in range(len(m.own)):
                    m.own[own].entered = m.own[own].free
            _entry(room, m, who, now)
        else:
            for own in range(len(m.own)):
                if m.held[who, own] > 0:
                    _gives_back(room, m, who, own, now)


@njit(cache=True, nogil=True)
def _tidy(trips: Any, waiting: Any, least: Any) -> None:
    """Strike out those who wait for nothing any more."""
    kept = 0
    for at in range(1, waiting[0] + 1):
        trip = waiting[at]
        if trips[trip].outcome == 2 and trips[trip].start > least:
            kept += 1
            waiting[kept] = trip
    waiting[0] = kept


@njit(cache=True, nogil=True)
def _wish(room: Any, m: Any, trip: Any, now: Any) -> None:
    t, wish = m.trips[trip], m.trips[trip].slot
    missed_before = m.trips.missed_before
    if is_blocked(t.truck, now, m.trips.got, room.starts, m.last_missed, missed_before, m.times):
        t.outcome = 3
        return
    slot, before, after = next_slot(room.starts, wish, wish, wish + 1, m.times[2])
    while slot >= 0:
        if room.booked[slot] + room.priority[slot] > 0 and _can_have(room, m, trip, slot, now):
            _place(room, m, trip, slot, now, 1)
            return
        slot, before, after = next_slot(room.starts, wish, before, after, m.times[2])
    t.outcome = 2
    if t.buys == 1 and _buys(room, m, trip, now):
        return
    m.waiting[0] += 1
    m.waiting[m.waiting[0]] = trip


@njit(cache=True, nogil=True)
def _can_have(room: Any, m: Any, trip: Any, slot: Any, now: Any) -> bool:
    t = m.trips[trip]
    if t.pooled == 1 and m.slots[slot].drawn == now and m.pool[room.hour[slot]] < 1:
        return False
    if not can_be_taken(room, slot, now, m.times):
        return False
    return has_room(room, slot, t.of_class, t.carrier, t.has_priority == 1)


@njit(cache=True, nogil=True)
def _place(room: Any, m: Any, trip: Any, slot: Any, now: Any, outcome: Any) -> None:
    t = m.trips[trip]
    change(room, slot, t.of_class, t.carrier, t.has_priority == 1 and room.priority[slot] > 0, -1)
    if t.pooled == 1 and m.slots[slot].drawn == now:
        m.pool[room.hour[slot]] -= 1
    _note(m.trips, m.last_missed, trip, slot, outcome)


@njit(cache=True, nogil=True)
def _note(trips: Any, last_missed: Any, trip: Any, slot: Any, outcome: Any) -> None:
    trips[trip].outcome = outcome
    trips[trip].got = slot
    truck = trips[trip].truck
    if trips[trip].misses == 1 and truck >= 0:
        trips[trip].missed_before = last_missed[truck]
        last_missed[truck] = trip


@njit(cache=True, nogil=True)
def _opens(room: Any, m: Any, slot: Any, now: Any) -> None:
    """Robots take what the reseller wants of a slot that opens, from one carrier after the other."""
    idle, own = 0, slot % max(len(m.own), 1)
    while idle < len(m.own) and m.slots[slot].wanted > 0 and room.booked[slot] > 0:
        idle = 0 if _takes(room, m, slot, own, now) else idle + 1
        own = (own + 1) % len(m.own)


@njit(cache=True, nogil=True)
def _entry(room: Any, m: Any, entry: Any, now: Any) -> None:
    """An entry's turn: the nearest slot to its wish, of those drawn now, that he would still take."""
    own, wish = m.entries[entry].own, m.entries[entry].slot
    if m.entries[entry].number >= m.own[own].entered or m.own[own].free < 1:
        return
    slot, before, after = next_slot(room.starts, wish, wish, wish + 1, m.times[2])
    while slot >= 0:
        s = m.slots[slot]
        if s.drawn == now and s.wanted > 0 and room.booked[slot] > 0 and _takes(room, m, slot, own, now):
            return
        slot, before, after = next_slot(room.starts, wish, before, after, m.times[2])


@njit(cache=True, nogil=True)
def _takes(room: Any, m: Any, slot: Any, own: Any, now: Any) -> bool:
    o, s, hour = m.own[own], m.slots[slot], room.hour[slot]
    is_pooled = o.kind == 0 and s.drawn == now
    if o.free < 1 or o.closed_until > now or m.ways[o.kind, 0].means < 0:
        return False
    if (is_pooled and m.pool[hour] < 1) or not can_be_taken(room, slot, now, m.times):
        return False
    if not has_room(room, slot, m.of_class, m.first + own, False):
        return False
    change(room, slot, m.of_class, m.first + own, False, -1)
    if is_pooled:
        m.pool[hour] -= 1
    o.free -= 1
    s.wanted -= 1
    s.taken += 1
    m.held[slot, own] += 1
    # To those who wait and would buy, in the order of their refusal.
    for at in range(1, m.waiting[0] + 1):
        trip = m.waiting[at]
        if m.trips[trip].buys == 0 or not _is_of_use(room, m.trips, m.times, trip, slot, now):
            continue
        if _sells(room, m, trip, slot, own, now) or m.held[slot, own] < 1:
            break
    return True


@njit(cache=True, nogil=True)
def _buys(room: Any, m: Any, trip: Any, now: Any) -> bool:
    """Whether a wish without a place finds one of the reseller's, the nearest."""
    wish = m.trips[trip].slot
    slot, before, after = next_slot(room.starts, wish, wish, wish + 1, m.times[2])
    while slot >= 0:
        s = m.slots[slot]
        if s.taken > s.given_up + s.lost + s.sold.sum() and room.starts[slot] + m.times[0] > now:
            # What can be sold to whom depends on the kind of carrier, not on which.
            tried = -1
            for own in range(len(m.own)):
                if m.held[slot, own] > 0 and m.own[own].kind != tried:
                    tried = m.own[own].kind
                    if _sells(room, m, trip, slot, own, now):
                        return True
        slot, before, after = next_slot(room.starts, wish, before, after, m.times[2])
    return False


@njit(cache=True, nogil=True)
def _sells(room: Any, m: Any, trip: Any, slot: Any, own: Any, now: Any) -> bool:
    """Whether the place was handed over, by the best way that this buyer and the rules leave. Whoever paid in
    vain does not buy again."""
    t, kind, hour = m.trips[trip], m.own[own].kind, room.hour[slot]
    if t.buys == 0 or (t.of_class != m.of_class and room.classes[hour, t.of_class] < 1):
        return False
    chosen = _way(room, m, trip, slot, kind, now)
    if chosen < 0:
        return False
    way, is_listed = m.ways[kind, chosen], m.times[8] == 1.0
    m.held[slot, own] -= 1
    m.own[own].free += 1
    if way.means == 2 and not is_listed and t.missed_sale >= way.success:
        m.slots[slot].lost += 1
        t.buys = 0
        change(room, slot, m.of_class, m.first + own, False, 1)
        _gives_on(room, m, slot, now)
        return False
    room.classes[hour, m.of_class] += 1
    room.classes[hour, t.of_class] -= 1
    if way.means == 2:
        room.carriers[hour, m.first + own] += 1
        if t.carrier >= 0:
            room.carriers[hour, t.carrier] -= 1
    m.slots[slot].sold[way.means] += 1
    _note(m.trips, m.last_missed, trip, slot, 4)
    if t.seen < way.found_out:
        # An officer closes the carrier: what it holds is given on; it takes nothing until there is another.
        m.slots[slot].closed[kind] += 1
        m.own[own].closed_until = now + m.times[6 + kind]
        for other in range(len(m.held)):
            if m.held[other, own] > 0:
                _gives_back(room, m, other, own, now)
    return True


@njit(cache=True, nogil=True)
def _way(room: Any, m: Any, trip: Any, slot: Any, kind: Any, now: Any) -> int:
    """The first way that is open with this buyer; -1 for none."""
    t = m.trips[trip]
    for at in range(m.ways.shape[1]):
        means = m.ways[kind, at].means
        if means < 0:
            return -1
        if m.ways[kind, at].needs_hand_over == 1 and t.hands_over == 0:
            continue
        if means != 2:
            return at
        if t.carrier >= 0 and room.carriers[room.hour[slot], t.carrier] < 1:
            continue
        if m.times[8] == 0.0 or not _is_waited_for(room, m, slot, now, trip):
            return at
    return -1


@njit(cache=True, nogil=True)
def _gives_back(room: Any, m: Any, slot: Any, own: Any, now: Any) -> None:
    while m.held[slot, own] > 0:
        m.held[slot, own] -= 1
        m.own[own].free += 1
        m.slots[slot].given_up += 1
        change(room, slot, m.of_class, m.first + own, False, 1)
        _gives_on(room, m, slot, now)


@njit(cache=True, nogil=True)
def _gives_on(room: Any, m: Any, slot: Any, now: Any) -> None:
    """A freed place to one of those who wait: the first refused, or, where there is no list, whoever looks
    again at the right moment."""
    best, is_listed = -1, m.times[8] == 1.0
    for at in range(1, m.waiting[0] + 1):
        trip = m.waiting[at]
        if not _is_of_use(room, m.trips, m.times, trip, slot, now):
            continue
        if best >= 0 and m.trips[trip].lot >= m.trips[best].lot:
            continue
        if _can_have(room, m, trip, slot, now):
            best = trip
            if is_listed:
                break
    if best >= 0:
        _place(room, m, best, slot, now, 5)


@njit(cache=True, nogil=True)
def _is_waited_for(room: Any, m: Any, slot: Any, now: Any, but: Any) -> bool:
    """Whether somebody waits who could use a place of the slot and was refused before a certain wish."""
    for at in range(1, m.waiting[0] + 1):
        trip = m.waiting[at]
        if trip == but:
            return False
        if _is_of_use(room, m.trips, m.times, trip, slot, now):
            return True
    return False


@njit(cache=True, nogil=True)
def _is_of_use(room: Any, trips: Any, times: Any, trip: Any, slot: Any, now: Any) -> bool:
    """Whether a wish that waits could use a place of the slot."""
    start = room.starts[slot]
    is_near = abs(start - trips[trip].start) <= times[2]
    return bool(trips[trip].outcome == 2 and is_near and start + times[0] > now)
