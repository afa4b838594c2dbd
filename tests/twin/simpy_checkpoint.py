"""The checkpoint once more, in SimPy: from the rules that the event loop promises, to be compared with it.

Each truck is a process that goes its way; each opening, closure and shift is one too. What they do at one
moment is settled lane by lane, the lowest first, until none that is free and open has anything to do. A lane
that fails interrupts the truck that it serves.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import simpy

from greenlane.twin.model import Kind, Model

Times = tuple[np.ndarray, np.ndarray, np.ndarray]
Process = Generator[simpy.Event, None, None]
Spans = Sequence[tuple[float, float]]


def simulate(model: Model, trucks: np.ndarray, visits: np.ndarray, outages: Sequence[Spans] = ()) -> Times:
    """Enter, start and end of each truck at each position of its way, NaN where it did not come.

    Args:
        trucks: `TRUCK`, in order of arrival; what the event loop sets in it is not looked at.
        visits: `VISIT`; of it ``service`` alone.
        outages: of each lane, from when until when it is down; none where they are left out.
    """
    checkpoint = _Checkpoint(model, trucks, visits["service"], outages)
    checkpoint.env.run()
    return checkpoint.enter, checkpoint.start, checkpoint.end


@dataclass
class _Truck:
    number: int
    kind: Kind
    at: int
    convoy: int
    taken: simpy.Event
    """Its next service begins."""
    way: simpy.Process | None = None
    is_served: bool = False
    is_called: bool = False
    begins: int = 0
    joined: int = 0
    """Turn in which it joined its line or was blocked."""
    lane: int = -1

    @property
    def stage(self) -> str:
        return self.kind.route[self.at]

    @property
    def next_stage(self) -> str:
        return self.kind.route[self.at + 1]

    @property
    def is_at_last(self) -> bool:
        return self.at + 1 == len(self.kind.route)


@dataclass
class _Lane:
    stages: tuple[str, ...]
    kinds: tuple[str, ...] | None
    pool: str | None
    is_open: bool
    repaired: simpy.Event
    works: bool = True
    truck: _Truck | None = None

    def takes(self, stage: str, kind: Kind) -> bool:
        return stage in self.stages and (self.kinds is None or kind.code in self.kinds)


@dataclass
class _Stage:
    room: float
    line: list[_Truck] = field(default_factory=list)
    blocked: list[_Truck] = field(default_factory=list)
    """Trucks that are served in the stage before and find no place here, the longest blocked first."""


class _Checkpoint:
    def __init__(
        self, model: Model, trucks: np.ndarray, service: np.ndarray, outages: Sequence[Spans]
    ) -> None:
        self.env = simpy.Environment()
        self.service = service
        self.enter, self.start, self.end = (np.full(service.shape, np.nan) for _ in range(3))
        self.stages = {
            stage.code: _Stage(math.inf if stage.room is None else stage.room) for stage in model.stages
        }
        pools = {stage.code: stage.pool for stage in model.stages}
        self.lanes = [
            _Lane(
                lane.stages,
                lane.kinds,
                pools[lane.stages[0]],
                any(a <= 0 < b for a, b in lane.hours),
                self.env.event(),
            )
            for lane in model.lanes
        ]
        self.on_shift = {pool.code: max(o for o in pool.officers if o[0] <= 0)[1] for pool in model.pools}
        self.at_work = dict.fromkeys(self.on_shift, 0)
        self.turns = 0
        self.policy = model.call_up
        self.called = 0
        self.parked: list[tuple[float, _Truck, float, simpy.Event]] = []
        """Turn, truck, minutes to the barrier, and its release."""
        self.trucks: list[_Truck] = []
        self.called_convoys: set[int] = set()
        self.convoys: dict[int, list[_Truck]] = {}
        self.served: dict[int, int] = {}
        """Members of a convoy that are done at its stage and wait for the others."""
        self._foresee(model)
        for lane, spans in zip(self.lanes, outages, strict=False):
            self.env.process(self._fail(lane, spans))
        for number, row in enumerate(trucks):
            kind, at, convoy = model.kinds[row["kind"]], int(row["position"]), int(row["convoy"])
            truck = _Truck(number, kind, at, convoy, self.env.event(), begins=at)
            if truck.convoy >= 0:
                self.convoys.setdefault(truck.convoy, []).append(truck)
            self.trucks.append(truck)
            truck.way = self.env.process(self._come(truck, row))

    def _foresee(self, model: Model) -> None:
        """Openings, closures and shifts to come."""
        for lane, described in zip(self.lanes, model.lanes, strict=True):
            for opens, closes in described.hours:
                self._at(opens, lambda lane=lane: setattr(lane, "is_open", True))
                self._at(closes, lambda lane=lane: setattr(lane, "is_open", False))
        for pool in model.pools:
            for time, officers in pool.officers:
                self._at(time, lambda code=pool.code, count=officers: self.on_shift.update({code: count}))

    def _at(self, time: float, change: Callable[[], None]) -> None:
        if 0 < time < math.inf:
            self.env.process(self._change(time, change))

    def _change(self, time: float, change: Callable[[], None]) -> Process:
        yield self.env.timeout(time)
        change()
        self._settle()

    def _fail(self, lane: _Lane, spans: Spans) -> Process:
        for begin, end in spans:
            if begin == end:
                continue
            yield self.env.timeout(begin - self.env.now)
            lane.works = False
            if lane.truck is not None and lane.truck.is_served and lane.truck.way is not None:
                lane.truck.way.interrupt()
            self._settle()
            yield self.env.timeout(end - self.env.now)
            lane.works = True
            lane.repaired.succeed()
            lane.repaired = self.env.event()
            self._settle()

    def _be_served(self, truck: _Truck) -> Process:
        """For the minutes of its service, in which its lane works."""
        left = float(self.service[truck.number, truck.at])
        truck.is_served = True
        while left > 0:
            begun = self.env.now
            try:
                yield self.env.timeout(left)
                left = 0.0
            except simpy.Interrupt:
                left -= self.env.now - begun
                yield self.lanes[truck.lane].repaired
        truck.is_served = False

    def _come(self, truck: _Truck, row: np.void) -> Process:
        """From the arrival of a truck to its exit."""
        if row["lane"] >= 0:
            self._count(truck)
            self._enter(truck)
            self._begin(truck, int(row["lane"]))
        else:
            yield self.env.timeout(row["arrival"])
            if self.policy.rule == "none" or row["called"]:
                if truck.convoy >= 0:
                    self.called_convoys.add(truck.convoy)
                self._count(truck)
                if self.policy.rule != "none" and row["travel"] > 0:
                    yield self.env.timeout(row["travel"])
            else:
                release = self.env.event()
                self.parked.append((row["turn"], truck, float(row["travel"]), release))
                self._call_up()
                yield release
                if row["travel"] > 0:
                    yield self.env.timeout(row["travel"])
            self._join(truck)
            self._settle()
        while True:
            yield truck.taken
            yield from self._be_served(truck)
            self.end[truck.number, truck.at] = self.env.now
            truck.taken = self.env.event()
            is_last = truck.is_at_last
            pool = self.lanes[truck.lane].pool
            self._go_on(truck)
            if pool is not None:
                self.at_work[pool] -= 1
            self._settle()
            if is_last:
                return

    def _go_on(self, truck: _Truck) -> None:
        """Out, or on to the next stage, or blocked until it has a place or a lane; a convoy goes together.

        The officer is let go after: those in line come before the truck itself if it finds no place.
        """
        if truck.is_at_last:
            self._leave(truck)
            self.called -= 1
            return
        if truck.convoy >= 0:
            self._leave(truck)
            members = self.convoys[truck.convoy]
            self.served[truck.convoy] = self.served.get(truck.convoy, 0) + 1
            if self.served[truck.convoy] == len(members):
                self.served[truck.convoy] = 0
                for member in members:
                    member.at += 1
                    self._join(member)
            return
        stage = self.stages[truck.next_stage]
        if (
            len(stage.line) < stage.room
            or self._lane_for(truck, truck.next_stage, range(len(self.lanes))) is not None
        ):
            self._leave(truck)
            truck.at += 1
            self._join(truck)
        else:
            truck.joined = self._turn()
            stage.blocked.append(truck)

    def _move_up(self, truck: _Truck) -> None:
        self._leave(truck)
        truck.at += 1
        self._line_up(truck)

    def _join(self, truck: _Truck) -> None:
        """Come to a stage: a lane that is free takes a truck at once, where it needs no officer of a pool."""
        self._line_up(truck)
        for number, lane in enumerate(self.lanes):
            if lane.pool is None and lane.takes(truck.stage, truck.kind) and not truck.taken.triggered:
                self._serve_at([number])

    def _line_up(self, truck: _Truck) -> None:
        self._enter(truck)
        truck.joined = self._turn()
        self.stages[truck.stage].line.append(truck)

    def _enter(self, truck: _Truck) -> None:
        self.enter[truck.number, truck.at] = self.env.now

    def _turn(self) -> int:
        self.turns += 1
        return self.turns

    def _leave(self, truck: _Truck) -> None:
        self.lanes[truck.lane].truck = None

    def _begin(self, truck: _Truck, lane: int) -> None:
        self.start[truck.number, truck.at] = self.env.now
        self.lanes[lane].truck, truck.lane = truck, lane
        pool = self.lanes[lane].pool
        if pool is not None:
            self.at_work[pool] += 1
        truck.taken.succeed()

    def _settle(self) -> None:
        """Until nobody can be served who waits; then call trucks up."""
        while self._serve_one():
            pass
        self._call_up()

    def _serve_one(self) -> bool:
        """One truck more in a lane: lanes have their turn by number, a pool with its lowest lane."""
        for number, lane in enumerate(self.lanes):
            lanes = [other for other, its in enumerate(self.lanes) if lane.pool and its.pool == lane.pool]
            if self._serve_at(lanes or [number]):
                return True
        return False

    def _serve_at(self, lanes: list[int]) -> bool:
        for truck, stage, is_blocked in self._in_turn():
            taken = self._lane_for(truck, stage, lanes)
            if taken is not None:
                self._serve(truck, stage, is_blocked, taken)
                return True
        return False

    def _serve(self, truck: _Truck, stage: str, is_blocked: bool, lane: int) -> None:
        if is_blocked:
            self.stages[stage].blocked.remove(truck)
            self._leave(truck)
            truck.at += 1
            self._enter(truck)
        else:
            self.stages[stage].line.remove(truck)
        self._begin(truck, lane)
        self._fill(self.stages[stage])

    def _fill(self, stage: _Stage) -> None:
        """Places that became free go to the trucks that have been blocked longest."""
        while stage.blocked and len(stage.line) < stage.room:
            self._move_up(stage.blocked.pop(0))

    def _in_turn(self) -> Iterator[tuple[_Truck, str, bool]]:
        """Those in line by rank, then by who joined first; after them those blocked, the longest first."""
        lines = [truck for stage in self.stages.values() for truck in stage.line]
        for truck in sorted(lines, key=lambda truck: (truck.kind.ranks[truck.at], truck.joined)):
            yield truck, truck.stage, False
        blocked = [truck for stage in self.stages.values() for truck in stage.blocked]
        for truck in sorted(blocked, key=lambda truck: truck.joined):
            yield truck, truck.next_stage, True

    def _lane_for(self, truck: _Truck, stage: str, lanes: Iterable[int]) -> int | None:
        for number in lanes:
            lane = self.lanes[number]
            has_officer = lane.pool is None or self.at_work[lane.pool] < self.on_shift[lane.pool]
            is_idle = lane.truck is None and lane.is_open and lane.works
            if is_idle and has_officer and lane.takes(stage, truck.kind):
                return number
        return None

    def _count(self, truck: _Truck) -> None:
        self.called += 1
        truck.is_called = True

    def _call_up(self) -> None:
        """The next in turn may go by the rule, or after another of its convoy."""
        while self.parked:
            self.parked.sort(key=lambda parked: parked[0])
            _, truck, travel, release = self.parked[0]
            if self.policy.rule == "limit":
                may_go = self.called < self.policy.limit
            else:
                checks = sum(service.mean for service in truck.kind.service)
                may_go = self._predicted(truck, travel) <= max(self.policy.target, checks)
            if not may_go and truck.convoy not in self.called_convoys:
                return
            if truck.convoy >= 0:
                self.called_convoys.add(truck.convoy)
            self._count(truck)
            self.parked.pop(0)
            release.succeed()

    def _predicted(self, truck: _Truck, travel: float) -> float:
        """The clock inside: at each stage, the work of all called and not done there is spread over the lanes
        that are open to it, and goes on while it is on its way there."""
        on_way, waits = travel, []
        for code, service in zip(truck.kind.route, truck.kind.service, strict=True):
            lanes = sum(lane.takes(code, truck.kind) and lane.is_open and lane.works for lane in self.lanes)
            if lanes == 0:
                return math.inf
            work = sum(self._left_at(other, code) for other in self.trucks if other.is_called)
            waits.append(max(0.0, work / lanes - on_way))
            on_way += waits[-1] + service.mean
        return sum(waits[1:]) + sum(service.mean for service in truck.kind.service)

    def _left_at(self, truck: _Truck, code: str) -> float:
        """Minutes that a truck will, on the mean, still take of a stage."""
        route = truck.kind.route
        if code not in route or route.index(code) < truck.begins:
            return 0.0
        at = route.index(code)
        return 0.0 if self.end[truck.number, at] >= 0 else truck.kind.service[at].mean
