"""Service times of a direction's stages, drawn for many trucks at once. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from greenlane.registry.crossing import Direction, ServiceTime


def service_seconds(
    course: Direction, channels: Sequence[str], classes: Sequence[str], chance: np.random.Generator
) -> list[tuple[float, ...]]:
    """For each truck the seconds at every stage of its route, in the order of ``course.stages_for``."""
    numbers = {stage.code: number for number, stage in enumerate(course.stages)}
    seconds = np.empty((len(channels), len(course.stages)))
    kinds = np.array([f"{channel} {kind}" for channel, kind in zip(channels, classes, strict=True)])
    routes: dict[str, list[int]] = {}
    for kind in sorted(set(kinds)):
        channel, _, vehicle_class = str(kind).partition(" ")
        rows = np.flatnonzero(kinds == kind)
        route = course.stages_for(channel, vehicle_class)
        routes[str(kind)] = [numbers[stage.code] for stage in route]
        for stage in route:
            times = draw(stage.service.time_for(channel, vehicle_class), len(rows), chance)
            seconds[rows, numbers[stage.code]] = times
    rows_of = seconds.tolist()
    return [
        tuple([row[number] for number in routes[str(kind)]]) for row, kind in zip(rows_of, kinds, strict=True)
    ]


def draw(time: ServiceTime, count: int, chance: np.random.Generator) -> NDArray[np.float64]:
    """``count`` service times in seconds with the given mean and coefficient of variation of the whole; the
    family describes what exceeds ``least_s``; observed times are drawn by their quantiles."""
    if time.values_s:
        count_of = len(time.values_s)
        return np.interp(chance.random(count), (np.arange(count_of) + 0.5) / count_of, time.values_s)
    excess = time.mean_s - time.least_s
    spread = time.cv * time.mean_s
    if excess <= 0 or time.family == "fixed" or (time.family != "exponential" and spread == 0):
        return np.full(count, time.mean_s)
    if time.family == "exponential":
        return time.least_s + chance.exponential(excess, count)
    ratio = spread / excess
    if time.family == "gamma":
        shape = 1 / ratio**2
        return time.least_s + chance.gamma(shape, excess / shape, count)
    if time.family == "weibull":
        shape = _weibull_shape(ratio)
        return time.least_s + excess / math.gamma(1 + 1 / shape) * chance.weibull(shape, count)
    sigma = math.sqrt(math.log1p(ratio**2))
    return time.least_s + chance.lognormal(math.log(excess) - sigma**2 / 2, sigma, count)


def _weibull_shape(cv: float) -> float:
    """The shape k of a Weibull distribution with that cv: 1 + cv^2 = G(1 + 2/k) / G(1 + 1/k)^2, where G is
    the gamma function. The right side falls as k grows: found by halving.
    """
    low, high, wanted = 0.05, 500.0, math.log1p(cv**2)
    for _ in range(60):
        middle = math.sqrt(low * high)
        found = math.lgamma(1 + 2 / middle) - 2 * math.lgamma(1 + 1 / middle)
        low, high = (middle, high) if found > wanted else (low, middle)
    return low
