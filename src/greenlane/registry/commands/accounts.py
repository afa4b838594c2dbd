"""Accounts, carriers and rights."""

from __future__ import annotations

import secrets
from datetime import datetime

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils.translation import gettext as _

from greenlane.errors import GreenlaneError
from greenlane.registry.commands.drivers import driver_unknown
from greenlane.registry.commands.saving import may_keep_fleet
from greenlane.registry.fleet import country_codes
from greenlane.registry.models import Account, Carrier, Checkpoint, Driver, Grant, Role
from greenlane.registry.queries import require

_LONGEST_USERNAME = 150


def make_account(
    email: str,
    at: datetime,
    *,
    password: str | None = None,
    full_name: str = "",
    phone: str = "",
    language: str = "en",
) -> Account:
    """A new account that signs in with its address; without a password it can use tokens only.

    Raises:
        GreenlaneError: ``email_malformed``, or ``email_taken`` (409).
    """
    email = email.strip().lower()
    try:
        validate_email(email)
    except ValidationError as error:
        raise GreenlaneError(
            "email_malformed",
            _("“%(email)s” is not an e-mail address.") % {"email": email},
            field="email",
            mend=_("Give an address such as name@example.org."),
        ) from error
    with transaction.atomic():
        if Account.objects.filter(email__iexact=email).exists():
            raise GreenlaneError(
                "email_taken",
                _("There is an account with this address."),
                field="email",
                mend=_("Sign in with it, or set a new password."),
                status=409,
            )
        account = Account(
            username=email if len(email) <= _LONGEST_USERNAME else secrets.token_hex(16),
            email=email,
            first_name=full_name[:150],
            phone=phone,
            language=language,
            date_joined=at,
        )
        account.set_password(password)
        account.save()
    return account


def register_carrier(account: Account, name: str, country: str, at: datetime, *, tax_id: str = "") -> Carrier:
    """A new carrier, with the account as its dispatcher.

    Raises:
        GreenlaneError: ``name_missing``, ``country_unknown``, ``carrier_known`` (409), ``has_carrier`` (409).
    """
    with transaction.atomic():
        carrier = _new_carrier(account, name, country, tax_id)
        account.carrier, account.carrier_role = carrier, Account.CarrierRole.DISPATCHER
        account.save(update_fields=["carrier", "carrier_role"])
    return carrier


def register_driver(
    account: Account, full_name: str, country: str, at: datetime, *, phone: str = "", document: str = ""
) -> Carrier:
    """A person without a company becomes a carrier of one: its only driver, who also books.

    Raises:
        GreenlaneError: as `register_carrier`.
    """
    with transaction.atomic():
        carrier = _new_carrier(account, full_name, country, "")
        driver = Driver.objects.create(
            carrier=carrier, full_name=carrier.name, phone=phone.strip(), document=document.strip()
        )
        account.carrier, account.carrier_role = carrier, Account.CarrierRole.DISPATCHER
        account.driver = driver
        account.phone = account.phone or phone.strip()
        account.first_name = account.first_name or carrier.name[:150]
        account.save(update_fields=["carrier", "carrier_role", "driver", "phone", "first_name"])
    return carrier


def _new_carrier(account: Account, name: str, country: str, tax_id: str) -> Carrier:
    name, country, tax_id = " ".join(name.split()), country.strip().upper(), tax_id.strip()
    if account.carrier is not None:
        raise _has_carrier(account)
    if not name:
        raise GreenlaneError("name_missing", _("The name is missing."), field="name", mend=_("Fill it in."))
    if country not in country_codes():
        raise GreenlaneError(
            "country_unknown",
            _("“%(country)s” is not a country.") % {"country": country},
            field="country",
            mend=_("Give its two letters, such as PL or KZ."),
        )
    if tax_id and Carrier.objects.filter(country=country, tax_id=tax_id).exists():
        raise GreenlaneError(
            "carrier_known",
            _("A carrier with this tax number is registered."),
            field="tax_id",
            mend=_("Ask its dispatcher to add you."),
            status=409,
        )
    return Carrier.objects.create(name=name, country=country, tax_id=tax_id)


def _has_carrier(account: Account) -> GreenlaneError:
    return GreenlaneError(
        "has_carrier",
        _("This account works for %(carrier)s already.") % {"carrier": account.carrier},
        mend=_("Use another account for another carrier."),
        status=409,
    )


def join_carrier(
    by: Account, account: Account, role: str, at: datetime, *, driver_id: int | None = None
) -> None:
    """Let an account work for the dispatcher's carrier, as dispatcher or as one of its drivers.

    Raises:
        GreenlaneError: ``not_allowed`` (403) unless ``by`` is a dispatcher; ``has_carrier`` (409) when the
            account works for another carrier; ``driver_unknown`` (404).
    """
    carrier = may_keep_fleet(by)
    if account.carrier_id not in (None, carrier.pk):
        raise _has_carrier(account)
    driver = Driver.objects.filter(pk=driver_id, carrier=carrier).first() if driver_id else None
    if driver_id and driver is None:
        raise driver_unknown()
    account.carrier, account.carrier_role = carrier, Account.CarrierRole(role)
    account.driver = driver or account.driver
    account.save(update_fields=["carrier", "carrier_role", "driver"])


def put_password(account: Account, password: str) -> None:
    """Give an account a new password."""
    account.set_password(password)
    account.save(update_fields=["password"])


def make_administrator(account: Account) -> None:
    """Give an account every right everywhere, and the back office."""
    account.is_staff = account.is_superuser = True
    account.save(update_fields=["is_staff", "is_superuser"])


def verify_account(account: Account, at: datetime) -> None:
    """Note that the person behind the account was verified; the first time stands."""
    Account.objects.filter(pk=account.pk, verified_at=None).update(verified_at=at)
    account.refresh_from_db(fields=["verified_at"])


def grant(by: Account, account: Account, checkpoint: Checkpoint, role: str, at: datetime) -> Grant:
    """Give an account a role at a checkpoint. Repeating it changes nothing.

    Raises:
        GreenlaneError: ``not_allowed`` (403) unless ``by`` administers the checkpoint.
    """
    require(by, checkpoint, Role.ADMINISTRATOR)
    given, _made = Grant.objects.get_or_create(
        account=account, checkpoint=checkpoint, role=Role(role), defaults={"given_at": at}
    )
    return given


def withdraw_grant(by: Account, account: Account, checkpoint: Checkpoint, role: str) -> bool:
    """Take a role back; whether the account had it.

    Raises:
        GreenlaneError: ``not_allowed`` (403) unless ``by`` administers the checkpoint.
    """
    require(by, checkpoint, Role.ADMINISTRATOR)
    deleted, _rows = Grant.objects.filter(account=account, checkpoint=checkpoint, role=Role(role)).delete()
    return deleted > 0
