"""A stage with its lanes and the trucks that wait for one, as the player acts it out. Pure."""

from __future__ import annotations

from bisect import insort
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from greenlane.player.day_roster import DayRoster
from greenlane.registry.crossing import Checkpoint, Direction, Lane, OfficerPool, Shift, Stage


@dataclass(slots=True)
class Visitor:
    """A truck as the checkpoint meets it.

    Attributes:
        key: names the truck's visit.
        route: codes of the stages it visits, with ``service_s`` seconds at each.
        rank: of its class among those that go first; 0 before 1.
        slot_start, slot_end: seconds since the epoch; None without a booking.
        booking: its public code; "" without one.
        silent: it only fills lanes, so that a day does not begin empty; nothing of it is read.
        was_called: told by the platform, not by the checkpoint's own sign.
    """

    key: str
    plate: str
    country: str
    vehicle_class: str
    channel: str
    route: tuple[str, ...]
    service_s: tuple[float, ...]
    arrives_at: float
    drive_factor: float = 1.0
    rank: int = 0
    slot_start: float | None = None
    slot_end: float | None = None
    booking: str = ""
    silent: bool = False
    was_called: bool = False
    step: int = 0


@dataclass(slots=True)
class PoolState:
    """Officers who work at the lanes of several stages: how many are on duty, how many of them serve."""

    pool: OfficerPool
    on_duty: int = 0
    serving: int = 0

    @property
    def free(self) -> int:
        """Officers who can begin; none where more serve than are on duty, since services are finished."""
        return max(self.on_duty - self.serving, 0)


@dataclass(slots=True)
class LaneState:
    """A lane, the truck in it, and since when it has been empty. ``stage``: where the lane itself belongs."""

    lane: Lane
    stage: str = ""
    is_open: bool = True
    truck: Visitor | None = None
    idle_since: float = 0.0


@dataclass(slots=True)
class StageState:
    """A stage: its lanes, those who wait, those on the way to it from the stage before, and those who stand
    in a lane of the stage before because there is no room here. ``kin``: the stages whose lanes or officers
    are also this one's, itself among them; what ends here may begin something there."""

    stage: Stage
    lanes: list[LaneState]
    pool: PoolState | None = None
    kin: list[StageState] = field(default_factory=list, repr=False)
    queue: list[tuple[int, int, Visitor]] = field(default_factory=list)
    coming: int = 0
    blocked: deque[tuple[StageState, LaneState]] = field(default_factory=deque)
    taking: dict[tuple[str, str], list[LaneState]] = field(default_factory=dict)

    def join(self, truck: Visitor, ticket: int) -> None:
        """Line up: the ranks that go first before the others, each in order of coming."""
        insort(self.queue, (truck.rank, ticket, truck), key=lambda place: place[:2])

    def next_service(self) -> tuple[int, LaneState] | None:
        """The place in line of the first for whom a lane and an officer are free, with the lane that has been
        free longest. None when nobody can start."""
        free = [state for state in self.lanes if state.truck is None]
        if not free or (self.pool is not None and self.pool.free == 0):
            return None
        for place, (_, _, truck) in enumerate(self.queue):
            usable = [state for state in free if self._may_use(state, truck)]
            if usable:
                return place, min(usable, key=lambda state: state.idle_since)
        return None

    def begin(self, place: int, lane: LaneState) -> Visitor:
        """The truck at that place of the line goes into the lane."""
        truck = self.queue.pop(place)[2]
        lane.truck = truck
        if self.pool is not None:
            self.pool.serving += 1
        return truck

    def end(self) -> None:
        """A service is over, though its truck may stay in the lane: the officer is free."""
        if self.pool is not None:
            self.pool.serving -= 1

    def has_room(self) -> bool:
        """Whether one more truck may come from the stage before."""
        if self.stage.room is None:
            return True
        free = sum(state.truck is None and state.is_open for state in self.lanes)
        if self.pool is not None:
            free = min(free, self.pool.free)
        return len(self.queue) + self.coming < self.stage.room + free

    def _may_use(self, state: LaneState, truck: Visitor) -> bool:
        """Whether the lane serves the truck: open, and for its channel and class. Who is inside when every
        such lane has closed is still served; the entry alone shuts its gate."""
        taking = self._taking(truck.channel, truck.vehicle_class)
        if not any(lane is state for lane in taking):
            return False
        return state.is_open or (self.stage.kind != "entry" and not any(lane.is_open for lane in taking))

    def _taking(self, channel: str, vehicle_class: str) -> list[LaneState]:
        kind = channel, vehicle_class
        if kind not in self.taking:
            lanes = [state for state in self.lanes if state.lane.takes(channel, vehicle_class)]
            self.taking[kind] = lanes or self.lanes
        return self.taking[kind]


def next_of(stages: Iterable[StageState]) -> tuple[StageState, int, LaneState] | None:
    """Of all who can start at one of the stages the first by rank, then by coming: the stage, the place in
    its line, and the lane. None when nobody can start."""
    found = [(stage, *start) for stage in stages if (start := stage.next_service())]
    return min(found, key=lambda start: start[0].queue[start[1]][:2], default=None)


def stage_states(course: Direction) -> dict[str, StageState]:
    """All stages of a direction, empty; a lane that works for several stages is the same one at each."""
    lanes = {
        (stage.code, lane.code): (LaneState(lane, stage.code), {stage.code, *lane.also})
        for stage in course.stages
        for lane in stage.lanes
    }
    pools = {pool.code: PoolState(pool) for pool in course.officers}
    states = {
        stage.code: StageState(
            stage,
            [state for state, serves in lanes.values() if stage.code in serves],
            pools[stage.officers] if stage.officers else None,
        )
        for stage in course.stages
    }
    for state in states.values():
        state.kin = [other for other in states.values() if other is state or _are_kin(state, other)]
    return states


def _are_kin(one: StageState, other: StageState) -> bool:
    shares_pool = one.pool is not None and one.pool is other.pool
    return shares_pool or any(lane is each for lane in one.lanes for each in other.lanes)


def set_open(
    states: Iterable[StageState], checkpoint: Checkpoint, at: float, roster: DayRoster | None = None
) -> None:
    """Open and close lanes by the roster, those that it does not know by their shifts, and count officers;
    outside the opening hours the entry is closed."""
    local = checkpoint.local(datetime.fromtimestamp(at, UTC))
    works = checkpoint.is_open(local)
    for state in states:
        if state.pool is not None:
            state.pool.on_duty = state.pool.pool.on_duty(local)
        for lane in state.lanes:
            planned = roster.is_open(lane.stage, lane.lane.code, at) if roster else None
            is_open = lane.lane.is_open(local) if planned is None else planned
            lane.is_open = is_open and (works or state.stage.kind != "entry")


def next_change(checkpoint: Checkpoint, course: Direction, at: float) -> float | None:
    """When a lane or the checkpoint next opens or closes after ``at``, or officers come or go; None when none
    ever do."""
    zone = ZoneInfo(checkpoint.zone)
    shifts: set[Shift] = set(checkpoint.opening)
    shifts.update(shift for stage in course.stages for lane in stage.lanes for shift in lane.shifts)
    shifts.update(part.shift for pool in course.officers for part in pool.shifts)
    if all(shift.minutes_per_week == 7 * 1440 for shift in shifts):
        return None
    minutes = {edge % 1440 for shift in shifts for edge in (shift.opens_minute, shift.closes_minute)}
    today = datetime.fromtimestamp(at, zone).date()
    edges = (
        _local(today + timedelta(days=ahead), minute, zone)
        for ahead in range(3)
        for minute in sorted(minutes)
    )
    return next((edge for edge in edges if edge > at), None)


def _local(day: date, minute: int, zone: ZoneInfo) -> float:
    return datetime.combine(day, time(*divmod(minute, 60)), zone).timestamp()
