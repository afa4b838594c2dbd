"""Who waits, and which places they need. Pure: no Django."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

OFFERS_EACH = 2
"""A group that let so many offers go leaves the list."""
LARGEST_CONVOY = 10
"""Trucks that may wait together."""


@dataclass(frozen=True, slots=True)
class WaitingTruck:
    """What matters of a truck for the places that it needs."""

    vehicle_class: str
    park: int | None = None


@dataclass(frozen=True, slots=True)
class Waiting:
    """A group of the list: one truck, or a convoy that is served all or not at all, in one slot.

    Attributes:
        rank: 0 where the checkpoint owes it a place; else it orders those who came at the same instant (a
            ballot's turns).
        earliest, latest: the first and the last start of a slot that suits it.
        passed_over: how often freed places that suited some of its trucks only went to others.
        can_come: no truck has another booking, is barred, or was taken off its carrier's list.
        refused: a slot whose offer it let go; it is not offered again.
    """

    id: int
    rank: int
    made_at: datetime
    earliest: datetime
    latest: datetime
    carrier: int
    share: str
    trucks: tuple[WaitingTruck, ...]
    passed_over: int = 0
    can_come: bool = True
    refused: int | None = None

    def suits(self, slot: FreedPlaces) -> bool:
        """Whether the slot starts at a time that it waits for."""
        return self.earliest <= slot.starts_at <= self.latest and slot.id != self.refused


def in_order(groups: Iterable[Waiting]) -> list[Waiting]:
    """The published order: those who are owed a place first, then as they came."""
    return sorted(groups, key=lambda group: (group.rank > 0, group.made_at, group.rank, group.id))


@dataclass(frozen=True, slots=True)
class Quota:
    """Places over a time for the trucks that its selectors name (empty or None: for all)."""

    id: int
    capacity: int
    free: int
    vehicle_class: str = ""
    park: int | None = None
    share: str = ""
    carrier: int | None = None

    @property
    def is_for_all(self) -> bool:
        return not self.vehicle_class and self.park is None and not self.share and self.carrier is None

    def takes(self, group: Waiting, truck: WaitingTruck) -> bool:
        return (
            self.vehicle_class in ("", truck.vehicle_class)
            and self.park in (None, truck.park)
            and self.share in ("", group.share)
            and self.carrier in (None, group.carrier)
        )


@dataclass(frozen=True, slots=True)
class FreedPlaces:
    """A slot in which places became free, with the quotas that it is under."""

    id: int
    starts_at: datetime
    quotas: tuple[Quota, ...]

    @property
    def is_full(self) -> bool:
        """Whether it has no place for whatever truck."""
        return any(quota.free < 1 for quota in self.quotas if quota.is_for_all)


class Fit(Enum):
    """What of a group a slot has places for."""

    ALL = "all"
    SOME = "some"
    NONE = "none"


def needs(group: Waiting, slot: FreedPlaces) -> Counter[int]:
    """Places that the group takes, by quota of the slot."""
    return Counter(quota.id for truck in group.trucks for quota in slot.quotas if quota.takes(group, truck))


def fit(group: Waiting, slot: FreedPlaces, taken: Mapping[int, int]) -> Fit:
    """Whether all trucks of the group have places in the slot, or at least one of them alone.

    Args:
        taken: places given away since the quotas were counted, by quota.
    """
    if not slot.quotas:
        return Fit.NONE
    free = {quota.id: quota.free - taken.get(quota.id, 0) for quota in slot.quotas}
    if all(free[quota] >= number for quota, number in needs(group, slot).items()):
        return Fit.ALL
    alone = any(
        all(free[quota.id] >= 1 for quota in slot.quotas if quota.takes(group, truck))
        for truck in group.trucks
    )
    return Fit.SOME if alone else Fit.NONE


def could_hold(group: Waiting, slot: FreedPlaces) -> bool:
    """Whether the slot has places for all its trucks when nobody else is in it."""
    capacity = {quota.id: quota.capacity for quota in slot.quotas}
    return bool(slot.quotas) and all(
        capacity[quota] >= number for quota, number in needs(group, slot).items()
    )
