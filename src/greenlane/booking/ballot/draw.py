"""Who gets which slot: entries in the order of their keys, each the first of its slots with room. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from greenlane.booking.ballot.document import DrawnSlot, Entry, EntryList, Limit
from greenlane.booking.ballot.tickets import key_of

BOOKED, PRIORITY = "booked", "priority"


@dataclass(frozen=True, slots=True)
class Turn:
    """An entry's turn: its place, or none (`slot` None)."""

    number: str
    key: str
    slot: int | None
    share: str


@dataclass(frozen=True, slots=True)
class Passed:
    """A slot of a wish that had no room in a share, and the limit that was used up."""

    slot: int
    share: str
    limit: Limit


def draw(closed: EntryList, final: str) -> list[Turn]:
    """All turns, in order.

    A place is taken in every limit that the slot is under and that is meant for such an entry, or in none.
    An entry with priority tries the priority share of each slot first, then the share of all bookings.
    """
    room = Room(closed)
    turns = []
    for key, entry in in_order(closed, final):
        slot, share, _ = room.first_place(entry)
        turns.append(Turn(entry.number, key, slot, share))
    return turns


def in_order(closed: EntryList, final: str) -> Iterator[tuple[str, Entry]]:
    """The entries with their keys, in the order of the keys."""
    yield from sorted(
        ((key_of(final, entry.number, entry.weight), entry) for entry in closed.entries),
        key=lambda keyed: (keyed[0], keyed[1].number),
    )


class Room:
    """What is left of the limits while places are given out."""

    def __init__(self, closed: EntryList) -> None:
        limits = {limit.id: limit for limit in closed.limits}
        self._slots = {slot.id: [limits[each] for each in slot.limits] for slot in closed.slots}
        self._taken: dict[tuple[str, str], int] = {}

    def first_place(self, entry: Entry) -> tuple[int | None, str, list[Passed]]:
        """Take the first place that fits: slot and share, and what was passed on the way to it."""
        passed: list[Passed] = []
        for slot in entry.slots:
            for share in shares_of(entry):
                full = self._take(entry, slot, share)
                if full is None:
                    return slot, share, passed
                passed.append(Passed(slot, share, full))
        return None, "", passed

    def _take(self, entry: Entry, slot: int, share: str) -> Limit | None:
        """Take a place in all limits, or tell the first that has none."""
        due = [limit for limit in self._slots[slot] if applies(limit, entry, share)]
        counters = [(limit.id, entry.carrier if limit.each_carrier else "") for limit in due]
        for limit, counter in zip(due, counters, strict=True):
            if self._taken.get(counter, 0) >= limit.free:
                return limit
        for counter in counters:
            self._taken[counter] = self._taken.get(counter, 0) + 1
        return None


def shares_of(entry: Entry) -> tuple[str, ...]:
    """The shares that an entry may take places of, in the order in which it tries them."""
    return (PRIORITY, BOOKED) if entry.share == PRIORITY else (BOOKED,)


def applies(limit: Limit, entry: Entry, share: str) -> bool:
    """Whether a limit is meant for such an entry; an empty selector is meant for all."""
    return (
        limit.vehicle_class in ("", entry.vehicle_class)
        and limit.share in ("", share)
        and limit.park in ("", entry.park)
        and limit.carrier in ("", entry.carrier)
        and limit.verified in ("", entry.verified)
    )


def slots_by_id(closed: EntryList) -> dict[int, DrawnSlot]:
    """The slots of the day by their ids."""
    return {slot.id: slot for slot in closed.slots}
