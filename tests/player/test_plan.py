"""The day's plan: deterministic, true to the published figures, and to the turnout."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from greenlane.errors import GreenlaneError
from greenlane.player.fleet import CAP_USE, carrier_shares, make_fleet
from greenlane.player.journey import Journey, journeys_of
from greenlane.player.plan import ABSENT, CANCELLED, EARLY, LATE, PUNCTUAL, UNBOOKED, plan_day
from greenlane.player.service import draw
from greenlane.registry.crossing import ServiceTime, observed_time
from greenlane.registry.crossing_file import read_crossing

CROSSINGS = Path(__file__).parents[2] / "crossings"
DAY = date(2026, 5, 4)


@pytest.fixture(scope="module")
def journey() -> Journey:
    return journeys_of(read_crossing(CROSSINGS / "yahodyn-dorohusk.yaml"))[0]


def test_the_same_seed_and_day_give_the_same_trips(journey: Journey) -> None:
    first, again = make_fleet(journey, ["UA", "PL"] * 10, 7), make_fleet(journey, ["UA", "PL"] * 10, 7)
    assert first == again
    assert plan_day(journey, first, DAY, 7) == plan_day(journey, again, DAY, 7)
    assert plan_day(journey, first, DAY, 7) != plan_day(journey, first, DAY, 8)
    assert plan_day(journey, first, DAY, 7) != plan_day(journey, first, DAY + timedelta(days=1), 7)


def test_arrivals_by_hour_equal_the_published_figures(journey: Journey) -> None:
    fleet, checkpoint = make_fleet(journey, ["UA"] * 20, 3), journey.first.checkpoint
    counts, expected = np.zeros(24), np.zeros(24)
    for ahead in range(42):
        day = DAY + timedelta(days=ahead)
        expected += [journey.first.course.arrivals.expected(hour, day.weekday()) for hour in range(24)]
        for trip in plan_day(journey, fleet, day, 3):
            if trip.comes:
                counts[_hour(trip.arrives_at, checkpoint.zone)] += 1
    # Poisson: the standard deviation of each sum is the root of its mean.
    assert np.all(np.abs(counts - expected) < 4 * np.sqrt(expected))
    assert abs(counts.sum() - expected.sum()) < 3 * np.sqrt(expected.sum())


def test_turnout_shares_are_those_of_the_crossing(journey: Journey) -> None:
    fleet, rules = make_fleet(journey, ["UA"] * 20, 3), journey.first.course.turnout
    kinds = Counter(
        trip.turnout
        for ahead in range(30)
        for trip in plan_day(journey, fleet, DAY + timedelta(days=ahead), 3)
    )
    coming = sum(kinds[kind] for kind in (EARLY, PUNCTUAL, LATE, UNBOOKED))
    kept = coming - kinds[UNBOOKED] + kinds[ABSENT]
    assert kinds[UNBOOKED] / coming == pytest.approx(rules.unbooked_share, abs=0.01)
    assert kinds[ABSENT] / kept == pytest.approx(rules.no_show_share, abs=0.01)
    assert kinds[EARLY] / kept == pytest.approx(rules.early_share, abs=0.01)
    assert kinds[LATE] / kept == pytest.approx(rules.late_share, abs=0.01)
    assert kinds[CANCELLED] / (kept + kinds[CANCELLED]) == pytest.approx(rules.cancel_share, abs=0.01)


def test_each_truck_asks_for_the_slot_that_makes_it_early_punctual_or_late(journey: Journey) -> None:
    slots = journey.first.course.slots
    for trip in plan_day(journey, make_fleet(journey, ["UA"] * 20, 3), DAY, 3):
        end = trip.asked_for + slots.slot_minutes * 60
        if trip.turnout == EARLY:
            assert trip.asked_for - slots.early_minutes * 60 <= trip.arrives_at <= trip.asked_for
        elif trip.turnout == PUNCTUAL:
            assert trip.asked_for <= trip.arrives_at < end
        elif trip.turnout == LATE:
            assert end <= trip.arrives_at <= end + slots.void_minutes * 60
        if trip.books:
            assert trip.asked_for % (slots.step_minutes * 60) == 0
            assert trip.books_at < trip.asked_for


def test_a_truck_comes_once_a_day_and_back_after_four(journey: Journey) -> None:
    fleet = make_fleet(journey, ["UA"] * 20, 3)
    days = [plan_day(journey, fleet, DAY + timedelta(days=ahead), 3) for ahead in range(5)]
    groups = [{trip.truck for trip in trips} for trips in days]
    assert all(len(group) == len(trips) for group, trips in zip(groups, days, strict=True))
    assert not groups[0] & (groups[1] | groups[2] | groups[3])
    assert groups[0] & groups[4]


def test_plates_are_different_and_carriers_unequal_but_within_their_hourly_cap(journey: Journey) -> None:
    fleet = make_fleet(journey, ["UA", "PL"] * 20, 3)
    assert len({(truck.country, truck.plate) for truck in fleet.trucks}) == len(fleet.trucks)
    other = make_fleet(
        journeys_of(read_crossing(CROSSINGS / "yahodyn-dorohusk.yaml"))[1], ["UA", "PL"] * 20, 3
    )
    assert not {truck.plate for truck in other.trucks} & {truck.plate for truck in fleet.trucks}
    sizes = Counter(truck.carrier for truck in fleet.trucks)
    assert sizes[0] > 2 * sizes[39]
    most = CAP_USE * journey.first.course.slots.carrier_share
    shares = carrier_shares(40, most)
    assert max(shares) <= most + 1e-9
    assert sum(shares) == pytest.approx(1)
    assert carrier_shares(4, most) == [0.25] * 4


def test_a_fleet_that_is_too_small_for_a_record_day_shortens_it(journey: Journey) -> None:
    fleet = make_fleet(journey, ["UA"], 3, per_day=10)
    trips = plan_day(journey, fleet, DAY, 3)
    assert len(trips) == len(fleet.group(DAY))


def test_both_ways_are_journeys_of_two_legs_unless_a_checkpoint_is_named(journey: Journey) -> None:
    crossing = read_crossing(CROSSINGS / "yahodyn-dorohusk.yaml")
    assert [[leg.name for leg in way.legs] for way in journeys_of(crossing)] == [
        ["yahodyn/outbound", "dorohusk/inbound"],
        ["dorohusk/outbound", "yahodyn/inbound"],
    ]
    alone = journeys_of(crossing, "dorohusk", "inbound")
    assert [leg.name for way in alone for leg in way.legs] == ["dorohusk/inbound"]
    with pytest.raises(GreenlaneError, match="no checkpoint 'brest'"):
        journeys_of(crossing, "brest")
    with pytest.raises(GreenlaneError, match="not a direction"):
        journeys_of(crossing, None, "sideways")


@pytest.mark.parametrize("family", ["lognormal", "gamma", "weibull", "exponential", "fixed"])
def test_service_times_have_the_mean_and_the_least_of_the_file(family: str) -> None:
    time = ServiceTime(mean_s=120.0, cv=0.5, family=family, least_s=30.0)
    drawn = draw(time, 40_000, np.random.default_rng(1))
    assert drawn.mean() == pytest.approx(120.0, rel=0.02)
    assert drawn.min() >= 30.0
    if family in ("lognormal", "gamma", "weibull"):
        assert drawn.std() == pytest.approx(60.0, rel=0.05)
    assert draw(replace(time, cv=0.0, family="gamma"), 3, np.random.default_rng(1)).tolist() == [120.0] * 3


def test_observed_service_times_are_drawn_as_they_were() -> None:
    observed = observed_time([40.0, 100.0, 110.0, 400.0])
    drawn = draw(observed, 40_000, np.random.default_rng(1))
    assert drawn.mean() == pytest.approx(observed.mean_s, rel=0.02)
    assert drawn.std() / drawn.mean() == pytest.approx(observed.cv, rel=0.02)
    assert (drawn.min(), drawn.max()) == (40.0, 400.0)
    assert np.mean(drawn <= 100.0) == pytest.approx(0.375, abs=0.01), "the second of four quantiles"


def _hour(at: float, zone: str) -> int:
    return datetime.fromtimestamp(at, ZoneInfo(zone)).hour
