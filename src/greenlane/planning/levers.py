"""What each change would be worth, in minutes and money, on the same luck as today's setting. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Final, Literal

from greenlane.registry import crossing
from greenlane.twin.described_scenario import scenario_of
from greenlane.twin.model import Model
from greenlane.twin.result import Figure, Result
from greenlane.twin.scenario import Scenario
from greenlane.twin.setting import Setting, read_settings
from greenlane.twin.simulation import simulate

FASTER_MINUTES: Final = 1.0
READINESS_POINTS: Final = 0.10
EXAMINED_POINTS: Final = 0.01
GROUP: Final = "planned for"
Kind = Literal["lane", "faster", "readiness", "examined"]


@dataclass(frozen=True, slots=True)
class Lever:
    """One change.

    Attributes:
        kind: ``lane``: one more at a stage, all day; ``faster``: each service there a minute shorter;
            ``readiness``: ten of a hundred trucks that would have gone to amber come ready and are green;
            ``examined``: one truck in a hundred fewer is sent to physical inspection.
        stage: where; empty for those that are nowhere in particular.
        setting: as of ``greenlane simulate``.
        lane_hours: that it takes a day.
    """

    kind: Kind
    stage: str
    setting: Setting
    lane_hours: float = 0.0


@dataclass(frozen=True, slots=True)
class Worth:
    """What a lever gains, each figure with its 95 % interval by replications.

    Attributes:
        minutes: that a truck is through sooner, outside and inside together.
        within: share of trucks within the target more, of those planned for.
        money: a day: the trucks' time less the lane's cost.
    """

    lever: Lever
    minutes: Figure
    within: Figure
    money: Figure


def levers_of(direction: crossing.Direction, model: Model) -> Iterator[Lever]:
    """The changes that are tried, one by one."""
    for stage in model.stages:
        lanes = [lane for lane in model.lanes if stage.code in lane.stages]
        if lanes:
            (setting,) = read_settings([f"lanes.{stage.code}={len(lanes) + 1}"])
            yield Lever("lane", stage.code, setting, 24.0)
        mean = _mean_minutes(model, stage.code)
        if mean > FASTER_MINUTES:
            setting = Setting(("service", stage.code), (mean - FASTER_MINUTES) / mean)
            yield Lever("faster", stage.code, setting)
    shares = direction.channel_shares
    if shares.get("amber", 0.0) > 0.0:
        setting = Setting(("channels", "amber"), shares["amber"] * (1.0 - READINESS_POINTS))
        yield Lever("readiness", "", setting)
    if shares.get("red", 0.0) > EXAMINED_POINTS:
        yield Lever("examined", "", Setting(("channels", "red"), shares["red"] - EXAMINED_POINTS))


def _mean_minutes(model: Model, stage: str) -> float:
    coming = [kind for kind in model.kinds if stage in kind.route]
    total = sum(kind.share for kind in coming)
    work = sum(kind.share * kind.service[kind.route.index(stage)].mean for kind in coming)
    return work / total if total > 0.0 else 0.0


def ranked_levers(
    checkpoint: crossing.Checkpoint,
    direction: str,
    day: date,
    settings: tuple[Setting, ...] = (),
    *,
    kinds: tuple[str, ...] = (),
    lane_hour: float = 1.0,
    truck_hour: float = 1.0,
    replications: int = 60,
    seed: int = 1,
    told: Callable[[str], None] | None = None,
) -> list[Worth]:
    """All levers, the one worth most first.

    Args:
        settings: of today; each lever is tried on top of them.
        kinds: of trucks whose share within the target is shown; all when empty.
        lane_hour, truck_hour: cost of an open lane with its officers, and of a truck's time, an hour.
    """
    base_scenario = _scenario(checkpoint, direction, day, settings, kinds)
    base = simulate(base_scenario, replications, seed)
    found = []
    for lever in levers_of(checkpoint.directions[direction], base_scenario.model):
        if told is not None:
            told(str(lever.setting))
        scenario = _scenario(checkpoint, direction, day, (*settings, lever.setting), kinds)
        changed = simulate(scenario, replications, seed)
        found.append(_worth(lever, base, changed, lane_hour, truck_hour))
    return sorted(found, key=lambda worth: -worth.money.value)


def _scenario(
    checkpoint: crossing.Checkpoint,
    direction: str,
    day: date,
    settings: tuple[Setting, ...],
    kinds: tuple[str, ...],
) -> Scenario:
    scenario = scenario_of(checkpoint, direction, day, 1, settings)
    there = tuple(kind.code for kind in scenario.model.kinds if not kinds or kind.code in kinds)
    return replace(scenario, groups=((GROUP, there),))


def _worth(lever: Lever, base: Result, changed: Result, lane_hour: float, truck_hour: float) -> Worth:
    minutes = _times(changed.above(base, "whole", "mean"), -1.0)
    within = changed.above(base, f"inside:{GROUP}", "within")
    trucks = base.trucks / base.replications
    days = base.scenario.minutes / 1440.0
    money = _times(minutes, trucks / days / 60.0 * truck_hour)
    cost = lever.lane_hours * lane_hour
    money = replace(money, value=money.value - cost, low=money.low - cost, high=money.high - cost)
    return Worth(lever, minutes, within, money)


def _times(figure: Figure, factor: float) -> Figure:
    low, high = sorted((figure.low * factor, figure.high * factor))
    return replace(figure, value=figure.value * factor, low=low, high=high)
