"""Slots and quotas: made from the rules, opened, closed, merged, resized; no place made or lost silently."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import asdict
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import F

from greenlane.booking.commands.transactions import refused_clearly
from greenlane.booking.models import ACTIVE, Booking, Claim, Quota, Rules, Slot, SlotQuota, State
from greenlane.booking.plan import PlannedDay, PlannedQuota, plan_day
from greenlane.booking.queries.ballots import is_undrawn, starts_to_draw
from greenlane.errors import GreenlaneError
from greenlane.registry.crossing import SlotRules
from greenlane.registry.models import Account, Checkpoint
from greenlane.registry.queries import crossing_document


def set_rules(checkpoint: Checkpoint, direction: str, slots: SlotRules) -> bool:
    """Put the booking rules of a crossing's file in force; whether they differed from those before.

    Slots that exist keep their places; new slots are made by the new rules.
    """
    wished = asdict(slots)
    with transaction.atomic():
        rules, made = Rules.objects.get_or_create(checkpoint=checkpoint, direction=direction, defaults=wished)
        changed = {name: value for name, value in wished.items() if getattr(rules, name) != value}
        if changed:
            Rules.objects.filter(pk=rules.pk).update(**changed)
    return made or bool(changed)


def make_slots(
    checkpoint: Checkpoint, direction: str, since: date, until: date, at: datetime | None = None
) -> int:
    """Make the slots and quotas of the local dates ``since`` to ``until``, both included; how many slots
    are new.

    Repeating it changes nothing: what exists stays as it is, also where its capacity was changed since.

    Args:
        at: where places are drawn by lot, a day whose ballot would be over by then is released at once;
            without it `open_ballots` does that.
    """
    described = crossing_document(checkpoint.crossing.code).checkpoint(checkpoint.code)
    planned = [
        plan_day(described, direction, since + timedelta(days=offset))
        for offset in range((until - since).days + 1)
    ]
    starts = [start for day in planned for start, _ in day.slots]
    there = Slot.objects.filter(checkpoint=checkpoint, direction=direction, starts_at__in=starts)
    known = set(there.values_list("starts_at", flat=True))
    wanting = [day for day in planned if any(start not in known for start, _ in day.slots)]
    drawn = starts_to_draw(checkpoint, direction, described.directions[direction].slots, wanting, at)
    with transaction.atomic():
        ids = _make_missing_slots(checkpoint, direction, wanting, known, drawn)
        _make_quotas(checkpoint, direction, [quota for day in wanting for quota in day.quotas], ids)
    return sum(start not in known for start in ids)


def _make_missing_slots(
    checkpoint: Checkpoint,
    direction: str,
    days: Sequence[PlannedDay],
    known: set[datetime],
    drawn: Container[datetime],
) -> dict[datetime, int]:
    """Slot ids of the days by their start, made where they were missing."""
    states = {False: Slot.SlotState.OPEN, True: Slot.SlotState.BALLOT}
    Slot.objects.bulk_create(
        [
            Slot(
                checkpoint=checkpoint,
                direction=direction,
                starts_at=start,
                ends_at=end,
                state=states[start in drawn],
            )
            for day in days
            for start, end in day.slots
            if start not in known
        ],
        ignore_conflicts=True,
        batch_size=2000,
    )
    starts = [start for day in days for start, _ in day.slots]
    slots = Slot.objects.filter(checkpoint=checkpoint, direction=direction, starts_at__in=starts)
    return dict(slots.values_list("starts_at", "pk"))


def _make_quotas(
    checkpoint: Checkpoint, direction: str, planned: Sequence[PlannedQuota], slot_ids: dict[datetime, int]
) -> None:
    parks = {park.code: park.pk for park in checkpoint.parks.all()}
    Quota.objects.bulk_create(
        [
            Quota(
                checkpoint=checkpoint,
                direction=direction,
                kind=quota.kind,
                slot_id=slot_ids[quota.starts_at] if quota.of_one_slot else None,
                starts_at=quota.starts_at,
                ends_at=quota.ends_at,
                vehicle_class=quota.vehicle_class,
                share=quota.share,
                park_id=parks.get(quota.park),
                capacity=quota.capacity,
                changed_why="made from the rules",
            )
            for quota in planned
        ],
        ignore_conflicts=True,
        batch_size=5000,
    )


def set_capacity(quota_id: int, capacity: int, by: Account, why: str, at: datetime) -> Quota:
    """Change the number of places of a quota; never below what is taken.

    Raises:
        GreenlaneError: ``capacity_below_taken``, naming how many bookings would have to move first.
    """
    with transaction.atomic():
        quota = Quota.objects.select_for_update().get(pk=quota_id)
        if capacity < quota.taken:
            raise GreenlaneError(
                "capacity_below_taken",
                f"{quota.taken} places are taken, so the capacity cannot be {capacity}.",
                field="capacity",
                mend=f"Move or cancel {quota.taken - capacity} bookings first, or set {quota.taken}.",
                status=409,
            )
        quota.capacity, quota.changed_by, quota.changed_why = capacity, by, why
        quota.save(update_fields=["capacity", "changed_by", "changed_why"])
    return quota


def close_slot(slot_id: int) -> Slot:
    """Take no more bookings in a slot, and draw none; those that stand keep their places."""
    taking = (Slot.SlotState.OPEN, Slot.SlotState.BALLOT)
    Slot.objects.filter(pk=slot_id, state__in=taking).update(state=Slot.SlotState.CLOSED)
    return Slot.objects.get(pk=slot_id)


def open_slot(slot_id: int) -> Slot:
    """Take bookings again in a closed slot; where its day is still to be drawn by lot, in the ballot."""
    slot = Slot.objects.select_related("checkpoint").get(pk=slot_id)
    opened = Slot.SlotState.BALLOT if is_undrawn(slot) else Slot.SlotState.OPEN
    Slot.objects.filter(pk=slot_id, state=Slot.SlotState.CLOSED).update(state=opened)
    return Slot.objects.get(pk=slot_id)


def merge_slots(from_id: int, into_id: int, by: Account, why: str, at: datetime) -> int:
    """Merge a slot into another: its own places and its bookings go over, none is made or lost.

    Returns:
        The number of bookings that moved.

    Raises:
        GreenlaneError: the slots are of different checkpoints, or a wider quota (hour, day, ...) of the
            target has no room for the bookings that would come.
    """
    return refused_clearly(lambda: _merge(from_id, into_id, by, why, at))


def _merge(from_id: int, into_id: int, by: Account, why: str, at: datetime) -> int:
    slots = {
        slot.pk: slot
        for slot in Slot.objects.select_for_update(no_key=True)
        .filter(pk__in=(from_id, into_id))
        .order_by("pk")
    }
    for field, pk in (("from", from_id), ("into", into_id)):
        if pk not in slots or slots[pk].state == Slot.SlotState.MERGED:
            raise GreenlaneError(
                "slot_unknown" if pk not in slots else "slot_merged",
                f"Slot {pk} does not exist." if pk not in slots else f"Slot {pk} is merged already.",
                field=field,
                mend="Choose another slot.",
                status=409,
            )
    if from_id == into_id:
        raise GreenlaneError(
            "slots_same", "A slot cannot be merged into itself.", field="into", mend="Choose another slot."
        )
    source, target = slots[from_id], slots[into_id]
    if (source.checkpoint_id, source.direction) != (target.checkpoint_id, target.direction):
        raise GreenlaneError(
            "slots_apart",
            "The two slots are of different checkpoints or directions.",
            field="into",
            mend="Choose a slot of the same checkpoint and direction.",
        )
    # Bookings first, then quotas: the order of locks on every path.
    bookings = Booking.objects.filter(slot=source, state__in=ACTIVE).order_by("pk")
    list(bookings.select_for_update().values_list("pk", flat=True))
    involved = SlotQuota.objects.filter(slot__in=(source, target)).values("quota")
    locked = Quota.objects.select_for_update().filter(pk__in=involved).order_by("pk")
    for quota in [each for each in locked if each.slot_id == source.pk]:
        same = {
            "kind": quota.kind,
            "vehicle_class": quota.vehicle_class,
            "park_id": quota.park_id,
            "share": quota.share,
            "carrier_id": quota.carrier_id,
        }
        # Trucks that have entered used their places here; all others, free or taken, go over.
        used = Claim.objects.filter(quota=quota, booking__state=State.ENTERED).count()
        added = Quota.objects.filter(slot=target, **same).update(
            capacity=F("capacity") + quota.capacity - used, changed_by=by, changed_why=why
        )
        if not added:
            raise GreenlaneError(
                "quota_without_target",
                f"The slot to merge into has no quota of the kind {quota.kind}, so places would be lost.",
                field="into",
                mend="Add such a quota to it first.",
                status=409,
            )
    moving = list(bookings.values_list("pk", flat=True))
    Booking.objects.filter(pk__in=moving).update(slot=target, changed_at=at, changed_by=by, changed_why=why)
    for quota in Quota.objects.filter(slot=source):
        Quota.objects.filter(pk=quota.pk).update(capacity=quota.taken, changed_by=by, changed_why=why)
    Slot.objects.filter(pk=source.pk).update(state=Slot.SlotState.MERGED, merged_into=target)
    return len(moving)
