"""The cheapest roster for what is known to be needed: an integer programme, solved by HiGHS."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array

from greenlane.planning.staffing.posts import Blocks, Post, Staffing
from greenlane.planning.staffing.shifts import Pattern, ShiftRules, coverage_of, patterns_of


@dataclass(frozen=True, slots=True)
class Roster:
    """Who works when.

    Attributes:
        shifts: [patterns, posts] lanes that are staffed by a pattern.
        staffing: [posts, blocks] lanes open.
        cost: of a day.
        bound: no roster that meets what was asked for costs less.
    """

    patterns: tuple[Pattern, ...]
    shifts: NDArray[np.int64]
    staffing: Staffing
    cost: float
    bound: float


@dataclass
class RosterProgramme:
    """The programme, to which cuts are added; ``nodes`` of its search tree bound the effort.

    Its variables are, in this order: shifts by pattern and post; lanes open by post and block; and one yes or
    no for each "so many lanes or more" that a cut names.
    """

    posts: Sequence[Post]
    blocks: Blocks
    rules: ShiftRules
    nodes: int = 20_000
    gap: float = 0.0
    _levels: dict[tuple[int, int, int], int] = field(default_factory=dict)
    _cuts: list[list[tuple[int, int, int]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.patterns = patterns_of(self.rules)
        self._covers = coverage_of(self.patterns, self.blocks, self.rules.break_minutes)
        self._paid = np.array([pattern.hours for pattern in self.patterns], float)

    def add_failing(self, staffing: Staffing) -> None:
        """This staffing fails, and so does each with nowhere more lanes: somewhere there must be one more."""
        more = [
            (post, block, int(staffing[post, block]) + 1)
            for post in range(len(self.posts))
            for block in range(len(self.blocks))
            if staffing[post, block] < self.posts[post].most
        ]
        for level in more:
            self._levels.setdefault(level, len(self._levels))
        self._cuts.append(more)

    def solve(self, least: Staffing) -> Roster | None:
        """The cheapest roster with at least these lanes that no cut forbids; None when there is none."""
        size_x, size_n = len(self.patterns) * len(self.posts), least.size
        count = size_x + size_n + len(self._levels)
        most = np.repeat([post.most for post in self.posts], len(self.blocks))
        low = np.concatenate([np.zeros(size_x), least.ravel(), np.zeros(len(self._levels))])
        if (least.ravel() > most).any():
            return None
        high = np.concatenate([np.full(size_x, float(most.max())), most, np.ones(len(self._levels))])
        answer = milp(
            self._costs(count),
            integrality=np.ones(count),
            bounds=Bounds(low, high),
            constraints=self._constraints(least, count),
            options={"node_limit": self.nodes, "mip_rel_gap": self.gap},
        )
        if answer.x is None:
            return None
        whole = np.rint(answer.x).astype(np.int64)
        shifts = whole[:size_x].reshape(len(self.patterns), len(self.posts))
        staffing = whole[size_x : size_x + size_n].reshape(least.shape)
        bound = float(answer.mip_dual_bound) if answer.mip_dual_bound is not None else 0.0
        return Roster(self.patterns, shifts, staffing, self.cost(shifts, staffing), bound)

    def cost(self, shifts: NDArray[np.int64], staffing: Staffing) -> float:
        """Of a day: lane-hours and officer-hours."""
        lanes = float((staffing * self.blocks.hours).sum(axis=1) @ [post.lane_hour for post in self.posts])
        officers = float(self._paid @ shifts @ [post.officers for post in self.posts])
        return lanes + officers * self.rules.officer_hour

    def _costs(self, count: int) -> NDArray[np.float64]:
        costs = np.zeros(count)
        officers = np.array([post.officers for post in self.posts], float)
        shifts = self.rules.officer_hour * self._paid[:, None] * officers[None, :]
        lanes = np.array([post.lane_hour for post in self.posts])[:, None] * self.blocks.hours[None, :]
        costs[: shifts.size] = shifts.ravel()
        costs[shifts.size : shifts.size + lanes.size] = lanes.ravel()
        return costs

    def _constraints(self, least: Staffing, count: int) -> list[LinearConstraint]:
        rows: list[dict[int, float]] = []
        floor: list[float] = []
        posts, blocks, size_x = len(self.posts), len(self.blocks), len(self.patterns) * len(self.posts)
        for post in range(posts):
            for block in range(blocks):
                row = {
                    pattern * posts + post: 1.0 for pattern in np.flatnonzero(self._covers[:, block]).tolist()
                }
                row[size_x + post * blocks + block] = -1.0
                rows.append(row)
                floor.append(0.0)
        for (post, block, level), place in self._levels.items():
            here = float(least[post, block])
            at, yes = size_x + post * blocks + block, size_x + posts * blocks + place
            rows.append({at: 1.0, yes: -(level - here)} if level > here else {at: 1.0})
            floor.append(here)
        for cut in self._cuts:
            rows.append({size_x + posts * blocks + self._levels[level]: 1.0 for level in cut})
            floor.append(1.0)
        for qualification, number in self.rules.officers:
            rows.append(
                {
                    pattern * posts + post: -float(self.posts[post].officers)
                    for pattern in range(len(self.patterns))
                    for post in range(posts)
                    if self.posts[post].qualification == qualification
                }
            )
            floor.append(-float(number))
        entries = [(at, column, value) for at, row in enumerate(rows) for column, value in row.items()]
        lines, columns, values = (np.array(part) for part in zip(*entries, strict=True))
        matrix = coo_array((values, (lines, columns)), shape=(len(rows), count)).tocsc()
        return [LinearConstraint(matrix, np.array(floor), np.inf)]
