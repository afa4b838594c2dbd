"""The cheapest roster is the one that trying all of them finds; staffing for one stage is the textbook's."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from greenlane.planning.goal import Goal, PlanError
from greenlane.planning.rehearsal import Rehearsal
from greenlane.planning.staffing.posts import Blocks, Post, Staffing, posts_of, staffed, staffing_of
from greenlane.planning.staffing.roster import RosterProgramme
from greenlane.planning.staffing.search import search
from greenlane.planning.staffing.shifts import Pattern, ShiftRules, coverage_of, patterns_of
from greenlane.planning.staffing.trial import Trial
from greenlane.twin.demand import Live
from greenlane.twin.distributions import Distribution
from greenlane.twin.model import Kind, Lane, Model, Stage
from greenlane.twin.scenario import Scenario

EIGHT_HOURS = Blocks((0, 480, 960, 1440))
DAY_SHIFTS = ShiftRules(lengths=(8,), every=480)


def checkpoint(lanes: tuple[int, ...], means: tuple[float, ...]) -> Model:
    """Stages in a row with so many lanes and mean minutes of service."""
    codes = [f"s{number}" for number in range(len(lanes))]
    service = tuple(Distribution("gamma", mean, 0.6) for mean in means)
    return Model(
        tuple(Stage(code) for code in codes),
        tuple(
            Lane(f"{code}/{number}", (code,))
            for code, most in zip(codes, lanes, strict=True)
            for number in range(most)
        ),
        (Kind("green/laden", tuple(codes), service),),
    )


def demand(rates: tuple[float, ...], days: int = 1) -> tuple[Live, ...]:
    """Trucks an hour in three thirds of every day."""
    edges = tuple(480.0 * number for number in range(3 * days + 1))
    return (Live(edges, rates * days),)


def by_trying_all(trial: Trial, programme: RosterProgramme) -> float:
    """The cost of the cheapest roster: every set of shifts, every staffing that it covers."""
    covers = coverage_of(programme.patterns, trial.blocks, programme.rules.break_minutes)
    paid = np.array([pattern.hours for pattern in programme.patterns], float)
    least = trial.least
    need: dict[bytes, float] = {}
    ranges = [
        range(int(least[post, block]), trial.posts[post].most + 1)
        for post in range(len(trial.posts))
        for block in range(len(trial.blocks))
    ]
    for levels in itertools.product(*ranges):
        staffing = np.array(levels, np.int64).reshape(least.shape)
        if trial.rehearsal.kept(staffed_so(trial, staffing)).holds:
            need[staffing.tobytes()] = officers_cost(staffing, covers, paid, trial) + programme.cost(
                np.zeros((len(paid), len(trial.posts)), np.int64), staffing
            )
    return min(need.values(), default=math.inf)


def staffed_so(trial: Trial, staffing: Staffing) -> Model:
    return staffed(trial.rehearsal.scenario, trial.posts, trial.blocks, staffing)


def officers_cost(staffing: Staffing, covers: np.ndarray, paid: np.ndarray, trial: Trial) -> float:
    total = 0.0
    for post, row in zip(trial.posts, staffing, strict=True):
        most = int(row.max())
        found = min(
            (
                float(np.dot(paid, numbers))
                for numbers in itertools.product(range(most + 1), repeat=len(paid))
                if (np.array(numbers) @ covers >= row).all()
            ),
            default=math.inf,
        )
        total += found * post.officers
    return total


@pytest.mark.slow
@settings(max_examples=12, deadline=None)
@given(
    lanes=st.tuples(st.integers(1, 3), st.integers(2, 3)),
    means=st.tuples(st.sampled_from((1.0, 2.0)), st.sampled_from((2.0, 3.5))),
    rates=st.tuples(st.integers(5, 30), st.integers(10, 45), st.integers(5, 30)),
    lane_hours=st.tuples(st.sampled_from((0.5, 1.0, 3.0)), st.sampled_from((0.5, 1.0, 3.0))),
    officers=st.tuples(st.integers(0, 2), st.integers(1, 2)),
    quantile=st.sampled_from((0.6, 0.9)),
    overlapping=st.booleans(),
)
def test_the_plan_is_the_optimum_of_all_rosters(
    lanes: tuple[int, int], means: tuple[float, float], rates: tuple[int, int, int],
    lane_hours: tuple[float, float], officers: tuple[int, int], quantile: float, *, overlapping: bool,
) -> None:  # fmt: skip
    model = checkpoint(lanes, means)
    scenario = Scenario(model, demand(tuple(map(float, rates))), 1440.0)
    posts = [
        Post(f"s{number}", (f"s{number}",), None, lanes[number], 1, lane_hours[number], officers[number])
        for number in (0, 1)
    ]
    rules = ShiftRules(lengths=(8, 16), every=480, least_rest=8.0) if overlapping else DAY_SHIFTS
    rehearsal = Rehearsal(scenario, Goal(quantile=quantile), 3)
    trial = Trial(rehearsal, posts, EIGHT_HOURS)
    found = search(trial, RosterProgramme(posts, EIGHT_HOURS, rules), evaluations=100_000)
    optimum = by_trying_all(trial, RosterProgramme(posts, EIGHT_HOURS, rules))
    assert (math.inf if found.roster is None else found.roster.cost) == pytest.approx(optimum)
    if found.roster is not None:
        assert found.is_optimal
        assert found.kept.holds


def erlang_c_share(lanes: int, load: float, mean: float, minutes: float) -> float:
    """The share of waits of at most so many minutes of an M/M/c line (Erlang 1917)."""
    if load >= lanes:
        return 0.0
    blocked = 1.0
    for number in range(1, lanes + 1):
        blocked = load * blocked / (number + load * blocked)
    waits = lanes * blocked / (lanes - load * (1.0 - blocked))
    return 1.0 - waits * math.exp(-(lanes - load) * minutes / mean)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("rate", "mean", "minutes"), [(60.0, 4.0, 3.0), (100.0, 3.0, 2.0), (30.0, 10.0, 5.0)]
)
def test_staffing_of_one_stage_is_erlangs(rate: float, mean: float, minutes: float) -> None:
    """Steady arrivals and exponential service: the fewest lanes of which the formula says that they keep it.

    The quantile is halfway between what these lanes and one fewer give, so that chance does not decide.
    """
    load = rate * mean / 60.0
    fewest = next(lanes for lanes in itertools.count(1) if erlang_c_share(lanes, load, mean, minutes) >= 0.9)
    quantile = (
        erlang_c_share(fewest, load, mean, minutes) + erlang_c_share(fewest - 1, load, mean, minutes)
    ) / 2.0
    model = Model(
        (Stage("customs"),),
        tuple(Lane(f"C{number}", ("customs",)) for number in range(fewest + 4)),
        (Kind("green/laden", ("customs",), (Distribution("exponential", mean),)),),
    )
    scenario = Scenario(model, (Live((0.0, 4 * 1440.0), (rate,)),), 3 * 1440.0, 1440.0)
    goal = Goal(target=minutes, quantile=quantile, clocks=("outside",))
    whole_day = Blocks((0, 1440))
    posts = posts_of(model)
    rules = ShiftRules(lengths=(24,), every=1440, least_rest=0.0)
    trial = Trial(Rehearsal(scenario, goal, 20), posts, whole_day)
    found = search(trial, RosterProgramme(posts, whole_day, rules))
    assert found.roster is not None
    assert found.roster.staffing.tolist() == [[fewest]]


def test_no_roster_is_told_where_none_keeps_the_standard() -> None:
    model = checkpoint((2,), (15.0,))
    scenario = Scenario(model, demand((6.0, 6.0, 6.0)), 1440.0)
    trial = Trial(Rehearsal(scenario, Goal(), 3), posts_of(model), EIGHT_HOURS)
    found = search(trial, RosterProgramme(posts_of(model), EIGHT_HOURS, DAY_SHIFTS))
    assert found.roster is None
    assert found.kept.share < 0.95


def test_qualified_officers_are_counted() -> None:
    posts = [Post("customs", ("customs",), None, 4, officers=2, qualification="customs")]
    programme = RosterProgramme(posts, EIGHT_HOURS, ShiftRules((8,), 480, officers=(("customs", 10),)))
    least = np.array([[1, 3, 1]], np.int64)
    roster = programme.solve(least)
    assert roster is not None
    assert roster.shifts.sum() * 2 == 10
    few = RosterProgramme(posts, EIGHT_HOURS, ShiftRules((8,), 480, officers=(("customs", 9),)))
    assert few.solve(least) is None


def test_breaks_leave_the_lane_and_are_staggered() -> None:
    rules = ShiftRules(lengths=(8,), every=480, break_minutes=60)
    hours = Blocks.of(60)
    patterns = patterns_of(rules)
    covers = coverage_of(patterns, hours, 60)
    assert {pattern.break_at for pattern in patterns if pattern.begins == 480} == {660, 720}
    assert (covers.sum(axis=1) == 7).all()
    posts = [Post("customs", ("customs",), None, 4)]
    roster = RosterProgramme(posts, hours, rules).solve(np.full((1, 24), 2, np.int64))
    assert roster is not None
    worked = roster.shifts[:, 0] @ covers
    assert (worked >= 2).all()
    assert roster.shifts.sum() == 12, "four in each shift: of three, two would be at break together"


def test_a_pattern_over_midnight_covers_the_morning() -> None:
    covers = coverage_of((Pattern(1320, 8),), Blocks.of(120), 0)
    assert covers[0].tolist() == [1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1]


def test_a_staffing_read_from_a_scenario_is_the_scenario() -> None:
    model = checkpoint((2, 3), (1.0, 2.0))
    scenario = Scenario(model, demand((10.0, 20.0, 10.0)), 1440.0)
    posts = posts_of(model)
    staffing = staffing_of(scenario, posts, EIGHT_HOURS)
    assert staffing.tolist() == [[2, 2, 2], [3, 3, 3]]
    rehearsal = Rehearsal(scenario, Goal(), 4)
    ours, theirs = rehearsal.kept(staffed(scenario, posts, EIGHT_HOURS, staffing)), rehearsal.kept(model)
    assert np.array_equal(ours.within, theirs.within)


@pytest.mark.parametrize(
    ("make", "field"),
    [
        (lambda: Goal(target=0.0), "target"),
        (lambda: Goal(quantile=95.0), "quantile"),
        (lambda: Goal(clocks=("access",)), "clocks"),
        (lambda: Goal(confidence=1.0), "confidence"),
        (lambda: Blocks((0, 600)), "blocks"),
        (lambda: Blocks.of(7), "blocks"),
        (lambda: Post("c", ("c",), None, 2, least=3), "posts.c.least"),
        (lambda: ShiftRules(lengths=(16,)), "shifts.lengths"),
        (lambda: ShiftRules(every=50 * 7), "shifts.every"),
    ],
)
def test_a_wish_that_makes_no_sense_is_refused_by_field(make: Callable[[], object], field: str) -> None:
    with pytest.raises(PlanError) as refusal:
        make()
    assert refusal.value.field == field
    assert refusal.value.mend
