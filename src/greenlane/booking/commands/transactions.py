"""One transaction a command: a deadlock is tried once more, a constraint's refusal becomes an error for
people.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from django.db import IntegrityError, OperationalError, connection, transaction

from greenlane.booking.places import refusal
from greenlane.errors import GreenlaneError

Result = TypeVar("Result")


def refused_clearly(change: Callable[[], Result]) -> Result:
    """Run one change in a transaction; a constraint that refuses it becomes the error for its reader."""

    def in_one_transaction() -> Result:
        with transaction.atomic():
            return change()

    try:
        return once_more_on_deadlock(in_one_transaction)
    except IntegrityError as error:
        raise _constraint_refusal(error) from error


def _constraint_refusal(error: IntegrityError) -> GreenlaneError:
    diagnostics: Any = getattr(error.__cause__, "diag", None)
    constraint = getattr(diagnostics, "constraint_name", "") or ""
    if constraint == "quota_never_oversold":
        return refusal("full", "")
    if constraint in ("booking_one_per_plate", "booking_one_per_vin"):
        return refusal("truck_busy", "")
    if constraint == "waiting_once_per_truck":
        return refusal("truck_waits", "")
    if constraint in ("quota_in_use_is_kept", "quota_over_slots_is_kept"):
        return refusal("quota_kept", "")
    return GreenlaneError("refused", f"The change breaks the rule {constraint or error}.", status=409)


def lock_places(booking_ids: Sequence[int], target: int | None = None) -> None:
    """Lock the quotas of bookings that are about to change, and those of the slot ``target``.

    Called after the bookings themselves are locked and before they are written: see `booking_lock_places` in
    sql/places.sql for why.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT booking_lock_places(%s, %s)", [list(booking_ids), target])


def once_more_on_deadlock(run: Callable[[], Result]) -> Result:
    try:
        return run()
    except OperationalError as error:
        if getattr(error.__cause__, "sqlstate", "") != "40P01":
            raise
        return run()
