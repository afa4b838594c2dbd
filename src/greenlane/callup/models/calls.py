"""Call-ups: releases of trucks from their parks to the barrier, and what keeps a truck from being called."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from greenlane.booking.models import Booking, LiveTicket
from greenlane.gate.models import Passage
from greenlane.registry.models import Account, Checkpoint, Direction


class MassCall(models.Model):
    """A wish to call more trucks at once than one person may: counted first, then approved by a second."""

    class MassState(models.TextChoices):
        ASKED = "asked", _("Waits for a second person")
        APPROVED = "approved", _("Approved")
        DONE = "done", _("Done")
        REFUSED = "refused", _("Refused")
        EXPIRED = "expired", _("Not approved in time")

    checkpoint = models.ForeignKey(Checkpoint, models.PROTECT, related_name="mass_calls")
    direction = models.CharField(max_length=8, choices=Direction.choices)
    passages = models.JSONField(help_text=_("The trucks that were counted, in the order of their turns."))
    count = models.PositiveIntegerField()
    why = models.CharField(max_length=200)
    asked_by = models.ForeignKey(Account, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    good_until = models.DateTimeField(help_text=_("It can be approved until then."))
    state = models.CharField(max_length=8, choices=MassState.choices, default=MassState.ASKED)
    decided_by = models.ForeignKey(Account, models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=~Q(state__in=["approved", "done"])
                | Q(decided_by__isnull=False) & ~Q(decided_by=F("asked_by")),
                name="mass_call_two_persons",
            ),
            models.CheckConstraint(
                condition=Q(count__gt=0) & ~Q(why=""), name="mass_call_counted_with_reason"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.count} {self.state}"


class CallPause(models.Model):
    """A time in which nobody is called in a line, such as after a recall of all."""

    checkpoint = models.ForeignKey(Checkpoint, models.PROTECT, related_name="call_pauses")
    direction = models.CharField(max_length=8, choices=Direction.choices)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    why = models.CharField(max_length=200)
    by = models.ForeignKey(Account, models.PROTECT, related_name="+")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(ends_at__gte=F("starts_at")), name="call_pause_times_ordered"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["checkpoint", "direction", "-ends_at"], name="call_pause_latest")
        ]

    def __str__(self) -> str:
        return f"{self.checkpoint_id}/{self.direction} {self.starts_at}"


class Call(models.Model):
    """One release of one truck, and its recall if there was one."""

    class Turn(models.TextChoices):
        BOOKED = "booked", _("In the order of the slots")
        LIVE = "live", _("In the live queue's share")
        PRIORITY = "priority", _("In the priority share")
        HAND = "hand", _("By hand, with a reason")
        MASS = "mass", _("In a mass call of two persons")

    passage = models.ForeignKey(Passage, models.PROTECT, related_name="calls")
    booking = models.ForeignKey(Booking, models.PROTECT, null=True, blank=True, related_name="calls")
    ticket = models.ForeignKey(LiveTicket, models.PROTECT, null=True, blank=True, related_name="calls")
    checkpoint = models.ForeignKey(Checkpoint, models.PROTECT, related_name="+")
    direction = models.CharField(max_length=8, choices=Direction.choices)
    turn = models.CharField(max_length=8, choices=Turn.choices, blank=True, default="")
    passed = models.JSONField(
        default=list, help_text=_("The trucks of a better rank that were not called, each with the reason.")
    )
    why = models.CharField(max_length=200, blank=True, help_text=_("Of a call by hand."))
    called_at = models.DateTimeField()
    gate_by = models.DateTimeField(help_text=_("When the truck is expected at the barrier at the latest."))
    called_by = models.ForeignKey(Account, models.SET_NULL, null=True, related_name="+")
    recalled_at = models.DateTimeField(null=True, blank=True)
    recalled_by = models.ForeignKey(Account, models.SET_NULL, null=True, related_name="+")
    recalled_why = models.CharField(max_length=200, blank=True)
    mass = models.ForeignKey(MassCall, models.PROTECT, null=True, blank=True, related_name="calls")
    missed_at = models.DateTimeField(
        null=True, blank=True, help_text=_("When the truck was taken not to have come in time.")
    )

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["checkpoint", "direction", "-called_at"], name="call_latest")
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["passage"],
                condition=Q(recalled_at=None, missed_at=None),
                name="call_one_standing_per_passage",
            )
        ]

    def __str__(self) -> str:
        return f"{self.passage_id} {self.called_at}"


class Hindrance(models.Model):
    """Why a truck is not to be called: it rests, or its papers are not ready. It keeps its place."""

    class Kind(models.TextChoices):
        REST = "rest", _("The driver rests")
        PAPERS = "papers", _("The papers are not ready")

    kind = models.CharField(max_length=8, choices=Kind.choices)
    booking = models.ForeignKey(Booking, models.PROTECT, null=True, blank=True, related_name="hindrances")
    ticket = models.ForeignKey(LiveTicket, models.PROTECT, null=True, blank=True, related_name="hindrances")
    what = models.CharField(max_length=200, blank=True, help_text=_("What is missing, or which rest it is."))
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True, help_text=_("Empty: until it is lifted."))
    told_by = models.ForeignKey(Account, models.SET_NULL, null=True, related_name="+")
    told_at = models.DateTimeField()
    lifted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(booking__isnull=False, ticket__isnull=True)
                | Q(booking__isnull=True, ticket__isnull=False),
                name="hindrance_of_one_truck",
            ),
            models.CheckConstraint(
                condition=Q(ends_at=None) | Q(ends_at__gt=F("starts_at")), name="hindrance_times_ordered"
            ),
            models.CheckConstraint(
                condition=~Q(kind="rest") | Q(ends_at__isnull=False), name="hindrance_rest_ends"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["booking"], condition=Q(lifted_at=None), name="hindrance_standing")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.booking_id or self.ticket_id}"
