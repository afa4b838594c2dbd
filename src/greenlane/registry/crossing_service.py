"""How long a truck takes at a lane: figures of a family, or times as they were observed. Pure: no Django.

Take these from ``greenlane.registry.crossing``, which says what the units are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from math import fsum, sqrt

EMPIRICAL = "empirical"


@dataclass(frozen=True, slots=True)
class ServiceTime:
    """One truck's time at a lane: ``mean_s`` and ``cv`` (standard deviation / mean) of the whole, its family,
    and ``least_s``, the time below which nobody is served (the family then describes the excess).

    For the family ``empirical``, ``values_s`` holds quantiles in ascending order: the i-th of n, from 0, at
    the probability (i + 0.5) / n, with straight lines between them and nothing beyond the outer two.
    """

    mean_s: float
    cv: float
    family: str
    least_s: float = 0.0
    values_s: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class ServiceGroup:
    """The service time of the trucks of a channel, of a class, or of both; None: of any."""

    channel: str | None
    vehicle_class: str | None
    time: ServiceTime

    @property
    def code(self) -> str:
        """``"red/laden"``, ``"red"`` or ``"laden"``: names the group in fields and sources."""
        return "/".join(part for part in (self.channel, self.vehicle_class) if part)


@dataclass(frozen=True, slots=True)
class Service:
    """Service time of a stage; a channel may have its own mean and cv, a class a factor on the mean.

    ``groups`` have times of their own, to which nothing else here applies.
    """

    mean_s: float
    cv: float
    family: str
    least_s: float = 0.0
    channel_mean_s: Mapping[str, float] = field(default_factory=dict)
    channel_cv: Mapping[str, float] = field(default_factory=dict)
    class_factor: Mapping[str, float] = field(default_factory=dict)
    values_s: tuple[float, ...] = ()
    groups: tuple[ServiceGroup, ...] = ()

    def time_for(self, channel: str, vehicle_class: str) -> ServiceTime:
        """The figures for a truck: of the group of its channel and class, else of its channel, else of its
        class; else the channel's mean where it has its own, times the factor of the class."""
        of_group = {(group.channel, group.vehicle_class): group.time for group in self.groups}
        for key in ((channel, vehicle_class), (channel, None), (None, vehicle_class)):
            if key in of_group:
                return of_group[key]
        mean_s = self.channel_mean_s.get(channel, self.mean_s) * self.class_factor.get(vehicle_class, 1.0)
        cv = self.channel_cv.get(channel, self.cv)
        if not self.values_s:
            return ServiceTime(max(mean_s, self.least_s), cv, self.family, self.least_s)
        scale = mean_s / self.mean_s
        values_s = self.values_s if scale == 1.0 else tuple(value * scale for value in self.values_s)
        return ServiceTime(mean_s, cv, self.family, values_s=values_s)


def observed_time(values_s: Sequence[float]) -> ServiceTime:
    """The service time of quantiles in ascending order, with their mean and cv.

    Both are those of the straight lines between the quantiles, as they are drawn: the mean is that of the
    values; the cv is a little below theirs, less so the more there are.
    """
    values, count = tuple(values_s), len(values_s)
    mean_s = fsum(values) / count
    apart = [value - mean_s for value in values]
    between = fsum((a * a + a * b + b * b) / 3.0 for a, b in pairwise(apart))
    variance = (between + (apart[0] ** 2 + apart[-1] ** 2) / 2.0) / count
    return ServiceTime(mean_s, sqrt(variance) / mean_s if mean_s else 0.0, EMPIRICAL, values_s=values)
