"""Families of service times: density, share done within a time, share not done, by two natural numbers each.

``mean`` is that of the excess over the least time; ``shape`` is sigma for the lognormal (the standard
deviation of the logarithm) and the shape for gamma and Weibull. Minutes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from scipy.special import gamma, gammainc, gammaincc, gammaln, log_ndtr, ndtr

from greenlane.twin.calibration.observations import Floats
from greenlane.twin.distributions import Distribution, weibull_shape

Shaped = Literal["exponential", "lognormal", "gamma", "weibull"]
FITTED: Final[tuple[Shaped, ...]] = ("exponential", "lognormal", "gamma", "weibull")
_TINY: Final = 1e-300


@dataclass(frozen=True, slots=True)
class Curve:
    """One distribution of minutes from ``least`` up."""

    family: Shaped
    mean: float
    shape: float
    least: float = 0.0

    def log_density(self, minutes: Floats) -> Floats:
        """Of each time; where it is below the least time, what a density of almost nothing has."""
        excess = np.maximum(minutes - self.least, _TINY)
        if self.family == "exponential":
            return -np.log(self.mean) - excess / self.mean
        logs = np.log(excess)
        if self.family == "lognormal":
            z = (logs - self._log_median) / self.shape
            return -logs - np.log(self.shape * np.sqrt(2.0 * np.pi)) - z * z / 2.0
        scale = self._scale
        if self.family == "gamma":
            return (
                (self.shape - 1.0) * logs - excess / scale - self.shape * np.log(scale) - gammaln(self.shape)
            )
        ratio = logs - np.log(scale)
        return np.log(self.shape / scale) + (self.shape - 1.0) * ratio - np.exp(self.shape * ratio)

    def within(self, minutes: Floats) -> Floats:
        """The share done within each time."""
        excess = np.maximum(minutes - self.least, 0.0)
        if self.family == "exponential":
            return -np.expm1(-excess / self.mean)
        if self.family == "lognormal":
            return ndtr((np.log(np.maximum(excess, _TINY)) - self._log_median) / self.shape)
        if self.family == "gamma":
            return gammainc(self.shape, excess / self._scale)
        return -np.expm1(-((excess / self._scale) ** self.shape))

    def beyond(self, minutes: Floats) -> Floats:
        """The share not done by each time."""
        excess = np.maximum(minutes - self.least, 0.0)
        if self.family == "exponential":
            return np.exp(-excess / self.mean)
        if self.family == "lognormal":
            return ndtr((self._log_median - np.log(np.maximum(excess, _TINY))) / self.shape)
        if self.family == "gamma":
            return gammaincc(self.shape, excess / self._scale)
        return np.exp(-((excess / self._scale) ** self.shape))

    def log_beyond(self, minutes: Floats) -> Floats:
        """The logarithm of `beyond`."""
        if self.family == "lognormal":
            logs = np.log(np.maximum(minutes - self.least, _TINY))
            return log_ndtr((self._log_median - logs) / self.shape)
        return np.log(np.maximum(self.beyond(minutes), _TINY))

    def log_read(self, low: Floats, high: Floats) -> Floats:
        """The logarithm of the chance of a time read to a step, as `Durations` has it.

        It is that of the time's integrated share, differenced twice; each integral by Simpson's rule, which
        leaves one part of the whole interval and four of its inner half.
        """
        quarter = (high - low) / 4.0
        mass = self._between(low, high) + 4.0 * self._between(low + quarter, high - quarter)
        return np.log(np.maximum(mass / 6.0, _TINY))

    def _between(self, low: Floats, high: Floats) -> Floats:
        early = self.within(low)
        return np.where(early < 0.5, self.within(high) - early, self.beyond(low) - self.beyond(high))

    @property
    def cv(self) -> float:
        """Standard deviation / mean, of the excess."""
        if self.family == "exponential":
            return 1.0
        if self.family == "lognormal":
            return float(np.sqrt(np.expm1(self.shape**2)))
        if self.family == "gamma":
            return float(1.0 / np.sqrt(self.shape))
        logs = gammaln(1.0 + 2.0 / self.shape) - 2.0 * gammaln(1.0 + 1.0 / self.shape)
        return float(np.sqrt(np.expm1(logs)))

    @property
    def distribution(self) -> Distribution:
        """As the twin takes it: mean and cv of the whole."""
        whole = self.mean + self.least
        return Distribution(self.family, whole, self.cv * self.mean / whole, self.least)

    @property
    def _log_median(self) -> float:
        return float(np.log(self.mean)) - self.shape**2 / 2.0

    @property
    def _scale(self) -> float:
        if self.family == "gamma":
            return self.mean / self.shape
        return float(self.mean / gamma(1.0 + 1.0 / self.shape))


def curve_of(distribution: Distribution) -> Curve:
    """The curve of a distribution that has one of the `FITTED` families.

    Raises:
        ValueError: it has another one.
    """
    for family in FITTED:
        if distribution.family == family:
            excess = distribution.mean - distribution.least
            cv = distribution.cv * distribution.mean / excess
            return Curve(family, excess, shape_of(family, cv), distribution.least)
    raise ValueError(f"{distribution.family} has no curve; use one of {', '.join(FITTED)}.")


def shape_of(family: Shaped, cv: float) -> float:
    """The shape that gives an excess that coefficient of variation."""
    if family == "lognormal":
        return float(np.sqrt(np.log1p(cv**2)))
    if family == "gamma":
        return 1.0 / cv**2
    return weibull_shape(cv) if family == "weibull" else 1.0
