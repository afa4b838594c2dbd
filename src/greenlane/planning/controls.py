"""What a planner may set on a crossing, as controls: each with its range, today's value and the value set.

Pure: no Django. A control stands for one setting of the twin (`greenlane.twin.setting`), in the units of
people: per cent instead of fractions.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise
from typing import Final, Literal

from greenlane.registry import crossing
from greenlane.registry.hours import ALWAYS, DAY_MINUTES, Shift, clock_text
from greenlane.twin.setting import Setting
from greenlane.twin.spans import Spans, both, merged

Kind = Literal["lanes", "arrivals", "channel", "rule", "limit", "target"]
RULES: Final = ("limit", "predicted", "slot", "none")
_AT_RISK: Final = ("amber", "red")
"""Channels whose share is set; the green ones are the rest."""


@dataclass(frozen=True, slots=True)
class Control:
    """One thing to set.

    Attributes:
        name: the path of the setting with its hours, such as ``lanes.customs@06:00-24:00``.
        code: of the stage or channel; empty for others.
        today: as described, in the control's unit; a rule of call-up is a word.
        value: as set, in the same unit.
        unit: units in one of the setting: 100 where the control shows per cent.
        begin, end: minutes of the day for which lanes are set.
    """

    name: str
    kind: Kind
    today: float | str
    value: float | str
    least: float = 0.0
    most: float = 0.0
    step: float = 1.0
    code: str = ""
    unit: float = 1.0
    begin: int = 0
    end: int = DAY_MINUTES

    @property
    def is_changed(self) -> bool:
        """Whether it is set otherwise than today."""
        return self.value != self.today

    @property
    def mark(self) -> float:
        """Where today's value stands between the ends, 0 to 1."""
        if isinstance(self.today, str) or not self.greatest > self.least:
            return 0.0
        return (self.today - self.least) / (self.greatest - self.least)

    @property
    def greatest(self) -> float:
        """The upper end, moved up where a link sets more."""
        return self.most if isinstance(self.value, str) else max(self.most, self.value)

    @property
    def hours(self) -> str:
        """``06:00–24:00``."""
        return f"{clock_text(self.begin)}–{clock_text(self.end)}"

    @property
    def setting(self) -> str:
        """The setting as text."""
        if isinstance(self.value, str):
            return f"{self.name}={self.value}"
        return f"{self.name}={round(self.value / self.unit, 6):g}"


def controls_of(checkpoint: crossing.Checkpoint, direction: str, day: date) -> tuple[Control, ...]:
    """The controls of a direction on a day, all at today's values."""
    described = checkpoint.directions[direction]
    controls = [
        control for stage in described.stages for control in _lanes(checkpoint, described, stage, day)
    ]
    controls.append(Control("arrivals", "arrivals", 100.0, 100.0, 50.0, 200.0, 5.0, unit=100.0))
    for channel in _AT_RISK:
        share = described.channel_shares.get(channel, 0.0)
        if share > 0.0 and len([each for each in described.channel_shares.values() if each > 0.0]) > 1:
            today = round(share * 100.0, 4)
            most = max(30.0, float(round(2.0 * today)))
            controls.append(
                Control(
                    f"channels.{channel}", "channel", today, today, 0.0, most, 0.5, code=channel, unit=100.0
                )
            )
    if checkpoint.parks_for(direction):
        limit = float(described.slots.inside_limit)
        controls += [
            Control("call_up.rule", "rule", "limit", "limit"),
            Control("call_up.limit", "limit", limit, limit, 1.0, max(60.0, 3.0 * limit)),
            Control("call_up.target", "target", 10.0, 10.0, 2.0, 30.0),
        ]
    return tuple(controls)


def set_to(
    controls: Iterable[Control], settings: Iterable[Setting]
) -> tuple[tuple[Control, ...], tuple[str, ...]]:
    """The controls at what settings say, and those settings, as texts, for which there is no control."""
    by_name = {control.name: control for control in controls}
    others: list[str] = []
    for setting in settings:
        name = str(setting).rpartition("=")[0]
        control = by_name.get(name)
        if control is None:
            others.append(str(setting))
        else:
            value = setting.value if isinstance(setting.value, str) else setting.value * control.unit
            by_name[name] = replace(control, value=round(value, 4) if isinstance(value, float) else value)
    return tuple(by_name.values()), tuple(others)


def changed(controls: Iterable[Control], others: Iterable[str] = ()) -> tuple[str, ...]:
    """The settings of those controls that are not at today's value, and the others, as texts."""
    return (*(control.setting for control in controls if control.is_changed), *others)


def _lanes(
    checkpoint: crossing.Checkpoint, described: crossing.Direction, stage: crossing.Stage, day: date
) -> Iterable[Control]:
    """One for each period of the day in which the number of open lanes is the same."""
    if not _is_visited(described, stage.code):
        return
    lanes = [_of_day(lane.shifts, day) for lane in described.lanes_at(stage.code)]
    # Nobody enters a checkpoint that is shut: there is nothing to set at its entry then.
    works = _of_day(checkpoint.opening if stage.kind == "entry" else ALWAYS, day)
    edges = sorted({0, DAY_MINUTES, *(edge for spans in (works, *lanes) for span in spans for edge in span)})
    periods: list[tuple[int, int, int]] = []
    for begin, end in pairwise(int(edge) for edge in edges):
        if not _covered(works, begin):
            continue
        count = sum(_covered(lane, begin) for lane in lanes)
        if periods and periods[-1][1:] == (begin, count):
            periods[-1] = (periods[-1][0], end, count)
        else:
            periods.append((begin, end, count))
    for begin, end, count in periods:
        name = f"lanes.{stage.code}@{clock_text(begin)}-{clock_text(end)}"
        most = float(max(2 * count, len(lanes), count + 4))
        yield Control(
            name, "lanes", float(count), float(count), 0.0, most, code=stage.code, begin=begin, end=end
        )


def _is_visited(described: crossing.Direction, stage: str) -> bool:
    """Whether trucks of any channel and class in use come there."""
    return any(
        stage in [each.code for each in described.stages_for(channel, vehicle_class)]
        for channel, channel_share in described.channel_shares.items()
        if channel_share > 0.0
        for vehicle_class, class_share in described.class_shares.items()
        if class_share > 0.0
    )


def _of_day(shifts: Sequence[Shift], day: date) -> Spans:
    """When shifts are on, in minutes of the wall clock of a day."""
    weekday, before = day.weekday(), (day.weekday() - 1) % 7
    spans = [
        (float(shift.opens_minute), float(shift.closes_minute))
        for shift in shifts
        if weekday in shift.weekdays
    ]
    spans += [
        (0.0, float(shift.closes_minute - DAY_MINUTES))
        for shift in shifts
        if before in shift.weekdays and shift.closes_minute > DAY_MINUTES
    ]
    return both(merged(spans), ((0.0, float(DAY_MINUTES)),))


def _covered(spans: Spans, minute: int) -> bool:
    return any(begin <= minute < end for begin, end in spans)
