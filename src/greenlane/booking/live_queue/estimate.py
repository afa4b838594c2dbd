"""When the k-th truck of the live queue is called from now on, and how surely that is known. Pure: no Django.

Releases of the live queue are taken for a Poisson process whose rate is not known but learned. With the
conjugate gamma distribution for the rate, of shape a and exposure b (as if a releases had been seen in the
time b), the number of releases in a time t to come is negative binomial, and the time of the k-th is b times
a beta-prime variable of k and a: the same as b k/a times a Fisher F of 2k and 2a degrees of freedom (Gelman
et al., Bayesian Data Analysis, section 2.6, for the negative binomial; Johnson, Kotz, Balakrishnan,
Continuous Univariate Distributions 2, chapter 27, for F). Where the exposure is the time back to the a-th
last release, nothing is assumed of the rate, and the interval holds as often as it says, whatever the rate.

While the share is kept, releases come more evenly than in a Poisson process; the interval is then wider than
it would have to be.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import Final

PLAN_COUNTS: Final = 2.0
"""The plan counts like so many releases seen: soon outweighed, and enough where nothing was seen yet."""
COVERAGE: Final = 0.8
LONGEST: Final = timedelta(days=60)
"""No estimate says more: by then the rules are others."""
LONGEST_HOURS: Final = LONGEST / timedelta(hours=1)
_RESCALE: Final = 1e250


@dataclass(frozen=True, slots=True)
class Learned:
    """What is known of the rate: as if ``shape`` releases had been seen in the time ``exposure``."""

    shape: float
    exposure: timedelta


@dataclass(frozen=True, slots=True)
class Awaited:
    """A time to come: as likely before as after ``middle``; from ``low`` to ``high`` with `COVERAGE`."""

    low: timedelta
    middle: timedelta
    high: timedelta


def learned(seen: int, busy: timedelta, planned_per_hour: float) -> Learned | None:
    """The rate by what was seen and by what the rules plan.

    Args:
        seen: live releases in the last hours.
        busy: for how long of these a truck of the live queue was there to be released. Only that counts:
            an empty queue says nothing of how fast it moves.
        planned_per_hour: places per hour that the rules keep for the live queue; 0 where they keep none.

    Returns:
        None where the rules keep no places and no release was seen: nothing can be said.
    """
    if planned_per_hour > 0.0:
        return Learned(PLAN_COUNTS + seen, busy + timedelta(hours=PLAN_COUNTS / planned_per_hour))
    return Learned(float(seen), busy) if seen and busy > timedelta() else None


def awaited(known: Learned, place: int) -> Awaited:
    """When the truck at ``place`` (1 is the next) is released, from now on.

    Raises:
        ValueError: the place is not positive, or the rate has no shape or exposure.
    """
    tail = (1.0 - COVERAGE) / 2.0
    hours = known.exposure / timedelta(hours=1)
    low, middle, high = (
        timedelta(hours=min(hours * quantile_of_ratio(place, known.shape, level), LONGEST_HOURS))
        for level in (tail, 0.5, 1.0 - tail)
    )
    return Awaited(low, middle, high)


@lru_cache(maxsize=4096)
def quantile_of_ratio(place: int, shape: float, level: float) -> float:
    """The quantile of a beta-prime variable of ``place`` and ``shape``; relative error below 1e-9.

    Raises:
        ValueError: an argument out of its range.
    """
    if place < 1 or not shape > 0.0 or not 0.0 < level < 1.0:
        raise ValueError(f"no quantile for place {place}, shape {shape}, level {level}")
    low = high = place / shape
    while chance_of_releases(place, shape, low) > level:
        low /= 2.0
    while chance_of_releases(place, shape, high) < level:
        high *= 2.0
    while high - low > 1e-10 * high:
        middle = math.sqrt(low * high)
        if not low < middle < high:
            break
        if chance_of_releases(place, shape, middle) < level:
            low = middle
        else:
            high = middle
    return high


def chance_of_releases(place: int, shape: float, ratio: float) -> float:
    """Probability of ``place`` releases and more in a time that is ``ratio`` times the exposure.

    One less the sum of the first negative binomial chances, each from the one before.
    """
    step = ratio / (1.0 + ratio)
    chance = total = 1.0
    log_none = -shape * math.log1p(ratio)
    for count in range(1, place):
        chance *= (shape + count - 1.0) / count * step
        total += chance
        if total > _RESCALE:
            chance, total, log_none = chance / _RESCALE, total / _RESCALE, log_none + math.log(_RESCALE)
    return max(0.0, 1.0 - math.exp(min(0.0, log_none + math.log(total))))
