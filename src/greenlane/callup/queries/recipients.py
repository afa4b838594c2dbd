"""Who is told, by which channels: drivers and whoever booked, dispatchers who chose it, carriers' systems."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from django.conf import settings

from greenlane.booking.models import BallotEntry, Booking, LiveTicket, WaitingGroup
from greenlane.callup.messages.addresses import phone_number
from greenlane.callup.models import Channel, ChannelChoice, Webhook
from greenlane.registry.models import Account

_LANGUAGES: Final = {code.split("-")[0]: code for code, _ in settings.LANGUAGES}


@dataclass(frozen=True, slots=True)
class Recipient:
    """One address of somebody who is told.

    Attributes:
        who: short and stable, for the key of the message: ``a17`` (account), ``w3`` (webhook), ``d5`` (a
            driver without an account), ``t9`` (a ticket of the live queue).
    """

    who: str
    channel: str
    address: str
    language: str
    account_id: int | None = None
    webhook_id: int | None = None


def language_of(code: str) -> str:
    """The language of texts for who reads `code`, such as ``zh-hans`` for ``zh``; English where unknown."""
    return _LANGUAGES.get(code.split("-")[0].lower(), "en")


def addresses_of(
    account: Account, choices: Mapping[str, ChannelChoice], *, as_dispatcher: bool = False
) -> list[Recipient]:
    """Where an account is told.

    E-mail unless it says no; SMS when a phone is known, unless it says no; push when a device is registered.
    A colleague's truck (`as_dispatcher`) is told of by e-mail alone, to those who asked for it.
    """
    email = choices.get(Channel.EMAIL)
    found: dict[str, str] = {}
    if email.is_on if email else not as_dispatcher:
        found[Channel.EMAIL] = account.email
    if not as_dispatcher:
        sms, push = choices.get(Channel.SMS), choices.get(Channel.PUSH)
        phone = phone_number((sms.address if sms else "") or account.phone)
        if phone and (sms is None or sms.is_on):
            found[Channel.SMS] = phone
        if push and push.is_on and push.address:
            found[Channel.PUSH] = push.address
    language = language_of(account.language)
    return [
        Recipient(f"a{account.pk}", channel, address, language, account.pk)
        for channel, address in found.items()
        if address
    ]


class Directory:
    """The people and systems behind many bookings, read at once."""

    def __init__(self, accounts: Iterable[Account], carrier_ids: Iterable[int | None]) -> None:
        carriers = {carrier for carrier in carrier_ids if carrier is not None}
        self._dispatchers: dict[int | None, list[Account]] = defaultdict(list)
        for account in Account.objects.filter(
            carrier__in=carriers,
            carrier_role=Account.CarrierRole.DISPATCHER,
            is_active=True,
            channel_choices__channel=Channel.EMAIL,
            channel_choices__is_on=True,
        ):
            self._dispatchers[account.carrier_id].append(account)
        people = {account.pk for account in accounts}
        people |= {account.pk for group in self._dispatchers.values() for account in group}
        self._choices: dict[int, dict[str, ChannelChoice]] = defaultdict(dict)
        for choice in ChannelChoice.objects.filter(account__in=people):
            self._choices[choice.account_id][choice.channel] = choice
        self._webhooks: dict[int | None, list[Webhook]] = defaultdict(list)
        for webhook in Webhook.objects.filter(carrier__in=carriers, is_on=True):
            self._webhooks[webhook.carrier_id].append(webhook)

    def person(self, account: Account, carrier_id: int | None) -> list[Recipient]:
        """One account, the dispatchers of its carrier and the carrier's systems."""
        told = addresses_of(account, self._choices[account.pk]) if account.is_active else []
        told += [
            address
            for dispatcher in self._dispatchers.get(carrier_id, ())
            if dispatcher.pk != account.pk
            for address in addresses_of(dispatcher, self._choices[dispatcher.pk], as_dispatcher=True)
        ]
        told += [
            Recipient(f"w{webhook.pk}", Channel.WEBHOOK, webhook.url, "en", webhook_id=webhook.pk)
            for webhook in self._webhooks.get(carrier_id, ())
        ]
        return told

    def booking(self, booking: Booking) -> list[Recipient]:
        """Who is told of a booking: its driver; whoever booked, where the driver has no account."""
        driver_account = driver_account_of(booking)
        told = self.person(driver_account or booking.account, booking.carrier_id)
        phone = phone_number(booking.driver.phone) if booking.driver else None
        if driver_account is None and phone and phone not in {each.address for each in told}:
            # A driver whom the dispatcher entered with a phone. The dispatcher's language is the best guess.
            language = language_of(booking.account.language)
            told.insert(0, Recipient(f"d{booking.driver_id}", Channel.SMS, phone, language))
        return told

    def ticket(self, ticket: LiveTicket) -> list[Recipient]:
        """Those who are told of a ticket of the live queue: its account, and the phone given at the kiosk."""
        told = self.person(ticket.account, ticket.account.carrier_id) if ticket.account else []
        phone = phone_number(ticket.phone)
        if phone and phone not in {each.address for each in told}:
            told.append(Recipient(f"t{ticket.pk}", Channel.SMS, phone, language_of(ticket.language)))
        return told


def driver_account_of(booking: Booking) -> Account | None:
    """The account of the booking's driver, where it has one that is open."""
    account: Account | None = getattr(booking.driver, "account", None) if booking.driver_id else None
    return account if account is not None and account.is_active else None


def directory_for(
    bookings: Iterable[Booking],
    tickets: Iterable[LiveTicket] = (),
    wishes: Iterable[WaitingGroup | BallotEntry] = (),
) -> Directory:
    """The directory of those behind bookings, tickets, groups of the waiting list and entries of ballots.

    `bookings` come with ``driver__account`` and ``account``, the others with ``account``.
    """
    bookings, tickets, wishes = list(bookings), list(tickets), list(wishes)
    accounts = [driver_account_of(booking) or booking.account for booking in bookings]
    accounts += [ticket.account for ticket in tickets if ticket.account is not None]
    accounts += [wish.account for wish in wishes]
    carriers = [booking.carrier_id for booking in bookings]
    carriers += [ticket.account.carrier_id for ticket in tickets if ticket.account is not None]
    carriers += [wish.carrier_id for wish in wishes]
    return Directory(accounts, carriers)
