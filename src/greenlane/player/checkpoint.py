"""The physical checkpoint that the player acts out, from the park to the exit barrier. Pure.

A small discrete-event simulation that can be stepped: `PhysicalCheckpoint.advance` gives what devices could
have seen until then, in order of time. What the cameras make of it is `cameras.py`'s.

In history the checkpoint calls trucks from its parks by the rule of its crossing file (``calls`` true); live,
the platform does, and `PhysicalCheckpoint.called` passes it on. Trucks without a booking are let in by the
officer at the park in both.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from heapq import heappop, heappush

from greenlane.player.day_roster import DayRoster
from greenlane.player.journey import Leg
from greenlane.player.lanes import (
    LaneState,
    StageState,
    Visitor,
    next_change,
    next_of,
    set_open,
    stage_states,
)
from greenlane.player.parking import Parking, ParkState, release_time

SETTLE_S = 30.0
"""From the park's gate to a place in it (assumed); nobody is called sooner."""
START_S = 45.0
"""From the call until the truck leaves the park (assumed: the driver reads the message and starts)."""
APPROACH_S = 20.0
"""From the end of the line to the barrier where nobody stands in between (assumed: some 100 m)."""
DRIVE_INSIDE_S = 10.0
"""From one stage to the next (assumed: some 30 m at walking pace)."""


ROSTER_EVERY_S = 600.0
"""So often the checkpoint looks whether a roster was published or taken back."""
RosterOf = Callable[[Leg, date], DayRoster | None]


def no_roster(_leg: Leg, _day: date) -> DayRoster | None:
    """Lanes are open by their shifts."""
    return None


@dataclass(frozen=True, slots=True)
class Sighting:
    """A truck at a point, as it truly was: ``at`` in seconds since the epoch; points as in readings."""

    at: float
    point: str
    truck: Visitor
    stage: str = ""
    lane: str = ""


class PhysicalCheckpoint:
    """One checkpoint in one direction, from an empty start."""

    def __init__(self, leg: Leg, start: float, *, calls: bool, rosters: RosterOf = no_roster) -> None:
        """Args:
        calls: the checkpoint itself calls trucks from the park; may be switched later.
        rosters: gives the published roster of a local day, asked for now and then.
        """
        self.leg = leg
        self.calls = calls
        self.now = start
        self._stages = stage_states(leg.course)
        self._rosters = rosters
        self._events: list[tuple[float, int, Callable[..., None], tuple[object, ...]]] = []
        self._seen: list[Sighting] = []
        self._tickets = 0
        self._parking = Parking(leg)
        self._inside = 0
        self._called_early: set[str] = set()
        self._review(start)

    # What the player asks for

    def arrive(self, truck: Visitor) -> None:
        """Tell of a truck that will come at its ``arrives_at``, or comes now where that is over."""
        self._at(max(truck.arrives_at, self.now), self._arrives, truck)

    def called(self, key: str, at: float) -> None:
        """The platform has called the truck; before it has come it drives straight on when it does."""
        truck = self._parking.waiting.get(key)
        if truck is None:
            self._called_early.add(key)
            return
        truck.was_called = True
        self._at(max(at, self.now), self._leaves_park, truck)

    def give_up(self, key: str) -> None:
        """A truck that will not be called any more leaves the park and does not cross."""
        if (truck := self._parking.waiting.get(key)) is not None:
            self._at(self.now, self._turns_back, truck)

    def advance(self, to: float) -> list[Sighting]:
        """Everything that happens until ``to`` (seconds since the epoch, included), in order of time."""
        while self._events and self._events[0][0] <= to:
            at, _, happens, about = heappop(self._events)
            self.now = at
            happens(at, *about)
        self.now = max(self.now, to)
        seen, self._seen = self._seen, []
        return seen

    def finish(self, until: float) -> list[Sighting]:
        """Everything until the last truck has left, but not beyond ``until``."""
        seen: list[Sighting] = []
        while self.busy and self._events and self._events[0][0] <= until:
            seen += self.advance(min(self._events[0][0] + 3600.0, until))
        return seen

    @property
    def busy(self) -> bool:
        """Whether a truck is here, on its way in, or announced."""
        return bool(
            self._inside or self._parking.count or any(event[2] != self._review for event in self._events)
        )

    @property
    def waiting(self) -> dict[str, Visitor]:
        """Trucks in the park that have not been called, by key."""
        return self._parking.waiting

    # Outside

    def _arrives(self, at: float, truck: Visitor) -> None:
        if not self._parking.parks:
            self._see(at, "queue_end", truck)
            self._parking.on_road += 1
            self._at(at + APPROACH_S, self._reaches_gate, truck)
            return
        if self._parking.is_full:
            self._see(at, "queue_end", truck)
            self._parking.line.append(truck)
            return
        self._parks(at, truck)

    def _parks(self, at: float, truck: Visitor) -> None:
        self._see(at, "park_in", truck)
        self._parking.enter(truck)
        if truck.key in self._called_early:
            self._called_early.discard(truck.key)
            truck.was_called = True
            self._leaves_park(at, truck)
        else:
            due = release_time(self.leg, truck, self._parking.drive_s(truck))
            self._at(max(at + SETTLE_S, due), self._due, truck)

    def _due(self, at: float, truck: Visitor) -> None:
        """The truck's slot is near enough; it may be called as soon as there is room."""
        if truck.key in self._parking.waiting:
            self._parking.due(truck, self._ticket())
            self._release(at)

    def _release(self, at: float) -> None:
        for truck in self._parking.release(at, self._inside, own_calls=self.calls):
            if truck.booking or self.calls:
                self._see(at, "call", truck)
            self._leaves_park(at, truck)

    def _leaves_park(self, at: float, truck: Visitor) -> None:
        if self._parking.waiting.pop(truck.key, None) is not None:
            self._parking.on_road += 1
            self._at(at + START_S * truck.drive_factor, self._drives, truck)

    def _drives(self, at: float, truck: Visitor) -> None:
        self._see(at, "park_out", truck)
        self._at(at + self._parking.drive_s(truck), self._reaches_gate, truck)
        self._place_freed(at, self._parking.leave(truck))

    def _turns_back(self, at: float, truck: Visitor) -> None:
        if self._parking.waiting.pop(truck.key, None) is not None:
            self._see(at, "park_out", truck)
            self._place_freed(at, self._parking.leave(truck))

    def _place_freed(self, at: float, park: ParkState) -> None:
        if self._parking.line and park.free > 0:
            self._parks(at, self._parking.line.popleft())

    # Inside

    def _reaches_gate(self, at: float, truck: Visitor) -> None:
        entry = self._stages[truck.route[0]]
        entry.join(truck, self._ticket())
        self._serve(at, entry)

    def _serve(self, at: float, stage: StageState) -> None:
        """Start every service that can start at the stage and its kin, then let in those whom the room that
        it made unblocks."""
        while start := next_of(stage.kin):
            begun, place, lane = start
            truck = begun.begin(place, lane)
            if truck.step == 0:
                self._parking.on_road -= 1
                self._inside += 1
                self._see(at, "entry", truck, begun, lane)
            elif begun.stage.kind != "exit":
                self._see(at, "stage_in", truck, begun, lane)
            self._at(at + truck.service_s[truck.step], self._is_done, begun, lane)
        for made in stage.kin:
            while made.blocked and made.has_room():
                before, lane = made.blocked.popleft()
                self._moves_on(at, before, lane, made)

    def _is_done(self, at: float, stage: StageState, lane: LaneState) -> None:
        truck = lane.truck
        assert truck is not None, "a service ends in a lane that holds a truck"
        stage.end()
        if truck.step == len(truck.route) - 1:
            self._see(at, "exit", truck, stage, lane)
            self._inside -= 1
            self._free(at, stage, lane)
            self._release(at)
            return
        after = self._stages[truck.route[truck.step + 1]]
        if after.has_room():
            self._moves_on(at, stage, lane, after)
        else:
            after.blocked.append((stage, lane))
            if stage.pool is not None:
                self._serve(at, stage)

    def _moves_on(self, at: float, stage: StageState, lane: LaneState, after: StageState) -> None:
        truck = lane.truck
        assert truck is not None, "only a truck moves on"
        if truck.step > 0:
            self._see(at, "stage_out", truck, stage, lane)
        truck.step += 1
        after.coming += 1
        self._at(at + DRIVE_INSIDE_S, self._comes_to, truck, after)
        self._free(at, stage, lane)

    def _comes_to(self, at: float, truck: Visitor, stage: StageState) -> None:
        stage.coming -= 1
        stage.join(truck, self._ticket())
        self._serve(at, stage)

    def _free(self, at: float, stage: StageState, lane: LaneState) -> None:
        lane.truck, lane.idle_since = None, at
        self._serve(at, stage)

    def _review(self, at: float) -> None:
        """Open and close lanes by the roster or their shifts, now and at the next change."""
        day = self.leg.checkpoint.local(datetime.fromtimestamp(at, UTC)).date()
        roster = self._rosters(self.leg, day)
        set_open(self._stages.values(), self.leg.checkpoint, at, roster)
        for stage in self._stages.values():
            self._serve(at, stage)
        changes = [
            next_change(self.leg.checkpoint, self.leg.course, at),
            roster.next_change(at) if roster else None,
            at + ROSTER_EVERY_S if self._rosters is not no_roster else None,
        ]
        if coming := [change for change in changes if change is not None]:
            self._at(min(coming), self._review)

    # Book-keeping

    def _see(
        self,
        at: float,
        point: str,
        truck: Visitor,
        stage: StageState | None = None,
        lane: LaneState | None = None,
    ) -> None:
        self._seen.append(
            Sighting(at, point, truck, stage.stage.code if stage else "", lane.lane.code if lane else "")
        )

    def _at(self, at: float, happens: Callable[..., None], *about: object) -> None:
        heappush(self._events, (at, self._ticket(), happens, about))

    def _ticket(self) -> int:
        self._tickets += 1
        return self._tickets
