"""Uses of priority as they are published: without plates and names, each with its reason and officer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db.models import F, Sum
from django.db.models.functions import TruncMonth
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from greenlane.booking.models import Booking, PriorityUse, Quota, Share, Slot
from greenlane.booking.queries.places import FreeSlot, free_slots, rules_of
from greenlane.errors import GreenlaneError
from greenlane.registry.models import Checkpoint

OFFICER_NUMBERS = 1_000_000


@dataclass(frozen=True, slots=True)
class UsePublished:
    """One use of priority.

    Attributes:
        at: when it was granted; aware.
        kind: ``booking`` or ``ticket``.
        reason: a word of `PriorityUse.Reason`.
        officer: the officer's number here, the same in every use; empty where the platform itself granted.
        slot_starts_at: of the booking's present slot; None for a ticket.
    """

    at: datetime
    kind: str
    vehicle_class: str
    reason: str
    detail: str
    officer: str
    slot_starts_at: datetime | None


@dataclass(frozen=True, slots=True)
class PriorityMonth:
    """The uses of one local month, newest first, and what the rules would have let be used at most.

    Attributes:
        by_reason: uses by reason; reasons without any are left out.
        share: the priority share of the rules in force.
        places, taken: of the priority share in the slots of the month.
    """

    first: date
    uses: tuple[UsePublished, ...]
    by_reason: dict[str, int]
    share: float
    places: int
    taken: int


def priority_month(checkpoint: Checkpoint, direction: str, month: date) -> PriorityMonth:
    """The uses of the local month in which ``month`` lies.

    Raises:
        GreenlaneError: ``no_booking`` (404).
    """
    rules = rules_of(checkpoint.pk, direction)
    first = month.replace(day=1)
    start, end = _instants(first, checkpoint.zone)
    rows = (
        PriorityUse.objects.filter(checkpoint=checkpoint, direction=direction, at__gte=start, at__lt=end)
        .select_related("booking__slot", "ticket")
        .order_by("-at", "-pk")
    )
    uses = tuple(_published(use) for use in rows)
    counts: dict[str, int] = {}
    for use in uses:
        counts[use.reason] = counts.get(use.reason, 0) + 1
    places = Quota.objects.filter(
        checkpoint=checkpoint,
        direction=direction,
        kind=Quota.Kind.SHARE,
        share=Share.PRIORITY,
        starts_at__gte=start,
        starts_at__lt=end,
    ).aggregate(places=Sum("capacity"), taken=Sum("taken"))
    return PriorityMonth(
        first, uses, counts, rules.priority_share, places["places"] or 0, places["taken"] or 0
    )


def month_asked(text: str, zone: str, at: datetime) -> date:
    """A day of the local month that a text such as ``2026-05`` names; of the present one when it is empty.

    Raises:
        GreenlaneError: ``bad_request`` (422).
    """
    if not text:
        return at.astimezone(ZoneInfo(zone)).date()
    try:
        first = date.fromisoformat(f"{text}-01")
    except ValueError:
        first = date.min
    # At the ends of the calendar a month has no instants in every zone.
    if not 1970 <= first.year <= 9000:
        raise GreenlaneError(
            "bad_request",
            _("“%(month)s” is not a month.") % {"month": text[:20]},
            field="month",
            mend=_("Write it as 2026-05."),
            status=422,
        )
    return first


def priority_months(checkpoint: Checkpoint, direction: str) -> list[date]:
    """The first days of the local months in which priority was used, newest first."""
    uses = PriorityUse.objects.filter(checkpoint=checkpoint, direction=direction).order_by()
    months = uses.annotate(month=TruncMonth("at", tzinfo=ZoneInfo(checkpoint.zone))).values_list("month")
    return sorted({month.date() for (month,) in months.distinct()}, reverse=True)


def priority_slots(booking: Booking, at: datetime) -> list[FreeSlot]:
    """The booking's own slot and those before it that have a place left in the priority share."""
    shares = Quota.objects.filter(
        share=Share.PRIORITY,
        slots__slot__checkpoint=booking.checkpoint_id,
        slots__slot__direction=booking.direction,
        slots__slot__ends_at__gt=at,
        slots__slot__starts_at__lte=booking.slot.starts_at,
    )
    left = {slot: capacity - taken for slot, capacity, taken in shares.values_list(*_LEFT)}
    found = free_slots(
        booking.checkpoint,
        booking.direction,
        at - timedelta(days=1),
        booking.slot.starts_at + timedelta(microseconds=1),
        booking.vehicle_class,
        share=Share.PRIORITY,
        park_id=booking.park_id,
    )
    # In its own slot the booking has its places in all other quotas already.
    return [
        slot
        for slot in found
        if left.get(slot.id, 0) > 0
        and (slot.id == booking.slot_id or (slot.free > 0 and slot.starts_at < booking.slot.starts_at))
    ]


_LEFT = ("slots__slot", "capacity", "taken")


def full_quota(booking: Booking, slot: Slot) -> str:
    """The kind of a quota that has no place for the booking in the priority share of a slot, or nothing."""
    held = booking.claims.values("quota")
    applying = (
        Quota.objects.filter(slots__slot=slot, taken__gte=F("capacity"))
        .exclude(pk__in=held)
        .filter(vehicle_class__in=("", booking.vehicle_class), share__in=("", Share.PRIORITY))
    )
    for quota in applying.order_by("kind"):
        if quota.park_id in (None, booking.park_id) and quota.carrier_id in (None, booking.carrier_id):
            return str(quota.kind)
    return ""


def officer_number(checkpoint_id: int, account_id: int | None) -> str:
    """A number that stands for an officer at one checkpoint: always the same, and not to be traced back."""
    if account_id is None:
        return ""
    digest = salted_hmac("greenlane.priority", f"{checkpoint_id}:{account_id}", algorithm="sha256").digest()
    return f"{int.from_bytes(digest[:8], 'big') % OFFICER_NUMBERS:06d}"


def _published(use: PriorityUse) -> UsePublished:
    place = use.booking or use.ticket
    assert place is not None
    return UsePublished(
        at=use.at,
        kind="ticket" if use.booking is None else "booking",
        vehicle_class=place.vehicle_class,
        reason=use.reason,
        detail=use.detail,
        officer=officer_number(use.checkpoint_id, use.officer_id),
        slot_starts_at=use.booking.slot.starts_at if use.booking is not None else None,
    )


def _instants(first: date, zone: str) -> tuple[datetime, datetime]:
    after = (first + timedelta(days=32)).replace(day=1)
    begins, ends = (datetime.combine(day, time.min, ZoneInfo(zone)).astimezone(UTC) for day in (first, after))
    return begins, ends
