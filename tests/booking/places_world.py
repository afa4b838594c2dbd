"""Checkpoints, slots, quotas, people and trucks for the tests of booking. Names and plates are invented."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from django.db import connection, transaction

from greenlane.booking.models import Booking, Claim, Quota, Rules, Slot
from greenlane.registry.models import Account, ApiToken, Carrier, Checkpoint, Crossing, Park, Truck

NOW = datetime(2026, 5, 4, 6, 0, tzinfo=UTC)
_numbers = count(1)


def minutes(number: float) -> timedelta:
    return timedelta(minutes=number)


def make_checkpoint(**rules: Any) -> Checkpoint:
    """A checkpoint with rules outbound: holds of 5 minutes, no carrier cap unless asked for."""
    number = next(_numbers)
    crossing = Crossing.objects.create(code=f"crossing-{number}")
    checkpoint = Checkpoint.objects.create(
        crossing=crossing,
        code=f"checkpoint-{number}",
        side="A",
        country="PL",
        zone="Europe/Warsaw",
        latitude=51.18,
        longitude=23.82,
    )
    given = {"slot_capacity": 10, "inside_limit": 20, "carrier_share": 1.0} | rules
    Rules.objects.create(checkpoint=checkpoint, direction="outbound", **given)
    return checkpoint


def make_slot(checkpoint: Checkpoint, start: datetime, length: int = 30) -> Slot:
    return Slot.objects.create(
        checkpoint=checkpoint, direction="outbound", starts_at=start, ends_at=start + minutes(length)
    )


def make_quota(slot: Slot, kind: str = "slot", capacity: int = 5, **selectors: Any) -> Quota:
    """A quota of one slot; with ``wide`` (a time delta) over all slots from the start of that one on."""
    wide = selectors.pop("wide", None)
    return Quota.objects.create(
        checkpoint=slot.checkpoint,
        direction=slot.direction,
        kind=kind,
        slot=None if wide else slot,
        starts_at=slot.starts_at,
        ends_at=slot.starts_at + wide if wide else slot.ends_at,
        capacity=capacity,
        **selectors,
    )


def make_carrier(*, verified: bool = False) -> Carrier:
    return Carrier.objects.create(
        name=f"Invented Haulage {next(_numbers)}", country="PL", verified_at=NOW if verified else None
    )


def make_account(carrier: Carrier | None, role: str = "driver") -> Account:
    name = f"person{next(_numbers)}@example.org"
    return Account.objects.create(
        username=name, email=name, carrier=carrier, carrier_role=role if carrier else ""
    )


def make_token(account: Account, *scopes: str) -> str:
    secret = f"glt_{account.pk}_{next(_numbers)}"
    ApiToken.objects.create(
        account=account,
        name="test",
        prefix=secret[-12:],
        digest=hashlib.sha256(secret.encode()).hexdigest(),
        scopes=list(scopes or ("bookings", "backfill")),
        made_at=NOW,
    )
    return secret


def make_truck(carrier: Carrier, vehicle_class: str = "laden", **given: Any) -> Truck:
    plate = given.pop("plate", f"TST{next(_numbers):05}")
    return Truck.objects.create(
        carrier=carrier, plate=plate, plate_key=plate, country="PL", vehicle_class=vehicle_class, **given
    )


def make_park(checkpoint: Checkpoint) -> Park:
    return Park.objects.create(
        checkpoint=checkpoint, code=f"park-{next(_numbers)}", places=50, travel_minutes=10
    )


@dataclass(frozen=True)
class Scene:
    """A checkpoint, one open slot three days ahead with places for ``capacity``, a carrier and its people."""

    checkpoint: Checkpoint
    slot: Slot
    quota: Quota
    carrier: Carrier
    driver: Account
    truck: Truck
    lead: Account


@transaction.atomic
def make_scene(capacity: int = 2, *, verified: bool = False, **rules: Any) -> Scene:
    checkpoint = make_checkpoint(**rules)
    slot = make_slot(checkpoint, NOW + timedelta(days=3))
    carrier = make_carrier(verified=verified)
    return Scene(
        checkpoint,
        slot,
        make_quota(slot, "slot", capacity),
        carrier,
        make_account(carrier),
        make_truck(carrier),
        make_account(None),
    )


def taken(quota: Quota) -> int:
    return Quota.objects.get(pk=quota.pk).taken


def free(quota: Quota) -> int:
    now = Quota.objects.get(pk=quota.pk)
    return now.capacity - now.taken


def places_of(booking: Booking) -> set[int]:
    """The quotas in which a booking has a place."""
    return set(Claim.objects.filter(booking=booking).values_list("quota_id", flat=True))


_MISCOUNTED = """
SELECT quota.id FROM booking_quota quota
  LEFT JOIN (SELECT quota_id, count(*) AS n FROM booking_claim GROUP BY quota_id) claims
    ON claims.quota_id = quota.id
 WHERE quota.taken <> coalesce(claims.n, 0) OR quota.taken > quota.capacity
"""
_MISCLAIMED = """
SELECT coalesce(due.booking_id, claim.booking_id) FROM (
    SELECT booking.id AS booking_id, quota.id AS quota_id FROM booking_booking booking
      JOIN booking_slot slot ON slot.id = booking.slot_id
      JOIN booking_quota quota
        ON quota.checkpoint_id = booking.checkpoint_id AND quota.direction = booking.direction
       AND (quota.slot_id = slot.id OR quota.slot_id IS NULL
            AND slot.starts_at >= quota.starts_at AND slot.starts_at < quota.ends_at)
       AND quota.vehicle_class IN ('', booking.vehicle_class) AND quota.share IN ('', booking.share)
       AND (quota.park_id IS NULL OR quota.park_id = booking.park_id)
       AND (quota.carrier_id IS NULL OR quota.carrier_id = booking.carrier_id)
     WHERE booking.state IN ('held', 'confirmed', 'called', 'entered')
       AND NOT EXISTS (SELECT 1 FROM booking_change late
                        WHERE late.booking_id = booking.id AND late.from_state = 'no_show')) due
  FULL JOIN booking_claim claim ON claim.booking_id = due.booking_id AND claim.quota_id = due.quota_id
 WHERE claim.id IS NULL OR due.booking_id IS NULL
"""
COUNTS = (_MISCOUNTED, _MISCLAIMED)
"""Queries that must find nothing: counters that differ from claims, claims that differ from bookings."""


def assert_counts_are_right() -> None:
    """Counters equal claims, and claims are exactly those that the placed bookings are due."""
    with connection.cursor() as cursor:
        for query in COUNTS:
            cursor.execute(query)
            assert cursor.fetchall() == []
