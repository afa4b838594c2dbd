"""What a farm is given by the rules, and the exact test of equal chances: worked by hand."""

from __future__ import annotations

from math import comb

import pytest
from bench.fairness import given_places, same_chance
from bench.fairness_world import CAPPED, PLACES, Side


def test_every_truck_has_one_equal_chance_where_no_cap_binds() -> None:
    people, farm = Side("people", 600, 600, verified=True), Side("farm", 200, 200, verified=True)
    assert given_places((people, farm)) == pytest.approx(PLACES * 200 / 800)


def test_one_carrier_gets_its_cap_however_many_trucks_it_enters() -> None:
    people, farm = Side("people", 600, 600, verified=True), Side("farm", 5000, 1, verified=True)
    assert given_places((people, farm)) == CAPPED == PLACES // 10


def test_carriers_not_verified_share_one_pool_with_people_who_are_not() -> None:
    sides = (
        Side("people", 500, 250, verified=True),
        Side("people", 100, 50, verified=False),
        Side("farm", 900, 900, verified=False),
        Side("farm", 50, 50, verified=True),
    )
    assert given_places(sides) == pytest.approx(CAPPED * 900 / 1000 + (PLACES - CAPPED) * 50 / 550)


def test_the_exact_test_is_the_hypergeometric_one() -> None:
    # 5 places among 4 + 6 trucks: all 4 of ours win, which is the least likely outcome but that of none.
    law = [comb(4, k) * comb(6, 5 - k) / comb(10, 5) for k in range(5)]
    assert same_chance([(4, 5)], 4, 6) == pytest.approx(sum(p for p in law if p <= law[4] + 1e-12))
    assert same_chance([(2, 5)], 4, 6) == pytest.approx(1.0)


def test_over_several_draws_their_sum_is_tested() -> None:
    # Two draws of one place between one truck each: 0, 1, 2 wins with chances 1/4, 1/2, 1/4.
    assert same_chance([(1, 1), (1, 1)], 1, 1) == pytest.approx(0.5)
    assert same_chance([(1, 1), (0, 1)], 1, 1) == pytest.approx(1.0)
    assert same_chance([(1, 1)] * 20, 1, 1) == pytest.approx(2.0 * 0.5**20)
