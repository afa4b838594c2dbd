"""A checkpoint that gives its places out by lot, with slots of one day. Names and plates are invented."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from places_world import make_account, make_carrier, make_checkpoint, make_quota, make_slot, make_truck

from greenlane.booking.commands import Wish, enter_ballot, open_ballots
from greenlane.booking.models import Ballot, BallotEntry, Quota, Slot
from greenlane.registry.models import Account, Carrier, Checkpoint

DAY = date(2026, 5, 18)
MIDNIGHT = datetime(2026, 5, 17, 22, 0, tzinfo=UTC)
"""The beginning of the day in Warsaw."""
OPENS = MIDNIGHT - timedelta(days=14)
CLOSES = OPENS + timedelta(hours=6)
INSIDE = OPENS + timedelta(hours=1)
"""A time in the window."""
FIRST_HOUR = 6


@dataclass
class BallotWorld:
    """Slots from six o'clock on, one an hour, each with a quota of its own."""

    checkpoint: Checkpoint
    slots: list[Slot]
    quotas: list[Quota]
    people: dict[int, Account] = field(default_factory=dict)

    @property
    def ballot(self) -> Ballot:
        return Ballot.objects.get(checkpoint=self.checkpoint, day=DAY)

    def person(self, carrier: Carrier) -> Account:
        """A dispatcher of the carrier, always the same."""
        if carrier.pk not in self.people:
            self.people[carrier.pk] = make_account(carrier, "dispatcher")
        return self.people[carrier.pk]

    def enter(self, *slots: int, carrier: Carrier | None = None, **given: Any) -> BallotEntry:
        """A truck of its own that wishes for slots by their place in the day, best first."""
        carrier = carrier or make_carrier(verified=True)
        truck = given.pop("truck", None) or make_truck(carrier, given.pop("vehicle_class", "laden"))
        wish = Wish([self.slots[place].pk for place in slots])
        at = given.pop("at", INSIDE)
        return enter_ballot(self.person(carrier), self.ballot.pk, truck.pk, wish, at, **given)


def make_ballot_world(slots: int = 3, capacity: int = 2, **rules: Any) -> BallotWorld:
    """An open ballot; carriers are capped only where rules say so, the unverified not at all unless asked."""
    given = {"allocation": "ballot", "ballot_window_hours": 6.0, "unverified_share": 1.0} | rules
    checkpoint = make_checkpoint(**given)
    starts = [MIDNIGHT + timedelta(hours=FIRST_HOUR + place) for place in range(slots)]
    made = [make_slot(checkpoint, start) for start in starts]
    quotas = [make_quota(slot, "slot", capacity) for slot in made]
    Slot.objects.filter(checkpoint=checkpoint).update(state=Slot.SlotState.BALLOT)
    assert open_ballots(OPENS) == 1
    return BallotWorld(checkpoint, list(Slot.objects.filter(checkpoint=checkpoint)), quotas)
