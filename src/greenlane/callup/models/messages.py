"""Messages to drivers and dispatchers: written with what they tell of, sent afterwards, receipts kept."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from greenlane.booking.models import Booking, LiveTicket
from greenlane.callup.models.calls import Call
from greenlane.registry.models import Account, Carrier


class Channel(models.TextChoices):
    EMAIL = "email", _("E-mail")
    WEBHOOK = "webhook", _("Webhook")
    SMS = "sms", _("SMS")
    PUSH = "push", _("Push")


class Webhook(models.Model):
    """Where a carrier's own system is told. Every delivery is signed with the secret."""

    carrier = models.ForeignKey(Carrier, models.CASCADE, related_name="webhooks")
    url = models.URLField(max_length=500)
    secret = models.CharField(max_length=64)
    is_on = models.BooleanField(default=True)
    made_by = models.ForeignKey(Account, models.SET_NULL, null=True, related_name="+")
    made_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["carrier", "url"], name="webhook_once")]

    def __str__(self) -> str:
        return self.url


class ChannelChoice(models.Model):
    """An account wants or does not want to be told by a channel; e-mail is on unless it says no."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="channel_choices")
    channel = models.CharField(max_length=8, choices=Channel.choices)
    address = models.CharField(max_length=200, blank=True, help_text=_("A phone number or a device's token."))
    is_on = models.BooleanField(default=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["account", "channel"], name="channel_choice_once")
        ]

    def __str__(self) -> str:
        return f"{self.account_id} {self.channel}"


class Message(models.Model):
    """One message by one channel to one address, in the reader's language."""

    class MessageState(models.TextChoices):
        WAITING = "waiting", _("To be sent")
        SENT = "sent", _("Sent")
        DELIVERED = "delivered", _("Delivered")
        FAILED = "failed", _("Not delivered")
        OVERTAKEN = "overtaken", _("Not sent: no longer true")

    key = models.CharField(
        max_length=120, unique=True, help_text=_("What it tells of, to whom, by which channel.")
    )
    kind = models.CharField(max_length=24)
    channel = models.CharField(max_length=8, choices=Channel.choices)
    address = models.CharField(max_length=500)
    language = models.CharField(max_length=10)
    account = models.ForeignKey(Account, models.PROTECT, null=True, blank=True, related_name="messages")
    webhook = models.ForeignKey(Webhook, models.SET_NULL, null=True, blank=True, related_name="messages")
    booking = models.ForeignKey(Booking, models.PROTECT, null=True, blank=True, related_name="messages")
    ticket = models.ForeignKey(LiveTicket, models.PROTECT, null=True, blank=True, related_name="messages")
    call = models.ForeignKey(Call, models.PROTECT, null=True, blank=True, related_name="messages")
    subject = models.CharField(max_length=200)
    body = models.TextField()
    payload = models.JSONField(default=dict)
    urgency = models.PositiveSmallIntegerField(default=5, help_text=_("0 first: recalls, then calls."))
    made_at = models.DateTimeField()
    due_at = models.DateTimeField(help_text=_("When it is tried next."))
    good_until = models.DateTimeField(
        null=True, blank=True, help_text=_("After that it would mislead, and is not sent.")
    )
    attempts = models.PositiveSmallIntegerField(default=0)
    state = models.CharField(max_length=10, choices=MessageState.choices, default=MessageState.WAITING)
    sent_at = models.DateTimeField(null=True, blank=True)
    delivered_at = models.DateTimeField(null=True, blank=True)
    read_at = models.DateTimeField(null=True, blank=True)
    reference = models.CharField(max_length=120, blank=True, help_text=_("The provider's id of it."))
    error = models.CharField(max_length=200, blank=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(
                fields=["channel", "urgency", "due_at"], condition=Q(state="waiting"), name="message_due"
            ),
            # Mail servers give no receipts: their messages stay "sent" for good.
            models.Index(
                fields=["channel", "sent_at"],
                condition=Q(state="sent") & ~Q(channel="email"),
                name="message_no_receipt",
            ),
            models.Index(fields=["reference"], condition=~Q(reference=""), name="message_reference"),
        ]

    def __str__(self) -> str:
        return self.key


class CallAnswer(models.Model):
    """The driver said "I am coming" to a call."""

    call = models.OneToOneField(Call, models.CASCADE, related_name="answer")
    account = models.ForeignKey(Account, models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.call_id} {self.at}"
