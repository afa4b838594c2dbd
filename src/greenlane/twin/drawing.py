"""The trucks of one replication, drawn from a demand by keyed luck."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

from greenlane.twin.arrays import NOBODY, Floats, Ints, Records, some_trucks
from greenlane.twin.demand import MOST_IN_SLOT, Booked, Demand, Live, Recorded, Source
from greenlane.twin.distributions import Distribution
from greenlane.twin.luck import quantile, uniforms
from greenlane.twin.model import Model

ARRIVAL: Final = 1
"""The purpose of the time of arrival, of coming at all, and of the kind; service times have another."""
KIND: Final = 2
TRAVEL: Final = 3
_NOBODY: Final[Demand] = (Recorded(()),)
_SOURCE_BITS: Final = 27
_FIRST_OF_SOURCE: Final = 1 << _SOURCE_BITS


@dataclass(frozen=True, slots=True)
class Drawn:
    """Trucks in the order in which a kernel takes them.

    Attributes:
        trucks: `TRUCK`.
        numbers: whose luck each has.
        came: minutes of arrival: at the park, or at the barrier where there is none.
        due: the later of arrival and slot start: the clock outside runs from here.
        entered: minutes at which it passed the entry barrier, where that was before the start; else NaN.
    """

    trucks: Records
    numbers: Ints
    came: Floats
    due: Floats
    entered: Floats


@dataclass(frozen=True, slots=True)
class _Coming:
    number: NDArray[np.int64]
    came: Floats
    slot: Floats
    turn: Floats
    kind: NDArray[np.int32] | None = None
    convoy: NDArray[np.int32] | None = None


@lru_cache(maxsize=4096)
def table_of(distribution: Distribution) -> Floats:
    """The quantile table of a distribution, made once."""
    table = distribution.table()
    table.setflags(write=False)
    return table


def draw_trucks(model: Model, demand: Demand, seed: int, replication: int) -> Drawn:
    """The trucks that come in one replication."""
    parts = [_come(source, place, model, seed, replication) for place, source in enumerate(demand or _NOBODY)]
    number = np.concatenate([part.number for part in parts])
    came = np.concatenate([part.came for part in parts])
    slot = np.concatenate([part.slot for part in parts])
    turn = np.concatenate([part.turn for part in parts])
    kind = np.concatenate([_kinds(part, model, seed, replication) for part in parts])
    travel = _travel(model, number, seed, replication)
    arrival = np.maximum(_reaches(model, came, slot, travel), 0.0)
    order = np.argsort(arrival, kind="stable")
    trucks = some_trucks(len(number))
    trucks["arrival"], trucks["kind"] = arrival[order], kind[order]
    trucks["turn"] = turn[order]
    trucks["convoy"] = _convoys(parts)[order]
    if model.call_up.rule in ("limit", "predicted"):
        trucks["travel"] = travel[order]
    return Drawn(
        trucks,
        number[order].astype(np.int32),
        came[order],
        np.fmax(came, slot)[order],
        np.full(len(order), np.nan),
    )


def _come(source: Source, place: int, model: Model, seed: int, replication: int) -> _Coming:
    first = place * _FIRST_OF_SOURCE
    if isinstance(source, Live):
        return _live(source, first, seed, replication)
    if isinstance(source, Booked):
        return _booked(source, first, seed, replication)
    return _recorded(source, first, model)


def _live(source: Live, first: int, seed: int, replication: int) -> _Coming:
    edges = np.asarray(source.edges)
    reached = np.concatenate(([0.0], np.cumsum(np.diff(edges) * np.asarray(source.per_hour)))) / 60.0
    reached /= source.convoy
    most = int(reached[-1] + 12.0 * np.sqrt(reached[-1]) + 40.0)
    times = np.empty(most)
    count = poisson_times(edges, reached, seed, replication, first, times)
    came = np.repeat(times[:count], source.convoy)
    convoy = np.repeat(np.arange(count), source.convoy) if source.convoy > 1 else np.full(count, NOBODY)
    number = first + np.arange(len(came))
    return _Coming(number, came, np.full(len(came), np.nan), came, convoy=convoy.astype(np.int32))


def _booked(source: Booked, first: int, seed: int, replication: int) -> _Coming:
    bookings = np.asarray(source.bookings, np.int64)
    slot = np.repeat(np.asarray(source.starts, np.float64), bookings)
    within = np.arange(len(slot)) - np.repeat(np.cumsum(bookings) - bookings, bookings)
    number = first + np.repeat(np.arange(len(bookings)), bookings) * MOST_IN_SLOT + within
    came = np.empty(len(slot))
    booked_times(slot, number, source.no_show_share, table_of(source.offset), seed, replication, came)
    there = ~np.isnan(came)
    number, came, slot = number[there], came[there], slot[there]
    return _Coming(number, came, slot, np.where(came > slot + source.late_after, came, slot))


def _recorded(source: Recorded, first: int, model: Model) -> _Coming:
    came = np.asarray(source.at, np.float64)
    slot = np.asarray(source.slots, np.float64) if source.slots else np.full(len(came), np.nan)
    codes = {kind.code: number for number, kind in enumerate(model.kinds)}
    kind = np.array([codes[code] for code in source.kinds], np.int32) if source.kinds else None
    convoy = np.asarray(source.convoys, np.int32) if source.convoys else None
    turn = np.asarray(source.turns) if source.turns else np.where(np.isnan(slot), came, slot)
    place = np.asarray(source.numbers, np.int64) if source.numbers else np.arange(len(came))
    return _Coming(first + place, came, slot, turn, kind, convoy)


def _kinds(part: _Coming, model: Model, seed: int, replication: int) -> NDArray[np.int32]:
    """By share: kinds of one class are neighbours, so that another share of a channel moves few trucks."""
    if part.kind is not None:
        return part.kind
    shares = np.cumsum([kind.share for kind in model.kinds])
    kinds = np.empty(len(part.number), np.int32)
    draw_kinds(shares / shares[-1], part.number, seed, replication, kinds)
    return kinds


def _travel(model: Model, number: NDArray[np.int64], seed: int, replication: int) -> Floats:
    if model.call_up.travel is None or model.call_up.rule == "none":
        return np.zeros(len(number))
    travel = np.empty(len(number))
    draw_minutes(table_of(model.call_up.travel), number, seed, replication, TRAVEL, travel)
    return travel


def _reaches(model: Model, came: Floats, slot: Floats, travel: Floats) -> Floats:
    """When it may be called from its park; at the barrier where call-up does not look inside."""
    if model.call_up.rule == "none":
        return came
    may_go = np.fmax(came, slot - model.call_up.lead - travel)
    return may_go + travel if model.call_up.rule == "slot" else may_go


def _convoys(parts: list[_Coming]) -> NDArray[np.int32]:
    numbers, first = [], 0
    for part in parts:
        if part.convoy is None:
            numbers.append(np.full(len(part.number), NOBODY, np.int32))
        else:
            numbers.append(np.where(part.convoy < 0, NOBODY, part.convoy + first).astype(np.int32))
            first += int(part.convoy.max(initial=NOBODY)) + 1
    return np.concatenate(numbers)


@njit(cache=True, nogil=True)
def poisson_times(
    edges: Floats, reached: Floats, seed: int, replication: int, first: int, times: Floats
) -> int:
    """Arrivals of a Poisson process by inversion of its expected count; how many they are.

    Args:
        edges: [spans + 1] minutes.
        reached: [spans + 1] arrivals expected up to each edge.
        first: number of the first truck's luck.
        times: filled in.
    """
    level, span = 0.0, 0
    for number in range(len(times)):
        u, _ = uniforms(seed, replication, first + number, 0, ARRIVAL)
        level -= np.log(u)
        if level >= reached[-1]:
            return number
        while reached[span + 1] <= level:
            span += 1
        part = (level - reached[span]) / (reached[span + 1] - reached[span])
        times[number] = edges[span] + part * (edges[span + 1] - edges[span])
    return len(times)


@njit(cache=True, nogil=True)
def booked_times(
    slot: Floats, number: NDArray[np.int64], no_show_share: float, offsets: Floats, seed: int,
    replication: int, came: Floats,
) -> None:  # fmt: skip
    """When each booked truck comes; NaN for those who do not."""
    for truck in range(len(slot)):
        u, v = uniforms(seed, replication, number[truck], 0, ARRIVAL)
        came[truck] = np.nan if u < no_show_share else slot[truck] + quantile(offsets, v)


@njit(cache=True, nogil=True)
def draw_kinds(shares: Floats, number: NDArray[np.int64], seed: int, replication: int, kinds: Ints) -> None:
    """By cumulated shares, the last of them 1."""
    for truck in range(len(number)):
        u, _ = uniforms(seed, replication, number[truck], 0, KIND)
        kind = np.searchsorted(shares, u, side="right")
        kinds[truck] = kind if kind < len(shares) else len(shares) - 1


@njit(cache=True, nogil=True)
def draw_minutes(
    table: Floats, number: NDArray[np.int64], seed: int, replication: int, purpose: int, minutes: Floats
) -> None:
    """One draw of a distribution for each truck."""
    for truck in range(len(number)):
        u, _ = uniforms(seed, replication, number[truck], 0, purpose)
        minutes[truck] = quantile(table, u)
