"""What an account chose of its messages, with what holds where it chose nothing."""

from __future__ import annotations

from greenlane.callup.messages.choices import Wishes
from greenlane.callup.models import Channel, ChannelChoice
from greenlane.callup.queries.recipients import language_of
from greenlane.registry.models import Account


def wishes_of(account: Account) -> Wishes:
    """The account's channels as they are."""
    choices = {choice.channel: choice for choice in ChannelChoice.objects.filter(account=account)}
    email, sms, push = (choices.get(channel) for channel in (Channel.EMAIL, Channel.SMS, Channel.PUSH))
    is_dispatcher = account.carrier_role == Account.CarrierRole.DISPATCHER
    return Wishes(
        language=language_of(account.language),
        email=email.is_on if email else not is_dispatcher,
        sms=sms.is_on if sms else bool(account.phone),
        push=push.is_on if push else False,
        phone=(sms.address if sms else "") or account.phone,
        device=push.address if push else "",
    )
