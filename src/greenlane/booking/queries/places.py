"""What is read of bookings, shaped for pages, the API and the other rooms."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from typing import NamedTuple

from django.db import connection
from django.db.models import Q, QuerySet
from psycopg.types.datetime import TimestamptzLoader

from greenlane.booking.codes import read_code
from greenlane.booking.models import Booking, Quota, Rules, Slot, State
from greenlane.errors import GreenlaneError
from greenlane.registry.models import Account, Checkpoint

LAG_WINDOW = timedelta(hours=2)
LAG_TRUCKS = 20
STANDSTILL_TRUCKS = 3
"""One truck that stays away is its own affair; with so many due and none entered, the checkpoint stands."""


@dataclass(frozen=True, slots=True)
class FreeSlot:
    """A slot and the places left in it for one kind of truck."""

    id: int
    starts_at: datetime
    ends_at: datetime
    state: str
    free: int


_FREE_SLOTS = """
SELECT slot.id, slot.starts_at, slot.ends_at, slot.state,
       CASE WHEN slot.state = 'open' THEN coalesce(min(quota.capacity - quota.taken), 0) ELSE 0 END AS free
  FROM booking_slot slot
  LEFT JOIN booking_slotquota link ON link.slot_id = slot.id
  LEFT JOIN booking_quota quota
    ON quota.id = link.quota_id AND booking_quota_takes(quota, %s, %s, %s, %s)
 WHERE slot.checkpoint_id = %s AND slot.direction = %s AND slot.state <> 'merged'
   AND slot.starts_at >= %s AND slot.starts_at < %s
 GROUP BY slot.id
 ORDER BY slot.starts_at, slot.ends_at
"""


def free_slots(
    checkpoint: Checkpoint,
    direction: str,
    start: datetime,
    end: datetime,
    vehicle_class: str = "laden",
    *,
    share: str = "booked",
    park_id: int | None = None,
    carrier_id: int | None = None,
) -> list[FreeSlot]:
    """Slots that start in [start, end) with the places left for such a truck: the least over all quotas."""
    with connection.cursor() as cursor:
        cursor.execute(
            _FREE_SLOTS, [vehicle_class, park_id, share, carrier_id, checkpoint.pk, direction, start, end]
        )
        return [FreeSlot(*row) for row in cursor.fetchall()]


def next_free_slot(
    checkpoint: Checkpoint, direction: str, at: datetime, vehicle_class: str = "laden"
) -> FreeSlot | None:
    """The first slot from now on with a place, within the horizon of the rules."""
    horizon = at + timedelta(days=rules_of(checkpoint.pk, direction).horizon_days)
    # Nearly always there is one within a day; the many slots after it are asked for only when there is none.
    tomorrow = min(at + timedelta(days=1), horizon)
    for start, end in ((at, tomorrow), (tomorrow, horizon)):
        for slot in free_slots(checkpoint, direction, start, end, vehicle_class):
            if slot.free > 0:
                return slot
    return None


def rules_of(checkpoint_id: int, direction: str) -> Rules:
    """The rules in force.

    Raises:
        GreenlaneError: ``no_booking``, where a checkpoint takes no bookings in that direction.
    """
    rules = Rules.objects.filter(checkpoint_id=checkpoint_id, direction=direction).first()
    if rules is None:
        raise GreenlaneError(
            "no_booking",
            "This checkpoint takes no bookings in this direction.",
            field="direction",
            mend="Choose another direction or checkpoint.",
            status=404,
        )
    return rules


def limited_until(truck_id: int, rules: Rules, at: datetime) -> datetime | None:
    """Until when a truck may not book because it missed its bookings; None when it may.

    The rule is the SQL function `booking_limited_until` (sql/limits.sql), as for taking a place.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT booking_limited_until(%s, %s, %s, %s, %s)",
            [truck_id, rules.no_show_limit, rules.no_show_window_days, rules.no_show_block_days, at],
        )
        (until,) = cursor.fetchone()
    return until if until is not None and until > at else None


def lag_minutes(checkpoint: Checkpoint, direction: str, at: datetime) -> float:
    """How far the checkpoint is behind its booked times, in minutes: 0 when it keeps them.

    The median, over the last 20 trucks that entered within two hours, of the time from the end of the slot to
    the entry barrier. Where trucks were due in these two hours and none entered, the checkpoint stands still:
    then the time since the first of their slots ended.
    """
    entered = (
        Booking.objects.filter(
            checkpoint=checkpoint,
            direction=direction,
            state=State.ENTERED,
            ended_at__gt=at - LAG_WINDOW,
            ended_at__lte=at,
        )
        .order_by("-ended_at")
        .values_list("ended_at", "slot__ends_at")[:LAG_TRUCKS]
    )
    behind = [(ended - slot_end).total_seconds() / 60 for ended, slot_end in entered if ended is not None]
    if behind:
        return max(0.0, median(behind))
    due = list(
        Booking.objects.filter(
            checkpoint=checkpoint,
            direction=direction,
            state__in=(State.CONFIRMED, State.CALLED),
            slot__ends_at__gt=at - LAG_WINDOW,
            slot__ends_at__lte=at,
        )
        .order_by("slot__ends_at")
        .values_list("slot__ends_at", flat=True)[:LAG_TRUCKS]
    )
    return (at - due[0]).total_seconds() / 60 if len(due) >= STANDSTILL_TRUCKS else 0.0


def bookings_of(account: Account) -> QuerySet[Booking]:
    """What an account may see; newest slot first.

    A dispatcher the carrier's bookings; others those that they made or drive: whoever is called opens the
    page and shows the pass.
    """
    visible = Booking.objects.select_related("slot", "checkpoint", "truck", "trailer", "driver", "park")
    if account.carrier_id is not None and account.carrier_role == Account.CarrierRole.DISPATCHER:
        return visible.filter(carrier_id=account.carrier_id).order_by("-slot__starts_at", "-pk")
    return visible.filter(own_bookings(account)).order_by("-slot__starts_at", "-pk")


def own_bookings(account: Account) -> Q:
    """The bookings that an account made, or of which it is the driver."""
    made = Q(account=account)
    return made | Q(driver=account.driver_id) if account.driver_id is not None else made


def booking_of(account: Account, code: str) -> Booking:
    """One booking that the account may see, by its code as a person types it.

    Raises:
        GreenlaneError: ``booking_unknown``.
    """
    booking = bookings_of(account).filter(code=read_code(code)).first()
    if booking is None:
        raise GreenlaneError(
            "booking_unknown",
            f"You have no booking {code}.",
            field="booking",
            mend="Check the code; it looks like GL-7K3MQ-9XDPA.",
            status=404,
        )
    return booking


class ExpectedTruck(NamedTuple):
    """A booking whose truck may show up, as plain values: the gate reads thousands of them at a time."""

    id: int
    code: str
    plate: str
    country: str
    slot_start: datetime
    slot_end: datetime
    confirmed_at: datetime
    state: str
    ended_at: datetime | None
    vehicle_class: str
    trailer_plate: str | None


def expected(checkpoint_id: int, direction: str, start: datetime, end: datetime) -> list[ExpectedTruck]:
    """Bookings whose truck may show up: slot start in [start, end), made firm at some time; by key."""
    rows = Booking.objects.filter(
        checkpoint_id=checkpoint_id,
        direction=direction,
        slot__starts_at__gte=start,
        slot__starts_at__lt=end,
        confirmed_at__isnull=False,
    ).order_by("pk")
    columns = (
        *("pk", "code", "plate", "plate_country", "slot__starts_at", "slot__ends_at", "confirmed_at"),
        *("state", "ended_at", "vehicle_class", "trailer__plate"),
    )
    statement, parameters = rows.values_list(*columns).query.sql_with_params()
    with connection.cursor() as cursor:
        # psycopg's own loader of times is three times as fast as Django's; the session is in UTC either way.
        cursor.cursor.adapters.register_loader("timestamptz", TimestamptzLoader)
        cursor.execute(statement, parameters)
        return [ExpectedTruck._make(row) for row in cursor.fetchall()]


def quotas_of(slot: Slot) -> QuerySet[Quota]:
    """The quotas that a slot is under."""
    return Quota.objects.filter(slots__slot=slot).order_by("kind", "pk")
