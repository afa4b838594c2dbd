"""The trucks, trailers and drivers of a carrier."""

from __future__ import annotations

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from greenlane.errors import GreenlaneError
from greenlane.registry.models import Account, Carrier, Driver, Trailer, Truck


def carrier_of(account: Account) -> Carrier:
    """The carrier for which the account works.

    Raises:
        GreenlaneError: ``no_carrier`` (403).
    """
    if account.carrier is None:
        raise GreenlaneError(
            "no_carrier",
            _("This account works for no carrier."),
            mend=_("Sign in with a carrier's account, or register your carrier."),
            status=403,
        )
    return account.carrier


def trucks_of(carrier: Carrier) -> QuerySet[Truck]:
    """The carrier's trucks in use, by country and plate."""
    return Truck.objects.filter(carrier=carrier, retired_at=None).order_by("country", "plate_key")


def trailers_of(carrier: Carrier) -> QuerySet[Trailer]:
    """The carrier's trailers in use, by country and plate."""
    return Trailer.objects.filter(carrier=carrier, retired_at=None).order_by("country", "plate_key")


def drivers_of(carrier: Carrier) -> QuerySet[Driver]:
    """The carrier's drivers, by name."""
    return Driver.objects.filter(carrier=carrier, retired_at=None).order_by("full_name", "pk")


def truck_of(carrier: Carrier, truck_id: int) -> Truck:
    """The carrier's truck in use of that id.

    Raises:
        GreenlaneError: ``truck_unknown`` (404).
    """
    truck = trucks_of(carrier).filter(pk=truck_id).first()
    if truck is None:
        raise GreenlaneError(
            "truck_unknown",
            _("The truck is not among your carrier's trucks."),
            field="truck",
            mend=_("Choose one of your trucks, or add it first."),
            status=404,
        )
    return truck
