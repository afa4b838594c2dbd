"""A carrier's trucks and trailers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypeVar

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from greenlane.errors import GreenlaneError
from greenlane.registry.commands.saving import IndexedProblem, Saved, may_keep_fleet, save_given
from greenlane.registry.fleet import (
    FieldProblem,
    Given,
    TrailerRow,
    TruckRow,
    read_trailer,
    read_truck,
)
from greenlane.registry.models import Account, Carrier, Trailer, Truck

VehicleRow = TypeVar("VehicleRow", TruckRow, TrailerRow)
Kind = type[Truck] | type[Trailer]
_FIELDS = {
    Truck: ("plate", "vin", "vehicle_class", "length_m", "height_m", "gross_kg"),
    Trailer: ("plate", "vin"),
}


def save_trucks(account: Account, rows: Sequence[Given], at: datetime) -> Saved:
    """Add trucks to the account's carrier, or change those that it has, by country and plate.

    A row has the fields of `fleet.TruckRow`; an empty field leaves what is known of the truck. A fault, or
    the plate or VIN of another carrier's truck, rejects its row alone. Repeating it changes nothing.

    Raises:
        GreenlaneError: ``no_carrier`` or ``not_allowed`` (403).
    """
    carrier = may_keep_fleet(account)
    return save_given(rows, read_truck, lambda good: keep_vehicles(Truck, carrier, good))


def save_trailers(account: Account, rows: Sequence[Given], at: datetime) -> Saved:
    """Add trailers to the account's carrier, or change those that it has; as `save_trucks`."""
    carrier = may_keep_fleet(account)
    return save_given(rows, read_trailer, lambda good: keep_vehicles(Trailer, carrier, good))


def retire_truck(account: Account, truck_id: int, at: datetime) -> None:
    """Take a truck out of use; its plate is free for another. Repeating it changes nothing.

    Raises:
        GreenlaneError: ``truck_unknown`` (404), ``no_carrier`` or ``not_allowed`` (403).
    """
    _retire(Truck, may_keep_fleet(account), truck_id, at)


def retire_trailer(account: Account, trailer_id: int, at: datetime) -> None:
    """Take a trailer out of use; as `retire_truck`."""
    _retire(Trailer, may_keep_fleet(account), trailer_id, at)


def _retire(kind: Kind, carrier: Carrier, vehicle_id: int, at: datetime) -> None:
    own = kind._default_manager.filter(pk=vehicle_id, carrier=carrier)
    if not own.filter(retired_at=None).update(retired_at=at) and not own.exists():
        name = kind._meta.model_name
        raise GreenlaneError(
            f"{name}_unknown",
            _("The vehicle is not among your carrier's."),
            field=name,
            mend=_("Choose one from the list."),
            status=404,
        )


def keep_vehicles(kind: Kind, carrier: Carrier, rows: Sequence[VehicleRow]) -> Saved:
    """Save checked rows of one carrier."""
    try:
        return _keep_once(kind, carrier, rows)
    except IntegrityError:
        # Another carrier saved the same plate or VIN meanwhile; the second look sees it and says so.
        return _keep_once(kind, carrier, rows)


def _keep_once(kind: Kind, carrier: Carrier, rows: Sequence[VehicleRow]) -> Saved:
    with transaction.atomic():
        # One save at a time inside a carrier, so that two do not add the same truck.
        Carrier.objects.select_for_update().get(pk=carrier.pk)
        known = _Known(kind, carrier, rows)
        for index, row in enumerate(rows):
            known.take(index, row)
        vehicles: Any = kind._default_manager
        vehicles.bulk_create(known.new)
        if known.changed:
            vehicles.bulk_update(known.changed, _FIELDS[kind])
    ids = tuple(vehicle.pk if vehicle else None for vehicle in known.vehicles)
    return Saved(ids, tuple(known.rejected), made=len(known.new), changed=len(known.changed))


class _Known:
    """The vehicles in use that the rows may mean, and what the rows make of them."""

    def __init__(self, kind: Kind, carrier: Carrier, rows: Sequence[TruckRow] | Sequence[TrailerRow]) -> None:
        self.kind, self.carrier = kind, carrier
        in_use: Any = kind._default_manager.filter(retired_at=None)
        self.by_plate = {
            (vehicle.country, vehicle.plate_key): vehicle
            for vehicle in in_use.filter(plate_key__in={row.key[1] for row in rows})
        }
        vins = {row.vin for row in rows if row.vin}
        self.by_vin = {vehicle.vin: vehicle for vehicle in in_use.filter(vin__in=vins)} if vins else {}
        self.given: set[tuple[str, str]] = set()
        self.vehicles: list[Any] = []
        self.new: list[Any] = []
        self.changed: list[Any] = []
        self.rejected: list[IndexedProblem] = []

    def take(self, index: int, row: TruckRow | TrailerRow) -> None:
        problem = self._problem(row)
        if problem is not None:
            self.vehicles.append(None)
            self.rejected.append((index, problem))
            return
        self.given.add(row.key)
        vehicle = self.by_plate.get(row.key)
        if vehicle is None:
            vehicle = self.kind(carrier=self.carrier, country=row.country, plate_key=row.key[1])
            self._put(vehicle, row)
            self.new.append(vehicle)
            self.by_plate[row.key] = vehicle
        elif self._put(vehicle, row):
            self.changed.append(vehicle)
        if row.vin:
            self.by_vin[row.vin] = vehicle
        self.vehicles.append(vehicle)

    def _put(self, vehicle: Any, row: TruckRow | TrailerRow) -> bool:
        """Write the row's filled fields; whether that changed anything."""
        changed = False
        for name in _FIELDS[self.kind]:
            told = getattr(row, name)
            if told not in ("", None) and getattr(vehicle, name) != told:
                setattr(vehicle, name, told)
                changed = True
        return changed

    def _problem(self, row: TruckRow | TrailerRow) -> FieldProblem | None:
        if row.key in self.given:
            message = _("%(plate)s is given twice") % {"plate": row.plate}
            return FieldProblem("plate", message, _("Keep one of the two rows."))
        same_plate = self.by_plate.get(row.key)
        if same_plate is not None and same_plate.carrier_id != self.carrier.pk:
            message = _("%(plate)s belongs to another carrier") % {"plate": row.plate}
            mend = _("Check the plate; if the vehicle is yours now, the other carrier must retire it first.")
            return FieldProblem("plate", message, mend)
        same_vin = self.by_vin.get(row.vin) if row.vin else None
        if self.kind is Truck and same_vin is not None and same_vin is not same_plate:
            message = _("VIN %(vin)s belongs to another truck") % {"vin": row.vin}
            return FieldProblem(
                "vin",
                message,
                _("Check the VIN; if the plate is new, retire the truck with the old one first."),
            )
        return None
