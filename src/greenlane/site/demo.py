"""Demonstration accounts: an invented carrier's people, and invented staff with a real second factor.

Password and one-time secret are made once a var directory and kept in its ``demo.json``.
"""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from allauth.mfa.utils import decrypt
from django.db import transaction

from greenlane.registry import commands
from greenlane.registry.models import Account, Checkpoint, Role
from greenlane.registry.queries import carrier_of, crossings
from greenlane.site.demo_files import read_secrets, write_secrets
from greenlane.site.demo_player import ensure_player
from greenlane.site.var import var_directory

ADMINISTRATOR: Final = "administrator@example.org"
DISPATCHER: Final = "dispatcher@example.org"
DRIVER: Final = "driver@example.org"
STAFF: Final = {
    "shift-lead@example.org": Role.SHIFT_LEAD,
    "officer@example.org": Role.OFFICER,
    "planner@example.org": Role.PLANNER,
}
CARRIER: Final = "Example Haulage (invented)"
TRUCKS: Final = (
    {"plate": "DEMO 001", "country": "PL", "vehicle_class": "laden"},
    {"plate": "DEMO 002", "country": "PL", "vehicle_class": "laden"},
    {"plate": "DEMO 003", "country": "PL", "vehicle_class": "empty"},
    {"plate": "DEMO 004", "country": "UA", "vehicle_class": "laden"},
    {"plate": "DEMO 005", "country": "UA", "vehicle_class": "perishable"},
    {"plate": "DEMO 006", "country": "KZ", "vehicle_class": "laden"},
    {"plate": "DEMO 007", "country": "KZ", "vehicle_class": "dangerous"},
    {"plate": "DEMO 008", "country": "CN", "vehicle_class": "oversize"},
)
"""No country gives such plates."""

_CODE_SECONDS = 30
_PASSWORD_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"


@dataclass(frozen=True, slots=True)
class DemoAccount:
    """How to sign in as one of them; ``totp_code`` is empty where no second factor is asked."""

    email: str
    password: str
    role: str
    totp_code: str


def ensure_demo(at: datetime) -> None:
    """Make the demonstration accounts and the traffic player's credentials. Repeating it changes nothing."""
    with transaction.atomic():  # one commit for some thousand rows
        _ensure_people(at)


def _ensure_people(at: datetime) -> None:
    kept = _secrets()
    administrator = _account(kept, ADMINISTRATOR, "Administrator (invented)", at)
    if not administrator.is_superuser:
        commands.make_administrator(administrator)
    _ensure_carrier(kept, administrator, at)
    staff = {_account(kept, email, f"{role.label} (invented)", at): role for email, role in STAFF.items()}
    for checkpoint in Checkpoint.objects.order_by("code"):
        for account, role in staff.items():
            commands.grant(administrator, account, checkpoint, role, at)
    for account in (administrator, *staff):
        _enrol(account, kept["totp_secret"])
    write_secrets(var_directory() / "demo.json", kept)
    for crossing in crossings():
        ensure_player(crossing.code, administrator, at)


def demo_accounts() -> list[DemoAccount]:
    """How to sign in as each of them now; the codes are those of this half minute."""
    kept = _secrets()
    password, code = kept["password"], _code(kept["totp_secret"])
    people = [(DRIVER, "driver", ""), (DISPATCHER, "dispatcher", "")]
    people += [(email, str(role.label).lower(), code) for email, role in STAFF.items()]
    people.append((ADMINISTRATOR, "administrator", code))
    return [DemoAccount(email, password, role, totp_code) for email, role, totp_code in people]


def demo_lines() -> list[str]:
    """The accounts for printing."""
    accounts = demo_accounts()
    width = max(len(account.email) for account in accounts)
    return [
        f"Demonstration accounts, password {accounts[0].password}",
        *(
            f"  {account.email:{width}}  {account.role}" + (", with a code" if account.totp_code else "")
            for account in accounts
        ),
        f"Code of this half minute: {accounts[-1].totp_code}. `greenlane demo` prints the next one;",
        f"an authenticator app takes the secret {_secrets()['totp_secret']}.",
    ]


def _secrets() -> dict[str, Any]:
    kept = read_secrets(var_directory() / "demo.json")
    if not {"password", "totp_secret", "hashes"} <= set(kept):
        groups = ("".join(secrets.choice(_PASSWORD_LETTERS) for _ in range(4)) for _ in range(3))
        kept = {
            "about": "Demonstration only. Every person here is invented.",
            "password": "-".join(groups),
            "totp_secret": generate_totp_secret(),
            "hashes": {},
        }
        write_secrets(var_directory() / "demo.json", kept)
    return kept


def _account(kept: dict[str, Any], email: str, full_name: str, at: datetime) -> Account:
    """The account, with the password of ``demo.json``; hashing is slow, so the hash itself is compared."""
    account = Account.objects.filter(email=email).first()
    if account is None:
        account = commands.make_account(email, at, password=kept["password"], full_name=full_name)
    elif account.password != kept["hashes"].get(email):
        commands.put_password(account, kept["password"])
    kept["hashes"][email] = account.password
    commands.verify_account(account, at)
    EmailAddress.objects.get_or_create(
        user=account, email=email, defaults={"verified": True, "primary": True}
    )
    return account


def _ensure_carrier(kept: dict[str, Any], administrator: Account, at: datetime) -> None:
    dispatcher = _account(kept, DISPATCHER, "Dispatcher (invented)", at)
    if dispatcher.carrier is None:
        commands.register_carrier(dispatcher, CARRIER, "PL", at)
    carrier = carrier_of(dispatcher)
    if carrier.verified_at is None:
        commands.verify_carrier(administrator, carrier, "none: invented for the demonstration", at)
    commands.save_trucks(dispatcher, TRUCKS, at)
    commands.save_trailers(dispatcher, [{"plate": "DEMO T01", "country": "PL"}], at)
    row = {"full_name": "Driver (invented)", "phone": "+48 00 000 00 00", "document": "DEMO0001"}
    driver_id = commands.save_driver(dispatcher, row, at)
    driver = _account(kept, DRIVER, "Driver (invented)", at)
    if driver.driver_id != driver_id:
        commands.join_carrier(dispatcher, driver, Account.CarrierRole.DRIVER, at, driver_id=driver_id)


def _enrol(account: Account, totp_secret: str) -> None:
    enrolled = Authenticator.objects.filter(user=account, type=Authenticator.Type.TOTP).first()
    if enrolled is not None and decrypt(enrolled.data["secret"]) != totp_secret:
        enrolled.delete()
        enrolled = None
    if enrolled is None:
        TOTP.activate(account, totp_secret)


def _code(totp_secret: str) -> str:
    # One-time codes go by wall time, whatever the platform's clock shows.
    return str(format_hotp_value(hotp_value(totp_secret, int(time.time()) // _CODE_SECONDS)))
