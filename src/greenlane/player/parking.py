"""The parks before a checkpoint, who waits in them, and who may be released next. Pure."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, field
from heapq import heappop, heappush

from greenlane.player.journey import Leg
from greenlane.player.lanes import Visitor
from greenlane.registry.crossing import Park


@dataclass(slots=True)
class ParkState:
    """A park and how many trucks are in it."""

    park: Park
    count: int = 0

    @property
    def free(self) -> int:
        return self.park.places - self.count


@dataclass(slots=True)
class Parking:
    """All parks of a leg.

    Attributes:
        waiting: trucks not yet called, by key.
        line: trucks in front of full parks.
        on_road: trucks called and not yet through the entry barrier.
    """

    leg: Leg
    parks: list[ParkState] = field(init=False)
    waiting: dict[str, Visitor] = field(default_factory=dict)
    line: deque[Visitor] = field(default_factory=deque)
    on_road: int = 0
    _parked: dict[str, ParkState] = field(default_factory=dict)
    _due: list[tuple[int, float, int, Visitor]] = field(default_factory=list)
    _due_unbooked: list[tuple[int, float, int, Visitor]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.parks = [ParkState(park) for park in self.leg.parks]

    @property
    def count(self) -> int:
        """Trucks in the parks, in the line before them and on the road to the barrier."""
        return len(self._parked) + len(self.line) + self.on_road

    @property
    def is_full(self) -> bool:
        return all(park.free <= 0 for park in self.parks)

    def enter(self, truck: Visitor) -> None:
        """Park the truck where most places are free."""
        park = max(self.parks, key=lambda state: state.free)
        park.count += 1
        self._parked[truck.key] = park
        self.waiting[truck.key] = truck

    def leave(self, truck: Visitor) -> ParkState:
        """Free the truck's place."""
        park = self._parked.pop(truck.key)
        park.count -= 1
        return park

    def drive_s(self, truck: Visitor) -> float:
        """Seconds from the truck's park to the barrier."""
        park = self._parked.get(truck.key) or self.parks[0]
        return park.park.travel_minutes * 60.0 * truck.drive_factor

    def due(self, truck: Visitor, ticket: int) -> None:
        """The truck may be called from now on; first come the ranks that go first, then by `order_of`."""
        line = self._due if truck.booking else self._due_unbooked
        heappush(line, (truck.rank, order_of(self.leg, truck), ticket, truck))

    def release(self, inside: int, *, own_calls: bool) -> list[Visitor]:
        """Those to call now; without ``own_calls`` only trucks that have no booking, which no platform calls.

        At most `SlotRules.inside_limit` trucks between the barriers, and as many on the road as that flow
        brings while one drives (Little's law), so that a far park does not starve the lanes.
        """
        released: list[Visitor] = []
        while inside + self.on_road + len(released) < self.most_out:
            truck = self._pop(own_calls)
            if truck is None:
                break
            released.append(truck)
        return released

    @property
    def most_out(self) -> int:
        """Most trucks that may be called and not yet out again."""
        rules = self.leg.course.slots
        plan_s = self.leg.course.plan_s(next(iter(self.leg.course.routes)))
        drive_s = max((park.park.travel_minutes for park in self.parks), default=0.0) * 60.0
        return math.floor(rules.inside_limit * (1 + drive_s / plan_s))

    def _pop(self, own_calls: bool) -> Visitor | None:
        """The next that may be called and still waits."""
        while True:
            lines = [line for line in (self._due if own_calls else [], self._due_unbooked) if line]
            if not lines:
                return None
            truck = heappop(min(lines, key=lambda line: line[0][:3]))[3]
            if truck.key in self.waiting:
                return truck


def order_of(leg: Leg, truck: Visitor) -> float:
    """By slot start; by arrival for a truck without a booking, or one so late that it lost its priority."""
    late_s = leg.course.slots.late_minutes * 60.0
    if truck.slot_start is None or truck.slot_end is None or truck.arrives_at > truck.slot_end + late_s:
        return truck.arrives_at
    return truck.slot_start


def release_time(leg: Leg, truck: Visitor, drive_s: float) -> float:
    """When the truck may be called at the earliest, so that it is at the barrier at most the rules' lead before
    its slot."""
    if truck.slot_start is None:
        return truck.arrives_at
    return truck.slot_start - leg.course.slots.release_lead_minutes * 60.0 - drive_s
