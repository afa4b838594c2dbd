"""Signs of resale: what detection reads, and what officers see."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from typing import NamedTuple

from django.db import connection
from django.db.models import QuerySet

from greenlane.booking.models import Booking, ResaleSignal
from greenlane.booking.resale.rows import Contact, Trip
from greenlane.errors import GreenlaneError
from greenlane.registry.models import Account, Carrier, Driver, Truck
from greenlane.registry.queries import checkpoints_of, may


class _Edit(NamedTuple):
    """One step of a swapped booking: truck and driver before and after, None where nobody was named."""

    at: datetime
    truck_was: int | None
    truck: int | None
    driver_was: int | None
    driver: int | None


_EDITS = """
SELECT change.booking_id, change.at, (change.was->>'truck')::bigint, (change.became->>'truck')::bigint,
       (change.was->>'driver')::bigint, (change.became->>'driver')::bigint
  FROM booking_booking booking
  JOIN booking_change change ON change.booking_id = booking.id
 WHERE booking.made_at > %s AND booking.swaps > 0
   AND change.from_state IN ('confirmed', 'called') AND change.to_state IN ('confirmed', 'called')
 ORDER BY change.id
"""


def trips_since(since: datetime) -> list[Trip]:
    """Bookings made after ``since`` that a carrier confirmed, with the trucks that they had."""
    edits = _edits_since(since)
    trucks = _trucks_of(edits)
    columns = ("pk", "code", "carrier_id", "checkpoint_id", "plate_country", "plate_key", "vin", "made_at")
    rows = Booking.objects.filter(
        made_at__gt=since, confirmed_at__isnull=False, carrier__isnull=False
    ).values_list(*columns, "slot__starts_at")
    trips = []
    for pk, code, carrier, checkpoint, country, key, vin, made_at, start in rows.iterator():
        steps = edits.get(pk, ())
        swaps = [step for step in steps if step.truck != step.truck_was]
        earlier = [trucks[step.truck_was] for step in swaps if step.truck_was in trucks]
        named = [step for step in steps if step.driver_was is not None and step.driver != step.driver_was]
        trips.append(
            Trip(
                code=code,
                carrier=carrier,
                checkpoint=checkpoint,
                plates=(*(plate for plate, _ in earlier), f"{country} {key}"),
                vins=(*(earlier_vin for _, earlier_vin in earlier), vin),
                made_at=made_at,
                slot_start=start,
                swapped_at=tuple(step.at for step in swaps),
                driver_changed=bool(named) and named[-1].driver != named[0].driver_was,
            )
        )
    return trips


def _edits_since(since: datetime) -> dict[int, list[_Edit]]:
    edits: dict[int, list[_Edit]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(_EDITS, [since])
        for booking, *columns in cursor.fetchall():
            edits[booking].append(_Edit(*columns))
    return edits


def _trucks_of(edits: dict[int, list[_Edit]]) -> dict[int | None, tuple[str, str]]:
    """Plate and VIN of the trucks that were exchanged."""
    keys = {step.truck_was for steps in edits.values() for step in steps if step.truck_was is not None}
    rows = Truck.objects.filter(pk__in=keys).values_list("pk", "country", "plate_key", "vin")
    return {pk: (f"{country} {key}", vin) for pk, country, key, vin in rows}


def contacts_known() -> list[Contact]:
    """The addresses and numbers that people of carriers gave."""
    accounts = Account.objects.filter(carrier__isnull=False, is_active=True)
    contacts = []
    for carrier, email, phone in accounts.values_list("carrier_id", "email", "phone"):
        assert carrier is not None
        contacts += [Contact(carrier, "email", email), Contact(carrier, "phone", phone)]
    drivers = Driver.objects.filter(retired_at=None).exclude(phone="")
    contacts += [
        Contact(carrier, "phone", phone) for carrier, phone in drivers.values_list("carrier_id", "phone")
    ]
    return contacts


def signals_for(officer: Account, roles: tuple[str, ...]) -> QuerySet[ResaleSignal]:
    """Signals at the checkpoints at which an account has one of the roles: the open ones first, then the
    latest.
    """
    here = [each for each in checkpoints_of(officer) if may(officer, each, *roles)]
    signals = ResaleSignal.objects.filter(checkpoint__in=here).select_related("checkpoint", "decided_by")
    return signals.order_by("decided_at", "-seen_at", "-pk")


def signal_shown(officer: Account, signal_id: int, roles: tuple[str, ...]) -> ResaleSignal:
    """One signal at the officer's checkpoints.

    Raises:
        GreenlaneError: ``signal_unknown`` (404).
    """
    found = signals_for(officer, roles).filter(pk=signal_id).first()
    if found is None:
        raise GreenlaneError(
            "signal_unknown",
            f"There is no signal {signal_id} at your checkpoints.",
            field="signal",
            mend="Take it from the list of signals.",
            status=404,
        )
    return found


def carriers_named(signal: ResaleSignal) -> list[Carrier]:
    """The carriers that a signal is about."""
    return list(Carrier.objects.filter(pk__in=signal.evidence.get("carriers", ())).order_by("pk"))
