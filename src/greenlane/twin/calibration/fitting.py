"""The distribution of a service time: the best family, or what was observed where no family describes it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from greenlane.twin.calibration.durations import Durations
from greenlane.twin.calibration.families import FITTED, Curve, Shaped, curve_of
from greenlane.twin.calibration.likelihood import Estimate, estimate, standard_errors
from greenlane.twin.calibration.observations import CalibrationError, Floats
from greenlane.twin.distributions import Distribution

LEAST_TIMES: Final = 30
"""Fewer known times are not fitted."""
PRACTICAL: Final = 0.03
"""A family is good enough when at no time the share of trucks done by then is off by more than this."""
BY_CHANCE: Final = 1.31
"""... or by more than this over the root of n, which chance alone exceeds once in a hundred fits of an
exponential (Lilliefors, JASA 64, 1969; for the others, with more numbers fitted, more seldom)."""
QUANTILES: Final = 100
LEAST_EMPIRICAL: Final = 200
"""Fewer times are too few to be taken as they are; the best family stands, with its distance."""


@dataclass(frozen=True, slots=True)
class Fit:
    """A service time as it was found.

    Attributes:
        distribution: minutes.
        n: known times; censored: those that still ran when the observation ended.
        criteria: Bayes's information criterion (BIC) of each family tried; the least is best.
        distance: greatest difference (Kolmogorov and Smirnov's) between the share done by a time as observed
            (Kaplan and Meier's, where some still ran) and as described.
        mean_error, cv_error, least_error: standard errors, minutes (cv: none); NaN where there is none.
        refused: the best family, where it was too far off and ``distribution`` is empirical.
    """

    distribution: Distribution
    n: int
    censored: int
    criteria: Mapping[str, float]
    distance: float
    mean_error: float
    cv_error: float
    least_error: float = float("nan")
    refused: str = ""

    @property
    def family(self) -> str:
        """Of the distribution."""
        return self.distribution.family

    @property
    def criterion(self) -> float:
        """The least of the criteria."""
        return min(self.criteria.values(), default=0.0)

    @property
    def is_close(self) -> bool:
        """Whether the distance is of no practical size, or chance's."""
        return self.distance <= allowed_distance(self.n)


@dataclass(frozen=True, slots=True)
class _Seen:
    """Share done by each of some times, as observed: ``before`` and ``after`` the step there."""

    minutes: Floats
    before: Floats
    after: Floats
    steps: Floats = field(default_factory=lambda: np.empty(0))


def allowed_distance(n: int) -> float:
    """The distance up to which a family describes n times well enough."""
    return max(PRACTICAL, BY_CHANCE / np.sqrt(max(n, 1)))


def fit(times: Durations, families: Sequence[Shaped] = FITTED) -> Fit:
    """The distribution of times: the family with the least BIC, each with and without a least time.

    Args:
        families: those allowed.

    Raises:
        CalibrationError: fewer than `LEAST_TIMES` known times.
    """
    if times.n < LEAST_TIMES:
        raise CalibrationError(
            "times", f"{times.n} known times are too few.", f"Give {LEAST_TIMES} or more, of a longer period."
        )
    mean, spread = times.moments
    if _is_fixed(times, mean):
        at = float(np.average(times.middle, weights=times.weight[~times.is_running]))
        return Fit(Distribution("fixed", at, 0.0), times.n, times.running, {}, 0.0, 0.0, 0.0)
    tried = [estimate(family, times, least) for family in families for least in (False, True)]
    tried = [each for each in tried if np.isfinite(each.log_likelihood)]
    best = min(tried, key=lambda each: criterion(each, times.n))
    criteria = {each.name: criterion(each, times.n) for each in reversed(tried)}
    distance = distance_to(best.curve, times)
    if distance > allowed_distance(times.n) and times.n >= LEAST_EMPIRICAL:
        return _empirical(times, criteria, best, spread / np.sqrt(times.n))
    return Fit(
        best.curve.distribution, times.n, times.running, criteria, distance, *standard_errors(best, times)
    )


def criterion(found: Estimate, n: int) -> float:
    """BIC: parameters log n - 2 log likelihood (Schwarz, Annals of Statistics 6, 1978)."""
    return found.parameters * float(np.log(n)) - 2.0 * found.log_likelihood


def distance_to(described: Curve | Distribution, times: Durations) -> float:
    """Greatest difference between the share done by a time, observed and described; 0 to 1."""
    seen = observed_shares(times)
    if isinstance(described, Distribution) and described.family == "empirical":
        values = np.asarray(described.values)
        share = np.interp(seen.minutes, values, (np.arange(len(values)) + 0.5) / len(values), 0.0, 1.0)
    else:
        curve = curve_of(described) if isinstance(described, Distribution) else described
        share = curve.within(seen.minutes)
    return float(max(np.abs(share - seen.after).max(), np.abs(share - seen.before).max()))


def observed_shares(times: Durations) -> _Seen:
    """The share done by each known time: Kaplan and Meier's where some still ran.

    Times known to a step are compared at the end of their step only: what happens inside it was not seen.
    """
    known = ~times.is_running
    middle, weight = times.middle, times.weight[known]
    order = np.argsort(middle, kind="stable")
    middle, weight, high = middle[order], weight[order], times.high[known][order]
    running, ongoing = times.low[times.is_running], times.weight[times.is_running]
    begun = np.argsort(running, kind="stable")
    gone = np.concatenate([[0.0], np.cumsum(ongoing[begun])])[np.searchsorted(running[begun], middle, "left")]
    at_risk = times.weight.sum() - gone - np.concatenate([[0.0], np.cumsum(weight)[:-1]])
    left = np.cumprod(1.0 - weight / np.maximum(at_risk, weight))
    after = 1.0 - left
    before = np.concatenate([[0.0], after[:-1]])
    exact = times.is_exact[known][order]
    # Of two readings cut off to a step, half the step beyond the time read is where the share is right.
    ends = middle + (high - middle) / 2.0
    steps = after - before
    return _Seen(np.where(exact, middle, ends), np.where(exact, before, after), after, steps)


def _is_fixed(times: Durations, mean: float) -> bool:
    known = times.middle
    width = float((times.high - times.low)[~times.is_running].max())
    return bool(known.max() - known.min() <= max(1e-6 * mean, 1.01 * width))


def _empirical(times: Durations, criteria: Mapping[str, float], best: Estimate, mean_error: float) -> Fit:
    """What was observed: the mean of each of `QUANTILES` equal parts, so that the whole mean is kept."""
    seen = observed_shares(times)
    known = np.sort(times.middle)
    share = seen.steps / seen.steps.sum()
    edges = np.concatenate([[0.0], np.cumsum(share)])
    total = np.concatenate([[0.0], np.cumsum(share * known)])
    marks = np.interp(np.linspace(0.0, 1.0, QUANTILES + 1), edges, total)
    values = np.maximum.accumulate(np.diff(marks) * QUANTILES)
    mean = float(values.mean())
    described = Distribution("empirical", mean, float(values.std() / mean), 0.0, tuple(map(float, values)))
    return Fit(
        described,
        times.n,
        times.running,
        criteria,
        distance_to(described, times),
        mean_error,
        _cv_error(times),
        refused=best.name,
    )


def _cv_error(times: Durations) -> float:
    """Of the coefficient of variation of n times, by the delta method on their first four moments."""
    mean, spread = times.moments
    if mean <= 0.0 or spread <= 0.0:
        return 0.0
    z = (times.middle - mean) / spread
    weight = times.weight[~times.is_running]
    skew, kurtosis = (float(np.average(z**power, weights=weight)) for power in (3, 4))
    cv = spread / mean
    return float(cv * np.sqrt(max((kurtosis - 1.0) / 4.0 - cv * skew + cv**2, 0.0) / times.n))
