"""The reciprocal guarantee: how late a checkpoint is, who has which credits, what is published."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Q, QuerySet, Sum

from greenlane.booking.guarantee import Lateness
from greenlane.booking.models import Booking, Change, Credit, State
from greenlane.booking.queries.places import LAG_WINDOW, STANDSTILL_TRUCKS, lag_minutes, rules_of
from greenlane.registry.models import Account, Checkpoint

MOVED_BY_GUARANTEE = "moved by the checkpoint's guarantee"
"""The reason in the log of a booking that the guarantee moved."""


def lateness_of(checkpoint: Checkpoint, direction: str, at: datetime, waiting: int) -> Lateness:
    """How late a checkpoint is; ``waiting``: trucks in its park whose slots ended so long ago.

    Where nobody entered, its standing still is believed only when some wait: booked trucks that all stay away
    must not bring their carriers credits.
    """
    rules = rules_of(checkpoint.pk, direction)
    entered = Booking.objects.filter(
        checkpoint=checkpoint,
        direction=direction,
        state=State.ENTERED,
        ended_at__gt=at - LAG_WINDOW,
        ended_at__lte=at,
    )
    return Lateness(
        behind=timedelta(minutes=lag_minutes(checkpoint, direction, at)),
        seen=waiting >= STANDSTILL_TRUCKS or entered.exists(),
        promise=timedelta(minutes=rules.guarantee_minutes),
        late=timedelta(minutes=rules.late_minutes),
    )


def credits_of(account: Account) -> QuerySet[Credit]:
    """The credits that an account may see: its carrier's for a dispatcher, else its own; the latest first."""
    credits = Credit.objects.select_related("booking__checkpoint", "used_for").order_by("-at", "-pk")
    if account.carrier_id is not None and account.carrier_role == Account.CarrierRole.DISPATCHER:
        return credits.filter(carrier_id=account.carrier_id)
    return credits.filter(account=account)


def usable_credits(account: Account, booking: Booking, at: datetime) -> QuerySet[Credit]:
    """The credits of priority that could be used for a booking now."""
    earned = Q(booking=booking) | Q(booking__state=State.ENTERED)
    return credits_of(account).filter(
        earned,
        kind=Credit.Kind.PRIORITY,
        used_at=None,
        good_until__gt=at,
        carrier=booking.carrier,
        booking__checkpoint_id=booking.checkpoint_id,
        booking__direction=booking.direction,
    )


@dataclass(frozen=True, slots=True)
class GuaranteePublished:
    """What is published of the guarantee at a checkpoint and direction, over some days.

    Attributes:
        bookings: bookings that were owed the guarantee.
        moved: how many of them got a later slot.
        cents: fees given back.
        priority: credits of priority given.
        priority_used: those of them that were used.
        worst_minutes: the greatest lateness for which it was paid.
    """

    bookings: int
    moved: int
    cents: int
    priority: int
    priority_used: int
    worst_minutes: int


def guarantee_published(
    checkpoint: Checkpoint, direction: str, start: datetime, end: datetime
) -> GuaranteePublished:
    """How often the guarantee was owed in [start, end), and what was paid."""
    given = Credit.objects.filter(
        booking__checkpoint=checkpoint, booking__direction=direction, at__gte=start, at__lt=end
    )
    is_priority = Q(kind=Credit.Kind.PRIORITY)
    counted = given.aggregate(
        bookings=Count("booking", distinct=True),
        cents=Sum("cents"),
        priority=Count("pk", filter=is_priority),
        used=Count("pk", filter=is_priority & Q(used_at__isnull=False)),
    )
    moved = Change.objects.filter(booking__in=given.values("booking"), why=MOVED_BY_GUARANTEE)
    worst = given.order_by("-behind_minutes").values_list("behind_minutes", flat=True).first()
    return GuaranteePublished(
        bookings=counted["bookings"],
        moved=moved.values("booking").distinct().count(),
        cents=counted["cents"] or 0,
        priority=counted["priority"],
        priority_used=counted["used"],
        worst_minutes=worst or 0,
    )
