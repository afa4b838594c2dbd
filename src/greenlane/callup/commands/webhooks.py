"""A carrier's webhooks: added, tested, their secrets renewed, switched off, taken away."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from greenlane.callup.commands.channels import channel_option
from greenlane.callup.messages.public_addresses import NotPublic, target_of
from greenlane.callup.messages.signing import new_secret
from greenlane.callup.models import Channel, Message, Webhook
from greenlane.callup.queries.messages import webhook_of
from greenlane.errors import GreenlaneError
from greenlane.registry.commands.telling import told
from greenlane.registry.models import Account, Carrier
from greenlane.registry.queries import carrier_of

MOST = 5
"""Webhooks of a carrier: every message goes to each."""


def add_webhook(account: Account, url: str, at: datetime) -> Webhook:
    """Tell the carrier's own system from now on. Its new secret is in the row; show it once.

    Raises:
        GreenlaneError: ``not_allowed`` (403), ``url_refused`` (422), ``webhook_known``, ``too_many`` (409).
    """
    carrier = _carrier(account)
    url = url.strip()
    _check(url)
    with transaction.atomic():
        # One after the other, so that two requests at once do not pass the limit.
        Carrier.objects.select_for_update().get(pk=carrier.pk)
        if Webhook.objects.filter(carrier=carrier).count() >= MOST:
            raise GreenlaneError(
                "too_many",
                _("A carrier has at most %(most)d webhooks.") % {"most": MOST},
                field="url",
                mend=_("Take one away first."),
                status=409,
            )
        try:
            with transaction.atomic():
                return Webhook.objects.create(
                    carrier=carrier, url=url, secret=new_secret(), made_by=account, made_at=at
                )
        except IntegrityError as error:
            raise GreenlaneError(
                "webhook_known",
                _("This address is told already."),
                field="url",
                mend=_("Give another address, or renew the secret of the one that you have."),
                status=409,
            ) from error


def try_webhook(account: Account, webhook_id: int, at: datetime) -> Message:
    """Send a message of kind ``test`` to a webhook; it goes the same way as all others.

    Raises:
        GreenlaneError: ``not_allowed`` (403), ``webhook_unknown`` (404), ``webhook_off`` (409).
    """
    webhook = _webhook(account, webhook_id)
    if not webhook.is_on:
        raise GreenlaneError(
            "webhook_off",
            _("The webhook is switched off."),
            field="webhook",
            mend=_("Switch it on first."),
            status=409,
        )
    message, _new = Message.objects.get_or_create(
        key=f"webhook:{webhook.pk}:test:{int(at.timestamp())}",
        defaults={
            "kind": "test",
            "channel": Channel.WEBHOOK,
            "address": webhook.url,
            "language": "en",
            "webhook": webhook,
            "subject": "Test",
            "payload": {"at": at.isoformat()},
            "urgency": 3,
            "made_at": at,
            "due_at": at,
            "good_until": at + timedelta(hours=1),
        },
    )
    return message


def renew_secret(account: Account, webhook_id: int) -> Webhook:
    """Give a webhook a new secret, with which everything is signed at once, also what waits.

    Raises:
        GreenlaneError: ``not_allowed`` (403), ``webhook_unknown`` (404).
    """
    webhook = _webhook(account, webhook_id)
    webhook.secret = new_secret()
    webhook.save(update_fields=["secret"])
    return webhook


def switch_webhook(account: Account, webhook_id: int, is_on: bool) -> Webhook:
    """Switch a webhook off or on; what waits for one that is off is not sent.

    Raises:
        GreenlaneError: ``not_allowed`` (403), ``webhook_unknown`` (404).
    """
    webhook = _webhook(account, webhook_id)
    webhook.is_on = is_on
    webhook.save(update_fields=["is_on"])
    return webhook


def remove_webhook(account: Account, webhook_id: int) -> None:
    """Take a webhook away; the record of its deliveries stays.

    Raises:
        GreenlaneError: ``not_allowed`` (403), ``webhook_unknown`` (404).
    """
    _webhook(account, webhook_id).delete()


def _carrier(account: Account) -> Carrier:
    carrier = carrier_of(account)
    if account.carrier_role != Account.CarrierRole.DISPATCHER:
        raise GreenlaneError(
            "not_allowed",
            _("Only a dispatcher of the carrier may do this."),
            mend=_("Ask your dispatcher."),
            status=403,
        )
    return carrier


def _webhook(account: Account, webhook_id: int) -> Webhook:
    return webhook_of(_carrier(account), webhook_id)


def _check(url: str) -> None:
    try:
        target_of(url, bool(channel_option(Channel.WEBHOOK, "allow_private")))
    except (NotPublic, OSError) as error:
        why = told(error.why) if isinstance(error, NotPublic) else _("the host is not known")
        raise GreenlaneError(
            "url_refused",
            _("This address cannot be told: %(why)s.") % {"why": why},
            field="url",
            mend=_("Give an address on the public internet, such as https://example.org/greenlane."),
            status=422,
        ) from error
