"""Random numbers by key: the published generator, uniform, and the distributions that are asked for."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from greenlane.twin.arrays import STEP, some_trucks, some_visits
from greenlane.twin.distributions import CELLS, Distribution, Family
from greenlane.twin.luck import SERVICE, draw_services, philox, quantile, uniforms

FAMILIES: list[tuple[Family, float]] = [
    ("exponential", 1.0),
    ("lognormal", 0.6),
    ("lognormal", 1.5),
    ("gamma", 0.4),
    ("gamma", 1.4),
    ("weibull", 0.5),
    ("weibull", 1.3),
]


@pytest.mark.parametrize(
    ("counter", "key", "answer"),
    [
        ((0, 0, 0, 0), (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
        (
            (0xFFFFFFFF,) * 4,
            (0xFFFFFFFF,) * 2,
            (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD),
        ),
        (
            (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
            (0xA4093822, 0x299F31D0),
            (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
        ),
    ],
)
def test_the_generator_gives_the_published_answers(
    counter: tuple[int, ...], key: tuple[int, ...], answer: tuple[int, ...]
) -> None:
    assert tuple(int(word) for word in philox(*counter, *key)) == answer


def draws(count: int, seed: int = 7, replication: int = 0, stage: int = 0) -> np.ndarray:
    return np.array([uniforms(seed, replication, truck, stage, SERVICE) for truck in range(count)])


def test_numbers_are_uniform_and_depend_on_every_part_of_the_key() -> None:
    first = draws(20_000)
    assert stats.kstest(first.ravel(), "uniform").pvalue > 0.001
    assert abs(np.corrcoef(first.T)[0, 1]) < 0.03
    for other in (
        draws(20_000, seed=8),
        draws(20_000, seed=7 + 2**40),
        draws(20_000, replication=1),
        draws(20_000, stage=1),
    ):
        assert abs(np.corrcoef(first[:, 0], other[:, 0])[0, 1]) < 0.03


def test_a_number_can_be_made_alone() -> None:
    assert uniforms(7, 0, 19_999, 0, SERVICE) == tuple(draws(20_000)[-1])


@pytest.mark.parametrize(("family", "cv"), FAMILIES)
def test_the_table_has_the_mean_and_spread_that_were_asked_for(family: Family, cv: float) -> None:
    # An exponential time has the spread that its mean leaves it.
    least = 0.0 if family == "exponential" else 0.5
    wanted = Distribution(family, 3.0, cv, least)
    table = wanted.table()
    u = (np.arange(2_000_000) + 0.5) / 2_000_000
    values = np.array([quantile(table, each) for each in u[::10]])
    assert values.mean() == pytest.approx(3.0, rel=2e-3)
    assert values.std() == pytest.approx(3.0 * cv, rel=0.02)
    assert values.min() >= least
    assert (np.diff(values) >= 0.0).all()


@pytest.mark.parametrize(("family", "cv"), FAMILIES)
@pytest.mark.parametrize(
    "u", [1e-9, 1e-6, 1e-3, 0.5 / CELLS, 0.01, 0.3, 0.5, 0.9, 0.99, 0.9999, 1 - 1e-6, 1 - 1e-9]
)
def test_quantiles_by_the_table_are_those_of_the_distribution(family: Family, cv: float, u: float) -> None:
    wanted = Distribution(family, 3.0, cv)
    exact = float(wanted.quantile(np.array([u]))[0])
    assert quantile(wanted.table(), u) == pytest.approx(exact, rel=5e-3, abs=1e-6)


def test_what_was_observed_comes_back() -> None:
    seen = Distribution("empirical", 2.0, values=(1.0, 2.0, 3.0))
    assert seen.quantile(np.array([1 / 6, 0.5, 5 / 6])).tolist() == pytest.approx([1.0, 2.0, 3.0])


def test_a_fixed_time_is_fixed() -> None:
    table = Distribution("fixed", 2.5).table()
    assert {quantile(table, u) for u in (1e-12, 0.2, 0.999, 1 - 1e-12)} == {2.5}


def test_a_truck_has_the_same_luck_at_a_stage_whatever_its_way_and_company() -> None:
    """Kind 0 visits stages 0, 1, 2; kind 1 only stage 2: there both are as lucky."""
    steps = np.zeros((2, 3), STEP)
    steps["stage"] = [[0, 1, 2], [2, -1, -1]]
    tables = Distribution("gamma", 3.0, 0.5).table()[None]
    trucks, numbers = some_trucks(200), np.arange(200, dtype=np.int32)

    def services(kind: int, some: slice = slice(None)) -> np.ndarray:
        trucks["kind"] = kind
        visits = some_visits(np.zeros((len(trucks[some]), 3)))
        draw_services(steps, np.zeros((2, 3), np.int32), tables, trucks[some], numbers[some], visits, 7, 0)
        return visits["service"]

    whole_way = services(0)
    assert len(np.unique(whole_way)) == 600
    np.testing.assert_array_equal(services(1)[:, 0], whole_way[:, 2])
    np.testing.assert_array_equal(services(0, slice(50, 60)), whole_way[50:60])
