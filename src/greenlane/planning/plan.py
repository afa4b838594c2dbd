"""A plan of one direction for a day: the roster, the quotas that go with it, and what it keeps. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from greenlane.planning.goal import Goal
from greenlane.planning.quotas import (
    FRESH_SEED,
    FRESH_TIMES,
    QuotaLimits,
    Quotas,
    booked_of,
    largest_quotas,
)
from greenlane.planning.rehearsal import REPLICATIONS, Kept, Rehearsal
from greenlane.planning.staffing.binding import Binding, bindings
from greenlane.planning.staffing.posts import Blocks, Post, Staffing, staffed, staffing_of
from greenlane.planning.staffing.roster import Roster, RosterProgramme
from greenlane.planning.staffing.search import EVALUATIONS, search, staffing_from_load
from greenlane.planning.staffing.shifts import ShiftRules
from greenlane.planning.staffing.trial import Trial
from greenlane.twin.demand import Booked
from greenlane.twin.scenario import Scenario

TIGHTENINGS: Final = 4
FRONTIER: Final = (0.5, 0.7, 0.8, 0.9, 0.95, 0.98)
"""Shares of trucks for which the frontier shows the cost."""
Told = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a plan is made of beside the scenario.

    Attributes:
        posts: lanes, their officers and costs; ``blocks``: of the day.
        evaluations: rehearsals that a search may take.
        limits: of quotas; no quotas are worked out when None.
    """

    goal: Goal
    posts: tuple[Post, ...]
    blocks: Blocks
    rules: ShiftRules
    limits: QuotaLimits | None = None
    replications: int = REPLICATIONS
    seed: int = 1
    evaluations: int = EVALUATIONS


@dataclass(frozen=True, slots=True)
class OnFrontier:
    """The cost of a day for which so large a share of trucks is within the target."""

    share: float
    cost: float
    staffing: Staffing


@dataclass(frozen=True, slots=True)
class Plan:
    """A plan, verified on luck that the search has not seen.

    Attributes:
        roster: None when no roster keeps the standard; then ``kept`` is with all lanes open.
        kept: on fresh luck; ``kept_by_all``: the same of all trucks, those of no group among them.
        today: [posts, blocks] lanes as described; ``today_kept``: how they keep the standard.
        today_cost: what the cheapest roster for them costs; None where officers do not suffice.
        bound: no roster that keeps the standard on the luck of the search costs less.
        binding: why trucks are late with the plan, the most frequent reason first.
        frontier: cheapest found by share, where no roster keeps the standard or it was asked for.
        quotas: None when they were not asked for, or no slots are booked.
    """

    wanted: Wanted
    roster: Roster | None
    kept: Kept
    kept_by_all: Kept
    today: Staffing
    today_kept: Kept
    today_cost: float | None
    bound: float
    binding: tuple[Binding, ...]
    frontier: tuple[OnFrontier, ...]
    quotas: Quotas | None
    evaluations: int

    @property
    def holds(self) -> bool:
        """Whether the standard is kept with the confidence asked for."""
        return self.roster is not None and self.kept.surely >= self.wanted.goal.quantile


def make_plan(
    scenario: Scenario, wanted: Wanted, *, wants_frontier: bool = False, told: Told | None = None
) -> Plan:
    """The cheapest roster that keeps the goal, and the largest quotas that it carries.

    A roster found on one luck is tried on fresh luck; if that shows less than was asked for, the search goes
    on with that much more to keep. The result is the same for the same scenario, wishes and seed.
    """
    say = told or _quiet
    rehearsal = Rehearsal(scenario, wanted.goal, wanted.replications, wanted.seed)
    trial = Trial(rehearsal, wanted.posts, wanted.blocks)
    programme = RosterProgramme(wanted.posts, wanted.blocks, wanted.rules)
    fresh = Rehearsal(scenario, wanted.goal, FRESH_TIMES * wanted.replications, wanted.seed + FRESH_SEED)
    roster, bound, kept = None, 0.0, fresh.kept(staffed(scenario, wanted.posts, wanted.blocks, trial.most))
    for _ in range(TIGHTENINGS):
        found = search(
            trial,
            programme,
            evaluations=wanted.evaluations,
            told=lambda what, cost: say(f"{what}, {cost:.0f}"),
        )
        bound = max(bound, found.bound)
        roster = found.roster
        if roster is None:
            break
        kept = fresh.kept(staffed(scenario, wanted.posts, wanted.blocks, roster.staffing))
        say(f"fresh luck: {kept.surely:.4f}")
        if kept.surely >= wanted.goal.quantile:
            break
        trial.raise_to(min(trial.quantile + max(wanted.goal.quantile - kept.surely, 0.0005), 0.9999))
    planned = trial.most if roster is None else roster.staffing
    everyone = Rehearsal(
        scenario, replace(wanted.goal, kinds=()), wanted.replications, wanted.seed + FRESH_SEED
    )
    kept = fresh.kept(staffed(scenario, wanted.posts, wanted.blocks, planned))
    reasons = tuple(bindings(fresh))
    today = staffing_of(scenario, wanted.posts, wanted.blocks)
    todays = programme_for(wanted).solve(np.minimum(today, trial.most))
    return Plan(
        wanted=wanted,
        roster=roster,
        kept=kept,
        kept_by_all=everyone.kept(staffed(scenario, wanted.posts, wanted.blocks, planned)),
        today=today,
        today_kept=fresh.kept(scenario.model),
        today_cost=None if todays is None else todays.cost,
        bound=bound,
        binding=reasons,
        frontier=frontier(trial, wanted, say) if roster is None or wants_frontier else (),
        quotas=_quotas(scenario, wanted, planned, say),
        evaluations=rehearsal.evaluations,
    )


def programme_for(wanted: Wanted) -> RosterProgramme:
    """The roster programme without any cut."""
    return RosterProgramme(wanted.posts, wanted.blocks, wanted.rules)


def frontier(trial: Trial, wanted: Wanted, say: Told) -> tuple[OnFrontier, ...]:
    """What shares within the target cost, by square-root staffing and the cheapest roster for it."""
    found, programme = [], programme_for(wanted)
    kept = trial.kept(trial.most).share
    for share in sorted({*(share for share in FRONTIER if share < kept), kept}):
        say(f"the cost of {share:.0%}")
        at = Trial(trial.rehearsal, wanted.posts, wanted.blocks)
        at.raise_to(share)
        staffing = staffing_from_load(at)
        roster = programme.solve(staffing)
        if roster is not None:
            found.append(OnFrontier(at.kept(staffing).share, roster.cost, roster.staffing))
    return tuple(found)


def _quotas(scenario: Scenario, wanted: Wanted, staffing: Staffing, say: Told) -> Quotas | None:
    if wanted.limits is None or not any(isinstance(source, Booked) for source in scenario.demand):
        return None
    planned = replace(scenario, model=staffed(scenario, wanted.posts, wanted.blocks, staffing))
    return largest_quotas(
        planned,
        wanted.goal,
        shapes_of(planned, wanted.posts, wanted.blocks, staffing),
        wanted.limits,
        replications=wanted.replications,
        seed=wanted.seed,
        told=say,
    )


def shapes_of(
    scenario: Scenario, posts: Sequence[Post], blocks: Blocks, staffing: Staffing
) -> dict[str, tuple[float, ...]]:
    """Shapes of a day's bookings: even over the slots, as wished, and as the tightest stage can work."""
    booked = booked_of(scenario)
    shapes = {"even": (1.0,) * len(booked.starts)}
    if any(booked.bookings):
        shapes["wished"] = tuple(float(number) for number in booked.bookings)
    capacity = _capacity(scenario, posts, staffing)
    block_of = np.searchsorted(blocks.edges, np.asarray(booked.starts) % 1440.0, side="right") - 1
    shapes["lanes"] = tuple(capacity[block_of].tolist())
    return shapes


def _capacity(scenario: Scenario, posts: Sequence[Post], staffing: Staffing) -> np.ndarray:
    """[blocks] trucks an hour that the tightest post can work."""
    capacity = np.full(staffing.shape[1], np.inf)
    total = sum(kind.share for kind in scenario.model.kinds)
    for post, row in zip(posts, staffing, strict=True):
        minutes = sum(
            kind.share / total * kind.service[kind.route.index(stage)].mean
            for kind in scenario.model.kinds
            for stage in post.stages
            if stage in kind.route and (post.kinds is None or kind.code in post.kinds)
        )
        if minutes > 0.0:
            capacity = np.minimum(capacity, 60.0 * row / minutes)
    return capacity


def _quiet(_what: str) -> None:
    """Say nothing."""
