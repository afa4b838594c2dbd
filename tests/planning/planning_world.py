"""A checkpoint with staff, for the tests of planning. People are invented."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import count
from pathlib import Path

from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.test import Client

from greenlane.registry import crossing
from greenlane.registry.commands import load_crossing
from greenlane.registry.crossing_file import read_crossing
from greenlane.registry.models import Account, Checkpoint, Grant
from greenlane.registry.queries import checkpoint_document

CROSSINGS = Path(__file__).parent.parent.parent / "crossings"
NOON = datetime(2026, 11, 25, 10, 0, tzinfo=UTC)
DAY = date(2026, 11, 25)
"""A Wednesday; noon in Kyiv."""
LINE = "/what-if/yahodyn/outbound/"
_numbers = count(1)


@dataclass
class World:
    """Yahodyn and Dorohusk."""

    here: Checkpoint
    there: Checkpoint

    @property
    def described(self) -> crossing.Checkpoint:
        """The description of Yahodyn in force."""
        return checkpoint_document(self.here)

    def staff(self, role: str | None, checkpoint: Checkpoint | None = None) -> Account:
        """An account with one role, at Yahodyn unless told otherwise; without a role, none."""
        name = f"{role or 'nobody'}{next(_numbers)}@example.org"
        account = Account.objects.create(username=name, email=name)
        if role:
            Grant.objects.create(
                account=account, checkpoint=checkpoint or self.here, role=role, given_at=NOON
            )
        return account


def make_world() -> World:
    """Load the crossing."""
    load_crossing(read_crossing(CROSSINGS / "yahodyn-dorohusk.yaml"), None, NOON)
    return World(Checkpoint.objects.get(code="yahodyn"), Checkpoint.objects.get(code="dorohusk"))


def signed_in(account: Account) -> Client:
    """A browser in which the account is signed in, with its second factor set up."""
    TOTP.activate(account, generate_totp_secret())
    client = Client()
    client.force_login(account, backend="django.contrib.auth.backends.ModelBackend")
    return client
