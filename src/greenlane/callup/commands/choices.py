"""By which channels a person is told, and how they are reached."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from greenlane.callup.messages.addresses import is_device_token, phone_number
from greenlane.callup.messages.choices import Wishes
from greenlane.callup.models import Channel, ChannelChoice
from greenlane.errors import GreenlaneError
from greenlane.registry.commands import save_contact
from greenlane.registry.models import Account


def choose_channels(account: Account, wishes: Wishes) -> Account:
    """Keep what a person chose. Messages that are written already go where they were to go.

    Raises:
        GreenlaneError: ``phone_malformed``, ``phone_missing``, ``device_malformed``, ``device_missing``,
            ``language_unknown`` (422).
    """
    phone = _phone(wishes)
    if wishes.device and not is_device_token(wishes.device):
        raise _refusal(
            "device_malformed",
            _("This is not a device's token."),
            "device",
            _("Copy it from the app that shows the messages: at least 16 characters, without spaces."),
        )
    if wishes.push and not wishes.device:
        raise _refusal(
            "device_missing",
            _("Push needs a device."),
            "device",
            _("Give the device's token, or switch push off."),
        )
    with transaction.atomic():
        save_contact(account, phone, wishes.language)
        for channel, is_on, address in (
            (Channel.EMAIL, wishes.email, ""),
            (Channel.SMS, wishes.sms, phone),
            (Channel.PUSH, wishes.push, wishes.device),
        ):
            ChannelChoice.objects.update_or_create(
                account=account, channel=channel, defaults={"is_on": is_on, "address": address}
            )
    return account


def _phone(wishes: Wishes) -> str:
    if not wishes.phone.strip():
        if wishes.sms:
            raise _refusal(
                "phone_missing",
                _("SMS needs a phone number."),
                "phone",
                _("Give the number with its country code, or switch SMS off."),
            )
        return ""
    phone = phone_number(wishes.phone)
    if phone is None:
        raise _refusal(
            "phone_malformed",
            _("“%(phone)s” is not a phone number with its country code.") % {"phone": wishes.phone[:40]},
            "phone",
            _("Write it as +7 700 000 00 00."),
        )
    return phone


def _refusal(code: str, message: str, field: str, mend: str) -> GreenlaneError:
    return GreenlaneError(code, message, field=field, mend=mend, status=422)
