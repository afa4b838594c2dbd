"""Which channels and classes have a service time of their own: as few groups as the readings ask for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final

import numpy as np

from greenlane.twin.calibration.durations import Durations, pooled
from greenlane.twin.calibration.service_times import Cell

LEAST_VISITS: Final = 30
"""A channel and class with fewer known times goes with the others like it of its channel."""


@dataclass(frozen=True, slots=True)
class Group:
    """Trucks that share a service time.

    Attributes:
        cells: channel and class of each, as they were seen.
        names: what the group is called in a crossing: pairs of channel and class, one of them empty where it
            does not matter; a channel alone also stands for its classes that have no time of their own.
    """

    cells: tuple[Cell, ...]
    names: tuple[Cell, ...]


Cells = tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class _Logs:
    """Count, sum and sum of squares of the logarithms of some times."""

    n: float
    total: float
    squares: float

    def __add__(self, other: _Logs) -> _Logs:
        return _Logs(self.n + other.n, self.total + other.total, self.squares + other.squares)

    @property
    def cost(self) -> float:
        """-2 log likelihood of a normal distribution of the logarithms, less what all divisions share."""
        variance = max(self.squares / self.n - (self.total / self.n) ** 2, 1e-8)
        return self.n * float(np.log(variance))


def groups(cells: Mapping[Cell, Durations]) -> tuple[Group, ...]:
    """The division that tells most for its length; one group or none: no division.

    Tried are divisions of the channels, of the classes, and of channels and classes together: each begins by
    itself, and the two whose union lowers the criterion most are joined, until no union lowers it. The
    criterion is Bayes's (two numbers a group: mean and spread of the logarithms, whatever the family) and, of
    G groups, log G for each part that must be told which of them is its own: without that, parts that lie
    together by chance would make groups of their own.
    """
    known = {cell: times for cell, times in cells.items() if all(cell)}
    found = [_division(known, units) for units in (_sides(known, 0), _sides(known, 1), _units(known))]
    found = [each for each in found if each.members]
    if not found:
        return ()
    best = min(found, key=lambda each: each.criterion)
    divisions = sorted(best.members)
    return tuple(
        Group(tuple(cell for unit in division for cell in best.units[unit]), names)
        for division, names in zip(divisions, _named(divisions, best.sizes), strict=True)
    )


@dataclass(frozen=True, slots=True)
class _Division:
    """Units in groups. A unit is a channel and class, or one of them with the other empty."""

    units: Mapping[Cell, Cells]
    sizes: Mapping[Cell, float]
    members: Mapping[Cells, _Logs]
    criterion: float


def _sides(cells: Mapping[Cell, Durations], side: int) -> dict[Cell, Cells]:
    """Channels (side 0) or classes (side 1) with enough visits, and the cells of each."""
    units: dict[Cell, Cells] = {}
    for name in sorted({cell[side] for cell in cells}):
        of = tuple(sorted(cell for cell in cells if cell[side] == name))
        if sum(cells[cell].n for cell in of) >= LEAST_VISITS:
            units[(name, "") if side == 0 else ("", name)] = of
    return units


def _units(cells: Mapping[Cell, Durations]) -> dict[Cell, Cells]:
    """Channels and classes with enough visits; the rest of a channel together, without a class."""
    units: dict[Cell, Cells] = {cell: (cell,) for cell, times in cells.items() if times.n >= LEAST_VISITS}
    for channel in sorted({cell[0] for cell in cells}):
        rest = tuple(sorted(cell for cell in cells if cell[0] == channel and cell not in units))
        if sum(cells[cell].n for cell in rest) >= LEAST_VISITS:
            units[channel, ""] = rest
    return units


def _division(cells: Mapping[Cell, Durations], units: Mapping[Cell, Cells]) -> _Division:
    """Of some units, joined until no union lowers the criterion."""
    members: dict[Cells, _Logs] = {
        (unit,): _logs(pooled([cells[cell] for cell in of])) for unit, of in units.items()
    }
    sizes = {unit: logs.n for (unit,), logs in members.items()}
    rest = _logs(pooled(left)) if (left := _left(cells, units)) else None
    price = 2.0 * float(np.log(sum(times.n for times in cells.values()) or 1))
    told = 2.0 * len(units)
    while len(members) > 1:
        saved = price + told * float(np.log(len(members) / (len(members) - 1)))
        gains = {
            (a, b): members[a].cost + members[b].cost + saved - (members[a] + members[b]).cost
            for a, b in combinations(members, 2)
        }
        first, second = max(gains, key=lambda pair: gains[pair])
        if gains[first, second] <= 0.0:
            break
        members[tuple(sorted((*first, *second)))] = members.pop(first) + members.pop(second)
    count = max(len(members), 1)
    total = sum(each.cost for each in members.values()) + (rest.cost if rest else 0.0)
    return _Division(units, sizes, members, total + price * count + told * float(np.log(count)))


def _left(cells: Mapping[Cell, Durations], units: Mapping[Cell, Cells]) -> list[Durations]:
    """The times that are in no unit: divisions are compared over the same times."""
    taken = {cell for of in units.values() for cell in of}
    return [times for cell, times in cells.items() if cell not in taken and times.n]


def times_of(group: Group, cells: Mapping[Cell, Durations]) -> Durations:
    """The times of a group together."""
    return pooled([cells[cell] for cell in group.cells])


def _logs(times: Durations) -> _Logs:
    known = ~times.is_running
    logs = np.log(np.maximum(times.middle, 1e-3))
    weight = times.weight[known]
    return _Logs(float(weight.sum()), float(weight @ logs), float(weight @ logs**2))


def _named(divisions: Sequence[Cells], sizes: Mapping[Cell, float]) -> list[Cells]:
    """As a crossing has it. Of a division of channels and classes, a channel alone stands for the rest of its
    classes: for its own rest, or else with what most of it takes."""
    units = {unit for division in divisions for unit in division}
    named = [list(division) for division in divisions]
    if not all(channel for channel, _ in units) or not any(name for _, name in units):
        return [tuple(each) for each in named]
    for channel in sorted({unit[0] for unit in units} - {unit[0] for unit in units if not unit[1]}):
        most = [sum(sizes[unit] for unit in each if unit[0] == channel) for each in divisions]
        named[int(np.argmax(most))].append((channel, ""))
    return [tuple(each) for each in named]
