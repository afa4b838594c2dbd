"""A journey being acted out: trips become trucks at the checkpoints of its legs, and what leaves one comes to
the next. Pure: who books and who sends is `history.py`'s and `live.py`'s."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from heapq import heappop, heappush

from greenlane.player.cameras import Cameras
from greenlane.player.checkpoint import PhysicalCheckpoint, RosterOf, Sighting, no_roster
from greenlane.player.desk import Grant
from greenlane.player.fleet import Fleet
from greenlane.player.journey import Journey, Leg
from greenlane.player.lanes import Visitor
from greenlane.player.plan import Trip


@dataclass(frozen=True, slots=True)
class Crossover:
    """A truck between two legs: it left one checkpoint and comes to the next at ``arrives_at``."""

    trip: Trip
    arrives_at: float
    silent: bool


DECIDED_BEFORE_S = 3600.0
DECIDED_AFTER_S = 5.0
"""The channel is decided an hour before the truck comes where its papers came ahead, else when it has come;
in both before it can have passed the barrier (assumed)."""


@dataclass(frozen=True, slots=True, order=True)
class ChannelDecision:
    """The risk channel of one truck, decided from its papers at ``at`` (seconds since the epoch)."""

    at: float
    booking: str
    plate: str
    channel: str
    papers_ahead: bool


class LegPlay:
    """One leg: its checkpoint, its devices, and its trucks by key and by booking."""

    def __init__(
        self,
        leg: Leg,
        number: int,
        start: float,
        seed: int,
        *,
        calls: bool,
        rosters: RosterOf = no_roster,
    ) -> None:
        self.leg, self.number = leg, number
        self.checkpoint = PhysicalCheckpoint(leg, start, calls=calls, rosters=rosters)
        self.cameras = Cameras(leg, seed)
        self.by_booking: dict[str, str] = {}
        self._undecided: list[ChannelDecision] = []
        classes = leg.course.priority_classes
        self._ranks = {vehicle_class: rank for rank, vehicle_class in enumerate(classes)}

    def admit(
        self, trip: Trip, fleet: Fleet, arrives_at: float, grant: Grant | None, *, silent: bool = False
    ) -> None:
        """The trip's truck will come at that time, with its booking or without one."""
        truck, visit = fleet.trucks[trip.truck], trip.visits[self.number]
        route = tuple(stage.code for stage in self.leg.course.stages_for(visit.channel, truck.vehicle_class))
        self.checkpoint.arrive(
            Visitor(
                key=trip.key,
                plate=truck.plate,
                country=truck.country,
                vehicle_class=truck.vehicle_class,
                channel=visit.channel,
                route=route,
                service_s=visit.service_s,
                arrives_at=arrives_at,
                drive_factor=visit.drive_factor,
                rank=self._ranks.get(truck.vehicle_class, len(self._ranks)),
                slot_start=grant.slot_start if grant else None,
                slot_end=grant.slot_end if grant else None,
                booking=grant.code if grant else "",
                silent=silent,
                was_called=grant is not None and grant.again,
            )
        )
        if grant:
            self.by_booking[grant.code] = trip.key
        if not silent and not (grant and grant.again):
            decided_at = arrives_at + (-DECIDED_BEFORE_S if trip.papers_ahead else DECIDED_AFTER_S)
            code, plate = (grant.code, "") if grant else ("", truck.plate)
            decision = ChannelDecision(decided_at, code, plate, visit.channel, trip.papers_ahead)
            heappush(self._undecided, decision)

    def decisions(self, until: float) -> list[ChannelDecision]:
        """The channels decided until then that were not given before, in order of time."""
        due: list[ChannelDecision] = []
        while self._undecided and self._undecided[0].at <= until:
            due.append(heappop(self._undecided))
        return due


class JourneyPlay:
    """All legs of a journey with one fleet."""

    def __init__(
        self,
        journey: Journey,
        fleet: Fleet,
        start: float,
        seed: int,
        *,
        calls: bool,
        rosters: RosterOf = no_roster,
    ) -> None:
        self.journey, self.fleet = journey, fleet
        self.legs = [
            LegPlay(leg, number, start, seed, calls=calls, rosters=rosters)
            for number, leg in enumerate(journey.legs)
        ]
        self.trips: dict[str, Trip] = {}

    @property
    def first(self) -> LegPlay:
        return self.legs[0]

    def admit_first(self, trip: Trip, grant: Grant | None, *, silent: bool = False) -> None:
        """A trip sets out. Its truck keeps its turnout: given another slot than it asked for, it comes as
        much before or after that one."""
        self.trips[trip.key] = trip
        shift = grant.slot_start - trip.asked_for if grant else 0.0
        self.first.admit(trip, self.fleet, trip.arrives_at + shift, grant, silent=silent)

    def crossovers(self, number: int, sightings: Iterable[Sighting]) -> list[Crossover]:
        """Who left leg ``number`` for the next one."""
        if number + 1 >= len(self.legs):
            return []
        left = [seen for seen in sightings if seen.point == "exit"]
        return [
            Crossover(trip, seen.at + trip.visits[number + 1].strip_s, seen.truck.silent)
            for seen in left
            if (trip := self.trips.get(seen.truck.key))
        ]
