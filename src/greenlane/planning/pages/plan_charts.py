"""Step lines of the planner's page as SVG paths: lanes and quotas through the day, today's and planned."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

DAY: Final = 1440
WIDTH, HEIGHT = 480.0, 96.0
LEFT, RIGHT, TOP, BOTTOM = 30.0, 6.0, 8.0, 18.0


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark on an axis: where, and what is written there."""

    at: str
    label: str


@dataclass(frozen=True, slots=True)
class Line:
    """A step line with the class of its style."""

    style: str
    path: str


@dataclass(frozen=True, slots=True)
class StepChart:
    """A chart of whole numbers through the day."""

    lines: tuple[Line, ...]
    hours: tuple[Tick, ...]
    levels: tuple[Tick, ...]


@dataclass(frozen=True, slots=True)
class Steps:
    """Values that hold from each of the minutes on, to the next."""

    style: str
    minutes: Sequence[int]
    values: Sequence[float]


def step_chart(steps: Sequence[Steps]) -> StepChart:
    """Step lines over the day on one scale from nought."""
    top = max((value for each in steps for value in each.values), default=1.0) or 1.0
    levels = _levels(top)
    top = max(top, levels[-1])
    return StepChart(
        tuple(Line(each.style, _path(each, top)) for each in steps if each.values),
        tuple(Tick(_text(_x(hour * 60)), f"{hour:02d}") for hour in range(0, 25, 6)),
        tuple(Tick(_text(_y(level, top)), f"{level:g}") for level in levels),
    )


def frontier_chart(points: Sequence[tuple[float, float]]) -> tuple[str, tuple[tuple[str, str], ...]]:
    """The line of cost to share, and its points: x and y of each.

    Args:
        points: cost and share of each, in order of cost.
    """
    costs, shares = [cost for cost, _ in points], [share for _, share in points]
    least, span = min(costs), (max(costs) - min(costs)) or 1.0
    low, height = min(shares), (max(shares) - min(shares)) or 1.0
    places = tuple(
        (
            _text(LEFT + (cost - least) / span * (WIDTH - LEFT - RIGHT)),
            _text(HEIGHT - BOTTOM - (share - low) / height * (HEIGHT - TOP - BOTTOM)),
        )
        for cost, share in points
    )
    return "M" + "L".join(f"{x} {y}" for x, y in places), places


def _path(steps: Steps, top: float) -> str:
    parts = []
    edges = [*steps.minutes[1:], DAY]
    for place, (begin, end, value) in enumerate(zip(steps.minutes, edges, steps.values, strict=True)):
        if place and begin > edges[place - 1]:
            parts.append("M")
        parts.append(f"{'L' if parts else 'M'}{_text(_x(begin))} {_text(_y(value, top))}H{_text(_x(end))}")
    return "".join(parts)


def _levels(top: float) -> list[float]:
    step = next(size for size in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 10_000) if top / size <= 4)
    return [float(level) for level in range(0, int(-(-top // step) * step) + 1, step)]


def _x(minute: float) -> float:
    return LEFT + minute / DAY * (WIDTH - LEFT - RIGHT)


def _y(value: float, top: float) -> float:
    return HEIGHT - BOTTOM - value / top * (HEIGHT - TOP - BOTTOM)


def _text(value: float) -> str:
    return f"{value:.1f}"
