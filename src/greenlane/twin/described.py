"""From a crossing's description to a model: no second description of a checkpoint."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import cast
from zoneinfo import ZoneInfo

from greenlane.registry import crossing
from greenlane.registry.hours import Shift
from greenlane.twin.distributions import Distribution, Family
from greenlane.twin.model import CallUpPolicy, Failures, Kind, Lane, Model, Pool, Stage
from greenlane.twin.spans import Spans, both, merged


def model_of(checkpoint: crossing.Checkpoint, direction: str, day: date, days: int = 1) -> Model:
    """The model of one direction from local midnight of a date on.

    Lanes keep their shifts for one day more than asked for, so that those who have come by then get out.
    Trucks of the priority classes go before others, in the order in which the classes are named.

    Args:
        direction: its code; KeyError for one that the checkpoint does not have.
        days: local days, of 23 or 25 hours where the clock is changed.
    """
    described = checkpoint.directions[direction]
    kinds = tuple(_kinds(described))
    opening = hours(checkpoint.opening, checkpoint.zone, day, days + 1)
    lanes = [
        _lane(stage, lane, kinds, opening, hours(lane.shifts, checkpoint.zone, day, days + 1))
        for stage in described.stages
        for lane in stage.lanes
    ]
    return Model(
        tuple(Stage(stage.code, stage.room, stage.officers) for stage in described.stages),
        tuple(lane for lane in lanes if lane.kinds != ()),
        kinds,
        tuple(_pool(pool, checkpoint.zone, day, days + 1) for pool in described.officers),
        call_up=_call_up(checkpoint, direction),
    )


def kind_code(channel: str, vehicle_class: str) -> str:
    """The code of the trucks of a channel and class."""
    return f"{channel}/{vehicle_class}"


def hours(shifts: Iterable[Shift], zone: str, day: date, days: int) -> Spans:
    """When shifts are on, in true minutes from local midnight of a date; those that meet are one span."""
    place = ZoneInfo(zone)
    begin = datetime.combine(day, time.min, place).astimezone(UTC)
    found = (
        (
            _minutes(begin, date_begun, shift.opens_minute, place),
            _minutes(begin, date_begun, shift.closes_minute, place),
        )
        for shift in shifts
        for date_begun in (day + timedelta(days=offset) for offset in range(-1, days))
        if date_begun.weekday() in shift.weekdays
    )
    return merged((max(opens, 0.0), closes) for opens, closes in found if closes > max(opens, 0.0))


def _minutes(begin: datetime, day: date, minute: int, place: ZoneInfo) -> float:
    wall = datetime.combine(day, time.min) + timedelta(minutes=minute)
    return (wall.replace(tzinfo=place).astimezone(UTC) - begin) / timedelta(minutes=1)


def _kinds(described: crossing.Direction) -> Iterable[Kind]:
    """Those of one class are neighbours, with their channels in the order of the shares."""
    for vehicle_class, class_share in described.class_shares.items():
        for channel, channel_share in described.channel_shares.items():
            stages = described.stages_for(channel, vehicle_class)
            if channel_share * class_share > 0.0:
                yield Kind(
                    kind_code(channel, vehicle_class),
                    tuple(stage.code for stage in stages),
                    tuple(_service(stage.service.time_for(channel, vehicle_class)) for stage in stages),
                    _rank(described.priority_classes, vehicle_class),
                    channel_share * class_share,
                )


def _rank(priority: Sequence[str], vehicle_class: str) -> int:
    return priority.index(vehicle_class) if vehicle_class in priority else len(priority)


def _service(figures: crossing.ServiceTime) -> Distribution:
    """In minutes."""
    family = cast(Family, figures.family)
    values = tuple(value / 60.0 for value in figures.values_s)
    return Distribution(family, figures.mean_s / 60.0, figures.cv, figures.least_s / 60.0, values)


def _lane(
    stage: crossing.Stage, lane: crossing.Lane, kinds: Sequence[Kind], opening: Spans, shifts: Spans
) -> Lane:
    """Nobody enters a checkpoint that is shut; those inside are served by whoever is on shift."""
    stages = (stage.code, *lane.also)
    taken = tuple(
        kind.code
        for kind in kinds
        if any(code in kind.route for code in stages) and lane.takes(*kind.code.split("/"))
    )
    return Lane(
        f"{stage.code}/{lane.code}",
        stages,
        both(opening, shifts) if stage.kind == "entry" else shifts,
        taken,
        _failures(lane.failures) if lane.failures else None,
    )


def _failures(figures: crossing.Failures) -> Failures:
    """In minutes."""
    family = cast(Family, figures.family)
    return Failures(
        Distribution(family, figures.between_hours * 60.0, figures.cv),
        Distribution(family, figures.repair_minutes, figures.cv),
    )


def _pool(pool: crossing.OfficerPool, zone: str, day: date, days: int) -> Pool:
    """Its officers from minute 0 on, by each minute at which their number may change."""
    on_duty = [(hours((part.shift,), zone, day, days), part.number) for part in pool.shifts]
    edges = {edge for spans, _ in on_duty for span in spans for edge in span}
    counts = (
        (at, sum(number for spans, number in on_duty for opens, closes in spans if opens <= at < closes))
        for at in sorted({0.0, *edges})
    )
    return Pool(pool.code, tuple(counts))


def _call_up(checkpoint: crossing.Checkpoint, direction: str) -> CallUpPolicy:
    parks, rules = checkpoint.parks_for(direction), checkpoint.directions[direction].slots
    if not parks:
        return CallUpPolicy()
    minutes = max(park.travel_minutes for park in parks)
    return CallUpPolicy(
        "limit", rules.inside_limit, travel=Distribution("fixed", minutes), lead=rules.release_lead_minutes
    )
