"""Trucks, trailers and drivers as parts of a booking."""

from __future__ import annotations

from greenlane.booking.models import Booking
from greenlane.errors import GreenlaneError
from greenlane.registry.models import Account, Driver, Trailer, Truck


def own_parts(account: Account, truck_id: int | None, trailer_id: int | None, driver_id: int | None) -> None:
    """Refuse a truck, trailer or driver that is not of the account's carrier."""
    for field, model, pk in (
        ("truck", Truck, truck_id),
        ("trailer", Trailer, trailer_id),
        ("driver", Driver, driver_id),
    ):
        if pk is None:
            continue
        own = account.carrier_id is not None and model._default_manager.filter(
            pk=pk, carrier_id=account.carrier_id, retired_at=None
        )
        if not own or not own.exists():
            raise GreenlaneError(
                f"{field}_unknown",
                f"There is no such {field} in your carrier.",
                field=field,
                mend=f"Choose one of your carrier's, or add the {field} first.",
                status=422,
            )


def kept_part(part: Trailer | Driver | None, carrier_id: int) -> int | None:
    """The id of a trailer or driver that is the carrier's still: one that left it since costs no place."""
    return part.pk if part is not None and part.carrier_id == carrier_id and part.retired_at is None else None


def put_truck(booking: Booking, truck: Truck) -> None:
    booking.truck = truck
    booking.plate, booking.plate_key, booking.plate_country = truck.plate, truck.plate_key, truck.country
    booking.vin, booking.vehicle_class = truck.vin, truck.vehicle_class
