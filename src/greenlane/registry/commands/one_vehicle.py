"""One truck, trailer or driver typed into a form: the same rules as a list, told as one refusal."""

from __future__ import annotations

from datetime import datetime

from greenlane.registry.commands.drivers import save_drivers
from greenlane.registry.commands.vehicles import save_trailers, save_trucks
from greenlane.registry.fleet import Given
from greenlane.registry.models import Account


def save_truck(account: Account, given: Given, at: datetime) -> int:
    """Add a truck to the account's carrier, or change the one it has by country and plate; its id.

    Raises:
        GreenlaneError: ``field_wrong`` (422), which names the field; or as `save_trucks`.
    """
    return save_trucks(account, [given], at).only()


def save_trailer(account: Account, given: Given, at: datetime) -> int:
    """Add a trailer, as `save_truck`."""
    return save_trailers(account, [given], at).only()


def save_driver(account: Account, given: Given, at: datetime) -> int:
    """Add a driver, as `save_truck`; known by document, else by name."""
    return save_drivers(account, [given], at).only()
