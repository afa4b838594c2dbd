"""Fits of minutes: the right family, its figures within their stated errors, what is hidden counted for."""

from __future__ import annotations

import numpy as np
import pytest

from greenlane.twin.calibration.durations import durations, pooled
from greenlane.twin.calibration.fitting import QUANTILES, Fit, allowed_distance, distance_to, fit
from greenlane.twin.calibration.likelihood import estimate, standard_errors
from greenlane.twin.calibration.observations import CalibrationError
from greenlane.twin.distributions import Distribution

TRUE = [
    Distribution("exponential", 2.0),
    Distribution("exponential", 3.0, 2 / 3, 1.0),
    Distribution("lognormal", 2.0, 0.6),
    Distribution("lognormal", 30.0, 0.6, 10.0),
    Distribution("gamma", 2.0, 0.5),
    Distribution("gamma", 3.0, 0.4, 1.0),
    Distribution("weibull", 2.0, 0.3),
    Distribution("weibull", 2.0, 0.5, 0.5),
]


def drawn(true: Distribution, n: int, seed: int) -> np.ndarray:
    return true.quantile(np.random.default_rng(seed).random(n))


def name(true: Distribution) -> str:
    return f"{true.family}-{true.least:g}"


def assert_within_errors(found: Fit, true: Distribution) -> None:
    assert abs(found.distribution.mean - true.mean) < 3 * found.mean_error
    if true.family != "exponential" or true.least:
        assert abs(found.distribution.cv - true.cv) < 3 * found.cv_error


@pytest.mark.parametrize("true", TRUE, ids=name)
def test_the_family_and_its_figures_are_found(true: Distribution) -> None:
    found = fit(durations(drawn(true, 20_000, 1)))
    assert found.family == true.family
    assert (found.distribution.least > 0) == (true.least > 0)
    assert_within_errors(found, true)
    assert found.distance < 0.02


@pytest.mark.slow
@pytest.mark.parametrize("true", [TRUE[0], TRUE[2], TRUE[4], TRUE[6]], ids=name)
def test_times_that_still_run_do_not_make_the_others_look_short(true: Distribution) -> None:
    minutes = drawn(true, 8_000, 2)
    stopped = np.random.default_rng(3).exponential(2 * true.mean, 8_000)
    done = minutes <= stopped
    found = fit(durations(minutes[done], stopped[~done]))
    assert found.censored > 1_000
    assert found.family == true.family
    assert_within_errors(found, true)
    left_out = fit(durations(minutes[done]))
    assert left_out.distribution.mean < true.mean - 3 * left_out.mean_error


@pytest.mark.parametrize("true", [TRUE[2], TRUE[4]], ids=name)
def test_times_read_to_whole_minutes_give_the_same_figures(true: Distribution) -> None:
    minutes = drawn(true, 20_000, 4)
    begun = np.random.default_rng(5).random(len(minutes)) * 60
    read = np.floor(begun + minutes) - np.floor(begun)
    found = fit(durations(read, resolution=1.0))
    assert found.distribution.mean == pytest.approx(true.mean, rel=0.02)
    assert found.distribution.cv == pytest.approx(true.cv, rel=0.03)


@pytest.mark.slow
def test_stated_errors_are_those_that_repetition_shows() -> None:
    true = Distribution("gamma", 2.0, 0.5)
    samples = [durations(drawn(true, 300, seed)) for seed in range(60)]
    found = [estimate("gamma", times, with_least=False) for times in samples]
    errors = [standard_errors(each, times) for each, times in zip(found, samples, strict=True)]
    means = [each.curve.distribution.mean for each in found]
    cvs = [each.curve.distribution.cv for each in found]
    assert np.mean([mean for mean, _, _ in errors]) == pytest.approx(np.std(means), rel=0.25)
    assert np.mean([cv for _, cv, _ in errors]) == pytest.approx(np.std(cvs), rel=0.25)


def test_a_time_that_never_varies_is_fixed() -> None:
    found = fit(durations(np.full(500, 1.25)))
    assert found.distribution == Distribution("fixed", 1.25, 0.0)


def test_two_humps_are_taken_as_observed_with_their_mean() -> None:
    dice = np.random.default_rng(6)
    minutes = np.concatenate([dice.gamma(50, 1 / 50, 3_000), dice.gamma(80, 0.1, 2_000)])
    found = fit(durations(minutes))
    assert found.family == "empirical"
    assert found.refused
    assert len(found.distribution.values) == QUANTILES
    assert list(found.distribution.values) == sorted(found.distribution.values)
    assert found.distribution.mean == pytest.approx(minutes.mean(), rel=1e-3)
    assert found.distance < 0.02


def test_as_observed_counts_the_times_that_still_run() -> None:
    dice = np.random.default_rng(7)
    minutes = np.where(dice.random(20_000) < 0.6, dice.gamma(50, 1 / 50, 20_000), dice.gamma(80, 0.1, 20_000))
    stopped = dice.uniform(0, 40, 20_000)
    done = minutes <= stopped
    found = fit(durations(minutes[done], stopped[~done]))
    assert found.family == "empirical"
    assert found.distribution.mean == pytest.approx(minutes.mean(), rel=0.02)
    assert minutes[done].mean() < 0.95 * minutes.mean()


def test_few_odd_times_keep_their_best_family() -> None:
    """Nobody can tell two humps from one with 100 times."""
    dice = np.random.default_rng(8)
    minutes = np.concatenate([dice.gamma(50, 1 / 50, 60), dice.gamma(80, 0.1, 40)])
    found = fit(durations(minutes))
    assert found.family != "empirical"
    assert found.distance > allowed_distance(100)
    assert not found.is_close


def test_the_distance_is_the_greatest_difference_of_shares() -> None:
    minutes = np.array([1.0, 2.0, 3.0, 4.0])
    true = Distribution("exponential", 2.0)
    share = 1 - np.exp(-minutes / 2)
    by_hand = max(np.abs(share - [0.25, 0.5, 0.75, 1]).max(), np.abs(share - [0, 0.25, 0.5, 0.75]).max())
    assert distance_to(true, durations(minutes)) == pytest.approx(by_hand)


def test_too_few_times_are_refused() -> None:
    with pytest.raises(CalibrationError, match=r"times: 29 known times"):
        fit(durations(np.linspace(1, 2, 29)))


def test_many_times_are_a_few_thousand_distinct_ones_with_the_same_moments() -> None:
    minutes = drawn(TRUE[2], 100_000, 9)
    times = durations(minutes)
    assert len(times.low) < 6_000
    assert times.n == 100_000
    mean, spread = times.moments
    assert mean == pytest.approx(minutes.mean(), rel=1e-4)
    assert spread == pytest.approx(minutes.std(), rel=1e-3)


def test_pooling_is_as_if_all_had_been_given_at_once() -> None:
    first, second = drawn(TRUE[2], 300, 10), drawn(TRUE[4], 200, 11)
    both = durations(np.concatenate([first, second]), np.array([4.0, 1.0]))
    joined = pooled([durations(first, np.array([4.0])), durations(second, np.array([1.0]))])
    np.testing.assert_array_equal(joined.low, both.low)
    np.testing.assert_array_equal(joined.high, both.high)
    np.testing.assert_array_equal(joined.weight, both.weight)
