"""A carrier's drivers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from greenlane.errors import GreenlaneError
from greenlane.registry.commands.saving import IndexedProblem, Saved, may_keep_fleet, save_given
from greenlane.registry.fleet import DriverRow, FieldProblem, Given, read_driver
from greenlane.registry.models import Account, Carrier, Driver


def save_drivers(account: Account, rows: Sequence[Given], at: datetime) -> Saved:
    """Add drivers to the account's carrier, or change those that it has, by document, else by name.

    A row has the fields of `fleet.DriverRow`; an empty field leaves what is known.

    Raises:
        GreenlaneError: ``no_carrier`` or ``not_allowed`` (403).
    """
    carrier = may_keep_fleet(account)
    return save_given(rows, read_driver, lambda good: keep_drivers(carrier, good))


def retire_driver(account: Account, driver_id: int, at: datetime) -> None:
    """Take a driver off the carrier's list. Repeating it changes nothing.

    Raises:
        GreenlaneError: ``driver_unknown`` (404), ``no_carrier`` or ``not_allowed`` (403).
    """
    own = Driver.objects.filter(pk=driver_id, carrier=may_keep_fleet(account))
    if not own.filter(retired_at=None).update(retired_at=at) and not own.exists():
        raise driver_unknown()


def driver_unknown() -> GreenlaneError:
    """The refusal of an id that names none of the carrier's drivers."""
    return GreenlaneError(
        "driver_unknown",
        _("The driver is not among your carrier's."),
        field="driver",
        mend=_("Choose one from the list."),
        status=404,
    )


def keep_drivers(carrier: Carrier, rows: Sequence[DriverRow]) -> Saved:
    """Save checked rows of one carrier."""
    ids: list[int | None] = []
    rejected: list[IndexedProblem] = []
    given: set[tuple[str, str]] = set()
    made = changed = 0
    with transaction.atomic():
        # One save at a time inside a carrier, so that two do not add the same driver.
        Carrier.objects.select_for_update().get(pk=carrier.pk)
        known = {_key(driver): driver for driver in Driver.objects.filter(carrier=carrier, retired_at=None)}
        for index, row in enumerate(rows):
            if row.key in given:
                message = _("%(name)s is given twice") % {"name": row.full_name}
                rejected.append((index, FieldProblem("full_name", message, _("Keep one of the two rows."))))
                ids.append(None)
                continue
            given.add(row.key)
            driver = known.get(row.key)
            if driver is None:
                driver = Driver.objects.create(
                    carrier=carrier, full_name=row.full_name, phone=row.phone, document=row.document
                )
                made += 1
            else:
                changed += _put(driver, row)
            ids.append(driver.pk)
    return Saved(tuple(ids), tuple(rejected), made=made, changed=changed)


def _key(driver: Driver) -> tuple[str, str]:
    return DriverRow(driver.full_name, driver.phone, driver.document).key


def _put(driver: Driver, row: DriverRow) -> bool:
    """Write the row's filled fields; whether that changed anything."""
    wished = (row.full_name, row.phone or driver.phone)
    if (driver.full_name, driver.phone) == wished:
        return False
    driver.full_name, driver.phone = wished
    driver.save(update_fields=["full_name", "phone"])
    return True
