"""What a reseller earns: by hand, zero where nothing is scarce, the same where a rule changes nothing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from rule_scenes import MONDAY, here, rules, scarce, wishes

from greenlane.planning.rule_trial.booking_order import order_of, slot_times
from greenlane.planning.rule_trial.placing import place_wishes
from greenlane.planning.rule_trial.reselling.acting import Resold, act_out_resale, rules_under
from greenlane.planning.rule_trial.reselling.figures import figures_of
from greenlane.planning.rule_trial.reselling.records import BOUGHT, FULL, LATER, PLACED
from greenlane.planning.rule_trial.reselling.reseller import (
    ALL,
    NONE,
    OWN_CARRIER,
    REBOOK,
    SWAP,
    Measures,
    Reseller,
)
from greenlane.planning.rule_trial.rules import RuleBook
from greenlane.planning.rule_trial.wishes import UNKNOWN, Wishes

pytestmark = pytest.mark.slow

NOBODY = Reseller(carriers=0, verified_carriers=0, unverified_share=0.0)
BIG = Reseller(carriers=50, trucks_each=40)
EACH_ALONE = [
    Measures(ballot=True),
    Measures(own_carrier_swaps=True),
    Measures(list_first=True),
    Measures(late_cancels=True),
    Measures(signals=True),
]


def resold(
    book: RuleBook, reseller: Reseller, measures: Measures, wished: Wishes | None = None, **given: float
) -> Resold:
    return act_out_resale(here(), book, wished or wishes(), reseller, measures, 1, **given)


def profit(book: RuleBook, reseller: Reseller, measures: Measures, wished: Wishes | None = None) -> float:
    wished = wished or wishes()
    acted = resold(book, reseller, measures, wished)
    return figures_of(acted, wished, book, reseller, measures)["profit"]


@pytest.mark.parametrize("measures", [NONE, ALL, *EACH_ALONE])
def test_without_a_reseller_the_places_are_those_of_a_rule_trial(measures: Measures) -> None:
    book = rules_under(scarce(), measures)
    wished, slots = wishes(), slot_times(here(), book, wishes())
    order = order_of(wished, book, slots, 1)
    priority = here().directions["outbound"].priority_classes
    placed = place_wishes(wished, book, slots, order, wished.absent, priority)
    acted = resold(scarce(), NOBODY, measures)
    assert (acted.outcome == placed.outcome).all()
    assert not acted.sides["taken"].any()


def test_where_nothing_is_scarce_nothing_is_sold_and_nothing_earned() -> None:
    ample = rules(
        slot_capacity=900, hour_capacity=None, day_capacity=None, neighbour_per_hour=None, class_per_hour={},
        no_show_limit=10_000,
    )  # fmt: skip
    for measures in (NONE, ALL):
        acted = resold(ample, BIG, measures)
        assert acted.sides["taken"].any(), "he does take places"
        assert not acted.sides["sold"].any()
        assert profit(ample, BIG, measures) == 0.0
        assert (acted.outcome[wishes().books] == PLACED).all()


@pytest.mark.parametrize("measures", [NONE, ALL, *EACH_ALONE])
@pytest.mark.parametrize("appetite", [0.25, 1.0])
def test_no_place_is_made_or_lost(measures: Measures, appetite: float) -> None:
    book = scarce()
    acted = resold(book, BIG, measures, appetite=appetite)
    sides = acted.sides
    assert (sides["taken"] == sides["given_up"] + sides["lost"] + sides["sold"].sum(axis=1)).all()
    assert (acted.outcome == BOUGHT).sum() == sides["sold"].sum()
    assert set(np.unique(acted.outcome[wishes().books])) <= {1, 2, 3, 4, 5}
    has_place = ~np.isnan(acted.shift)
    assert (has_place == np.isin(acted.outcome, (PLACED, BOUGHT, LATER))).all()
    wished_slot = order_of(wishes(), rules_under(book, measures), acted.slots, 1).wished_slot
    start = acted.slots.starts[wished_slot[has_place]] + acted.shift[has_place]
    got = np.searchsorted(acted.slots.starts, start)
    assert (acted.slots.starts[got] == start).all()
    assert np.bincount(got).max() <= book.slots.slot_capacity
    assert np.bincount(acted.slots.hour[got]).max() <= 30


def test_a_rule_that_changes_nothing_changes_nothing() -> None:
    book = scarce(late_cancel_minutes=15)
    before = resold(book, BIG, NONE)
    after = resold(book, BIG, Measures(late_cancels=True))
    assert (before.outcome == after.outcome).all()
    assert (before.sides["sold"] == after.sides["sold"]).all()
    never_seen = resold(scarce(), replace(BIG, found_out=0.0), Measures(signals=True))
    assert (never_seen.outcome == resold(scarce(), BIG, NONE).outcome).all()


def test_a_higher_price_pays_more_and_a_higher_share_of_buyers_too() -> None:
    for measures in (NONE, ALL):
        by_price = [profit(scarce(), replace(BIG, price=price), measures) for price in (50, 100, 300, 500)]
        assert by_price == sorted(by_price)
        assert by_price[-1] > by_price[0]
    by_share = [profit(scarce(), replace(BIG, buying_share=share), NONE) for share in (0.0, 0.3, 1.0)]
    assert by_share[0] == 0.0
    assert by_share == sorted(by_share)


def test_a_price_under_the_costs_sells_nothing() -> None:
    acted = resold(scarce(), replace(BIG, price=4.0), NONE)
    assert not acted.sides["taken"].any()


def test_the_ways_that_the_rules_leave_are_the_ways_that_are_used() -> None:
    def used(measures: Measures) -> list[bool]:
        return (resold(scarce(), BIG, measures).sides["sold"].sum(axis=0) > 0).tolist()

    assert used(NONE) == [True, False, False, False]
    swaps = used(Measures(own_carrier_swaps=True))
    assert not swaps[SWAP]
    assert swaps[REBOOK], "so he cancels and books again for the buyer"
    both = used(Measures(own_carrier_swaps=True, list_first=True))
    assert not both[SWAP]
    assert both[OWN_CARRIER]


def test_he_earns_less_and_honest_trips_get_more_for_nothing_under_all_rules() -> None:
    found = []
    for measures in (NONE, ALL):
        acted = resold(scarce(), BIG, measures)
        found.append(figures_of(acted, wishes(), scarce(), BIG, measures))
    before, after = found
    assert after["profit"] < 0.4 * before["profit"]
    assert after["free"] > before["free"] + 0.05
    assert after["near"] > before["near"]


def test_without_verified_carriers_next_to_nothing_is_left() -> None:
    loose = replace(BIG, verified_carriers=0)
    assert profit(scarce(), loose, ALL) < 0.15 * profit(scarce(), loose, NONE)


def test_in_a_draw_carriers_not_verified_share_one_pool() -> None:
    """Everyone asks before the draw, so that what the draw leaves is all that robots can take besides."""
    book = scarce(unverified_share=0.1, horizon_days=14)
    eager = replace(wishes(), lead=np.full(wishes().trips, 20 * 1440.0))
    others = Reseller(
        carriers=50, trucks_each=40, verified_carriers=0, buying_share=0.0, unverified_share=0.0
    )
    ballot = Measures(ballot=True)
    alone = resold(book, replace(others, carriers=0), ballot, eager)
    beside = resold(book, others, ballot, eager)
    free_for_all = resold(
        replace(book, slots=replace(book.slots, unverified_share=1.0)), others, ballot, eager
    )
    placed = [(each.outcome == PLACED).sum() for each in (alone, beside, free_for_all)]
    days, pool = len(alone.slots.midnights), 3
    assert placed[0] - placed[1] <= pool * 24 * days
    assert placed[2] < placed[1], "without the pool they take more of the draw"


def by_hand(*asked_at: float) -> Wishes:
    """Trips that ask at these hours of the first day, and would all be there at noon of the second."""
    number = len(asked_at)
    return Wishes(
        first_day=MONDAY,
        days=7,
        origin="by hand",
        wished=np.full(number, 36 * 60.0),
        books=np.ones(number, np.bool_),
        lead=36 * 60.0 - np.array(asked_at) * 60.0,
        click=np.zeros(number),
        kind=np.full(number, "green/laden"),
        carrier=np.full(number, UNKNOWN),
        fleet=np.full(number, UNKNOWN),
        truck=np.full(number, UNKNOWN),
        is_bot=np.zeros(number, np.bool_),
        absent=np.zeros(number, np.bool_),
        offset=np.zeros(number),
    )


HOURLY = rules(
    slot_minutes=60, step_minutes=60, slot_capacity=1, hour_capacity=None, day_capacity=None, horizon_days=3,
    neighbour_per_hour=None, class_per_hour={}, carrier_share=1.0, live_share=0.0, priority_share=0.0,
)  # fmt: skip
"""One place an hour, bookable for three days; from noon of the first to noon of the third is within reach."""
ROBOT = Reseller(
    carriers=1, trucks_each=500, verified_carriers=0, price=100.0, handling=10.0, buying_share=1.0,
    unverified_share=0.0,
)  # fmt: skip
"""He takes every place at once."""
STINGY = replace(ROBOT, buying_share=0.0)
HALF = replace(ROBOT, buying_share=0.5, rebook_success=1.0)


def hours_got(acted: Resold) -> list[float]:
    return (36.0 + acted.shift / 60.0).tolist()


def test_worked_by_hand_everyone_buys_the_nearest() -> None:
    acted = resold(HOURLY, ROBOT, NONE, by_hand(1, 2, 3))
    assert acted.outcome.tolist() == [BOUGHT] * 3
    assert hours_got(acted) == [36.0, 37.0, 35.0], "the later of two that are as near"
    figures = figures_of(acted, by_hand(1, 2, 3), HOURLY, ROBOT, NONE)
    assert figures["profit"] == pytest.approx(3 * (100.0 - 10.0) / 7)
    assert figures["paid"] == pytest.approx(300.0 / 7)
    assert figures["taken"] == pytest.approx(24.0)
    assert (figures["free"], figures["bought"], figures["none"]) == (0.0, 1.0, 0.0)


def test_worked_by_hand_nobody_buys_and_takes_what_he_gives_up() -> None:
    """Each slot is given up a quarter of an hour before it starts: those of noon, one and two o'clock come
    first."""
    acted = resold(HOURLY, STINGY, Measures(list_first=True), by_hand(1, 2, 3))
    assert acted.outcome.tolist() == [LATER] * 3
    assert hours_got(acted) == [12.0, 13.0, 14.0]
    assert figures_of(acted, by_hand(1, 2, 3), HOURLY, STINGY, NONE)["profit"] == 0.0


def test_worked_by_hand_he_gives_up_in_time_when_late_cancellations_count() -> None:
    """Three hours before: at ten o'clock the slot of noon is free already, that of one o'clock not yet."""
    late = resold(HOURLY, STINGY, Measures(list_first=True), by_hand(9.9))
    in_time = resold(HOURLY, STINGY, Measures(list_first=True, late_cancels=True), by_hand(9.9))
    assert hours_got(late) == hours_got(in_time) == [12.0]
    assert (late.outcome.tolist(), in_time.outcome.tolist()) == ([LATER], [PLACED])


def test_worked_by_hand_with_the_list_first_only_who_is_alone_can_buy_a_cancelled_place() -> None:
    shut = Measures(own_carrier_swaps=True, list_first=True)
    alone = resold(HOURLY, ROBOT, shut, by_hand(1))
    assert alone.outcome.tolist() == [BOUGHT]
    assert alone.sides["sold"].sum(axis=0).tolist() == [0, 0, 1, 0]
    seed = next(seed for seed in range(200) if who_buys(seed) == [False, True])
    acted = act_out_resale(here(), HOURLY, by_hand(1, 2), HALF, shut, seed)
    assert acted.outcome.tolist() == [LATER, LATER], "a freed place is the other's, who asked before"
    open_to_all = replace(shut, list_first=False)
    acted = act_out_resale(here(), HOURLY, by_hand(1, 2), HALF, open_to_all, seed)
    assert acted.outcome.tolist() == [LATER, BOUGHT]


def who_buys(seed: int) -> list[bool]:
    acted = act_out_resale(here(), HOURLY, by_hand(1, 2), HALF, NONE, seed)
    return (acted.outcome == BOUGHT).tolist()


def test_worked_by_hand_who_is_found_out_is_closed_and_what_he_holds_is_given_on() -> None:
    seen, seers = replace(ROBOT, found_out=1.0, account=7.0), Measures(signals=True, list_first=True)
    acted = resold(HOURLY, seen, seers, by_hand(1, 2, 3))
    assert acted.outcome.tolist() == [BOUGHT, PLACED, PLACED], "all is open again"
    assert hours_got(acted) == [36.0, 37.0, 35.0]
    figures = figures_of(acted, by_hand(1, 2, 3), HOURLY, seen, seers)
    assert figures["profit"] == pytest.approx((100.0 - 10.0 - 7.0) / 7)


def test_a_fee_is_paid_for_every_place_taken() -> None:
    dear = replace(HOURLY, slots=replace(HOURLY.slots, fee_cents=500))
    acted = resold(dear, ROBOT, NONE, by_hand(1))
    earned = figures_of(acted, by_hand(1), dear, ROBOT, NONE)["profit"]
    assert earned == pytest.approx((100.0 - 10.0) / 7 - 24 * 5.0)


def test_who_finds_nothing_to_buy_and_nothing_free_has_no_place() -> None:
    acted = resold(HOURLY, NOBODY, NONE, by_hand(*([2.0] * 60)))
    assert (acted.outcome == PLACED).sum() == 49, "the slots within reach"
    assert (acted.outcome == FULL).sum() == 11
