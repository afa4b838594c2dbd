"""A scarce day before which people and a bot farm stand. Names and plates are invented."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from bench.world import STEP, Capacity, make_checkpoint, make_slots, midnight
from greenlane.site.database_url import DatabaseAddress

HOURS: Final = 12
SLOT_PLACES: Final = 5
HOUR_PLACES: Final = SLOT_PLACES * 4
PLACES: Final = HOUR_PLACES * HOURS
CARRIER_SHARE: Final = 0.1
UNVERIFIED_SHARE: Final = 0.1
CAPPED: Final = round(HOUR_PLACES * CARRIER_SHARE) * HOURS
"""Places of one carrier in the day; and of all carriers together that are not verified."""
_IN_DAYS: Final = 3
"""From today; its ballot opened yesterday and closes the day after tomorrow."""


@dataclass(frozen=True, slots=True)
class Side:
    """Some who want a place, one truck and one account each.

    Attributes:
        name: ``people`` or ``farm``.
        carriers: how many they are dealt out to.
    """

    name: str
    trucks: int
    carriers: int
    verified: bool


@dataclass(frozen=True, slots=True)
class Wanting:
    """One of them: truck and carrier by id, the account's token."""

    side: Side
    truck: int
    carrier: int
    token: str


@dataclass(frozen=True, slots=True)
class Scene:
    """A database with a day that is not released yet, and who wants places in it."""

    database: DatabaseAddress
    slots: tuple[int, ...]
    starts: tuple[datetime, ...]
    wanting: tuple[Wanting, ...]


def make_scene(database: DatabaseAddress, sides: Sequence[Side], *, ballot: bool, capped: bool) -> Scene:
    """The day, closed until it is released, or with its ballot open.

    Args:
        capped: whether a carrier has at most its share of an hour.
    """
    from greenlane.booking.models import Slot

    checkpoint = make_checkpoint(
        slot_capacity=SLOT_PLACES,
        step_minutes=15,
        carrier_share=CARRIER_SHARE if capped else 1.0,
        unverified_share=UNVERIFIED_SHARE,
        horizon_days=_IN_DAYS + 1,
        allocation="ballot" if ballot else "first_click",
        ballot_window_hours=72.0 if ballot else 0.0,
    )
    first = midnight(_IN_DAYS) + timedelta(hours=6)
    capacity = Capacity(SLOT_PLACES, SLOT_PLACES, HOUR_PLACES, PLACES)
    slots = make_slots(checkpoint, first, HOURS * 4, capacity)
    state = Slot.SlotState.BALLOT if ballot else Slot.SlotState.CLOSED
    Slot.objects.filter(pk__in=slots).update(state=state)
    if ballot:
        from greenlane.booking.commands import open_ballots

        assert open_ballots(datetime.now(UTC)) == 1
    wanting = [each for number, side in enumerate(sides) for each in _make_side(number, side)]
    starts = tuple(first + STEP * number for number in range(len(slots)))
    return Scene(database, tuple(slots), starts, tuple(wanting))


def _make_side(number: int, side: Side) -> list[Wanting]:
    from greenlane.registry.models import Account, ApiToken, Carrier, Truck
    from greenlane.registry.tokens import make_token

    at = datetime.now(UTC)
    carriers = Carrier.objects.bulk_create(
        Carrier(
            name=f"Invented Haulage {number}/{each}", country="PL", verified_at=at if side.verified else None
        )
        for each in range(side.carriers)
    )
    owners = [carriers[each % side.carriers] for each in range(side.trucks)]
    accounts = Account.objects.bulk_create(
        Account(
            username=f"{side.name}{number}.{each}@example.org",
            email=f"{side.name}{number}.{each}@example.org",
            password="!",
            carrier=owner,
            carrier_role="dispatcher",
        )
        for each, owner in enumerate(owners)
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
    plates = [f"XF{number}{each:05d}" for each in range(side.trucks)]
    trucks = Truck.objects.bulk_create(
        Truck(plate=plate, plate_key=plate, country="PL", carrier=owner)
        for plate, owner in zip(plates, owners, strict=True)
    )
    return [
        Wanting(side, truck.pk, owner.pk, token.text)
        for truck, owner, token in zip(trucks, owners, tokens, strict=True)
    ]
