"""A crossing as plain data: the one description that booking, the player and the simulator share.

Pure: standard library only, no Django. Numbers are plain (``stage.service.mean_s``); where each came from
is kept beside them in ``Crossing.sources``. Files are read by ``greenlane.registry.crossing_file``.

Times of day are local to the checkpoint; durations carry their unit in the name (``_s`` seconds,
``_minutes``, ``_days``); shares are fractions 0..1; rates are trucks per hour.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from greenlane.registry.codes import INBOUND, OUTBOUND
from greenlane.registry.crossing_document import of_document, to_document
from greenlane.registry.crossing_parts import (
    Arrivals,
    Cameras,
    Failures,
    Lane,
    Names,
    OfficerPool,
    Park,
    Provenance,
    SlotRules,
    Staffing,
    Stage,
    Standard,
    Turnout,
)
from greenlane.registry.crossing_service import Service, ServiceGroup, ServiceTime, observed_time
from greenlane.registry.hours import Shift, is_open, is_open_throughout

__all__ = [
    "Arrivals",
    "Cameras",
    "Checkpoint",
    "Crossing",
    "Direction",
    "Failures",
    "Lane",
    "Names",
    "OfficerPool",
    "Park",
    "Provenance",
    "Service",
    "ServiceGroup",
    "ServiceTime",
    "Shift",
    "SlotRules",
    "Staffing",
    "Stage",
    "Standard",
    "Turnout",
    "observed_time",
]


@dataclass(frozen=True, slots=True)
class Direction:
    """One direction through a checkpoint: stages, routes, demand and rules.

    ``routes`` names for each channel the stages a truck visits, in order. ``priority_classes`` go first where
    trucks wait for a lane, the first named before the others. ``officers`` are the pools that stages draw on.
    """

    code: str
    stages: tuple[Stage, ...]
    routes: Mapping[str, tuple[str, ...]]
    channel_shares: Mapping[str, float]
    class_shares: Mapping[str, float]
    arrivals: Arrivals
    turnout: Turnout
    cameras: Cameras
    slots: SlotRules
    priority_classes: tuple[str, ...] = ()
    officers: tuple[OfficerPool, ...] = ()

    def stage(self, code: str) -> Stage:
        """The stage of that code. KeyError when there is none."""
        for stage in self.stages:
            if stage.code == code:
                return stage
        raise KeyError(code)

    def stages_for(self, channel: str, vehicle_class: str | None = None) -> tuple[Stage, ...]:
        """The stages that a truck of the channel visits, in order; those of any class when none is given.

        KeyError for a channel not in use.
        """
        route = tuple(self.stage(code) for code in self.routes[channel])
        if vehicle_class is None:
            return route
        return tuple(stage for stage in route if stage.visited_by(vehicle_class))

    def lanes_at(self, code: str) -> tuple[Lane, ...]:
        """The lanes that work for a stage: its own, and those of other stages that name it."""
        return tuple(
            lane for stage in self.stages for lane in stage.lanes if stage.code == code or code in lane.also
        )

    def plan_s(self, channel: str) -> int:
        """Planned seconds from entry to exit for the channel."""
        return sum(stage.plan_s for stage in self.stages_for(channel))


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """One country's side of the crossing, in its own zone."""

    side: str
    code: str
    names: Names
    country: str
    zone: str
    lat: float
    lon: float
    opening: tuple[Shift, ...]
    standard: Standard
    directions: Mapping[str, Direction]
    parks: tuple[Park, ...] = ()

    def local(self, at: datetime) -> datetime:
        """An aware time in the checkpoint's zone."""
        return at.astimezone(ZoneInfo(self.zone))

    def is_open(self, at: datetime) -> bool:
        """Whether the checkpoint works at an aware time."""
        return is_open(self.opening, self.local(at))

    def parks_for(self, direction: str) -> tuple[Park, ...]:
        """The parks in which trucks of the direction wait."""
        return tuple(park for park in self.parks if not park.directions or direction in park.directions)

    def lanes_open(self, direction: str, at: datetime) -> dict[str, int]:
        """Open lanes per stage code at an aware time; none anywhere while the checkpoint is closed."""
        local, works, described = self.local(at), self.is_open(at), self.directions[direction]
        return {
            stage.code: sum(works and lane.is_open(local) for lane in described.lanes_at(stage.code))
            for stage in described.stages
        }

    def expected_arrivals(self, direction: str, at: datetime) -> float:
        """Trucks per hour expected at an aware time."""
        local = self.local(at)
        return self.directions[direction].arrivals.expected(local.hour, local.weekday())

    def slot_starts(self, direction: str, day: date) -> tuple[datetime, ...]:
        """Starts of the slots of a local date, aware, in the checkpoint's zone.

        Steps are true minutes from local midnight, so a day of 23 or 25 hours has fewer or more slots and
        none is lost or doubled. Only slots that lie wholly inside the opening hours are given.
        """
        rules, zone = self.directions[direction].slots, ZoneInfo(self.zone)
        first = datetime.combine(day, time.min, zone).astimezone(UTC)
        after = datetime.combine(day + timedelta(days=1), time.min, zone).astimezone(UTC)
        starts = (start.astimezone(zone) for start in _steps(first, after, rules.step_minutes))
        return tuple(start for start in starts if is_open_throughout(self.opening, start, rules.slot_minutes))


def _steps(first: datetime, after: datetime, minutes: int) -> Iterator[datetime]:
    while first < after:
        yield first
        first += timedelta(minutes=minutes)


@dataclass(frozen=True, slots=True)
class Crossing:
    """Two facing checkpoints. ``sources`` gives each figure's provenance by its dotted path, such as
    ``"checkpoints.A.directions.outbound.stages.customs.service.mean_s"``."""

    code: str
    names: Names
    mode: str
    checkpoints: tuple[Checkpoint, Checkpoint]
    sources: Mapping[str, Provenance] = field(default_factory=dict)

    def checkpoint(self, code_or_side: str) -> Checkpoint:
        """The checkpoint of that code, or of side ``"A"`` or ``"B"``. KeyError when there is none."""
        for checkpoint in self.checkpoints:
            if code_or_side in (checkpoint.code, checkpoint.side):
                return checkpoint
        raise KeyError(code_or_side)

    def facing(self, code_or_side: str) -> Checkpoint:
        """The checkpoint on the other side of the border."""
        first, second = self.checkpoints
        return second if self.checkpoint(code_or_side) is first else first

    def trip_from(self, code_or_side: str) -> tuple[tuple[Checkpoint, str], tuple[Checkpoint, str]]:
        """What a truck passes: out through the named checkpoint, then in through the facing one."""
        return (self.checkpoint(code_or_side), OUTBOUND), (self.facing(code_or_side), INBOUND)

    def as_document(self) -> dict[str, Any]:
        """A JSON-able dict of the whole, for storage; ``from_document`` gives an equal crossing back."""
        return to_document(self)

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Crossing:
        """The crossing of an ``as_document`` dict. KeyError or TypeError if it is not one."""
        return of_document(cls, document)
