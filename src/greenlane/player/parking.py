"""The parks before a checkpoint, who waits in them, and who may be released next. Pure."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from heapq import heappop, heappush

from greenlane.player.journey import Leg
from greenlane.player.lanes import Visitor
from greenlane.registry.crossing import Park

CREDIT_S = 3600.0
"""The share of trucks without a booking is kept over the calls of this time."""


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
    _booked: list[tuple[tuple[bool, float, float], int, Visitor]] = field(default_factory=list)
    _live: list[tuple[tuple[bool, float, float], int, Visitor]] = field(default_factory=list)
    _recent: deque[tuple[float, bool]] = field(default_factory=deque)

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
        """The truck may be called from now on, in its turn."""
        heappush(self._booked if truck.booking else self._live, (turn_of(self.leg, truck), ticket, truck))

    def release(self, at: float, inside: int, *, own_calls: bool) -> list[Visitor]:
        """Those to call now, so that at most `SlotRules.inside_limit` trucks are between the barriers and on
        the road to them; without ``own_calls`` only trucks that have no booking.

        Booked trucks go by slot; trucks without a booking have their share of the calls of an hour, and every
        turn that no booked truck can use.
        """
        rules = self.leg.course.slots
        released: list[Visitor] = []
        while inside + self.on_road + len(released) < rules.inside_limit:
            truck = self._next(at, rules.live_share, own_calls)
            if truck is None:
                break
            self._recent.append((at, bool(truck.booking)))
            released.append(truck)
        return released

    def _next(self, at: float, live_share: float, own_calls: bool) -> Visitor | None:
        while self._recent and self._recent[0][0] < at - CREDIT_S:
            self._recent.popleft()
        booked = self._first(self._booked) if own_calls else None
        live = self._first(self._live)
        live_calls = sum(not was_booked for _, was_booked in self._recent)
        if live and (booked is None or live_calls + 1 <= live_share * (len(self._recent) + 1)):
            return heappop(self._live)[2]
        return heappop(self._booked)[2] if booked else None

    def _first(self, line: list[tuple[tuple[bool, float, float], int, Visitor]]) -> Visitor | None:
        """The first in line that still waits."""
        while line and line[0][2].key not in self.waiting:
            heappop(line)
        return line[0][2] if line else None


def turn_of(leg: Leg, truck: Visitor) -> tuple[bool, float, float]:
    """By slot and then by arrival; one so late that it lost its priority goes after those that kept their
    time."""
    if truck.slot_start is None or truck.slot_end is None:
        return False, truck.arrives_at, truck.arrives_at
    is_late = truck.arrives_at > truck.slot_end + leg.course.slots.late_minutes * 60.0
    return is_late, truck.slot_start, truck.arrives_at


def release_time(leg: Leg, truck: Visitor, drive_s: float) -> float:
    """When the truck may be called at the earliest, so that it is at the barrier at most the rules' lead
    before its slot."""
    if truck.slot_start is None:
        return truck.arrives_at
    return truck.slot_start - leg.course.slots.release_lead_minutes * 60.0 - drive_s
