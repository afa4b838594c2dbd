"""A checkpoint with slots under several quotas, and carriers with trucks. Names and plates are invented."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import msgspec

from bench.load import Request, post

if TYPE_CHECKING:
    from greenlane.booking.models import Slot
    from greenlane.registry.models import Checkpoint

STEP = timedelta(minutes=15)
OUTBOUND = "outbound"


@dataclass(frozen=True, slots=True)
class Capacity:
    """Places of each slot, of its booked share, of each hour and of each day."""

    slot: int
    share: int
    hour: int
    day: int


AMPLE = Capacity(slot=200, share=180, hour=700, day=16_000)
"""So many that a run of some seconds fills no quota of a thousand slots."""
ENDLESS = Capacity(*[10_000_000] * 4)
ONE = Capacity(slot=1, share=1, hour=1, day=1)


@dataclass(frozen=True, slots=True)
class Fleet:
    """Carriers, each with an account and its token, and trucks dealt out to them in turn.

    ids are consecutive: truck ``first_truck + n`` is carrier ``n % carriers``'s.
    """

    first_truck: int
    trucks: int
    first_carrier: int
    first_account: int
    tokens: tuple[str, ...]

    def place(self, number: int, slot: int, key: str = "") -> Request:
        """The request that books a slot for truck ``number`` at the turnstile."""
        body = {"slot": slot, "truck": self.first_truck + number, "confirm": True, "key": key or f"k{number}"}
        return Request(post("/api/v1/places", msgspec.json.encode(body), self.token_of(number)), number)

    def booking(self, number: int, slot: int, key: str = "") -> Request:
        """The same at the ordinary door."""
        body = {"slot": slot, "truck": self.first_truck + number, "confirm": True}
        data = post("/api/v1/bookings", msgspec.json.encode(body), self.token_of(number), key or f"k{number}")
        return Request(data, number)

    def token_of(self, number: int) -> str:
        """The token of truck ``number``'s carrier."""
        return self.tokens[number % len(self.tokens)]


def make_checkpoint(**rules: Any) -> Checkpoint:
    """A checkpoint of the smallest kind; carriers are not capped, so that only the quotas named here bind."""
    from greenlane.booking.models import Rules
    from greenlane.registry.models import Checkpoint, Crossing

    checkpoint = Checkpoint.objects.create(
        crossing=Crossing.objects.create(code="measured"),
        code="measured",
        side="A",
        country="PL",
        zone="Europe/Warsaw",
        latitude=51.18,
        longitude=23.82,
    )
    given = {"slot_capacity": 200, "inside_limit": 20, "carrier_share": 1.0, "horizon_days": 60} | rules
    Rules.objects.create(checkpoint=checkpoint, direction=OUTBOUND, **given)
    return checkpoint


def make_slots(checkpoint: Checkpoint, start: datetime, count: int, capacity: Capacity) -> list[int]:
    """Slots from a full hour of UTC on, each under a quota of its own, of its share, its hour and its day."""
    from greenlane.booking.models import Quota, Slot

    times = [start + STEP * number for number in range(count)]
    slots = Slot.objects.bulk_create(
        Slot(checkpoint=checkpoint, direction=OUTBOUND, starts_at=time, ends_at=time + STEP) for time in times
    )
    own = [
        quota
        for slot in slots
        for quota in (_own(slot, "slot", capacity.slot), _own(slot, "share", capacity.share, share="booked"))
    ]
    hours = {time.replace(minute=0) for time in times}
    days = {time.replace(hour=0, minute=0) for time in times}
    wide = [_wide(checkpoint, "hour", hour, timedelta(hours=1), capacity.hour) for hour in sorted(hours)]
    wide += [_wide(checkpoint, "day", day, timedelta(days=1), capacity.day) for day in sorted(days)]
    Quota.objects.bulk_create([*own, *wide])
    return [slot.pk for slot in slots]


def _own(slot: Slot, kind: str, capacity: int, share: str = "") -> Any:
    from greenlane.booking.models import Quota

    return Quota(
        checkpoint_id=slot.checkpoint_id,
        direction=slot.direction,
        kind=kind,
        slot=slot,
        starts_at=slot.starts_at,
        ends_at=slot.ends_at,
        share=share,
        capacity=capacity,
    )


def _wide(checkpoint: Checkpoint, kind: str, start: datetime, length: timedelta, capacity: int) -> Any:
    from greenlane.booking.models import Quota

    return Quota(
        checkpoint=checkpoint,
        direction=OUTBOUND,
        kind=kind,
        starts_at=start,
        ends_at=start + length,
        capacity=capacity,
    )


def midnight(days: int) -> datetime:
    """Midnight UTC so many days from now."""
    now = datetime.now(UTC)
    return now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=days)


def make_fleet(carriers: int, trucks: int) -> Fleet:
    """Carriers with one account each, and their trucks."""
    from django.db import connection

    from greenlane.registry.models import Account, ApiToken, Carrier
    from greenlane.registry.tokens import make_token

    at = datetime.now(UTC)
    owners = Carrier.objects.bulk_create(
        Carrier(name=f"Invented Haulage {number}", country="PL") for number in range(carriers)
    )
    accounts = Account.objects.bulk_create(
        Account(
            username=f"dispatcher{number}@example.org",
            email=f"dispatcher{number}@example.org",
            password="!",
            carrier=owner,
            carrier_role="dispatcher",
        )
        for number, owner in enumerate(owners)
    )
    tokens = [make_token("glt") for _ in accounts]
    ApiToken.objects.bulk_create(
        ApiToken(
            account=account,
            name="bench",
            prefix=token.prefix,
            digest=token.digest,
            scopes=["bookings"],
            made_at=at,
        )
        for account, token in zip(accounts, tokens, strict=True)
    )
    with connection.cursor() as cursor:
        cursor.execute(_TRUCKS, {"carriers": carriers, "first": owners[0].pk, "trucks": trucks})
        cursor.execute("SELECT min(id) FROM registry_truck")
        (first_truck,) = cursor.fetchone()
    return Fleet(first_truck, trucks, owners[0].pk, accounts[0].pk, tuple(token.text for token in tokens))


_TRUCKS = """
INSERT INTO registry_truck (plate, plate_key, country, vin, carrier_id, vehicle_class)
SELECT 'XT' || lpad(n::text, 6, '0'), 'XT' || lpad(n::text, 6, '0'), 'PL', '',
       %(first)s + n %% %(carriers)s, 'laden'
  FROM generate_series(0, %(trucks)s - 1) n ORDER BY n
"""
