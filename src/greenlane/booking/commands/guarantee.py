"""The reciprocal guarantee: a checkpoint later than it promises gives a later slot and credits."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial

from greenlane.booking.commands.news import tell_holder
from greenlane.booking.commands.transactions import lock_places, refused_clearly
from greenlane.booking.guarantee import CREDIT_DAYS, Delayed, Lateness, gets_new_slot, is_owed
from greenlane.booking.models import Booking, Credit, FreedSlot, Rules, Slot, State
from greenlane.booking.queries import MOVED_BY_GUARANTEE, free_slots, lateness_of, rules_of
from greenlane.errors import GreenlaneError
from greenlane.registry.models import Checkpoint


def keep_guarantee(
    checkpoint: Checkpoint, direction: str, at: datetime, in_park: Mapping[int, datetime]
) -> int:
    """Pay what the checkpoint owes for being late: to each booking once, in the order of their slots.

    A booking that is owed the guarantee (`guarantee.is_owed`) gets its credits and, unless its truck waits in
    the park or is called, a place in the first later slot that has one. Where there is none, it keeps its
    place and is tried again the next time. Repeating it changes nothing.

    Args:
        in_park: bookings whose trucks wait in the park, and since when; the gate knows them.

    Returns:
        How many bookings got credits or a new slot.
    """
    rules = rules_of(checkpoint.pk, direction)
    delayed = list(
        Booking.objects.filter(
            checkpoint=checkpoint,
            direction=direction,
            state__in=(State.CONFIRMED, State.CALLED),
            slot__ends_at__lte=at - timedelta(minutes=rules.guarantee_minutes),
        )
        .order_by("slot__starts_at", "slot__ends_at", "confirmed_at", "pk")
        .values_list("pk", flat=True)
    )
    if not delayed:
        return 0
    waiting = sum(pk in in_park for pk in delayed)
    lateness = lateness_of(checkpoint, direction, at, waiting)
    return sum(_keep(pk, rules, lateness, at, in_park.get(pk)) for pk in delayed)


def _keep(pk: int, rules: Rules, lateness: Lateness, at: datetime, since: datetime | None) -> bool:
    """Credits and the new slot of one booking; whether it got anything."""
    credited = refused_clearly(lambda: _credit(pk, rules, lateness, at, since))
    if credited is None:
        return False
    if not gets_new_slot(_delayed(credited[0], since)):
        return credited[1]
    return _reslot(credited[0], at) or credited[1]


def _delayed(booking: Booking, since: datetime | None) -> Delayed:
    return Delayed(booking.slot.ends_at, booking.state == State.CALLED, since)


def _credit(
    pk: int, rules: Rules, lateness: Lateness, at: datetime, since: datetime | None
) -> tuple[Booking, bool] | None:
    """The booking, if it is owed the guarantee, and whether it got credits just now."""
    booking = Booking.objects.select_for_update().get(pk=pk)
    if booking.state not in (State.CONFIRMED, State.CALLED):
        return None
    if not is_owed(_delayed(booking, since), lateness, at):
        return None
    late_by = at - booking.slot.ends_at if since is not None else max(lateness.behind, lateness.promise)
    owed = [Credit(kind=Credit.Kind.PRIORITY, good_until=at + timedelta(days=CREDIT_DAYS))]
    if rules.fee_cents:
        owed.append(Credit(kind=Credit.Kind.FEE, cents=rules.fee_cents))
    given = set(Credit.objects.filter(booking=booking).values_list("kind", flat=True))
    made = [credit for credit in owed if credit.kind not in given]
    for credit in made:
        credit.booking, credit.carrier, credit.account = booking, booking.carrier, booking.account
        credit.at, credit.behind_minutes = at, int(late_by.total_seconds() // 60)
    Credit.objects.bulk_create(made)
    if made:
        cents = sum(credit.cents for credit in made)
        tell_holder("credited", booking, at, cents=cents, behind_minutes=made[0].behind_minutes)
    return booking, bool(made)


def _reslot(booking: Booking, at: datetime) -> bool:
    """Give the booking the first later slot that has a place; whether there was one."""
    for slot_id in _later_slots(booking, at):
        try:
            return refused_clearly(partial(_move, booking.pk, slot_id, at))
        except GreenlaneError as refusal:
            # Somebody took the place meanwhile: the next slot.
            if refusal.code != "full":
                raise
    return False


def _later_slots(booking: Booking, at: datetime) -> list[int]:
    """Open slots that start after ``at`` with a place for such a truck, without those that became free and
    are the waiting list's first.
    """
    rules = rules_of(booking.checkpoint_id, booking.direction)
    free = free_slots(
        booking.checkpoint,
        booking.direction,
        at,
        at + timedelta(days=rules.horizon_days),
        booking.vehicle_class,
        share=booking.share,
        park_id=booking.park_id,
        carrier_id=booking.carrier_id,
    )
    with_room = [slot.id for slot in free if slot.free > 0 and slot.starts_at > at]
    listed = set(FreedSlot.objects.filter(slot__in=with_room).values_list("slot", flat=True))
    return [slot for slot in with_room if slot not in listed]


def _move(pk: int, slot_id: int, at: datetime) -> bool:
    booking = Booking.objects.select_for_update().get(pk=pk)
    slot = Slot.objects.get(pk=slot_id)
    if booking.state != State.CONFIRMED or slot.state != Slot.SlotState.OPEN:
        return False
    lock_places([pk], slot_id)
    before = booking.slot.starts_at
    booking.slot = slot
    booking.changed_at, booking.changed_by, booking.changed_why = at, None, MOVED_BY_GUARANTEE
    booking.save(update_fields=["slot", "changed_at", "changed_by", "changed_why"])
    tell_holder("moved_by_guarantee", booking, at, before=before, starts_at=slot.starts_at)
    return True
