"""The live state of one checkpoint and direction, for the shift lead's board."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import F, Q

from greenlane.gate.due import MOST_WAIT
from greenlane.gate.models import Passage
from greenlane.gate.queries.passages import trucks_in_park
from greenlane.gate.queries.unseen import unseen_exits
from greenlane.registry.crossing import Direction as DescribedDirection
from greenlane.registry.models import Checkpoint, Lane
from greenlane.registry.queries import (
    checkpoint_document,
    direction_document,
    lanes_open,
    parks_of,
    stages_of,
)

SHOWN_SINCE_CALL = timedelta(hours=3)
"""A called truck is shown as on its way this long; then it counts as strayed."""


@dataclass(frozen=True, slots=True)
class TruckShown:
    """A truck on the board.

    Attributes:
        passage: key of its passage.
        since: since when it is where it is; seconds: from then to now.
        inside_s: seconds since the entry barrier, None outside or where the entry was not read.
        over: longer than planned: at the stage, or inside over the standard.
    """

    passage: int
    plate: str
    country: str
    vehicle_class: str
    channel: str
    stage: str
    lane: str
    since: datetime
    seconds: float
    inside_s: float | None
    over: bool


@dataclass(frozen=True, slots=True)
class LaneShown:
    """A lane: open or not, and the truck in it; `more` trucks beyond that are read there."""

    id: int
    code: str
    is_open: bool
    truck: TruckShown | None
    more: int


@dataclass(frozen=True, slots=True)
class StageShown:
    """A stage with its lanes, the trucks heading for it, and those in it whose lane is not known."""

    code: str
    name: str
    kind: str
    plan_s: int
    lanes: tuple[LaneShown, ...]
    queue: tuple[TruckShown, ...]
    unplaced: tuple[TruckShown, ...]


@dataclass(frozen=True, slots=True)
class ParkShown:
    code: str
    name: str
    used: int
    places: int


@dataclass(frozen=True, slots=True)
class BoardState:
    """What the board shows; times aware, lists in the order in which they are to be shown.

    ``unseen`` are trucks that have left by all signs but were not seen at the exit; ``inside`` and the other
    lists are without them.
    """

    at: datetime
    inside: int
    standard_s: float
    parks: tuple[ParkShown, ...]
    on_the_way: tuple[TruckShown, ...]
    stages: tuple[StageShown, ...]
    breaches: tuple[TruckShown, ...]
    unseen: tuple[TruckShown, ...]


def board_state(checkpoint: Checkpoint, direction: str, at: datetime) -> BoardState:
    """The live state at `at`.

    Raises:
        GreenlaneError: ``direction_unknown`` (404).
    """
    described = direction_document(checkpoint, direction)
    standard_s = checkpoint_document(checkpoint).standard.inside_s
    here = Passage.objects.filter(checkpoint=checkpoint, direction=direction)
    gone = unseen_exits(at, checkpoint, direction)
    by_the_readings = list(here.filter(phase=Passage.Phase.INSIDE).order_by("entry_at", "first_at", "pk"))
    inside = [passage for passage in by_the_readings if passage.pk not in gone]
    unseen = [passage for passage in reversed(by_the_readings) if passage.pk in gone]
    shown = [_truck(passage, at, described, standard_s) for passage in inside]
    called = here.filter(phase=Passage.Phase.CALLED, called_at__gt=at - SHOWN_SINCE_CALL).order_by(
        "called_at"
    )
    breaches = [truck for truck in shown if truck.inside_s is not None and truck.inside_s > standard_s]
    return BoardState(
        at=at,
        inside=len(inside),
        standard_s=standard_s,
        parks=_parks(checkpoint, direction, at),
        on_the_way=tuple(_truck(passage, at, described, standard_s) for passage in called),
        stages=_stages(checkpoint, direction, at, described, inside, shown),
        breaches=tuple(sorted(breaches, key=lambda truck: -(truck.inside_s or 0.0))),
        unseen=tuple(_truck(passage, at, described, standard_s) for passage in unseen),
    )


def _truck(passage: Passage, at: datetime, described: DescribedDirection, standard_s: float) -> TruckShown:
    since = passage.called_at if passage.phase == Passage.Phase.CALLED else passage.last_at
    since = since or passage.last_at
    seconds = max(0.0, (at - since).total_seconds())
    inside_s = max(0.0, (at - passage.entry_at).total_seconds()) if passage.entry_at else None
    return TruckShown(
        passage=passage.pk,
        plate=passage.plate,
        country=passage.country,
        vehicle_class=passage.vehicle_class,
        channel=passage.channel,
        stage=passage.last_stage,
        lane=passage.last_lane,
        since=since,
        seconds=seconds,
        inside_s=inside_s,
        over=(inside_s is not None and inside_s > standard_s)
        or (passage.last_point == "stage_in" and seconds > _plan(described, passage.last_stage)),
    )


def _plan(described: DescribedDirection, stage: str) -> float:
    plans = {each.code: float(each.plan_s) for each in described.stages}
    return plans.get(stage, float("inf"))


def _parks(checkpoint: Checkpoint, direction: str, at: datetime) -> tuple[ParkShown, ...]:
    """Places used: by the park of the booking; trucks without one are counted in the first park."""
    codes = {park.code for park in checkpoint_document(checkpoint).parks_for(direction)}
    parks = [park for park in parks_of(checkpoint) if park.code in codes]
    if not parks:
        return ()
    used: dict[int, int] = defaultdict(int)
    known = {park.pk for park in parks}
    waiting = trucks_in_park(checkpoint, direction, at).values_list("booking__park_id", flat=True)
    not_left = Q(park_out_at=None) | Q(park_out_at__lt=F("park_in_at"))
    called = Passage.objects.filter(
        not_left,
        checkpoint=checkpoint,
        direction=direction,
        phase=Passage.Phase.CALLED,
        park_in_at__isnull=False,
        last_at__gt=at - MOST_WAIT,
    ).values_list("booking__park_id", flat=True)
    for park_id in (*waiting, *called):
        used[park_id if park_id in known else parks[0].pk] += 1
    return tuple(ParkShown(park.code, park.name, used[park.pk], park.places) for park in parks)


def _stages(
    checkpoint: Checkpoint,
    direction: str,
    at: datetime,
    described: DescribedDirection,
    inside: list[Passage],
    shown: list[TruckShown],
) -> tuple[StageShown, ...]:
    is_open = lanes_open(checkpoint, direction, at)
    in_lane: dict[tuple[str, str], list[TruckShown]] = defaultdict(list)
    heading: dict[str, list[TruckShown]] = defaultdict(list)
    for passage, truck in zip(inside, shown, strict=True):
        if passage.last_point == "stage_in":
            in_lane[passage.last_stage, passage.last_lane].append(truck)
        else:
            heading[_next_stage(described, passage)].append(truck)
    stages = []
    for stage in stages_of(checkpoint, direction):
        in_order = sorted(stage.lanes.all(), key=lambda lane: _natural(lane.code))
        lanes = [_lane(lane, is_open.get(stage.code, []), in_lane) for lane in in_order]
        known = {lane.code for lane in lanes}
        unplaced = [
            truck
            for (code, lane), trucks in in_lane.items()
            if code == stage.code and lane not in known
            for truck in trucks
        ]
        stages.append(
            StageShown(
                code=stage.code,
                name=stage.name,
                kind=stage.kind,
                plan_s=stage.plan_s,
                lanes=tuple(lanes),
                queue=tuple(sorted(heading[stage.code], key=lambda truck: truck.since)),
                unplaced=tuple(unplaced),
            )
        )
    return tuple(stages)


def _natural(code: str) -> list[tuple[str, int]]:
    """Order of codes as people count: I2 before I10."""
    return [(text, int(number or 0)) for text, number in re.findall(r"(\D*)(\d*)", code)]


def _lane(lane: Lane, opened: list[str], in_lane: dict[tuple[str, str], list[TruckShown]]) -> LaneShown:
    trucks = sorted(in_lane.get((lane.stage.code, lane.code), ()), key=lambda truck: truck.since)
    return LaneShown(
        id=lane.pk,
        code=lane.code,
        is_open=lane.code in opened,
        truck=trucks[-1] if trucks else None,
        more=max(0, len(trucks) - 1),
    )


def _next_stage(described: DescribedDirection, passage: Passage) -> str:
    """The stage for which a truck heads by its channel's route; the first channel's where none is known."""
    route = described.routes.get(passage.channel) or next(iter(described.routes.values()))
    if passage.last_stage in route:
        place = route.index(passage.last_stage) + 1
    else:
        barrier = [number for number, code in enumerate(route) if described.stage(code).kind == "entry"]
        place = barrier[0] + 1 if barrier else 0
    return route[min(place, len(route) - 1)]
