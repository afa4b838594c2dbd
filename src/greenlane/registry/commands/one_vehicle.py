"""One truck, trailer or driver typed into a form: the same rules as a list, told as one refusal."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from greenlane.errors import GreenlaneError
from greenlane.registry.commands.drivers import save_drivers
from greenlane.registry.commands.vehicles import Saved, save_trailers, save_trucks
from greenlane.registry.fleet import FieldProblem, Reader, Row, read_driver, read_trailer, read_truck
from greenlane.registry.models import Account

Given = Mapping[str, object]


def add_truck(account: Account, given: Given, at: datetime) -> int:
    """Add a truck to the account's carrier, or find the one it has by country and plate; its id.

    Raises:
        GreenlaneError: ``field_wrong`` (422), which names the field; or as `save_trucks`.
    """
    return _add(given, read_truck, lambda row: save_trucks(account, [row], at))


def add_trailer(account: Account, given: Given, at: datetime) -> int:
    """Add a trailer, as `add_truck`."""
    return _add(given, read_trailer, lambda row: save_trailers(account, [row], at))


def add_driver(account: Account, given: Given, at: datetime) -> int:
    """Add a driver, as `add_truck`; known by document, else by name."""
    return _add(given, read_driver, lambda row: save_drivers(account, [row], at))


def _add(given: Given, read: Reader[Row], save: Callable[[Row], Saved]) -> int:
    row, checked = read(given)
    if row is None:
        raise _refusal(checked.problems[0])
    saved = save(row)
    if saved.rejected:
        raise _refusal(saved.rejected[0][1])
    (saved_id,) = saved.ids
    assert saved_id is not None
    return saved_id


def _refusal(problem: FieldProblem) -> GreenlaneError:
    return GreenlaneError(
        "field_wrong", f"{problem.message}.", field=problem.field, mend=problem.mend, status=422
    )
