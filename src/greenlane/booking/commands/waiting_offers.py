"""What becomes of a group and of the places offered to it, inside a transaction that locked the group."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from greenlane.booking.commands.news import tell_holder
from greenlane.booking.commands.transactions import lock_places
from greenlane.booking.models import Booking, State, WaitingEntry, WaitingGroup
from greenlane.booking.waiting_list.groups import OFFERS_EACH
from greenlane.registry.models import Account

GroupState = WaitingGroup.GroupState


def give_back(group: WaitingGroup, state: State, at: datetime, why: str, by: Account | None = None) -> None:
    """End what is still held for the group, so that its places go on.

    The group does not wait while they are freed: they are the list's if somebody else waits for them.
    """
    entries = group.entries.filter(booking__state=State.HELD).values_list("booking_id", flat=True)
    held = Booking.objects.filter(pk__in=list(entries), state=State.HELD).order_by("pk")
    ids = list(held.select_for_update().values_list("pk", flat=True))
    lock_places(ids)
    Booking.objects.filter(pk__in=ids).update(
        state=state, ended_at=at, changed_at=at, changed_by=by, changed_why=why
    )


def wait_again(group: WaitingGroup, at: datetime) -> WaitingGroup:
    """An offer was not taken: the group keeps its turn for other slots, or leaves after its last offer."""
    if group.offers >= OFFERS_EACH:
        return end_group(group, GroupState.LEFT, at)
    if group.latest <= at:
        return end_group(group, GroupState.OVER, at)
    group.state, group.offer_until = GroupState.WAITING, None
    group.save(update_fields=["state", "offer_until"])
    return group


def end_group(group: WaitingGroup, state: str, at: datetime) -> WaitingGroup:
    """The group waits no longer, and its trucks may join again."""
    group.state, group.offer_until, group.ended_at = GroupState(state), None, at
    group.save(update_fields=["state", "offer_until", "ended_at"])
    WaitingEntry.objects.filter(group=group).update(is_waiting=False)
    return group


def tell_group(kind: str, group: WaitingGroup, at: datetime, **details: Any) -> None:
    """Tell those who wait; ``details`` are plain values for the text."""
    tell_holder(kind, group, at, number=group.number, **details)
