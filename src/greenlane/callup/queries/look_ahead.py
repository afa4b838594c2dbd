"""The state inside as the look-ahead takes it: the work that is called for and not done."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from greenlane.callup.look_ahead import (
    OpenLanes,
    Predicted,
    Step,
    add_work,
    how_many,
    kind_of,
    predicted,
    steps_of,
)
from greenlane.callup.waiting import Waiting
from greenlane.gate.models import Passage, Reading
from greenlane.gate.order import ENTRY, PHASE
from greenlane.gate.queries import board_state
from greenlane.gate.queries.board import BoardState, TruckShown
from greenlane.registry.crossing import Direction
from greenlane.registry.models import Checkpoint
from greenlane.registry.queries import direction_document

SILENT_AFTER: Final = timedelta(minutes=20)
"""Trucks are inside, and no device inside has told of any for so long: nobody knows where they are."""
BEHIND_AFTER: Final = timedelta(minutes=2)
"""Readings that wait for the matcher longer than this say that the state is not the one of now."""
_INSIDE_POINTS = [point for point, phase in PHASE.items() if phase >= ENTRY]


@dataclass(frozen=True, slots=True)
class Inside:
    """The work inside by stage, in minutes, with what is needed to look ahead from it."""

    described: Direction
    opened: OpenLanes
    work: dict[str, float]
    target: float

    def steps(self, passage: Passage) -> tuple[Step, ...]:
        """The way that a truck in the park will go."""
        kind = kind_of(self.described, passage.channel, passage.vehicle_class)
        return steps_of(self.described, kind, self.opened) if kind else ()

    def clock(self, passage: Passage, truck: Waiting) -> Predicted:
        """Its predicted clock inside, in minutes, if it were called now."""
        return predicted(self.steps(passage), self.work, _minutes(truck.travel))

    def may_go(self, trucks: Iterable[tuple[Passage, Waiting]], most: int) -> int:
        """How many of them may be called now, in their order."""
        ways = ((self.steps(passage), _minutes(truck.travel)) for passage, truck in trucks)
        return how_many(ways, self.work, self.target, most)


def inside_at(checkpoint: Checkpoint, direction: str, at: datetime, target: float) -> Inside:
    """The work inside and on the way at `at`."""
    described = direction_document(checkpoint, direction)
    board = board_state(checkpoint, direction, at)
    opened = {stage.code: [lane.code for lane in stage.lanes if lane.is_open] for stage in board.stages}
    work: dict[str, float] = {}
    for stage, truck in _inside(board):
        kind = kind_of(described, truck.channel, truck.vehicle_class, stage)
        if kind is not None:
            add_work(work, _left(steps_of(described, kind, opened), stage))
    for truck in board.on_the_way:
        kind = kind_of(described, truck.channel, truck.vehicle_class)
        if kind is not None:
            add_work(work, steps_of(described, kind, opened))
    return Inside(described, opened, work, target)


def unknown_because(checkpoint: Checkpoint, direction: str, at: datetime, inside: int) -> str:
    """Why the state inside cannot be known at `at`: ``silent``, ``behind``, or nothing."""
    waiting = Reading.objects.filter(
        checkpoint=checkpoint, direction=direction, matched_at=None, record_time__lt=at - BEHIND_AFTER
    )
    if waiting.exists():
        return "behind"
    told = Passage.objects.filter(
        checkpoint=checkpoint,
        direction=direction,
        last_at__gt=at - SILENT_AFTER,
        last_point__in=_INSIDE_POINTS,
    )
    return "silent" if inside and not told.exists() else ""


def _inside(board: BoardState) -> Iterable[tuple[str, TruckShown]]:
    """Each truck inside with the stage where it is, or for which it heads."""
    for stage in board.stages:
        for lane in stage.lanes:
            if lane.truck is not None:
                yield stage.code, lane.truck
        for truck in (*stage.queue, *stage.unplaced):
            yield stage.code, truck


def _left(steps: Sequence[Step], stage: str) -> Sequence[Step]:
    """The steps from a stage on."""
    codes = [step.stage for step in steps]
    return steps[codes.index(stage) :] if stage in codes else ()


def _minutes(span: timedelta) -> float:
    return span / timedelta(minutes=1)
