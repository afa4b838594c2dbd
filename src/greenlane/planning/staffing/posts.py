"""Where officers can work, and when: posts, the blocks of the day, and how many lanes are open in each."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from greenlane.planning.goal import PlanError
from greenlane.twin.model import Lane, Model
from greenlane.twin.scenario import Scenario
from greenlane.twin.spans import merged

DAY: Final = 1440
Staffing = NDArray[np.int64]
"""[posts, blocks] lanes that are open."""


@dataclass(frozen=True, slots=True)
class Post:
    """Lanes that work for the same stages and kinds of trucks, so that only their number matters.

    Attributes:
        most: lanes that there are.
        least: lanes that are always open.
        lane_hour: cost of an open lane an hour, officers not counted.
        officers: that an open lane takes.
        qualification: what these officers must be able to do.
    """

    code: str
    stages: tuple[str, ...]
    kinds: tuple[str, ...] | None
    most: int
    least: int = 1
    lane_hour: float = 1.0
    officers: int = 1
    qualification: str = ""

    def __post_init__(self) -> None:
        if not 0 <= self.least <= self.most:
            raise PlanError(
                f"posts.{self.code}.least", f"{self.least} of {self.most} lanes.", "Give 0 to all."
            )
        if self.lane_hour < 0.0 or self.officers < 0:
            raise PlanError(f"posts.{self.code}", "A cost or number is below 0.", "Give 0 or more.")


@dataclass(frozen=True, slots=True)
class Blocks:
    """The day in pieces in which the number of lanes does not change.

    Attributes:
        edges: [blocks + 1] minutes of the day, from 0 to 1440.
    """

    edges: tuple[int, ...]

    def __post_init__(self) -> None:
        if self.edges[0] != 0 or self.edges[-1] != DAY:
            raise PlanError("blocks", "They do not make a day.", "Let them go from 0 to 1440 minutes.")
        if any(later <= earlier for earlier, later in pairwise(self.edges)):
            raise PlanError("blocks", "They are not in order.", "Give ascending minutes.")

    def __len__(self) -> int:
        return len(self.edges) - 1

    @property
    def hours(self) -> NDArray[np.float64]:
        """[blocks] length of each."""
        return np.diff(np.array(self.edges)) / 60.0

    @classmethod
    def of(cls, minutes: int) -> Blocks:
        """Pieces of equal length, which must divide the day."""
        if minutes <= 0 or DAY % minutes:
            raise PlanError("blocks", f"{minutes} minutes do not divide the day.", "Give such as 60 or 120.")
        return cls(tuple(range(0, DAY + 1, minutes)))


def posts_of(model: Model, costs: Mapping[str, float] | None = None) -> tuple[Post, ...]:
    """The posts of a model: its lanes by stages and kinds.

    Args:
        costs: of a lane-hour by code of stage; 1 where none is given.
    """
    found: dict[tuple[tuple[str, ...], tuple[str, ...] | None], int] = {}
    for lane in model.lanes:
        takes = _taken(model, lane)
        found[lane.stages, takes] = found.get((lane.stages, takes), 0) + 1
    several = [stages for stages, _ in found]
    posts: list[Post] = []
    for (stages, kinds), number in found.items():
        name = "+".join(stages)
        if several.count(stages) > 1:
            name += f"/{sum(post.stages == stages for post in posts) + 1}"
        cost = (costs or {}).get(stages[0], 1.0)
        posts.append(Post(name, stages, kinds, number, lane_hour=cost, qualification=stages[0]))
    return tuple(posts)


def _taken(model: Model, lane: Lane) -> tuple[str, ...] | None:
    """None where the lane takes all who come there."""
    coming = {kind.code for kind in model.kinds if set(kind.route) & set(lane.stages)}
    return None if lane.kinds is None or coming <= set(lane.kinds) else tuple(sorted(lane.kinds))


def lanes_of_post(model: Model, post: Post) -> list[Lane]:
    """The lanes of a model that the post is made of, in the model's order."""
    return [lane for lane in model.lanes if (lane.stages, _taken(model, lane)) == (post.stages, post.kinds)]


def staffed(scenario: Scenario, posts: Sequence[Post], blocks: Blocks, staffing: Staffing) -> Model:
    """The scenario's model with lanes open as staffed, every day alike, to the day after its last."""
    model = scenario.model
    patterns = {(lane.stages, _taken(model, lane)): lane for lane in model.lanes}
    days = 1 + math.ceil((scenario.warm_up + scenario.minutes) / DAY)
    lanes = []
    for post, row in zip(posts, staffing, strict=True):
        pattern = patterns[post.stages, post.kinds]
        for number in range(int(row.max(initial=0))):
            spans = [
                (float(day * DAY + blocks.edges[block]), float(day * DAY + blocks.edges[block + 1]))
                for day in range(days)
                for block in np.flatnonzero(row > number)
            ]
            lanes.append(replace(pattern, code=f"{post.code}/{number + 1}", hours=merged(spans)))
    return replace(model, lanes=tuple(lanes))


def staffing_of(scenario: Scenario, posts: Sequence[Post], blocks: Blocks) -> Staffing:
    """The lanes that the scenario has open in the middle of each block of its first counted day."""
    model = scenario.model
    staffing = np.zeros((len(posts), len(blocks)), np.int64)
    for block, (begin, end) in enumerate(pairwise(blocks.edges)):
        minute = scenario.warm_up + (begin + end) / 2.0
        for lane in model.lanes:
            if any(opens <= minute < closes for opens, closes in lane.hours):
                place = [(post.stages, post.kinds) for post in posts].index(
                    (lane.stages, _taken(model, lane))
                )
                staffing[place, block] += 1
    return staffing
