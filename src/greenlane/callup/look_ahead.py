"""The clock inside that a truck would have if it were called now. Pure: no Django, and nothing to compile.

The rule is the twin's (`greenlane.twin.calling`), on the live state in place of the simulated one: as a
fluid, the work of those called before it, spread over the open lanes, less what they get done before it comes
there.
`tests/callup/test_look_ahead.py` holds both against each other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import inf

from greenlane.registry.crossing import Direction

Kind = tuple[str, str]
"""Channel and vehicle class."""
OpenLanes = Mapping[str, Iterable[str]]
"""Codes of the open lanes by the code of their stage."""


@dataclass(frozen=True, slots=True)
class Step:
    """A stage on a truck's way: mean minutes of its service, and the open lanes that take such a truck."""

    stage: str
    minutes: float
    lanes: int


@dataclass(frozen=True, slots=True)
class Predicted:
    """Minutes from the entry to the exit barrier; infinite where a stage has no open lane. ``checks`` are
    those of its own checks alone."""

    inside: float
    checks: float

    def keeps(self, target: float) -> bool:
        """Whether it may go. Whose checks take longer than the target goes when it would not wait: it can
        only get worse."""
        return self.inside <= max(target, self.checks)


def kinds_of(described: Direction) -> dict[Kind, float]:
    """The kinds of trucks of a description with their shares; those of one class are neighbours."""
    shares = {
        (channel, vehicle_class): of_channel * of_class
        for vehicle_class, of_class in described.class_shares.items()
        for channel, of_channel in described.channel_shares.items()
    }
    return {kind: share for kind, share in shares.items() if share > 0.0}


def kind_of(described: Direction, channel: str, vehicle_class: str, stage: str = "") -> Kind | None:
    """The kind of a truck: its own, else the most usual one of its class, else of all; of those that visit
    ``stage`` where one is given. None where there is none."""
    coming = {
        kind: share
        for kind, share in kinds_of(described).items()
        if not stage or stage in (each.code for each in described.stages_for(*kind))
    }
    if (channel, vehicle_class) in coming:
        return channel, vehicle_class
    return max(
        coming,
        key=lambda kind: (kind[1] == vehicle_class, kind[0] == channel, coming[kind]),
        default=None,
    )


def steps_of(described: Direction, kind: Kind, opened: OpenLanes) -> tuple[Step, ...]:
    """The way of a kind of truck, with the lanes that are open."""
    is_open = {(stage, lane) for stage, lanes in opened.items() for lane in lanes}
    return tuple(
        Step(
            stage.code,
            stage.service.time_for(*kind).mean_s / 60.0,
            sum(
                (owner.code, lane.code) in is_open and lane.takes(*kind)
                for owner in described.stages
                for lane in owner.lanes
                if stage.code == owner.code or stage.code in lane.also
            ),
        )
        for stage in described.stages_for(*kind)
    )


def add_work(work: dict[str, float], steps: Iterable[Step]) -> None:
    """Count the checks that a called truck still needs, in minutes by stage."""
    for step in steps:
        work[step.stage] = work.get(step.stage, 0.0) + step.minutes


def predicted(steps: Sequence[Step], work: Mapping[str, float], travel: float) -> Predicted:
    """What awaits a truck that is called now.

    Args:
        work: minutes of checks called for and not done, by stage.
        travel: minutes from its park to the barrier.
    """
    way, inside, checks = travel, 0.0, 0.0
    for place, step in enumerate(steps):
        if step.lanes == 0:
            return Predicted(inf, 0.0)
        wait = max(0.0, work.get(step.stage, 0.0) / step.lanes - way)
        if place > 0:
            inside += wait
        inside += step.minutes
        checks += step.minutes
        way += wait + step.minutes
    return Predicted(inside, checks)


def how_many(
    trucks: Iterable[tuple[Sequence[Step], float]], work: Mapping[str, float], target: float, most: int
) -> int:
    """How many of the trucks, each with its steps and travel, may be called now one after the other: up to
    the first whose predicted clock would be above the target."""
    work, count = dict(work), 0
    for steps, travel in trucks:
        if count >= most or not predicted(steps, work, travel).keeps(target):
            break
        add_work(work, steps)
        count += 1
    return count
