"""Maximum likelihood for minutes that are exact, read to a step, or still running.

Each exact time counts with its density, one read to a step with the chance of that reading, one that still
runs with the share beyond it. This holds where what hides the end has nothing to do with how long it would
have taken: a clock's step, or the moment at which the observation stopped.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy import optimize

from greenlane.twin.calibration.durations import Durations
from greenlane.twin.calibration.families import Curve, Shaped, shape_of
from greenlane.twin.calibration.observations import Floats

_SHAPES: Final = (np.log(0.05), np.log(400.0))
_LEAST: Final = 0.02
"""A least time below this share of the mean is none."""
_ROUNDED: Final = 0.001
"""No time is known better than to this share of itself, see `Durations`."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """The best curve of one family.

    Attributes:
        parameters: numbers that were fitted.
        log_likelihood: at its greatest.
        point: where that is: log mean excess, log shape where there is one, and, where there is a least time,
            that as a share of its ceiling.
        ceiling: greatest least time; 0 without.
    """

    curve: Curve
    parameters: int
    log_likelihood: float
    point: Floats
    ceiling: float

    @property
    def name(self) -> str:
        """The family, and whether it has a least time."""
        return self.curve.family + (" from a least time" if self.curve.least > 0.0 else "")


def log_likelihood(curve: Curve, times: Durations) -> float:
    """Of all the times together."""
    exact, running = times.is_exact, times.is_running
    between = ~exact & ~running
    total = float(times.weight[exact] @ curve.log_density(times.low[exact]))
    if running.any():
        total += float(times.weight[running] @ curve.log_beyond(times.low[running]))
    if between.any():
        total += float(times.weight[between] @ curve.log_read(times.low[between], times.high[between]))
    return total


def estimate(family: Shaped, times: Durations, with_least: bool) -> Estimate:
    """The curve of a family under which the times are likeliest.

    A least time has no likelihood with a top of its own where the density begins with a jump or a peak, so
    it is kept below the shortest time by (mean - shortest) / n.
    """
    ceiling = _ceiling(times) if with_least else 0.0
    if with_least and ceiling <= 0.0:
        return Estimate(Curve(family, 1.0, 1.0), 3, -np.inf, np.empty(0), 0.0)
    shaped = family != "exponential"
    tries = [_climb(family, times, part * ceiling, ceiling, shaped) for part in _starts(with_least)]
    point, value = min(tries, key=lambda found: found[1])
    curve = _curve(family, point, ceiling)
    return Estimate(curve, len(point), -value, point, ceiling)


def _starts(with_least: bool) -> tuple[float, ...]:
    return (0.5, 0.98) if with_least else (0.0,)


def _ceiling(times: Durations) -> float:
    mean, _ = times.moments
    shortest = float(times.middle[0])
    ceiling = shortest - max(mean - shortest, 0.0) / max(times.n, 1)
    width = float((times.high - times.low)[~times.is_running].max())
    return ceiling if ceiling > max(_LEAST * mean, width) else 0.0


def _climb(
    family: Shaped, times: Durations, least: float, ceiling: float, shaped: bool
) -> tuple[Floats, float]:
    """Where the likelihood is greatest, from a first guess by moments, and minus its logarithm there."""
    mean, spread = times.moments
    excess = max(mean - least, 1e-6)
    first = [np.log(excess)]
    bounds: list[tuple[float, float]] = [(float(first[0]) - 5.0, float(first[0]) + 5.0)]
    if shaped:
        shape = shape_of(family, float(np.clip(spread / excess, 0.06, 6.0)))
        first.append(np.clip(np.log(shape), *_SHAPES))
        bounds.append((float(_SHAPES[0]), float(_SHAPES[1])))
    if ceiling > 0.0:
        first.append(least / ceiling)
        bounds.append((0.0, 1.0))
    count = times.weight.sum()

    def cost(point: Floats) -> float:
        return -log_likelihood(_curve(family, point, ceiling), times) / count

    found = optimize.minimize(
        cost, np.array(first), method="L-BFGS-B", bounds=bounds, options={"ftol": 1e-11}
    )
    return np.asarray(found.x), float(found.fun) * float(count)


def _curve(family: Shaped, point: Floats, ceiling: float) -> Curve:
    numbers = [float(number) for number in point]
    least = numbers.pop() * ceiling if ceiling > 0.0 else 0.0
    shape = float(np.exp(numbers[1])) if len(numbers) > 1 else 1.0
    return Curve(family, float(np.exp(numbers[0])), shape, least)


def standard_errors(found: Estimate, times: Durations) -> tuple[float, float, float]:
    """Of mean, cv and least of the whole; NaN where there is none.

    From the curvature of the likelihood, carried over to those three. A least time at one end of its range
    is held there: at the upper end its own error is that of the shortest time of so many.
    """
    family, point, ceiling = found.curve.family, found.point, found.ceiling
    at_end = ceiling > 0.0 and not 1e-3 < point[-1] < 0.999
    free = len(point) - 1 if at_end else len(point)

    def cost(part: Floats) -> float:
        return -log_likelihood(_curve(family, np.concatenate([part, point[free:]]), ceiling), times)

    def whole(part: Floats) -> Floats:
        found = _curve(family, np.concatenate([part, point[free:]]), ceiling).distribution
        return np.array([found.mean, found.cv, found.least])

    steps = np.full(free, 1e-4)
    if ceiling > 0.0 and not at_end:
        steps[-1] = min(1e-4, (1.0 - point[-1]) / 4.0, point[-1] / 4.0)
    middle = point[:free]
    try:
        covariance = np.linalg.inv(_curvature(cost, middle, steps))
    except np.linalg.LinAlgError:
        return (np.nan, np.nan, np.nan)
    slopes = np.stack(
        [(whole(middle + step) - whole(middle - step)) / (2.0 * step.sum()) for step in np.diag(steps)]
    )
    variance = np.einsum("ij,ik,kj->j", slopes, covariance, slopes)
    errors = np.sqrt(np.where(variance > 0.0, variance, np.nan))
    if at_end:
        shortest = float(times.middle[0])
        errors[2] = max((times.moments[0] - shortest) / max(times.n, 1), _ROUNDED * shortest)
        errors[0] = np.hypot(errors[0], errors[2])
    if ceiling <= 0.0:
        errors[2] = np.nan
    if family == "exponential" and ceiling <= 0.0:
        errors[1] = np.nan
    return (float(errors[0]), float(errors[1]), float(errors[2]))


def _curvature(cost: Callable[[Floats], float], middle: Floats, steps: Floats) -> Floats:
    """Second differences of a function of a few numbers."""
    size = len(middle)
    table = np.empty((size, size))
    shifts = np.diag(steps)
    for i in range(size):
        for j in range(size):
            corners = (
                cost(middle + shifts[i] + shifts[j])
                - cost(middle + shifts[i] - shifts[j])
                - cost(middle - shifts[i] + shifts[j])
                + cost(middle - shifts[i] - shifts[j])
            )
            table[i, j] = corners / (4.0 * steps[i] * steps[j])
    return table
