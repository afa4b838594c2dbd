"""How many trucks may be booked in each slot so that the standard holds. Pure: no Django.

Bookings are given out in a fixed order over the slots, by the shape of a day, so that with one booking more
no slot loses one; the largest number that the standard allows is then found by halving.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from heapq import heapify, heapreplace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from greenlane.planning.goal import Goal, PlanError
from greenlane.planning.rehearsal import REPLICATIONS, Kept, Rehearsal
from greenlane.twin.demand import MOST_IN_SLOT, Booked, Live, Recorded
from greenlane.twin.scenario import Scenario

Shape = tuple[float, ...]
FRESH_SEED: Final = 1_000_003
"""Added to the seed for the luck on which an answer is verified."""
FRESH_TIMES: Final = 2
"""Times as many replications verify an answer as found it."""
TIGHTENINGS: Final = 6


@dataclass(frozen=True, slots=True)
class QuotaLimits:
    """What bounds quotas beside the standard.

    Attributes:
        slot: most bookings of a slot.
        per_hour: trucks an hour that the neighbour was measured to take; None where it is not known.
        places: of the parks; None where trucks wait on no park.
        risk: most share of days on which the parks may overflow.
    """

    slot: int = MOST_IN_SLOT
    per_hour: float | None = None
    places: int | None = None
    risk: float = 0.05

    def __post_init__(self) -> None:
        if not 0 <= self.slot <= MOST_IN_SLOT:
            raise PlanError("limits.slot", f"{self.slot} is out of range.", f"Give 0 to {MOST_IN_SLOT}.")
        if not 0.0 <= self.risk < 1.0:
            raise PlanError("limits.risk", "It is not a share of days.", "Give 0 to 1, as 0.05.")


@dataclass(frozen=True, slots=True)
class Quotas:
    """The largest quotas found.

    Attributes:
        bookings: [slots] of the whole run, warm-up included.
        kept: how the standard is kept with them, on fresh luck.
        shape: the name of the day's shape that allowed most.
        bound_by: ``standard``, ``slot``, ``neighbour`` or ``park``: what allows no more.
        overflow: share of days on which more trucks stand in the parks than there are places.
        shows: share of bookings that come; the others were booked over.
    """

    starts: tuple[float, ...]
    bookings: tuple[int, ...]
    kept: Kept
    shape: str
    bound_by: str
    overflow: float
    shows: float

    @property
    def holds(self) -> bool:
        """Whether the standard is kept on fresh luck with the confidence asked for."""
        return self.kept.surely >= self.kept.goal.quantile


def booked_of(scenario: Scenario) -> Booked:
    """The scenario's slots; PlanError where it has none."""
    for source in scenario.demand:
        if isinstance(source, Booked):
            return source
    raise PlanError("demand", "No slots are booked here.", "Give a demand with slots.")


def with_bookings(scenario: Scenario, bookings: Sequence[int]) -> Scenario:
    """The scenario with other numbers of bookings in its slots."""
    booked = booked_of(scenario)
    demand = tuple(
        replace(source, bookings=tuple(bookings)) if source is booked else source
        for source in scenario.demand
    )
    return replace(scenario, demand=demand)


class Apportionment:
    """Bookings given out one by one, each to the slot with the most of its shape left for one booking more.

    A divisor method (Webster's): with one booking more in all, no slot has one fewer.
    """

    def __init__(self, shape: Shape, most: Sequence[int]) -> None:
        left = [(-weight, slot) for slot, weight in enumerate(shape) if weight > 0.0 and most[slot] > 0]
        heapify(left)
        given = [0] * len(shape)
        self._order: list[int] = []
        while left:
            _, slot = left[0]
            self._order.append(slot)
            given[slot] += 1
            again = -shape[slot] / (2 * given[slot] + 1) if given[slot] < most[slot] else 0.0
            heapreplace(left, (again, slot))
            if again == 0.0:
                left = [entry for entry in left if entry[0] < 0.0]
                heapify(left)
        self._slots = len(shape)

    @property
    def most(self) -> int:
        """Bookings when every slot is full."""
        return len(self._order)

    def bookings(self, total: int) -> list[int]:
        """[slots] the first ``total`` bookings."""
        given = [0] * self._slots
        for slot in self._order[:total]:
            given[slot] += 1
        return given


def largest_quotas(
    scenario: Scenario,
    goal: Goal,
    shapes: dict[str, Shape],
    limits: QuotaLimits = QuotaLimits(),
    *,
    replications: int = REPLICATIONS,
    seed: int = 1,
    told: Callable[[str], None] | None = None,
) -> Quotas:
    """The quotas of the shape that allows the most bookings.

    Args:
        scenario: its booked slots are those to fill; its other trucks come as they are.
        shapes: by name, [slots] relative numbers of bookings.
        told: told what is tried.

    Raises:
        PlanError: there are no slots, or no shape.
    """
    if not shapes:
        raise PlanError("shapes", "There is no shape of a day.", "Give at least one.")
    found = [
        _largest(scenario, goal, name, shape, limits, replications, seed, told)
        for name, shape in shapes.items()
    ]
    return max(found, key=lambda quotas: (quotas.holds, sum(quotas.bookings)))


def _largest(
    scenario: Scenario, goal: Goal, name: str, shape: Shape, limits: QuotaLimits, replications: int,
    seed: int, told: Callable[[str], None] | None,
) -> Quotas:  # fmt: skip
    booked = booked_of(scenario)
    most, bound_by = _caps(scenario, limits)
    order = Apportionment(shape, most)
    quantile, total, overflows = goal.quantile, order.most, False
    for _ in range(TIGHTENINGS):
        total = _largest_total(
            scenario, replace(goal, quantile=quantile), order, total, limits, replications, seed, told
        )
        kept, overflow = _verified(scenario, goal, order.bookings(total), limits, replications, seed)
        while overflow > limits.risk and total > 0:
            overflows, total = True, total - max(total // 40, 1)
            kept, overflow = _verified(scenario, goal, order.bookings(total), limits, replications, seed)
        if total == 0 or kept.surely >= goal.quantile:
            break
        quantile = min(quantile + max(goal.quantile - kept.surely, 0.0005), 0.9999)
    if total < order.most:
        fuller = with_bookings(scenario, order.bookings(total + 1))
        trial = Rehearsal(fuller, goal, replications, seed)
        trial.kept(fuller.model)
        overflows |= limits.places is not None and trial.overflow(limits.places) > limits.risk
        bound_by = "park" if overflows else "standard"
    return Quotas(
        booked.starts,
        tuple(order.bookings(total)),
        kept,
        name,
        bound_by,
        overflow,
        1.0 - booked.no_show_share,
    )


def _verified(
    scenario: Scenario, goal: Goal, bookings: Sequence[int], limits: QuotaLimits, replications: int, seed: int
) -> tuple[Kept, float]:
    """How the standard is kept, and the share of days on which the parks overflow, on fresh luck."""
    sample = with_bookings(scenario, bookings)
    rehearsal = Rehearsal(sample, goal, FRESH_TIMES * replications, seed + FRESH_SEED)
    kept = rehearsal.kept(sample.model)
    return kept, 0.0 if limits.places is None else rehearsal.overflow(limits.places)


def _largest_total(
    scenario: Scenario, goal: Goal, order: Apportionment, most: int, limits: QuotaLimits, replications: int,
    seed: int, told: Callable[[str], None] | None,
) -> int:  # fmt: skip
    def holds(total: int) -> bool:
        if told is not None:
            told(f"{total} bookings")
        tried = with_bookings(scenario, order.bookings(total))
        rehearsal = Rehearsal(tried, goal, replications, seed)
        if not rehearsal.kept(tried.model).holds:
            return False
        return limits.places is None or rehearsal.overflow(limits.places) <= limits.risk

    if holds(most):
        return most
    low, high = 0, most
    while high - low > 1:
        middle = (low + high) // 2
        if holds(middle):
            low = middle
        else:
            high = middle
    return low


def _caps(scenario: Scenario, limits: QuotaLimits) -> tuple[list[int], str]:
    """[slots] most bookings of each, and whether the slot or the neighbour bounds them.

    The neighbour takes so many trucks an hour; the slots of an hour share what those without a booking leave.
    """
    booked = booked_of(scenario)
    if limits.per_hour is None:
        return [limits.slot] * len(booked.starts), "slot"
    hours = np.floor(np.asarray(booked.starts) / 60.0).astype(np.int64)
    slots_of = np.bincount(hours)
    others = _others_per_hour(scenario, len(slots_of))
    shows = max(1.0 - booked.no_show_share, 1e-9)
    room = np.maximum(limits.per_hour - others, 0.0) / shows
    caps = []
    for place, hour in enumerate(hours):
        here = int(np.count_nonzero(hours[:place] == hour))
        share = int(np.floor(room[hour] * (here + 1) / slots_of[hour])) - int(
            np.floor(room[hour] * here / slots_of[hour])
        )
        caps.append(min(limits.slot, share))
    tight = any(cap < limits.slot for cap in caps)
    return caps, "neighbour" if tight else "slot"


def _others_per_hour(scenario: Scenario, hours: int) -> NDArray[np.float64]:
    """[hours] trucks expected without a booking."""
    expected, edges = np.zeros(hours), np.arange(hours + 1) * 60.0
    for source in scenario.demand:
        if isinstance(source, Live):
            trucks = np.diff(source.edges) / 60.0 * np.asarray(source.per_hour)
            reached = np.concatenate(([0.0], np.cumsum(trucks)))
            expected += np.diff(np.interp(edges, source.edges, reached))
        elif isinstance(source, Recorded):
            expected += np.histogram(source.at, edges)[0]
    return expected
