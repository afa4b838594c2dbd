"""The state of a checkpoint now, as the twin takes it: who is where, which lanes are open, who is booked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from greenlane.booking.models import State
from greenlane.booking.queries import expected
from greenlane.gate.models import Passage
from greenlane.gate.queries import board_state, trucks_in_park
from greenlane.gate.queries.board import BoardState, StageShown, TruckShown
from greenlane.registry.models import Checkpoint
from greenlane.registry.queries import checkpoint_document
from greenlane.twin.demand import MOST_IN_SLOT, Booked, Demand
from greenlane.twin.described import kind_code
from greenlane.twin.described_scenario import scenario_of
from greenlane.twin.from_now import from_now
from greenlane.twin.model import Kind, Model
from greenlane.twin.scenario import Scenario
from greenlane.twin.setting import Setting
from greenlane.twin.start import InsideNow, OutsideNow, Start

LOOK_AHEAD: Final = timedelta(days=2)


def scenario_from_now(
    checkpoint: Checkpoint,
    direction: str,
    at: datetime,
    minutes: float,
    settings: Sequence[Setting] = (),
) -> Scenario:
    """The next minutes of a checkpoint: from who is there at an aware time, with the bookings that are made.

    Trucks without a booking come as described. A truck whose channel is not known yet counts as of the
    channel that most of its class take.

    Raises:
        GreenlaneError: no such direction, or a setting that it does not allow.
    """
    document = checkpoint_document(checkpoint)
    board = board_state(checkpoint, direction, at)
    day = at.astimezone(ZoneInfo(checkpoint.zone)).date()
    midnight = datetime.combine(day, time.min, ZoneInfo(checkpoint.zone))
    scenario = scenario_of(document, direction, day, LOOK_AHEAD.days, settings, warm_up_days=0)
    demand = _as_booked(scenario.demand, checkpoint, direction, midnight)
    start = _start(scenario.model, checkpoint, direction, at, board)
    now = (at - midnight) / timedelta(minutes=1)
    return from_now(replace(scenario, demand=demand), now, minutes, start)


def _as_booked(demand: Demand, checkpoint: Checkpoint, direction: str, midnight: datetime) -> Demand:
    """The demand with the bookings that stand, in place of those expected."""
    trucks = expected(checkpoint.pk, direction, midnight, midnight + LOOK_AHEAD)
    made = Counter(
        (truck.slot_start - midnight) / timedelta(minutes=1)
        for truck in trucks
        if truck.state == State.CONFIRMED
    )
    return tuple(
        replace(source, bookings=tuple(min(made[start], MOST_IN_SLOT) for start in source.starts))
        if isinstance(source, Booked)
        else source
        for source in demand
    )


def _start(model: Model, checkpoint: Checkpoint, direction: str, at: datetime, board: BoardState) -> Start:
    inside = [*_in_lanes(model, board.stages), *_in_lines(model, board.stages)]
    shown = {f"{stage.code}/{lane.code}": lane.is_open for stage in board.stages for lane in stage.lanes}
    outside = [*_called(model, board.on_the_way), *_waiting(model, checkpoint, direction, at)]
    return Start(
        tuple(sorted(inside, key=lambda truck: -truck.since)),
        tuple(sorted(outside, key=lambda truck: -truck.came)),
        {lane.code: shown[lane.code] for lane in model.lanes if lane.code in shown},
    )


def _in_lanes(model: Model, stages: Iterable[StageShown]) -> Iterable[InsideNow]:
    for stage in stages:
        for lane in stage.lanes:
            if lane.truck is not None:
                yield from _inside(model, lane.truck, stage.code, f"{stage.code}/{lane.code}")


def _in_lines(model: Model, stages: Iterable[StageShown]) -> Iterable[InsideNow]:
    for stage in stages:
        for truck in (*stage.queue, *stage.unplaced):
            yield from _inside(model, truck, stage.code, None)


def _inside(model: Model, truck: TruckShown, stage: str, lane: str | None) -> Iterable[InsideNow]:
    """Nothing where no kind of truck visits that stage: it was read there by mistake."""
    kind = _kind(model, truck.channel, truck.vehicle_class, stage)
    if kind is None:
        return
    known = next((each for each in model.lanes if each.code == lane), None)
    takes = known is not None and (known.kinds is None or kind in known.kinds)
    since = truck.seconds / 60.0
    entered = since if truck.inside_s is None else truck.inside_s / 60.0
    yield InsideNow(kind, stage, lane if takes else None, since, max(entered, since))


def _kind(model: Model, channel: str, vehicle_class: str, stage: str = "") -> str | None:
    """The kind of a truck: its own, else the most usual one of its class, else of all."""
    coming = [kind for kind in model.kinds if not stage or stage in kind.route]
    own = kind_code(channel, vehicle_class)
    if any(kind.code == own for kind in coming):
        return own

    def likely(kind: Kind) -> tuple[bool, bool, float]:
        theirs, its_class = kind.code.split("/")
        return its_class == vehicle_class, theirs == channel, kind.share

    return max(coming, key=likely).code if coming else None


def _called(model: Model, trucks: Iterable[TruckShown]) -> Iterable[OutsideNow]:
    for truck in trucks:
        kind = _kind(model, truck.channel, truck.vehicle_class)
        if kind is not None:
            minutes = truck.seconds / 60.0
            yield OutsideNow(kind, minutes, called=minutes)


def _waiting(model: Model, checkpoint: Checkpoint, direction: str, at: datetime) -> Iterable[OutsideNow]:
    for passage in trucks_in_park(checkpoint, direction, at):
        kind = _kind(model, passage.channel, passage.vehicle_class)
        if kind is None:
            continue
        came = passage.park_in_at or passage.last_at
        yield OutsideNow(kind, max((at - came) / timedelta(minutes=1), 0.0), _slot(passage, at))


def _slot(passage: Passage, at: datetime) -> float | None:
    booking = passage.booking
    if booking is None or booking.state != State.CONFIRMED:
        return None
    return (booking.slot.starts_at - at) / timedelta(minutes=1)
