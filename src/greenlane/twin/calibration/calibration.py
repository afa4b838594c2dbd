"""All that can be found of one checkpoint's direction from what was read there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta

import numpy as np

from greenlane.twin.calibration.arrivals import Profile, profile
from greenlane.twin.calibration.fitting import LEAST_TIMES, Fit, fit
from greenlane.twin.calibration.groups import Group, groups, times_of
from greenlane.twin.calibration.observations import Observations
from greenlane.twin.calibration.service_times import StageTimes, stage_times
from greenlane.twin.calibration.shares import (
    Found,
    Punctuality,
    channel_shares,
    class_shares,
    punctuality,
)

Progress = Callable[[str], None]
"""Told what is being worked on."""


@dataclass(frozen=True, slots=True, eq=False)
class StageFound:
    """The service times of a stage.

    Attributes:
        whole: of all its trucks; None with fewer than `LEAST_TIMES` known times.
        groups: those that have a time of their own, where there are two or more.
    """

    times: StageTimes
    whole: Fit | None
    groups: tuple[tuple[Group, Fit], ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Calibration:
    """What was found of a direction in [start, end).

    Attributes:
        seen: what it was found from.
        stages: by code, those at which anything was read.
        profile: None with too few whole days.
    """

    seen: Observations
    start: datetime
    end: datetime
    stages: Mapping[str, StageFound]
    channels: Mapping[str, Found]
    classes: Mapping[str, Found]
    punctuality: Punctuality
    profile: Profile | None

    @property
    def passages(self) -> int:
        """Trucks that came."""
        return int(self.seen.came.sum())


def calibrate(
    seen: Observations,
    start: datetime,
    end: datetime,
    *,
    slot_minutes: float,
    progress: Progress | None = None,
) -> Calibration:
    """Service times by stage, shares, punctuality and arrivals.

    Args:
        start, end: aware; what is told as the period are the local days of them on which anything was read.
        slot_minutes: length of a slot.
        progress: told the code of each stage before it is fitted.
    """
    start, end = _read_between(seen, start, end)
    stages = {}
    for code in seen.stages:
        if progress is not None:
            progress(code)
        stages[code] = stage_found(stage_times(seen, code))
    return Calibration(
        seen,
        start,
        end,
        stages,
        channel_shares(seen),
        class_shares(seen),
        punctuality(seen, slot_minutes),
        profile(seen, start, end),
    )


def _read_between(seen: Observations, start: datetime, end: datetime) -> tuple[datetime, datetime]:
    """The same without the days before the first and after the last truck."""
    first = seen.first[np.isfinite(seen.first)]
    if not len(first):
        return start, end
    days = [(seen.epoch + timedelta(minutes=float(at))).date() for at in (first.min(), first.max())]
    zone = seen.epoch.tzinfo
    begin = datetime.combine(days[0], time.min, zone)
    after = datetime.combine(days[1] + timedelta(days=1), time.min, zone)
    return max(start, begin), max(min(end, after), max(start, begin))


def stage_found(times: StageTimes) -> StageFound:
    """The fits of one stage."""
    if times.complete < LEAST_TIMES:
        return StageFound(times, None)
    found = groups(times.cells)
    if len(found) < 2:
        return StageFound(times, fit(times.all))
    return StageFound(
        times, fit(times.all), tuple((group, fit(times_of(group, times.cells))) for group in found)
    )
