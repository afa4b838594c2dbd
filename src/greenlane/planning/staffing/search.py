"""The search for the cheapest roster that keeps the standard on the twin.

First a staffing that holds, from the load and a safety of so many square roots of it; then the same with
lanes taken away by halves of the day; its roster is the first answer. Then the integer programme proposes
what would be cheaper; what fails on the twin is raised while it still fails, and becomes a cut: somewhere
there must be more lanes. When it has nothing cheaper to propose, the best answer is the optimum on
that sample of luck.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from greenlane.planning.rehearsal import Kept
from greenlane.planning.staffing.posts import Staffing
from greenlane.planning.staffing.roster import Roster, RosterProgramme
from greenlane.planning.staffing.trial import Trial

EVALUATIONS: Final = 240
MOST_SAFETY: Final = 6.0
SAFETY_STEPS: Final = 7
Told = Callable[[str, float], None]
"""Told what the search does, and the cost of the best roster so far."""
Component = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Found:
    """What a search came to.

    Attributes:
        roster: the cheapest found; None when no staffing keeps the goal.
        kept: how it keeps the goal on the sample; with all lanes open when there is no roster.
        bound: nothing that keeps the goal costs less, on this sample.
        evaluations: rehearsals that it took; ``cuts``: learned from them.
    """

    roster: Roster | None
    kept: Kept
    bound: float
    evaluations: int
    cuts: int

    @property
    def is_optimal(self) -> bool:
        """Whether the roster is proved to be the cheapest on the sample."""
        return self.roster is not None and self.roster.cost <= self.bound + 1e-6


def search(
    trial: Trial, programme: RosterProgramme, *, evaluations: int = EVALUATIONS, told: Told | None = None
) -> Found:
    """The cheapest roster that so many rehearsals find; with no end in sight the best so far, with its bound.

    The effort is counted and not timed, so that the answer is the same on any machine.
    """
    report = told or _quiet
    before = trial.rehearsal.evaluations
    until = before + evaluations
    report("all lanes open", float("inf"))
    if not trial.holds(trial.most):
        return Found(None, trial.kept(trial.most), float("inf"), trial.rehearsal.evaluations - before, 0)
    report("a staffing that holds", float("inf"))
    needed = _lean(trial, staffing_from_load(trial), before + evaluations // 2)
    best = programme.solve(needed)
    if best is None:
        best = programme.solve(trial.most)
    cuts, bound = 0, 0.0
    while trial.rehearsal.evaluations < until:
        report(f"{cuts} cuts", best.cost if best else float("inf"))
        proposed = programme.solve(trial.least)
        if proposed is None:
            bound = best.cost if best else float("inf")
            break
        bound = max(bound, proposed.bound)
        if best is not None and bound >= best.cost - 1e-6:
            break
        if trial.holds(proposed.staffing):
            # Nothing that the programme knows of is cheaper, or it gave up on proving so.
            best = proposed if best is None or proposed.cost < best.cost else best
            break
        programme.add_failing(_raised(trial, proposed.staffing, until))
        cuts += 1
    kept = trial.kept(trial.most if best is None else best.staffing)
    return Found(best, kept, bound, trial.rehearsal.evaluations - before, cuts)


def _quiet(_what: str, _cost: float) -> None:
    """Say nothing."""


def staffing_from_load(trial: Trial) -> Staffing:
    """The least safety that holds: first one for all posts, then for each post by itself."""
    load = trial.load()
    safety = np.full(
        len(trial.posts), _least_safety(trial, load, np.full(len(trial.posts), MOST_SAFETY), None)
    )
    dearest = sorted(
        range(len(trial.posts)), key=lambda post: -float(load[post].sum()) * trial.posts[post].lane_hour
    )
    for post in dearest:
        safety[post] = _least_safety(trial, load, safety, post)
    return _with_safety(trial, load, safety)


def _least_safety(
    trial: Trial, load: NDArray[np.float64], safety: NDArray[np.float64], post: int | None
) -> float:
    low, high = -1.0, float(safety[0 if post is None else post])
    tried = safety.copy()
    for _ in range(SAFETY_STEPS if post is None else SAFETY_STEPS - 3):
        middle = (low + high) / 2.0
        if post is None:
            tried[:] = middle
        else:
            tried[post] = middle
        if trial.holds(_with_safety(trial, load, tried)):
            high = middle
        else:
            low = middle
    return high


def _with_safety(trial: Trial, load: NDArray[np.float64], safety: NDArray[np.float64]) -> Staffing:
    """Square-root staffing; all lanes where the safety is the greatest."""
    wanted = np.ceil(load + safety[:, None] * np.sqrt(load) - 1e-9)
    wanted[safety >= MOST_SAFETY] = np.inf
    return np.clip(wanted, trial.least, trial.most).astype(np.int64)


def _lean(trial: Trial, staffing: Staffing, until: int) -> Staffing:
    """Take lanes away, from whole days and then from ever shorter parts of them, dearest posts first."""
    lean = staffing.copy()
    order = sorted(
        range(len(trial.posts)),
        key=lambda post: -(trial.posts[post].lane_hour + trial.posts[post].officers),
    )
    for post in order:
        parts = [range(len(trial.blocks))]
        while parts and trial.rehearsal.evaluations < until:
            part = parts.pop()
            fewer = lean.copy()
            fewer[post, part] = np.maximum(fewer[post, part] - 1, trial.posts[post].least)
            if (fewer == lean).all():
                continue
            if trial.holds(fewer):
                lean = fewer
                parts.append(part)
            elif len(part) > 1:
                half = len(part) // 2
                parts += [part[:half], part[half:]]
    return lean


def _raised(trial: Trial, staffing: Staffing, until: int) -> Staffing:
    """A greatest staffing above one that fails that fails too: the strongest cut to be had from it."""
    raised = staffing.copy()
    components = [
        (post, block)
        for post in range(len(trial.posts))
        for block in range(len(trial.blocks))
        if raised[post, block] < trial.posts[post].most
    ]
    groups: list[Sequence[Component]] = [components]
    while groups and trial.rehearsal.evaluations < until:
        group = groups.pop()
        tried = raised.copy()
        for post, block in group:
            tried[post, block] = trial.posts[post].most
        if not trial.holds(tried):
            raised = tried
        elif len(group) > 1:
            half = len(group) // 2
            groups += [group[:half], group[half:]]
        else:
            (component,) = group
            raised[component] = _highest_failing(trial, raised, component)
    return raised


def _highest_failing(trial: Trial, staffing: Staffing, component: Component) -> int:
    low, high = int(staffing[component]), trial.posts[component[0]].most
    tried = staffing.copy()
    while high - low > 1:
        middle = (low + high) // 2
        tried[component] = middle
        if trial.holds(tried):
            high = middle
        else:
            low = middle
    return low
