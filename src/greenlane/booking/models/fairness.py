"""What keeps the queue fair: priority with its reason, appeals, guarantees, signs of resale."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from greenlane.booking.models.live import LiveTicket
from greenlane.booking.models.places import Booking
from greenlane.registry.models import Account, Carrier, Checkpoint, Direction


class PriorityUse(models.Model):
    """A truck was put before others: by whom and why. Never changed or deleted; published without plates."""

    class Reason(models.TextChoices):
        PERISHABLE = "perishable", _("Perishable goods")
        LIVESTOCK = "livestock", _("Live animals")
        HUMANITARIAN = "humanitarian", _("Humanitarian goods")
        DANGEROUS = "dangerous", _("Dangerous goods, to their own lane")
        MEDICAL = "medical", _("A person needs a doctor")
        GUARANTEE = "guarantee", _("Credit of the checkpoint's guarantee")
        OTHER = "other", _("Another reason, told in words")

    checkpoint = models.ForeignKey(Checkpoint, models.PROTECT, related_name="priority_uses")
    direction = models.CharField(max_length=8, choices=Direction.choices)
    booking = models.ForeignKey(Booking, models.PROTECT, null=True, blank=True, related_name="priority_uses")
    ticket = models.ForeignKey(
        LiveTicket, models.PROTECT, null=True, blank=True, related_name="priority_uses"
    )
    reason = models.CharField(max_length=12, choices=Reason.choices)
    detail = models.CharField(max_length=200, blank=True)
    officer = models.ForeignKey(Account, models.PROTECT, null=True, blank=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(booking__isnull=False, ticket__isnull=True)
                | Q(booking__isnull=True, ticket__isnull=False),
                name="priority_of_one_truck",
            ),
            # The platform itself grants what its guarantee owes; everything else has an officer.
            models.CheckConstraint(
                condition=Q(officer__isnull=False) | Q(reason="guarantee"), name="priority_has_officer"
            ),
            models.CheckConstraint(
                condition=~Q(reason="other") | ~Q(detail=""), name="priority_other_is_told"
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["checkpoint", "direction", "-at"], name="priority_latest")]

    def __str__(self) -> str:
        return f"{self.reason} {self.at}"


class Appeal(models.Model):
    """A carrier says that a no-show or a late cancellation should not count; an officer decides."""

    class Decision(models.TextChoices):
        GRANTED = "granted", _("Granted: it does not count")
        REFUSED = "refused", _("Refused: it counts")

    booking = models.OneToOneField(Booking, models.PROTECT, related_name="appeal")
    account = models.ForeignKey(Account, models.PROTECT, related_name="+")
    text = models.CharField(max_length=1000)
    made_at = models.DateTimeField()
    decision = models.CharField(max_length=8, choices=Decision.choices, blank=True)
    decided_by = models.ForeignKey(Account, models.SET_NULL, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    why = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(decision="") | (Q(decided_at__isnull=False) & ~Q(why="")),
                name="appeal_decision_has_reason",
            )
        ]

    def __str__(self) -> str:
        return f"{self.booking_id} {self.decision or 'open'}"


class Credit(models.Model):
    """What the checkpoint owes for being late: the fee back, or priority once. Each once per booking."""

    class Kind(models.TextChoices):
        FEE = "fee", _("Fee back")
        PRIORITY = "priority", _("Priority once")

    booking = models.ForeignKey(Booking, models.PROTECT, related_name="credits")
    carrier = models.ForeignKey(Carrier, models.PROTECT, null=True, blank=True, related_name="credits")
    account = models.ForeignKey(Account, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    cents = models.PositiveIntegerField(default=0)
    behind_minutes = models.PositiveIntegerField(help_text=_("How late the checkpoint was."))
    at = models.DateTimeField()
    good_until = models.DateTimeField(null=True, blank=True)
    used_at = models.DateTimeField(null=True, blank=True)
    used_for = models.ForeignKey(Booking, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["booking", "kind"], name="credit_once_per_booking"),
            models.CheckConstraint(
                condition=Q(used_at__isnull=True, used_for__isnull=True)
                | Q(used_at__isnull=False, used_at__gte=F("at")),
                name="credit_used_after",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.booking_id}"


class ResaleSignal(models.Model):
    """Something that looks like resale, with its evidence: an officer looks at it; nothing else follows."""

    class Kind(models.TextChoices):
        SHARED_CONTACT = "shared_contact", _("Carriers that share a contact")
        EDITS = "edits", _("Bookings edited much more than others")
        SOLD_THEN_SWAPPED = "sold_then_swapped", _("Places that change their truck and driver")
        SHARED_TRUCK = "shared_truck", _("A truck in several carriers")

    class SignalState(models.TextChoices):
        OPEN = "open", _("Open")
        DISMISSED = "dismissed", _("Nothing in it")
        CONFIRMED = "confirmed", _("Confirmed")

    checkpoint = models.ForeignKey(Checkpoint, models.PROTECT, null=True, blank=True, related_name="+")
    kind = models.CharField(max_length=20, choices=Kind.choices)
    subject = models.CharField(max_length=120, help_text=_("What it is about; one open signal each."))
    evidence = models.JSONField(default=dict)
    found_at = models.DateTimeField()
    seen_at = models.DateTimeField(help_text=_("When its evidence was last brought up to date."))
    state = models.CharField(max_length=10, choices=SignalState.choices, default=SignalState.OPEN)
    decided_by = models.ForeignKey(Account, models.SET_NULL, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    why = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["kind", "subject"], condition=Q(state="open"), name="resale_signal_open_once"
            ),
            models.CheckConstraint(
                condition=Q(state="open") | (Q(decided_at__isnull=False) & ~Q(why="")),
                name="resale_decision_has_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}"
