"""Which truck in the park a ticket of the live queue belongs to. Pure: no Django."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from greenlane.gate.plates import match_key, normalise


@dataclass(frozen=True, slots=True)
class Plated:
    """A passage or a ticket by its key, with the plate as read or typed; the country may not be known."""

    key: int
    plate: str
    country: str


def match_tickets(trucks: Iterable[Plated], tickets: Iterable[Plated]) -> dict[int, int]:
    """The ticket of each truck that has one: keys of passages to keys of tickets.

    A plate that was read is folded, as cameras confuse letters; of several tickets with the same folded plate
    the truck gets the one that is written alike, then the one of its country. Each ticket goes to one truck,
    the first in the order given.
    """
    by_fold: dict[str, list[Plated]] = defaultdict(list)
    for ticket in tickets:
        by_fold[match_key(ticket.plate)].append(ticket)
    matched: dict[int, int] = {}
    for truck in trucks:
        left = by_fold.get(match_key(truck.plate))
        if left:
            best = max(left, key=lambda ticket: _likeness(truck, ticket))
            left.remove(best)
            matched[truck.key] = best.key
    return matched


def _likeness(truck: Plated, ticket: Plated) -> tuple[bool, bool, int]:
    return (
        normalise(truck.plate) == normalise(ticket.plate),
        truck.country == ticket.country,
        -ticket.key,
    )
