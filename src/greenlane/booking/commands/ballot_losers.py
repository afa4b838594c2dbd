"""Whoever is drawn and finds no room goes on the waiting list, in the order of the draw."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import IntegrityError, transaction

from greenlane.booking.codes import new_code
from greenlane.booking.commands.parts import kept_part
from greenlane.booking.commands.waiting import NUMBER
from greenlane.booking.models import Ballot, BallotEntry, Slot, WaitingEntry, WaitingGroup
from greenlane.booking.queries.ballot_standing import standing_of
from greenlane.booking.queries.places import rules_of

FIRST_RANK = 2
"""The waiting list's rank of the first turn; those that were there before the draw have 0 or 1."""
BATCH = 1000
"""Rows written in one statement."""

Joined = Mapping[str, WaitingGroup | str]
"""By entry, its group on the list, or the reason why it has none."""


def join_the_list(
    ballot: Ballot, losers: Sequence[BallotEntry], starts: Mapping[int, datetime], at: datetime
) -> Joined:
    """Let entries without a place wait for slots that start in the times of their wishes.

    All at once, with the refusals of `join_list`: a large ballot has thousands of them, and its slots are
    locked until it is drawn.

    Args:
        losers: with their ranks.
        starts: of the ballot's slots, by their ids.
    """
    if not losers:
        return {}
    try:
        return _join(ballot, losers, starts, at)
    except IntegrityError:
        # One of the trucks joined a list just now; the second time it is seen there.
        return _join(ballot, losers, starts, at)


@transaction.atomic
def _join(
    ballot: Ballot, losers: Sequence[BallotEntry], starts: Mapping[int, datetime], at: datetime
) -> Joined:
    groups: dict[str, WaitingGroup] = {}
    refused = _refused(ballot, losers, at)
    coming = _coming(ballot, starts, at)
    for entry in losers:
        wished = [starts[slot] for slot in entry.slots if slot in starts]
        earliest, latest = max(min(wished), at), max(wished)
        if latest <= at:
            refused.setdefault(entry.number, "times_past")
        elif not any(earliest <= start <= latest for start in coming):
            refused.setdefault(entry.number, "no_slots")
        elif entry.number not in refused:
            groups[entry.number] = _group(ballot, entry, earliest, latest, at)
    WaitingGroup.objects.bulk_create(groups.values(), BATCH)
    joining = [entry for entry in losers if entry.number in groups]
    WaitingEntry.objects.bulk_create((_entry(each, groups[each.number]) for each in joining), BATCH)
    return groups | refused


def _refused(ballot: Ballot, losers: Sequence[BallotEntry], at: datetime) -> dict[str, str]:
    """Entries whose trucks may not wait, each with the reason."""
    standing = standing_of(ballot, rules_of(ballot.checkpoint_id, ballot.direction), at)
    waits = set(
        WaitingEntry.objects.filter(
            truck__in=[entry.truck_id for entry in losers], is_waiting=True
        ).values_list("truck_id", flat=True)
    )
    reasons = {
        entry.number: "truck_waits" if entry.truck_id in waits else standing[entry.number].why_out
        for entry in losers
    }
    return {number: why for number, why in reasons.items() if why}


def _coming(ballot: Ballot, starts: Mapping[int, datetime], at: datetime) -> list[datetime]:
    """The starts of the slots to come in the times that were drawn."""
    slots = Slot.objects.filter(
        checkpoint=ballot.checkpoint_id,
        direction=ballot.direction,
        starts_at__gt=at,
        starts_at__range=(min(starts.values()), max(starts.values())),
    ).exclude(state=Slot.SlotState.MERGED)
    return list(slots.values_list("starts_at", flat=True))


def _group(
    ballot: Ballot, entry: BallotEntry, earliest: datetime, latest: datetime, at: datetime
) -> WaitingGroup:
    assert entry.rank is not None
    return WaitingGroup(
        number=new_code(NUMBER),
        checkpoint=ballot.checkpoint,
        direction=ballot.direction,
        account=entry.account,
        carrier=entry.carrier,
        share=entry.share,
        earliest=earliest,
        latest=latest,
        rank=FIRST_RANK + entry.rank - 1,
        made_at=at,
    )


def _entry(entry: BallotEntry, group: WaitingGroup) -> WaitingEntry:
    return WaitingEntry(
        group=group,
        truck=entry.truck,
        trailer_id=kept_part(entry.trailer, entry.carrier_id),
        driver_id=kept_part(entry.driver, entry.carrier_id),
        park_id=entry.park_id,
        vehicle_class=entry.truck.vehicle_class,
    )
