"""From a crossing's description to who comes: arrivals by hour and weekday, slots, punctuality."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np

from greenlane.registry import crossing
from greenlane.registry.hours import Shift, is_open
from greenlane.twin.demand import MOST_IN_SLOT, Booked, Demand, Live
from greenlane.twin.distributions import Distribution

STEP_MINUTES: Final = 15.0
"""Rates are constant within a quarter of an hour, so that every zone's hours begin at an edge."""
POINTS: Final = 2000
"""Quantiles by which punctuality is told."""
Factors = Sequence[tuple[Shift, float]]
"""Times of day at which more or fewer trucks come than described."""


def demand_of(
    checkpoint: crossing.Checkpoint, direction: str, day: date, days: int = 1, factors: Factors = ()
) -> Demand:
    """Who comes from local midnight of a date on.

    Arrivals are those expected; of them the unbooked share is the live queue. The others have a slot, and
    each slot has as many bookings as bring the trucks expected in its step, up to the slot's capacity; those
    for whom there is no room take the next slots that have some, else the last before.
    """
    described = checkpoint.directions[direction]
    begin = datetime.combine(day, time.min, ZoneInfo(checkpoint.zone)).astimezone(UTC)
    end = datetime.combine(day + timedelta(days=days), time.min, ZoneInfo(checkpoint.zone)).astimezone(UTC)
    edges = np.arange(0.0, (end - begin) / timedelta(minutes=1) + STEP_MINUTES / 2.0, STEP_MINUTES)
    rates = [
        checkpoint.expected_arrivals(direction, at) * _factor(factors, checkpoint.local(at))
        for at in (begin + timedelta(minutes=float(edge)) for edge in edges[:-1])
    ]
    turnout = described.turnout
    live = _live(edges.tolist(), [rate * turnout.unbooked_share for rate in rates], described.arrivals)
    starts = [
        (start.astimezone(UTC) - begin) / timedelta(minutes=1)
        for offset in range(days)
        for start in checkpoint.slot_starts(direction, day + timedelta(days=offset))
    ]
    if turnout.unbooked_share >= 1.0 or not starts:
        return live
    wanted = np.asarray(rates) / 4.0 * (1.0 - turnout.unbooked_share) / max(1.0 - turnout.no_show_share, 1e-9)
    bookings = booked_into(starts, edges.tolist(), wanted.tolist(), described.slots.slot_capacity)
    rules = described.slots
    booked = Booked(
        tuple(starts),
        tuple(bookings),
        punctuality(turnout, rules),
        turnout.no_show_share,
        float(rules.slot_minutes + rules.late_minutes),
    )
    return (*live, booked)


def _factor(factors: Factors, local: datetime) -> float:
    product = 1.0
    for shift, factor in factors:
        if is_open((shift,), local):
            product *= factor
    return product


def _live(edges: list[float], rates: list[float], arrivals: crossing.Arrivals) -> Demand:
    share, size = arrivals.convoy_share, max(round(arrivals.convoy_size), 1)
    sources = []
    if any(rates) and share < 1.0:
        sources.append(Live(tuple(edges), tuple(rate * (1.0 - share) for rate in rates)))
    if any(rates) and share > 0.0:
        sources.append(Live(tuple(edges), tuple(rate * share for rate in rates), convoy=size))
    return tuple(sources)


def booked_into(
    starts: Sequence[float], edges: Sequence[float], wanted: Sequence[float], capacity: int
) -> list[int]:
    """[slots] bookings: as many as are wanted in the steps of each slot's time, the rest where there is room.

    Args:
        starts: of the slots, ascending.
        edges: [steps + 1] minutes.
        wanted: [steps] bookings, not whole.
        capacity: most of a slot.
    """
    capacity = min(capacity, MOST_IN_SLOT)
    slot_of = np.maximum(np.searchsorted(starts, edges[:-1], side="right") - 1, 0)
    by_slot = np.bincount(slot_of, weights=wanted, minlength=len(starts))
    whole = np.diff(np.floor(np.concatenate(([0.0], np.cumsum(by_slot))) + 0.5)).astype(np.int64)
    bookings, left = [], 0
    for number in whole.tolist():
        bookings.append(min(number + left, capacity))
        left += number - bookings[-1]
    for slot in reversed(range(len(bookings))):
        added = min(capacity - bookings[slot], left)
        bookings[slot] += added
        left -= added
    return bookings


def punctuality(turnout: crossing.Turnout, rules: crossing.SlotRules) -> Distribution:
    """Minutes from a slot's start to the arrival of the trucks that come.

    As observed where the description has that. Else the early come an exponential time before it, at most as
    early as they are let in; the punctual at any moment of the slot; the late an exponential time after
    its end, before their booking is void.
    """
    if turnout.offset_minutes:
        values = np.asarray(turnout.offset_minutes)
        return Distribution("empirical", float(values.mean()), values=tuple(values.tolist()))
    shares = np.array([turnout.early_share, turnout.punctual_share, turnout.late_share])
    if not shares.sum() > 0.0:
        shares = np.array([0.0, 1.0, 0.0])
    early, punctual, late = shares / shares.sum()
    u = (np.arange(POINTS) + 0.5) / POINTS
    length = float(rules.slot_minutes)
    with np.errstate(divide="ignore", invalid="ignore"):
        before = turnout.early_mean_minutes * np.log(u / early)
        after = length - turnout.late_mean_minutes * np.log((1.0 - u) / late)
        within = (u - early) / punctual * length
    values = np.select([u < early, u >= 1.0 - late], [before, after], within)
    values = np.clip(values, -float(rules.early_minutes), length + rules.void_minutes)
    return Distribution("empirical", float(values.mean()), values=tuple(values.tolist()))
