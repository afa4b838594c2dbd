"""One set of rules acted out with a reseller about: from wishes and rules to the market's arrays."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from greenlane.planning.rule_trial.booking_order import Order, SlotTimes, order_of, slot_times
from greenlane.planning.rule_trial.placing import room_of, times_of
from greenlane.planning.rule_trial.reselling.market import run
from greenlane.planning.rule_trial.reselling.records import (
    ENTRY,
    ENTRY_OF,
    GIVES_UP,
    OPENS,
    OWN,
    SLOT,
    TRIP,
    WAY,
    WISH,
    Market,
    Records,
)
from greenlane.planning.rule_trial.reselling.reseller import MEANS, Measures, Reseller, ways
from greenlane.planning.rule_trial.rules import NO_LIMIT, RuleBook, hour_places
from greenlane.planning.rule_trial.trip_luck import BUYING, LOT, PHANTOM, SALE, VERIFIED, luck_of
from greenlane.planning.rule_trial.wishes import Flags, Floats, Ints, Wishes
from greenlane.registry import crossing
from greenlane.registry.crossing_parts import BALLOT, FIRST_CLICK

ROBOT: Final = 0.05 / 60.0
"""Minutes that a robot needs once a slot is open."""
DRAWN_BEFORE_HOURS: Final = 24.0
"""Of a ballot that the rules do not have: it is drawn so long before the day, when most know their trips."""
LAST_MINUTES: Final = 15.0
"""Before a slot, when unsold places are given up where nothing follows from that."""
_ANY_CLASS: Final = "laden"


@dataclass(frozen=True, slots=True)
class Resold:
    """What became of all places and wishes.

    Attributes:
        outcome: [trips] of `greenlane.planning.rule_trial.reselling.records`; 0 where none was asked for.
        shift: [trips] minutes from the wished slot to the one it got; NaN for none.
        verified: [trips] whether the carrier is verified.
        sides: [slots] the reseller's side of each slot, `records.SLOT`.
        slots: the slots.
    """

    outcome: Ints
    shift: Floats
    verified: Flags
    sides: Records
    slots: SlotTimes


def rules_under(book: RuleBook, measures: Measures) -> RuleBook:
    """The rules with a ballot or without one."""
    slots = book.slots
    if not measures.ballot:
        return replace(book, slots=replace(slots, allocation=FIRST_CLICK))
    window = slots.ballot_window_hours if slots.allocation == BALLOT else 0.0
    window = window or max(slots.horizon_days * 24.0 - DRAWN_BEFORE_HOURS, 1.0)
    return replace(book, slots=replace(slots, allocation=BALLOT, ballot_window_hours=window))


def act_out_resale(
    checkpoint: crossing.Checkpoint,
    book: RuleBook,
    wishes: Wishes,
    reseller: Reseller,
    measures: Measures,
    seed: int,
    *,
    appetite: float = 1.0,
    verified_only: bool = False,
) -> Resold:
    """Act the rules out; without any trucks of the reseller's, the places are those of a rule trial.

    Args:
        book: its allocation does not matter, `measures` say it.
        appetite: share of a slot's places that the reseller takes at most.
        verified_only: whether the reseller uses verified carriers alone.

    Raises:
        RuleError: the rules are not of this checkpoint, or leave no slots.
    """
    ruled = rules_under(book, measures)
    slots = slot_times(checkpoint, ruled, wishes)
    order = order_of(wishes, ruled, slots, seed)
    classes = sorted({*wishes.vehicle_class.tolist(), _ANY_CLASS})
    carriers = max(int(wishes.carrier.max(initial=-1)) + 1, 0)
    own = _own(reseller, verified_only)
    room = room_of(ruled, slots, order.bookable, classes, carriers + len(own))
    sides = np.zeros(len(slots.starts), SLOT)
    sides["drawn"] = order.bookable if measures.ballot else np.nan
    sides["wanted"] = np.floor(appetite * room.booked + 1e-9)
    entries, lots = _entries(slots, order, wishes, own, reseller, measures, seed)
    trips = _trips(checkpoint, ruled, wishes, order, slots, classes, reseller, seed)
    market = Market(
        trips=trips,
        slots=sides,
        own=own,
        entries=entries,
        held=np.zeros((len(slots.starts), len(own)), np.int64),
        ways=_ways(reseller, measures),
        pool=_pool(ruled, len(room.hours), measures),
        waiting=np.zeros(wishes.trips + 1, np.int64),
        last_missed=np.full(int(wishes.truck.max(initial=-1)) + 2, -1, np.int64),
        times=_times(ruled, reseller, measures),
        first=carriers,
        of_class=classes.index(_ANY_CLASS),
    )
    run(room, market, *_events(ruled, slots, order, market, lots, measures))
    start = np.where(trips["got"] >= 0, slots.starts[trips["got"]], np.nan)
    return Resold(trips["outcome"], start - trips["start"], trips["pooled"] == 0, sides, slots)


def _trips(
    checkpoint: crossing.Checkpoint, book: RuleBook, wishes: Wishes, order: Order, slots: SlotTimes,
    classes: list[str], reseller: Reseller, seed: int,
) -> Records:  # fmt: skip
    numbers = np.arange(wishes.trips)
    trips = np.zeros(wishes.trips, TRIP)
    buying, sale = luck_of(numbers, BUYING, seed), luck_of(numbers, SALE, seed)
    unverified = luck_of(np.maximum(wishes.carrier, 0), VERIFIED, seed)[0] < reseller.unverified_share
    priority = checkpoint.directions[book.direction].priority_classes
    for name, values in {
        "slot": order.wished_slot,
        "start": slots.starts[order.wished_slot],
        "carrier": wishes.carrier,
        "truck": wishes.truck,
        "of_class": np.searchsorted(classes, wishes.vehicle_class),
        "has_priority": np.isin(wishes.vehicle_class, priority),
        "misses": wishes.absent,
        "pooled": unverified & (wishes.carrier >= 0),
        "buys": buying[0] < reseller.buying_share,
        "hands_over": buying[1] < reseller.hand_over_share,
        "lot": luck_of(numbers, LOT, seed)[1],
        "seen": sale[0],
        "missed_sale": sale[1],
        "got": -1,
        "missed_before": -1,
    }.items():
        trips[name] = values
    return trips


def _own(reseller: Reseller, verified_only: bool) -> Records:
    others = 0 if verified_only else reseller.carriers
    own = np.zeros(others + reseller.verified_carriers, OWN)
    own["kind"][others:] = 1
    own["free"] = np.where(own["kind"] == 1, reseller.verified_trucks_each, reseller.trucks_each)
    own["closed_until"] = -np.inf
    return own


def _ways(reseller: Reseller, measures: Measures) -> Records:
    table = np.zeros((2, len(MEANS) + 1), WAY)
    table["means"] = -1
    for kind in (0, 1):
        for at, way in enumerate(ways(reseller, measures, verified=kind == 1)):
            table[kind, at] = (way.means, way.needs_hand_over, way.success, way.found_out)
    return table


def _pool(book: RuleBook, hours: int, measures: Measures) -> Ints:
    share = math.ceil(round(book.slots.unverified_share * hour_places(book), 6))
    return np.full(hours, share if measures.ballot else NO_LIMIT, np.int64)


def _times(book: RuleBook, reseller: Reseller, measures: Measures) -> Floats:
    reopen = np.array([reseller.account_days, reseller.reopen_days]) * 1440.0
    return np.concatenate([times_of(book), reopen, [float(measures.list_first)]])


def _entries(
    slots: SlotTimes, order: Order, wishes: Wishes, own: Records, reseller: Reseller, measures: Measures,
    seed: int,
) -> tuple[Records, Floats]:  # fmt: skip
    """One entry of each truck in each day's draw, wishing for what others of that day wish for; and lots."""
    trucks, days = int(own["free"].sum()), len(slots.midnights)
    if not measures.ballot or not trucks:
        return np.zeros(0, ENTRY_OF), np.zeros(0)
    entries = np.zeros(days * trucks, ENTRY_OF)
    entries["own"] = np.tile(np.repeat(np.arange(len(own)), own["free"]), days)
    entries["number"] = np.tile(np.concatenate([np.arange(each) for each in own["free"]]), days)
    luck = luck_of(np.arange(days * trucks), PHANTOM, seed)
    entries["slot"] = -1
    asked = order.wished_slot[wishes.books]
    for day in range(days):
        here = slice(day * trucks, (day + 1) * trucks)
        theirs = np.sort(asked[slots.day[asked] == day])
        theirs = theirs if len(theirs) else np.flatnonzero(slots.day == day)
        if len(theirs):
            slot = theirs[np.floor(luck[1, here] * len(theirs)).astype(np.int64)]
            entries["slot"][here], entries["draw"][here] = slot, order.bookable[slot]
    kept = entries["slot"] >= 0
    # The least of w uniform numbers is one uniform number u bent so: 1 - (1 - u)^(1/w).
    lots = 1.0 - (1.0 - luck[0]) ** (1.0 / reseller.tickets)
    return entries[kept], lots[kept]


def _events(
    book: RuleBook, slots: SlotTimes, order: Order, market: Market, lots: Floats, measures: Measures
) -> tuple[Ints, Ints, Floats]:
    """Everything that happens, in its order: kind, number, minutes."""
    before = float(book.slots.late_cancel_minutes) if measures.late_cancels else LAST_MINUTES
    each = np.arange(len(slots.starts))
    ends = np.maximum(slots.starts - before, order.bookable + ROBOT)
    # What a draw leaves is open to all at once, and to robots first.
    number = np.concatenate([order.turn, each, np.arange(len(lots)), each])
    counts = [len(order.turn), len(each), len(lots), len(each)]
    kind = np.repeat([WISH, OPENS, ENTRY, GIVES_UP], counts)
    when = np.concatenate([order.decided[order.turn], order.bookable + ROBOT, market.entries["draw"], ends])
    within = np.concatenate([order.within[order.turn], np.zeros(len(each)), lots, np.zeros(len(each))])
    last = np.repeat([0, 1, 0, 2], counts)
    turn = np.lexsort((within, last, when))
    return kind[turn], number[turn], when[turn]
