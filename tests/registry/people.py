"""Invented people, carriers and a small crossing for tests of the registry."""

from __future__ import annotations

from datetime import UTC, datetime

from crossing_texts import GOOD

from greenlane.registry.commands import (
    grant,
    load_crossing,
    make_account,
    make_administrator,
    register_carrier,
)
from greenlane.registry.crossing_file import read_crossing
from greenlane.registry.models import Account, Checkpoint

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
"""A Monday, 11:00 in Kyiv and 10:00 in Warsaw."""


def dispatcher(name: str = "one", country: str = "PL") -> Account:
    """The dispatcher of an invented carrier."""
    account = make_account(f"{name}@example.org", AT)
    register_carrier(account, f"Carrier {name} (invented)", country, AT)
    return account


def administrator() -> Account:
    """Who may do everything."""
    account = make_account("platform@example.org", AT)
    make_administrator(account)
    return account


def example_crossing() -> Checkpoint:
    """The crossing of `crossing_texts`, in force; its checkpoint on side A, "left"."""
    load_crossing(read_crossing(GOOD), None, AT)
    return Checkpoint.objects.select_related("crossing").get(code="left")


def staff(checkpoint: Checkpoint, role: str) -> Account:
    """An account with one role at the checkpoint."""
    account = make_account(f"{role.replace('_', '-')}@example.org", AT)
    by = Account.objects.filter(is_superuser=True).first() or administrator()
    grant(by, account, checkpoint, role, AT)
    return account
