"""One set of rules acted out: places, turnout, the live queue, and the twin."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from typing import Final, cast
from zoneinfo import ZoneInfo

import numpy as np

from greenlane.booking.plan import share_places
from greenlane.planning.rule_trial.booking_order import DAYS_AFTER, SlotTimes, order_of, slot_times
from greenlane.planning.rule_trial.placing import PLACED, place_wishes
from greenlane.planning.rule_trial.rules import RuleBook
from greenlane.planning.rule_trial.simulated_wishes import WARM_UP_DAYS
from greenlane.planning.rule_trial.trip_luck import TURNOUT, luck_of
from greenlane.planning.rule_trial.wishes import Floats, Ints, Wishes
from greenlane.registry import crossing
from greenlane.twin.demand import Recorded
from greenlane.twin.described import model_of
from greenlane.twin.described_demand import punctuality
from greenlane.twin.model import CallUpRule, Model
from greenlane.twin.scenario import Scenario
from greenlane.twin.simulation import Simulator

LAST: Final = 1e9
"""Turn of a live-queue truck where no places are kept for them: after all with a place."""
NEVER: Final = 100_000
"""Minutes after which a booking is void for the punctuality drawn here: the rules decide that later."""


@dataclass(frozen=True, slots=True)
class Acted:
    """What became of each trip.

    Attributes:
        outcome: [trips] of `greenlane.planning.rule_trial.placing`.
        came: [trips] minutes of arrival, NaN where it did not come.
        is_live: [trips] whether it came to the live queue, by choice or because no rule let it keep a place.
        shift: [trips] minutes from the wished slot to the one it got, below 0 for an earlier one; NaN for
            none.
        early: [trips] minutes waited before the slot began.
        outside, inside: [trips] the clocks in minutes, NaN where it did not come, inf where it never ends.
        engine: of the twin.
    """

    outcome: Ints
    came: Floats
    is_live: np.ndarray
    shift: Floats
    early: Floats
    outside: Floats
    inside: Floats
    engine: str


def act_out(checkpoint: crossing.Checkpoint, book: RuleBook, wishes: Wishes, seed: int) -> Acted:
    """Act the rules out over all days at once, so that a queue goes on from day to day and week to week.

    Each trip has the same luck (coming at all, punctuality, lot, service) under every rule.

    Raises:
        RuleError: the rules are not of this checkpoint, or leave no slots.
        ModelError: the checkpoint's description does not hold together.
    """
    described = checkpoint.directions[book.direction]
    rules, slots = book.slots, slot_times(checkpoint, book, wishes)
    offset = _offsets(described, book, wishes, seed)
    misses = wishes.absent | (offset > rules.slot_minutes + rules.void_minutes)
    order = order_of(wishes, book, slots, seed)
    places = place_wishes(wishes, book, slots, order, misses, described.priority_classes)
    is_placed = places.outcome == PLACED
    start = np.where(is_placed, slots.starts[places.slot], np.nan)
    came = np.where(is_placed, start + offset, wishes.wished)
    came = np.where(wishes.absent, np.nan, came)
    is_live = ~is_placed | misses
    is_late = is_placed & (offset > rules.slot_minutes + rules.late_minutes)
    turn = np.where(is_placed & ~is_late, start, came)
    turn = np.where(is_live, _live_turns(came, is_live, slots, share_places(rules)["live"]), turn)
    slot = np.where(is_live, np.nan, start)
    entered, left, engine = _on_the_twin(checkpoint, book, wishes, came, slot, turn, seed)
    due = np.fmax(came, slot)
    return Acted(
        outcome=places.outcome,
        came=came,
        is_live=is_live & ~np.isnan(came),
        shift=start - slots.starts[order.wished_slot],
        early=np.where(np.isnan(slot), 0.0, np.maximum(slot - came, 0.0)),
        outside=np.maximum(entered - due, 0.0),
        inside=_between(entered, left),
        engine=engine,
    )


def _between(entered: Floats, left: Floats) -> Floats:
    """[trips] minutes; inf for one that never gets through."""
    with np.errstate(invalid="ignore"):
        return np.where(np.isinf(left), np.inf, left - entered)


def _offsets(described: crossing.Direction, book: RuleBook, wishes: Wishes, seed: int) -> Floats:
    """[trips] minutes from a slot's start to the arrival, not earlier than the rules let a truck in."""
    free = replace(book.slots, void_minutes=NEVER)
    levels = luck_of(np.arange(wishes.trips), TURNOUT, seed)[1]
    drawn = punctuality(described.turnout, free).quantile(levels)
    offset = np.where(np.isnan(wishes.offset), drawn, wishes.offset)
    return np.maximum(offset, -float(book.slots.early_minutes))


def _live_turns(came: Floats, is_live: np.ndarray, slots: SlotTimes, places: int) -> Floats:
    """[trips] the turn of each live truck: the first place kept for the live queue that is free when it
    comes, in the order of arrival."""
    turns = np.full(len(came), LAST)
    who = np.flatnonzero(is_live & ~np.isnan(came))
    if not places:
        turns[who] = LAST + came[who]
        return turns
    who = who[np.argsort(came[who], kind="stable")]
    here = np.maximum(np.searchsorted(slots.starts, came[who], side="right") - 1, 0)
    # The k-th truck in line has a place not before the k-th after any earlier truck's: a running maximum.
    number = np.arange(len(who))
    taken = np.maximum.accumulate(here * places - number) + number
    slot = taken // places
    is_beyond = slot >= len(slots.starts)
    turn = np.maximum(slots.starts[np.minimum(slot, len(slots.starts) - 1)], came[who])
    turns[who] = np.where(is_beyond, LAST + came[who], turn)
    return turns


def _on_the_twin(
    checkpoint: crossing.Checkpoint,
    book: RuleBook,
    wishes: Wishes,
    came: Floats,
    slot: Floats,
    turn: Floats,
    seed: int,
) -> tuple[Floats, Floats, str]:
    """[trips] minutes of entry and of exit, NaN where it did not come, inf where it never gets through."""
    model, begin = _model(checkpoint, book, wishes)
    who = np.flatnonzero(~np.isnan(came))
    demand = Recorded(
        tuple((came[who] - begin).tolist()),
        tuple(wishes.kind[who].tolist()),
        tuple((slot[who] - begin).tolist()),
        turns=tuple((turn[who] - begin).tolist()),
        numbers=tuple(who.tolist()),
    )
    simulator = Simulator(Scenario(model, (demand,), minutes=wishes.days * 1440.0))
    run = simulator.run(seed, 0)
    last = np.array([len(kind.route) - 1 for kind in model.kinds])[run.drawn.trucks["kind"]]
    entered, left = np.full(wishes.trips, np.nan), np.full(wishes.trips, np.nan)
    entry = run.visits["start"][:, 0]
    leave = run.visits["end"][np.arange(len(last)), last]
    entered[run.drawn.numbers] = np.where(np.isnan(entry), np.inf, entry + begin)
    left[run.drawn.numbers] = np.where(np.isnan(leave), np.inf, leave + begin)
    left = np.where(np.isinf(entered), np.inf, left)
    return entered, left, simulator.engine


def _model(checkpoint: crossing.Checkpoint, book: RuleBook, wishes: Wishes) -> tuple[Model, float]:
    """The model under the rules, and the minute at which it begins."""
    days_before = WARM_UP_DAYS + 1
    first = wishes.first_day - timedelta(days=days_before)
    days = days_before + wishes.days + DAYS_AFTER + 1
    model = model_of(book.put_into(checkpoint), book.direction, first, days)
    if model.call_up.travel is not None:
        policy = replace(
            model.call_up,
            rule=cast(CallUpRule, book.slots.call_up),
            target=book.slots.call_up_target_minutes,
        )
        model = replace(model, call_up=policy)
    begin, zero = (
        datetime.combine(day, time.min, ZoneInfo(checkpoint.zone)).astimezone(UTC)
        for day in (first, wishes.first_day)
    )
    return model, (begin - zero) / timedelta(minutes=1)
