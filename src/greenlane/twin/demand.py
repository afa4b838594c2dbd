"""Who comes, and when: the live queue, booked slots, a recorded trace, or any mix of them.

A demand is a tuple of sources. Each truck has a number that its luck belongs to: its source and its place
there. More trucks an hour, or one booking more in a slot, leave the luck of all others as it was.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from math import isfinite

from greenlane.twin.distributions import Distribution
from greenlane.twin.model import ModelError

MOST_SOURCES = 15
"""Of one demand: the number of a truck's luck has four bits for its source."""
MOST_IN_SLOT = 1024
"""Bookings of one slot."""


@dataclass(frozen=True, slots=True)
class Live:
    """Trucks without a booking: a Poisson process whose rate is constant within each span.

    Attributes:
        edges: [spans + 1] minutes from the start of the run, ascending.
        per_hour: [spans] trucks an hour.
        convoy: trucks that come together; 1 for single trucks.
    """

    edges: tuple[float, ...]
    per_hour: tuple[float, ...]
    convoy: int = 1

    def __post_init__(self) -> None:
        if len(self.edges) != len(self.per_hour) + 1:
            _refuse("live.edges", "There must be one edge more than rates.", "Give the end of the last span.")
        if any(later <= earlier for earlier, later in pairwise(self.edges)):
            _refuse("live.edges", "The edges do not ascend.", "Give the spans in order.")
        if any(rate < 0.0 or not isfinite(rate) for rate in self.per_hour):
            _refuse("live.per_hour", "A rate is below 0 or not a number.", "Give 0 or more trucks an hour.")
        if self.convoy < 1:
            _refuse("live.convoy", "A convoy has no truck.", "Give 1 for single trucks.")

    @property
    def expected(self) -> float:
        """Trucks of the whole run."""
        spans = zip(self.per_hour, pairwise(self.edges), strict=True)
        return sum(rate * (end - begin) / 60.0 for rate, (begin, end) in spans)


@dataclass(frozen=True, slots=True)
class Booked:
    """Trucks with a slot.

    Attributes:
        starts: [slots] minutes from the start of the run at which each slot begins.
        bookings: [slots] trucks booked in it.
        offset: minutes from a slot's start to the arrival of those who come; below 0 is early.
        no_show_share: of the bookings, who never come.
        late_after: minutes after a slot's start beyond which a truck goes among those without a booking.
    """

    starts: tuple[float, ...]
    bookings: tuple[int, ...]
    offset: Distribution
    no_show_share: float = 0.0
    late_after: float = float("inf")

    def __post_init__(self) -> None:
        if len(self.starts) != len(self.bookings):
            _refuse("booked.bookings", "There must be one number for each slot.", "Give 0 for an empty slot.")
        if any(not 0 <= number <= MOST_IN_SLOT for number in self.bookings):
            _refuse("booked.bookings", "A number is out of range.", f"Give 0 to {MOST_IN_SLOT} trucks.")
        if not 0.0 <= self.no_show_share <= 1.0:
            _refuse("booked.no_show_share", "It is not a share.", "Give 0 to 1.")

    @property
    def expected(self) -> float:
        """Trucks of the whole run that come."""
        return sum(self.bookings) * (1.0 - self.no_show_share)


@dataclass(frozen=True, slots=True)
class Recorded:
    """Trucks as they came, or as they are expected: the same in every replication.

    Attributes:
        at: [trucks] minutes from the start of the run, in any order.
        kinds: [trucks] codes of their kinds, decided by each truck's file; empty to draw them by share.
        slots: [trucks] start of each truck's slot, NaN for none; empty when none has one.
        convoys: [trucks] number of each truck's convoy, -1 for none; empty when none has one.
        turns: [trucks] minutes that the order of call-up goes by; empty for the slot, else the arrival.
        numbers: [trucks] whose luck each has, different and from 0 on; empty for its place here.
    """

    at: tuple[float, ...]
    kinds: tuple[str, ...] = ()
    slots: tuple[float, ...] = ()
    convoys: tuple[int, ...] = ()
    turns: tuple[float, ...] = ()
    numbers: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        for name in ("kinds", "slots", "convoys", "turns", "numbers"):
            given = len(getattr(self, name))
            if given not in (0, len(self.at)):
                _refuse(
                    f"recorded.{name}", f"{given} for {len(self.at)} trucks.", "Give one for each, or none."
                )
        if not all(isfinite(at) for at in self.at):
            _refuse("recorded.at", "A time of arrival is missing.", "Leave the truck out.")

    @property
    def expected(self) -> float:
        """Trucks of the whole run."""
        return float(len(self.at))


Source = Live | Booked | Recorded
Demand = tuple[Source, ...]


def _refuse(field: str, message: str, mend: str) -> None:
    raise ModelError(f"demand.{field}", message, mend)
