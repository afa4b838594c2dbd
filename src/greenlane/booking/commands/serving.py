"""Serving the waiting list: freed places are offered in its order; what suits nobody who waits is released.

Each offer is a transaction of its own. Meanwhile the slots stay the list's, so nobody else takes what is
being offered; several workers may serve at once. Locks: groups by key, then bookings, quotas and unique keys
as on every path.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from enum import Enum
from functools import partial

from django.db import transaction
from django.db.models import F

from greenlane.booking.commands.take import take
from greenlane.booking.commands.transactions import refused_clearly
from greenlane.booking.commands.waiting_offers import end_group, give_back, tell_group, wait_again
from greenlane.booking.models import FreedSlot, Quota, Slot, State, WaitingEntry, WaitingGroup
from greenlane.booking.places import PlaceRequest
from greenlane.booking.queries import rules_of
from greenlane.booking.queries.waiting import (
    freed_marks,
    freed_places,
    groups_waiting,
    lists_with_waiting,
    offers_ended,
    slots_that_fit,
)
from greenlane.booking.waiting_list.groups import FreedPlaces
from greenlane.booking.waiting_list.serving import Offer, Served, serve

MOST_ROUNDS = 1000
"""Times that one list is gone through at a stretch; the next run goes on."""
GroupState = WaitingGroup.GroupState


class _Outcome(Enum):
    MADE = "made"
    REFUSED = "refused"
    BUSY = "busy"


class _NotTaken(Exception):
    """Not all trucks got their places: the offer is undone."""


def serve_list(at: datetime) -> int:
    """End what is over, then offer freed places wherever there are some; how many offers were made."""
    end_offers(at)
    end_groups(at)
    lines = FreedSlot.objects.order_by("slot__checkpoint_id", "slot__direction")
    return sum(
        _serve(checkpoint_id, direction, at)
        for checkpoint_id, direction in lines.values_list("slot__checkpoint_id", "slot__direction").distinct()
    )


def look_again(at: datetime) -> int:
    """Offer what is free and suits somebody, wherever somebody waits; how many offers were made.

    A place that became free at the very instant in which somebody joined, or a truck that may come again, are
    found here.
    """
    return sum(serve_line(checkpoint_id, direction, at) for checkpoint_id, direction in lists_with_waiting())


def serve_line(checkpoint_id: int, direction: str, at: datetime) -> int:
    """Serve one list, from all places that are free; how many offers were made."""
    marked = [FreedSlot(slot_id=slot, at=at) for slot in slots_that_fit(checkpoint_id, direction, at)]
    FreedSlot.objects.bulk_create(marked, ignore_conflicts=True)
    return _serve(checkpoint_id, direction, at)


def end_offers(at: datetime) -> int:
    """Offers that ran out: the places go to the next, the group waits on or leaves; how many."""
    return sum(refused_clearly(partial(_end_offer, pk, at)) for pk in offers_ended(at))


def end_groups(at: datetime) -> int:
    """Groups whose times are over, or one of whose trucks is no longer on its carrier's list; how many."""
    waiting = WaitingGroup.objects.filter(state=GroupState.WAITING)
    over = waiting.filter(latest__lte=at) | waiting.filter(entries__truck__retired_at__isnull=False)
    ids = list(over.values_list("pk", flat=True))
    if not ids:
        return 0
    with transaction.atomic():
        groups = WaitingGroup.objects.select_for_update(skip_locked=True).filter(
            pk__in=ids, state=GroupState.WAITING
        )
        for group in groups.order_by("pk"):
            end_group(group, GroupState.OVER if group.latest <= at else GroupState.LEFT, at)
        return len(groups)


def _end_offer(group_id: int, at: datetime) -> bool:
    groups = WaitingGroup.objects.select_for_update(skip_locked=True).filter(
        pk=group_id, state=GroupState.OFFERED
    )
    group = groups.first()
    if group is None:
        return False
    give_back(group, State.EXPIRED, at, "the offer ran out")
    wait_again(group, at)
    tell_group("offer_over", group, at, waits_on=group.state == GroupState.WAITING)
    return True


def _serve(checkpoint_id: int, direction: str, at: datetime) -> int:
    rules = rules_of(checkpoint_id, direction)
    unable: set[int] = set()
    made = 0
    for _ in range(MOST_ROUNDS):
        # Marks first: one that is written after this is left for the next round.
        marks = freed_marks(checkpoint_id, direction)
        if not marks:
            return made
        groups = [each for each in groups_waiting(checkpoint_id, direction, at) if each.id not in unable]
        slots = freed_places(checkpoint_id, direction, marks, {group.carrier for group in groups})
        served = serve(
            groups,
            slots,
            at,
            limit=rules.passed_over_limit,
            kept_until=timedelta(minutes=rules.move_cutoff_minutes),
        )
        for offer in served.offers:
            outcome = _make_offer(offer, at)
            if outcome is _Outcome.BUSY:
                return made
            if outcome is _Outcome.REFUSED:
                unable.add(offer.group)
                break
            made += 1
        else:
            _settle_slots(served, slots, marks)
            return made
    return made


def _make_offer(offer: Offer, at: datetime) -> _Outcome:
    def make() -> _Outcome:
        involved = sorted((offer.group, *offer.passed))
        groups = {
            group.pk: group
            for group in WaitingGroup.objects.select_for_update(skip_locked=True)
            .filter(pk__in=involved, state=GroupState.WAITING)
            .order_by("pk")
        }
        if len(groups) < len(involved):
            # Somebody else is at work on them: what was decided may not hold any more.
            return _Outcome.BUSY
        group = groups[offer.group]
        entries = list(group.entries.order_by("pk"))
        answers = take([_request(group, entry, offer.slot) for entry in entries], at)
        if not all(answer.outcome == "taken" for answer in answers):
            raise _NotTaken
        for entry, answer in zip(entries, answers, strict=True):
            entry.booking_id = answer.booking_id
        WaitingEntry.objects.bulk_update(entries, ["booking"])
        group.state, group.offers = GroupState.OFFERED, group.offers + 1
        group.offer_until = answers[0].held_until
        group.save(update_fields=["state", "offers", "offer_until"])
        WaitingGroup.objects.filter(pk__in=offer.passed).update(passed_over=F("passed_over") + 1)
        _tell_offered(group, entries, at)
        return _Outcome.MADE

    try:
        return refused_clearly(make)
    except _NotTaken:
        return _Outcome.REFUSED


def _request(group: WaitingGroup, entry: WaitingEntry, slot: int) -> PlaceRequest:
    return PlaceRequest(
        slot=slot,
        account=group.account_id,
        carrier=group.carrier_id,
        truck=entry.truck_id,
        trailer=entry.trailer_id,
        driver=entry.driver_id,
        vehicle_class=entry.vehicle_class,
        share=group.share,
        park=entry.park_id,
        asked_for=group.earliest,
        why="offered by the waiting list",
        offer=True,
    )


def _tell_offered(group: WaitingGroup, entries: Sequence[WaitingEntry], at: datetime) -> None:
    slot = Slot.objects.get(bookings__waiting_entries=entries[0])
    assert group.offer_until is not None
    tell_group(
        "offered",
        group,
        at,
        slot_starts_at=slot.starts_at.isoformat(),
        offer_until=group.offer_until.isoformat(),
        trucks=len(entries),
    )


def _settle_slots(served: Served, slots: Collection[FreedPlaces], marks: Mapping[int, int | None]) -> None:
    """Keep the slots that are kept; release the others, unless more became free in them meanwhile."""
    if served.kept == marks:
        return
    passed = sorted({group for groups in served.released.values() for group in groups})
    expected = {quota.id: quota.free - served.taken[quota.id] for slot in slots for quota in slot.quotas}

    def settle() -> None:
        groups = WaitingGroup.objects.select_for_update(skip_locked=True).filter(pk__in=passed)
        locked = set(groups.order_by("pk").values_list("pk", flat=True))
        # Whoever frees a place here holds one of these until it is seen and its mark is written.
        quotas = Quota.objects.select_for_update(no_key=True).filter(pk__in=list(expected)).order_by("pk")
        grown = {quota.pk for quota in quotas if quota.capacity - quota.taken > expected[quota.pk]}
        changed = {slot.id for slot in slots if grown & {quota.id for quota in slot.quotas}}
        for slot, group in served.kept.items():
            FreedSlot.objects.filter(pk=slot).update(kept_for=group)
        # Those that are closed or over by now go too.
        released = set(marks) - changed - set(served.kept)
        FreedSlot.objects.filter(pk__in=released).delete()
        for slot in released & set(served.released):
            WaitingGroup.objects.filter(pk__in=locked & set(served.released[slot])).update(
                passed_over=F("passed_over") + 1
            )

    refused_clearly(settle)
