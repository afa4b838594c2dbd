"""The planner: a day of 2,400 trucks and 28 lanes, beside textbook staffing and slots by average minutes."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Final

import numpy as np

from bench.ground import Ground
from bench.report import Check, Figure, Section
from bench.sizes import SMALL, Sizes
from greenlane.planning.goal import Goal
from greenlane.planning.quotas import FRESH_SEED, QuotaLimits, booked_of, largest_quotas, with_bookings
from greenlane.planning.rehearsal import Rehearsal
from greenlane.planning.staffing import baselines
from greenlane.planning.staffing.posts import Blocks, Post, Staffing, posts_of, staffed
from greenlane.planning.staffing.roster import RosterProgramme
from greenlane.planning.staffing.search import EVALUATIONS, search
from greenlane.planning.staffing.shifts import ShiftRules
from greenlane.planning.staffing.trial import Trial
from greenlane.registry.crossing_finding import find_crossing
from greenlane.twin.described_scenario import scenario_of
from greenlane.twin.scenario import Scenario
from greenlane.twin.setting import read_settings

WEDNESDAY: Final = date(2026, 11, 25)
AIM_SECONDS: Final = 10.0
OURS: Final = "lane-hours a day: ours"
OUR_QUOTAS: Final = "trucks a day accepted: our quotas"
LANES: Final = {
    "entry": 2, "weighing": 3, "border": 6, "xray": 2, "customs": 8, "inspection": 3, "veterinary": 2,
    "exit": 2,
}  # fmt: skip
PEAK: Final = ("arrivals@06:00-10:00=1.35", "arrivals@15:00-19:00=1.35", "arrivals@22:00-05:00=0.55")


def measure(ground: Ground, sizes: Sizes) -> Section:
    """The whole section; no database is used."""
    del ground
    is_small = sizes is SMALL
    replications, evaluations = (2, 20) if is_small else (30, EVALUATIONS)
    scenario = _day(0.4 if is_small else 3.0)
    posts, blocks = posts_of(scenario.model), Blocks.of(480 if is_small else 60)
    kinds = tuple(kind.code for kind in scenario.model.kinds if not kind.code.startswith("red"))
    goal = Goal(kinds=kinds, clocks=("inside",))
    Rehearsal(scenario, goal, 1).kept(scenario.model)
    section = Section(
        "planning", "A plan for Zabaikalsk rebuilt: 28 lanes, 2,400 trucks a day, 95 % in 10 minutes"
    )
    began = time.perf_counter()
    trial = Trial(Rehearsal(scenario, goal, replications), posts, blocks)
    programme = RosterProgramme(posts, blocks, ShiftRules(lengths=(8, 12), every=120, officer_hour=0.0))
    found = search(trial, programme, evaluations=evaluations)
    seconds = time.perf_counter() - began
    section.figures.append(
        Figure("roster found", 1.0 / seconds, f"plans ({seconds:.1f} s each)", aim_rate=1.0 / AIM_SECONDS)
    )
    assert found.roster is not None
    ours = _verified(trial, found.roster.staffing)
    fresh = Rehearsal(scenario, goal, 2 * replications, 1 + FRESH_SEED)
    lane_hours = _lane_hours(ours, blocks)
    section.figures.append(Figure(OURS, lane_hours, "lane-hours"))
    means = _mean_minutes(scenario, posts)
    for name, make in _textbooks(means):
        theirs = make(trial)
        if theirs is not None:
            theirs = _verified(trial, theirs, make)
            hours = _lane_hours(theirs, blocks)
            section.figures.append(
                Figure(f"lane-hours a day: {name}", hours, "lane-hours", ratio=hours / lane_hours, peer=OURS)
            )
    kept = fresh.kept(staffed(scenario, posts, blocks, ours))
    section.checks.append(
        Check("fresh luck", "standard kept by our roster", 1, int(kept.share >= goal.quantile))
    )
    _quotas(section, scenario, goal, posts, blocks, ours, replications)
    section.remarks.append(
        f"{found.evaluations} rehearsals of {replications} replications, {found.cuts} cuts; "
        f"{kept.trucks.mean():,.0f} trucks counted a day; every staffing is the least of its way that holds "
        "on the same luck, and is tightened until fresh luck shows the standard too"
    )
    return section


def _day(times: float) -> Scenario:
    """The described traffic so many times, with peaks in the morning and afternoon, at 28 lanes."""
    checkpoint = find_crossing("zabaikalsk-manzhouli").checkpoint("zabaikalsk")
    settings = read_settings(
        [
            f"arrivals={times}",
            "slots.capacity=80",
            *PEAK,
            *(f"lanes.{code}={number}" for code, number in LANES.items()),
        ]
    )
    return scenario_of(checkpoint, "inbound", WEDNESDAY, 1, settings)


def _textbooks(means: np.ndarray) -> list[tuple[str, Callable[[Trial], Staffing | None]]]:
    return [
        ("constant", baselines.constant),
        ("square root of the hour's load", baselines.square_root),
        ("Erlang hour by hour", lambda trial: baselines.by_period(trial, means)),
    ]


def _verified(
    trial: Trial, staffing: Staffing, make: Callable[[Trial], Staffing | None] | None = None
) -> Staffing:
    """The staffing, or its way's answer to a harder goal, that keeps the standard on fresh luck."""
    fresh = Rehearsal(trial.rehearsal.scenario, trial.rehearsal.goal, 60, 1 + FRESH_SEED)
    at = Trial(trial.rehearsal, trial.posts, trial.blocks)
    for _ in range(8):
        kept = fresh.kept(staffed(trial.rehearsal.scenario, trial.posts, trial.blocks, staffing))
        if kept.share >= trial.rehearsal.goal.quantile:
            break
        at.raise_to(at.quantile + max(trial.rehearsal.goal.quantile - kept.share, 0.0005))
        if make is None:
            programme = RosterProgramme(
                trial.posts, trial.blocks, ShiftRules(lengths=(8, 12), every=120, officer_hour=0.0)
            )
            roster = search(at, programme).roster
            tighter = None if roster is None else roster.staffing
        else:
            tighter = make(at)
        if tighter is None:
            break
        staffing = tighter
    return staffing


def _lane_hours(staffing: Staffing, blocks: Blocks) -> float:
    return float((staffing * blocks.hours).sum())


def _mean_minutes(scenario: Scenario, posts: tuple[Post, ...]) -> np.ndarray:
    means = []
    for post in posts:
        coming = [kind for kind in scenario.model.kinds if post.stages[0] in kind.route]
        share = sum(kind.share for kind in coming)
        work = sum(kind.share * kind.service[kind.route.index(post.stages[0])].mean for kind in coming)
        means.append(work / share)
    return np.array(means)


def _quotas(
    section: Section, scenario: Scenario, goal: Goal, posts: tuple[Post, ...], blocks: Blocks,
    staffing: Staffing, replications: int,
) -> None:  # fmt: skip
    """Bookings a day by our quotas, and by slots of average minutes thinned until they hold."""
    planned = replace(scenario, model=staffed(scenario, posts, blocks, staffing))
    booked = booked_of(planned)
    limits = QuotaLimits(slot=100 if replications > 2 else 3)
    by_hour = tuple(float(number) for number in booked.bookings)
    few = max(replications // 3, 4)
    ours = largest_quotas(
        planned, goal, {"even": (1.0,) * len(by_hour), "wished": by_hour}, limits, replications=few
    )
    average = largest_quotas(planned, goal, {"even": (1.0,) * len(by_hour)}, limits, replications=few)
    days = (scenario.warm_up + scenario.minutes) / 1440.0
    accepted = sum(ours.bookings) * ours.shows / days
    theirs = sum(average.bookings) * average.shows / days
    section.figures.append(Figure(OUR_QUOTAS, accepted, "trucks"))
    section.figures.append(
        Figure(
            "trucks a day accepted: slots by average minutes, thinned until they hold",
            theirs,
            "trucks",
            ratio=theirs / accepted,
            peer=OUR_QUOTAS,
        )
    )
    full = _average_minutes(planned, posts, staffing)
    kept = Rehearsal(with_bookings(planned, full), goal, few).kept(planned.model)
    section.remarks.append(
        f"slots by average minutes as they are filled today ({sum(full) / days:,.0f} a day, the tightest "
        f"stage's lanes over its mean service) keep {kept.share:.1%} of trucks within 10 minutes"
    )


def _average_minutes(scenario: Scenario, posts: tuple[Post, ...], staffing: Staffing) -> list[int]:
    """A slot takes as many trucks as the tightest stage's mean lanes work in it on average (Latvia's way)."""
    booked = booked_of(scenario)
    total = sum(kind.share for kind in scenario.model.kinds)
    per_hour = min(
        60.0
        * float(row.mean())
        / sum(
            kind.share / total * kind.service[kind.route.index(post.stages[0])].mean
            for kind in scenario.model.kinds
            if post.stages[0] in kind.route
        )
        for post, row in zip(posts, staffing, strict=True)
    )
    step = booked.starts[1] - booked.starts[0]
    return [min(int(per_hour * step / 60.0), 1024)] * len(booked.starts)
