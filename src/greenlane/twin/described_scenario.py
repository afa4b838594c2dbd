"""From a crossing's description, and what is to be set otherwise, to a scenario."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import cast
from zoneinfo import ZoneInfo

from greenlane.registry import crossing
from greenlane.twin.described import hours, model_of
from greenlane.twin.described_demand import demand_of
from greenlane.twin.distributions import Distribution
from greenlane.twin.model import CallUpPolicy, CallUpRule, Lane, Model
from greenlane.twin.scenario import Scenario
from greenlane.twin.setting import Setting, SettingError, refuse_unknown
from greenlane.twin.spans import Spans, both, merged, without


def scenario_of(
    checkpoint: crossing.Checkpoint,
    direction: str,
    day: date,
    days: int = 1,
    settings: Sequence[Setting] = (),
    *,
    warm_up_days: int = 1,
) -> Scenario:
    """One direction of a checkpoint over local days, with settings made in their order.

    Args:
        direction: its code; KeyError for one that the checkpoint does not have.
        warm_up_days: days before the first, simulated and not counted, so that the first begins with the
            trucks that the day before left over.

    Raises:
        SettingError: a setting that the checkpoint does not allow.
        ModelError: what it leads to does not hold together.
    """
    begin, whole = day - timedelta(days=warm_up_days), days + warm_up_days
    described = replace(
        checkpoint,
        directions={
            **checkpoint.directions,
            direction: _described(checkpoint.directions[direction], settings),
        },
    )
    model = model_of(described, direction, begin, whole)
    spans = _Spans(described, direction, begin, whole)
    for setting in settings:
        model = _set(model, setting, spans)
    factors = [(each.shift, each.number()) for each in settings if each.path == ("arrivals",)]
    demand = demand_of(described, direction, begin, whole, factors)
    warm_up = _minutes_between(checkpoint.zone, begin, day)
    minutes = _minutes_between(checkpoint.zone, day, day + timedelta(days=days))
    return Scenario(model, demand, minutes, warm_up, target=checkpoint.standard.inside_s / 60.0)


def _minutes_between(zone: str, first: date, after: date) -> float:
    begin, end = (datetime.combine(day, time.min, ZoneInfo(zone)).astimezone(UTC) for day in (first, after))
    return (end - begin) / timedelta(minutes=1)


class _Spans:
    """Hours of the day as minutes of the run."""

    def __init__(self, checkpoint: crossing.Checkpoint, direction: str, begin: date, days: int) -> None:
        self._zone, self._begin, self._days = checkpoint.zone, begin, days
        stages = checkpoint.directions[direction].stages
        self._entries = {stage.code for stage in stages if stage.kind == "entry"}
        self._opening = hours(checkpoint.opening, checkpoint.zone, begin, days + 1)

    def of(self, setting: Setting) -> Spans:
        return hours((setting.shift,), self._zone, self._begin, self._days + 1)

    def allowed(self, stage: str, spans: Spans) -> Spans:
        """Nobody enters a checkpoint that is shut."""
        return both(spans, self._opening) if stage in self._entries else spans


def _described(direction: crossing.Direction, settings: Iterable[Setting]) -> crossing.Direction:
    """Shares, turnout and rules as set. A share that is set holds when another is set after it."""
    held: dict[str, set[str]] = {"channels": set(), "classes": set()}
    for setting in settings:
        match setting.path:
            case ("channels", code):
                shares = _shared(direction.channel_shares, code, setting, held["channels"])
                direction = replace(direction, channel_shares=shares)
            case ("classes", code):
                shares = _shared(direction.class_shares, code, setting, held["classes"])
                direction = replace(direction, class_shares=shares)
            case ("turnout", "no_show_share"):
                turnout = replace(direction.turnout, no_show_share=setting.number(most=1.0))
                direction = replace(direction, turnout=turnout)
            case ("turnout", "unbooked_share"):
                turnout = replace(direction.turnout, unbooked_share=setting.number(most=1.0))
                direction = replace(direction, turnout=turnout)
            case ("slots", "capacity"):
                rules = replace(direction.slots, slot_capacity=setting.whole())
                direction = replace(direction, slots=rules)
            case _:
                pass
    return direction


def _shared(shares: Mapping[str, float], code: str, setting: Setting, held: set[str]) -> dict[str, float]:
    """One share as set, those of ``held`` as they are, the rest of the trucks among the others."""
    if code not in shares:
        refuse_unknown(setting.name, code, shares)
    share, kept = setting.number(most=1.0), sum(shares[name] for name in held - {code})
    held.add(code)
    others, left = sum(value for name, value in shares.items() if name not in held), 1.0 - share - kept
    if left < -1e-9:
        raise SettingError(setting.name, "The shares set are together above 1.", "Give less.")
    if left > 1e-9 and not others > 0.0:
        raise SettingError(setting.name, "All trucks are of it.", f"Give {1.0 - kept:g}.")
    rest = max(left, 0.0) / others if others > 0.0 else 0.0
    new = {name: value if name in held else value * rest for name, value in shares.items()}
    return {**new, code: share}


def _set(model: Model, setting: Setting, spans: _Spans) -> Model:
    match setting.path:
        case ("lanes", stage):
            return _with_lanes(model, stage, setting, spans)
        case ("service", stage, *_):
            return _with_service(model, stage, setting)
        case ("room", stage):
            _known_stage(model, stage, setting)
            room = None if setting.value == "none" else setting.whole()
            stages = (replace(each, room=room) if each.code == stage else each for each in model.stages)
            return replace(model, stages=tuple(stages))
        case ("call_up", key):
            return replace(model, call_up=_with_call_up(model.call_up, key, setting))
    return model


def _known_stage(model: Model, stage: str, setting: Setting) -> None:
    codes = [each.code for each in model.stages]
    if stage not in codes:
        refuse_unknown(setting.name, stage, codes)


def _with_lanes(model: Model, stage: str, setting: Setting, spans: _Spans) -> Model:
    """So many lanes there, or open in some hours: those with the longest hours first; new ones work as the
    first of them does."""
    _known_stage(model, stage, setting)
    number = setting.whole()
    there = [lane for lane in model.lanes if stage in lane.stages]
    if not there:
        raise SettingError(setting.name, "No truck comes there.", "Let some channel and class come there.")
    ranked = sorted(there, key=lambda lane: -sum(closes - opens for opens, closes in lane.hours))
    pattern = ranked[0]
    added = [
        replace(pattern, code=f"{stage}/+{place}", hours=pattern.hours if setting.hours is None else ())
        for place in range(1, number - len(there) + 1)
    ]
    ranked += added
    if setting.hours is None:
        if number == 0:
            raise SettingError(setting.name, "A stage needs a lane.", "Give 1 or more, or close it by hours.")
        kept = {lane.code: lane for lane in ranked[:number]}
    else:
        window = spans.allowed(stage, spans.of(setting))
        kept = {
            lane.code: replace(
                lane, hours=merged((*lane.hours, *window)) if place < number else without(lane.hours, window)
            )
            for place, lane in enumerate(ranked)
        }
    gone = {lane.code for lane in there} - kept.keys()
    lanes: list[Lane] = [kept.get(lane.code, lane) for lane in model.lanes if lane.code not in gone]
    return replace(model, lanes=(*lanes, *(kept[lane.code] for lane in added if lane.code in kept)))


def _with_service(model: Model, stage: str, setting: Setting) -> Model:
    _known_stage(model, stage, setting)
    factor = setting.number()
    if len(setting.path) == 3:
        mean = _mean_service(model, stage)
        factor = factor / 60.0 / mean if mean > 0.0 else 1.0
    kinds = (
        replace(
            kind,
            service=tuple(
                _scaled(each, factor) if code == stage else each
                for code, each in zip(kind.route, kind.service, strict=True)
            ),
        )
        for kind in model.kinds
    )
    return replace(model, kinds=tuple(kinds))


def _mean_service(model: Model, stage: str) -> float:
    """Mean minutes of those who come there."""
    of_kinds = [
        (kind.share, kind.service[kind.route.index(stage)].mean)
        for kind in model.kinds
        if stage in kind.route
    ]
    return sum(share * mean for share, mean in of_kinds) / sum(share for share, _ in of_kinds)


def _scaled(each: Distribution, factor: float) -> Distribution:
    return replace(
        each,
        mean=each.mean * factor,
        least=each.least * factor,
        values=tuple(value * factor for value in each.values),
    )


def _with_call_up(policy: CallUpPolicy, key: str, setting: Setting) -> CallUpPolicy:
    if policy.travel is None and not (key == "rule" and setting.value == "none"):
        raise SettingError(setting.name, "There is no park to call from.", "Leave it out.")
    if key == "rule":
        return replace(policy, rule=cast(CallUpRule, setting.value))
    if key == "limit":
        return replace(policy, limit=setting.whole(1))
    if key == "target":
        return replace(policy, target=setting.number())
    return replace(policy, lead=setting.number())
