"""What the platform does with bookings as their time comes."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

from django.db import connection, transaction

from greenlane.booking.commands.news import tell_holder
from greenlane.booking.commands.transactions import lock_places, refused_clearly
from greenlane.booking.limits import NO_SHOW_STRIKES
from greenlane.booking.models import Booking, State
from greenlane.booking.queries import lag_minutes, limited_until, rules_of
from greenlane.registry.models import Checkpoint

AT_ONCE = 200
"""Rows of one statement: its triggers look through all that it changed, once for each row."""


def mark_called(booking_ids: Sequence[int], at: datetime, why: str = "called up") -> int:
    """Confirmed bookings become called; the number that did."""
    return _mark(booking_ids, (State.CONFIRMED,), State.CALLED, at, why)


def mark_recalled(booking_ids: Sequence[int], at: datetime, why: str) -> int:
    """Called bookings stand as confirmed again."""
    return _mark(booking_ids, (State.CALLED,), State.CONFIRMED, at, why)


_ENTERED = """
UPDATE booking_booking booking
   SET state = 'entered', strike = 0, ended_at = seen.at, changed_at = %s, changed_by_id = NULL,
       changed_why = 'seen at the entry barrier'
  FROM unnest(%s::bigint[], %s::timestamptz[]) seen (id, at)
 WHERE booking.id = seen.id AND booking.state IN ('confirmed', 'called', 'no_show')
"""


@transaction.atomic
def mark_entered(
    booking_ids: Sequence[int], at: datetime, entered_at: Mapping[int, datetime] | None = None
) -> int:
    """The truck passed the entry barrier: its booking is used, also where it was ended as a no-show before
    the reading was told of.

    Args:
        entered_at: when each truck passed, by booking; a reading may be told of much later than it was taken.
            Without it, `at` counts.
    """
    times = dict.fromkeys(booking_ids, at) | dict(entered_at or {})
    before = (State.CONFIRMED, State.CALLED, State.NO_SHOW)
    locked = Booking.objects.filter(pk__in=times, state__in=before).order_by("pk").select_for_update()
    ids = list(locked.values_list("pk", flat=True))
    with connection.cursor() as cursor:
        cursor.execute(_ENTERED, [at, ids, [times[pk] for pk in ids]])
    return len(ids)


@transaction.atomic
def _mark(booking_ids: Sequence[int], before: Sequence[str], after: str, at: datetime, why: str) -> int:
    locked = Booking.objects.filter(pk__in=booking_ids, state__in=before).order_by("pk").select_for_update()
    ids = list(locked.values_list("pk", flat=True))
    gives_back = after in (State.NO_SHOW, State.EXPIRED)
    if gives_back:
        lock_places(ids)
    final = {"ended_at": at} if gives_back else {}
    return sum(
        Booking.objects.filter(pk__in=ids[first : first + AT_ONCE]).update(
            state=after, changed_at=at, changed_by=None, changed_why=why, **final
        )
        for first in range(0, len(ids), AT_ONCE)
    )


def expire_holds(at: datetime) -> int:
    """Give back the places of holds that ran out; the number of them."""
    ids = list(
        Booking.objects.filter(state=State.HELD, held_until__lte=at).values_list("pk", flat=True)[:1000]
    )
    return refused_clearly(lambda: _mark(ids, (State.HELD,), State.EXPIRED, at, "the hold ran out"))


def mark_no_shows(checkpoint: Checkpoint, direction: str, at: datetime, spared: Collection[int] = ()) -> int:
    """End the bookings whose truck did not come.

    Excused while the checkpoint itself is behind, and where it owes its guarantee; the others are told.

    Args:
        spared: bookings whose truck is there, and waits or rests.
    """
    rules = rules_of(checkpoint.pk, direction)
    behind = lag_minutes(checkpoint, direction, at)
    over = at - timedelta(minutes=rules.void_minutes + max(0.0, behind))
    ids = list(
        Booking.objects.filter(
            checkpoint=checkpoint,
            direction=direction,
            state__in=(State.CONFIRMED, State.CALLED),
            slot__ends_at__lt=over,
        )
        .exclude(pk__in=spared)
        .values_list("pk", flat=True)[:1000]
    )
    if not ids:
        return 0
    excused = behind > rules.grace_behind_minutes
    why = (
        f"did not come; excused: the checkpoint is {behind:.0f} minutes behind" if excused else "did not come"
    )

    def end() -> int:
        ended = _mark(ids, (State.CONFIRMED, State.CALLED), State.NO_SHOW, at, why)
        missed = Booking.objects.filter(pk__in=ids, state=State.NO_SHOW)
        missed.update(excused=excused, strike=NO_SHOW_STRIKES)
        missed.filter(credits__isnull=False).update(excused=True)
        for booking in missed.filter(excused=False):
            until = limited_until(booking.truck_id, rules, at) if booking.truck_id else None
            tell_holder("strike", booking, at, strikes=NO_SHOW_STRIKES, limited_until=until)
        return ended

    return refused_clearly(end)
