"""What a checkpoint is, to the twin: one direction over a period, as plain frozen data.

`greenlane.twin.described.model_of` makes it from a crossing's description. Times are minutes from the start
of the run, durations minutes, rates trucks per hour, shares fractions.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Literal

from greenlane.errors import GreenlaneError
from greenlane.twin.distributions import Distribution

CallUpRule = Literal["none", "slot", "limit", "predicted"]
ALWAYS: tuple[tuple[float, float], ...] = ((0.0, float("inf")),)


class ModelError(GreenlaneError):
    """A model that cannot be simulated; ``field`` names the part that is wrong."""

    def __init__(self, field: str, message: str, mend: str) -> None:
        super().__init__("model_unsound", message, field=field, mend=mend, status=422)


@dataclass(frozen=True, slots=True)
class Stage:
    """A step of control.

    Attributes:
        room: trucks that may wait before it; None for any number. A full stage blocks the one before.
        pool: the pool of officers of whom each service needs one; None where a lane has its own.
    """

    code: str
    room: int | None = None
    pool: str | None = None


@dataclass(frozen=True, slots=True)
class Failures:
    """How a lane fails, by the calendar.

    Attributes:
        between: minutes from the end of a repair, or from the start of the run, to the next failure.
        repair: minutes until the lane works again.
    """

    between: Distribution
    repair: Distribution


@dataclass(frozen=True, slots=True)
class Lane:
    """A place of work.

    Attributes:
        stages: codes of the stages that it serves, one or several.
        hours: spans [open, close) of the run, in order and apart; a truck begun is finished after closing.
        kinds: codes of the kinds it takes; None for all.
        failures: None where it never fails.
    """

    code: str
    stages: tuple[str, ...]
    hours: tuple[tuple[float, float], ...] = ALWAYS
    kinds: tuple[str, ...] | None = None
    failures: Failures | None = None


@dataclass(frozen=True, slots=True)
class Pool:
    """Officers who work at several lanes: how many from which minute on."""

    code: str
    officers: tuple[tuple[float, int], ...]


@dataclass(frozen=True, slots=True)
class Kind:
    """Trucks that go the same way, such as green laden ones.

    Attributes:
        route: codes of the stages, in the order of the way.
        service: minutes at each stage of the route.
        rank: where trucks wait, 0 goes before 1; within a rank the first come is the first served. One
            for all stages, or one for each stage of the route.
        share: of all trucks.
    """

    code: str
    route: tuple[str, ...]
    service: tuple[Distribution, ...]
    rank: int | tuple[int, ...] = 0
    share: float = 1.0

    @property
    def ranks(self) -> tuple[int, ...]:
        """Rank at each stage of the route."""
        return (self.rank,) * len(self.route) if isinstance(self.rank, int) else self.rank

    def rank_at(self, stage: str) -> int:
        """Rank at a stage of the route."""
        return self.ranks[self.route.index(stage)]


@dataclass(frozen=True, slots=True)
class CallUpPolicy:
    """When a truck leaves its park for the barrier.

    Attributes:
        rule: ``none``: there is no park; ``slot``: at the time of its slot; ``limit``: when fewer than
            ``limit`` trucks are called or inside; ``predicted``: when the clock inside that is predicted
            for it is at most ``target`` minutes.
        travel: minutes from the park to the barrier.
        lead: minutes before its slot at which a truck may be called.
    """

    rule: CallUpRule = "none"
    limit: int = 0
    target: float = 10.0
    travel: Distribution | None = None
    lead: float = 0.0


@dataclass(frozen=True, slots=True)
class Model:
    """A checkpoint's direction over a period.

    Raises:
        ModelError: a part that does not fit the others, by its name.
    """

    stages: tuple[Stage, ...]
    lanes: tuple[Lane, ...]
    kinds: tuple[Kind, ...]
    pools: tuple[Pool, ...] = ()
    call_up: CallUpPolicy = field(default_factory=CallUpPolicy)

    def __post_init__(self) -> None:
        _check_codes(self)
        _check_routes(self)
        _check_lanes(self)
        _check_rooms(self)

    @property
    def needs_event_loop(self) -> tuple[str, ...]:
        """What it has that keeps one stage from being worked out after another; empty when nothing does."""
        stages = [stage.code for stage in self.stages]
        has = {
            "lanes that serve several stages": any(len(lane.stages) > 1 for lane in self.lanes),
            "stages with little room": any(stage.room is not None for stage in self.stages),
            "officers shared by lanes": any(stage.pool is not None for stage in self.stages),
            "call-up that looks inside": self.call_up.rule not in ("none", "slot"),
            "ranks with lanes of their own": not all(self._one_line(stage) for stage in stages),
            "routes that go opposite ways": _order(self.kinds, stages) is None,
        }
        return tuple(reason for reason, holds in has.items() if holds)

    @property
    def is_feed_forward(self) -> bool:
        """Whether each stage can be worked out after those before it."""
        return not self.needs_event_loop

    def _one_line(self, stage: str) -> bool:
        """Whether the trucks at a stage are all of one rank, or may all use the same lanes."""
        kinds = [kind for kind in self.kinds if stage in kind.route]
        lanes = [lane for lane in self.lanes if stage in lane.stages]
        takers = {tuple(lane.kinds is None or kind.code in lane.kinds for lane in lanes) for kind in kinds}
        return len({kind.rank_at(stage) for kind in kinds}) <= 1 or len(takers) <= 1

    def order(self) -> tuple[int, ...]:
        """Stages so that every route goes forward.

        Raises:
            ModelError: two routes go opposite ways.
        """
        order = _order(self.kinds, [stage.code for stage in self.stages])
        if order is None:
            raise ModelError("kinds", "The routes go round in a circle.", "Let every route go the same way.")
        return order


def _check_codes(model: Model) -> None:
    for name, codes in (
        ("stages", [stage.code for stage in model.stages]),
        ("lanes", [lane.code for lane in model.lanes]),
        ("kinds", [kind.code for kind in model.kinds]),
        ("pools", [pool.code for pool in model.pools]),
    ):
        doubles = {code for code in codes if codes.count(code) > 1}
        if doubles:
            raise ModelError(name, f"{', '.join(sorted(doubles))} is there twice.", "Give each its own code.")
        if not codes and name != "pools":
            raise ModelError(name, f"There are no {name}.", "Name at least one.")
    for stage in model.stages:
        _known(f"stages.{stage.code}.pool", [stage.pool] if stage.pool else [], [p.code for p in model.pools])
        if stage.room is not None and stage.room < 0:
            raise ModelError(f"stages.{stage.code}.room", "The room is below 0.", "Give 0 or more, or None.")
    for pool in model.pools:
        where = f"pools.{pool.code}.officers"
        if any(number < 0 for _, number in pool.officers):
            raise ModelError(where, "A number of officers is below 0.", "Give 0 or more.")
        if not any(at <= 0.0 for at, _ in pool.officers):
            raise ModelError(where, "It does not begin at minute 0.", "Give the number at minute 0 first.")


def _check_routes(model: Model) -> None:
    stages = [stage.code for stage in model.stages]
    for kind in model.kinds:
        where = f"kinds.{kind.code}"
        _known(f"{where}.route", kind.route, stages)
        if not kind.route:
            raise ModelError(f"{where}.route", "The route has no stage.", "Name at least one.")
        if len(set(kind.route)) < len(kind.route):
            raise ModelError(f"{where}.route", "The route visits a stage twice.", "Make it two stages.")
        if len(kind.service) != len(kind.route):
            raise ModelError(
                f"{where}.service",
                f"{len(kind.service)} service times for {len(kind.route)} stages.",
                "Give one for each stage of the route.",
            )
        if len(kind.ranks) != len(kind.route):
            raise ModelError(
                f"{where}.rank",
                f"{len(kind.ranks)} ranks for {len(kind.route)} stages.",
                "Give one for all, or one for each stage of the route.",
            )
        if min(kind.ranks) < 0 or kind.share < 0:
            raise ModelError(where, "Rank or share is below 0.", "Give 0 or more.")
        for code in kind.route:
            if not any(
                code in lane.stages and (lane.kinds is None or kind.code in lane.kinds)
                for lane in model.lanes
            ):
                raise ModelError(
                    f"{where}.route", f"No lane at {code} takes {kind.code}.", "Let one of its lanes take it."
                )


def _check_lanes(model: Model) -> None:
    stages, kinds = [stage.code for stage in model.stages], [kind.code for kind in model.kinds]
    pools = {stage.code: stage.pool for stage in model.stages}
    for lane in model.lanes:
        where = f"lanes.{lane.code}"
        _known(f"{where}.stages", lane.stages, stages)
        _known(f"{where}.kinds", lane.kinds or (), kinds)
        if not lane.stages:
            raise ModelError(f"{where}.stages", "The lane serves no stage.", "Name at least one.")
        if len({pools[code] for code in lane.stages}) > 1:
            raise ModelError(
                f"{where}.stages",
                "Its stages draw on different pools of officers.",
                "Let a lane serve stages of one pool.",
            )
        edges = [edge for span in lane.hours for edge in span]
        if any(later <= earlier for earlier, later in pairwise(edges)):
            raise ModelError(f"{where}.hours", "The hours overlap or go backwards.", "Give spans in order.")
        if lane.failures is not None:
            _check_failures(f"{where}.failures", lane.failures)


def _check_failures(where: str, failures: Failures) -> None:
    between, repair = failures.between, failures.repair
    if between.mean <= 0.0 or (between.family == "empirical" and max(between.values, default=0.0) <= 0.0):
        raise ModelError(f"{where}.between", "It would fail without end.", "Give a mean above 0 minutes.")
    if repair.mean < 0.0 or (repair.family == "empirical" and min(repair.values, default=-1.0) < 0.0):
        raise ModelError(f"{where}.repair", "A repair is below 0 minutes.", "Give 0 minutes or more.")


def _check_rooms(model: Model) -> None:
    """A truck must never wait for the room that it takes up itself, nor two for each other's."""
    short = {stage.code for stage in model.stages if stage.room is not None}
    if not short:
        return
    for kind in model.kinds:
        if kind.route[0] in short:
            raise ModelError(
                f"stages.{kind.route[0]}.room",
                "Trucks come to it from outside, where nothing bounds the line.",
                "Leave out the room of the first stage.",
            )
    for lane in model.lanes:
        if len(lane.stages) > 1 and short & set(lane.stages):
            raise ModelError(
                f"lanes.{lane.code}.stages",
                "It serves several stages, one with little room: it could wait for itself.",
                "Leave out the room of these stages.",
            )
    model.order()


def _order(kinds: Sequence[Kind], codes: Sequence[str]) -> tuple[int, ...] | None:
    before: dict[str, set[str]] = {code: set() for code in codes}
    for kind in kinds:
        for earlier, later in pairwise(kind.route):
            before[later].add(earlier)
    order: list[int] = []
    left = list(codes)
    while left:
        ready = [code for code in left if not before[code] & set(left)]
        if not ready:
            return None
        order.append(codes.index(ready[0]))
        left.remove(ready[0])
    return tuple(order)


def _known(field: str, named: Iterable[str], known: Sequence[str]) -> None:
    for code in named:
        if code not in known:
            raise ModelError(field, f"{code!r} is not known.", f"Use one of: {', '.join(known) or 'none'}.")
