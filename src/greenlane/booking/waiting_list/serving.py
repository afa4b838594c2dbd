"""Who is offered which freed place: the rule of the waiting list. Pure: no Django.

The list is gone through from its head. Each group is offered the earliest freed slot that suits it and has
places for all its trucks. A convoy for which a slot has places for some trucks only is *passed over* when
these places go to others: to a group behind it, or to everybody because nobody who waits fits. That happens
to it at most ``limit`` times. From then on such slots are *kept* for it: no group behind it is served
there, nobody else may book there, and what becomes free is gathered, until it fits or the slot starts
within ``kept_until``. So at most ``limit`` groups that came later are served before it with places that
suited it, whatever happens. In slots that start within ``kept_until`` places rather go to the next than to
waste, and that counts for nobody.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from greenlane.booking.waiting_list.groups import Fit, FreedPlaces, Waiting, could_hold, fit, in_order, needs


@dataclass(frozen=True, slots=True)
class Offer:
    """Places in a slot for all trucks of a group.

    Attributes:
        passed: groups before it that are passed over by this.
    """

    group: int
    slot: int
    passed: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Served:
    """What is to be done.

    Attributes:
        offers: in this order.
        kept: slots whose places are gathered, and for which group.
        released: slots that everybody may book again, and the groups that are passed over by that.
        taken: places that the offers take, by quota.
    """

    offers: tuple[Offer, ...] = ()
    kept: dict[int, int] = field(default_factory=dict)
    released: dict[int, tuple[int, ...]] = field(default_factory=dict)
    taken: Counter[int] = field(default_factory=Counter)


def serve(
    groups: Iterable[Waiting],
    slots: Collection[FreedPlaces],
    at: datetime,
    *,
    limit: int,
    kept_until: timedelta,
) -> Served:
    """Go once through the list for the slots in which places became free.

    Args:
        limit: how often a group is passed over at most.
        kept_until: so long before its start a slot's places are no longer kept.
    """
    return _Round(slots, at, limit, kept_until).go_through(in_order(groups))


class _Round:
    def __init__(
        self, slots: Collection[FreedPlaces], at: datetime, limit: int, kept_until: timedelta
    ) -> None:
        self.slots = sorted(slots, key=lambda slot: (slot.starts_at, slot.id))
        self.at, self.limit, self.kept_until = at, limit, kept_until
        self.taken: Counter[int] = Counter()
        self.passed: Counter[int] = Counter()
        self.kept: dict[int, int] = {}
        self.released: dict[int, tuple[int, ...]] = {}
        self.unserved: list[Waiting] = []

    def go_through(self, groups: list[Waiting]) -> Served:
        offers = []
        for group in groups:
            if not group.can_come:
                continue
            slot = next((slot for slot in self.slots if self._may_have(group, slot)), None)
            if slot is None:
                self.unserved.append(group)
                self._keep_for(group)
            else:
                passed = self._pass_over(slot)
                self.taken.update(needs(group, slot))
                offers.append(Offer(group.id, slot.id, passed))
                self._keep_for(*self.unserved)
        for slot in self.slots:
            if slot.id not in self.kept:
                self.released[slot.id] = self._pass_over(slot)
                self._keep_for(*self.unserved)
        return Served(tuple(offers), self.kept, self.released, self.taken)

    def _may_have(self, group: Waiting, slot: FreedPlaces) -> bool:
        return (
            group.suits(slot)
            and slot.id not in self.kept
            and self.at < slot.starts_at
            and fit(group, slot, self.taken) is Fit.ALL
        )

    def _pass_over(self, slot: FreedPlaces) -> tuple[int, ...]:
        """Those before, for some of whose trucks the slot has places."""
        passed = tuple(group.id for group in self.unserved if self._lacks_places(group, slot))
        self.passed.update(passed)
        return passed

    def _keep_for(self, *groups: Waiting) -> None:
        for group in groups:
            if group.passed_over + self.passed[group.id] >= self.limit:
                for slot in self.slots:
                    is_settled = slot.id in self.kept or slot.id in self.released
                    if not is_settled and self._lacks_places(group, slot):
                        self.kept[slot.id] = group.id

    def _lacks_places(self, group: Waiting, slot: FreedPlaces) -> bool:
        return (
            group.suits(slot)
            and self.at + self.kept_until < slot.starts_at
            and could_hold(group, slot)
            and fit(group, slot, self.taken) is Fit.SOME
        )
