"""What the platform does with bookings as their time comes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction

from greenlane.booking.models import Booking, State
from greenlane.booking.queries import lag_minutes, rules_of
from greenlane.registry.models import Checkpoint


def mark_called(booking_ids: Sequence[int], at: datetime, why: str = "called up") -> int:
    """Confirmed bookings become called; the number that did."""
    return _mark(booking_ids, (State.CONFIRMED,), State.CALLED, at, why)


def mark_recalled(booking_ids: Sequence[int], at: datetime, why: str) -> int:
    """Called bookings stand as confirmed again."""
    return _mark(booking_ids, (State.CALLED,), State.CONFIRMED, at, why)


def mark_entered(booking_ids: Sequence[int], at: datetime) -> int:
    """The truck passed the entry barrier: its booking is used."""
    return _mark(booking_ids, (State.CONFIRMED, State.CALLED), State.ENTERED, at, "seen at the entry barrier")


@transaction.atomic
def _mark(booking_ids: Sequence[int], before: Sequence[str], after: str, at: datetime, why: str) -> int:
    locked = Booking.objects.filter(pk__in=booking_ids, state__in=before).order_by("pk").select_for_update()
    final = {"ended_at": at} if after in (State.ENTERED, State.NO_SHOW, State.EXPIRED) else {}
    return Booking.objects.filter(pk__in=[booking.pk for booking in locked]).update(
        state=after, changed_at=at, changed_by=None, changed_why=why, **final
    )


def expire_holds(at: datetime) -> int:
    """Give back the places of holds that ran out; the number of them."""
    ids = list(
        Booking.objects.filter(state=State.HELD, held_until__lte=at).values_list("pk", flat=True)[:1000]
    )
    return _mark(ids, (State.HELD,), State.EXPIRED, at, "the hold ran out")


def mark_no_shows(checkpoint: Checkpoint, direction: str, at: datetime) -> int:
    """End the bookings whose truck did not come; excused while the checkpoint itself is behind."""
    rules = rules_of(checkpoint.pk, direction)
    behind = lag_minutes(checkpoint, direction, at)
    over = at - timedelta(minutes=rules.void_minutes + max(0.0, behind))
    ids = list(
        Booking.objects.filter(
            checkpoint=checkpoint,
            direction=direction,
            state__in=(State.CONFIRMED, State.CALLED),
            slot__ends_at__lt=over,
        ).values_list("pk", flat=True)[:1000]
    )
    if not ids:
        return 0
    excused = behind > rules.grace_behind_minutes
    why = (
        f"did not come; excused: the checkpoint is {behind:.0f} minutes behind" if excused else "did not come"
    )
    with transaction.atomic():
        Booking.objects.filter(pk__in=ids).update(excused=excused)
        return _mark(ids, (State.CONFIRMED, State.CALLED), State.NO_SHOW, at, why)
