"""The live queue: trucks without a slot, in the order in which they joined."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from greenlane.registry.models import Account, Checkpoint, Direction, Truck, VehicleClass


class LiveTicket(models.Model):
    """A truck's number in the live queue of a checkpoint and direction."""

    class Via(models.TextChoices):
        PHONE = "phone", _("Phone")
        KIOSK = "kiosk", _("Kiosk")
        DESK = "desk", _("An officer")

    class TicketState(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        CALLED = "called", _("Called")
        ENTERED = "entered", _("Entered")
        LEFT = "left", _("Left the queue")
        EXPIRED = "expired", _("Expired")

    code = models.CharField(max_length=16, unique=True, help_text=_("Whoever has it sees the ticket."))
    number = models.PositiveIntegerField(help_text=_("Public, from 1 on each local day."))
    day = models.DateField()
    checkpoint = models.ForeignKey(Checkpoint, models.PROTECT, related_name="live_tickets")
    direction = models.CharField(max_length=8, choices=Direction.choices)
    account = models.ForeignKey(Account, models.PROTECT, null=True, blank=True, related_name="+")
    truck = models.ForeignKey(Truck, models.PROTECT, null=True, blank=True, related_name="+")
    plate = models.CharField(max_length=16)
    plate_key = models.CharField(max_length=16)
    country = models.CharField(max_length=2)
    vehicle_class = models.CharField(max_length=16, choices=VehicleClass.choices)
    phone = models.CharField(max_length=20, blank=True)
    language = models.CharField(max_length=10, default="en")
    via = models.CharField(max_length=8, choices=Via.choices)
    by = models.ForeignKey(Account, models.SET_NULL, null=True, blank=True, related_name="+")
    joined_at = models.DateTimeField()
    good_until = models.DateTimeField()
    state = models.CharField(max_length=8, choices=TicketState.choices, default=TicketState.WAITING)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["checkpoint", "direction", "day", "number"], name="live_ticket_number"
            ),
            models.UniqueConstraint(
                fields=["country", "plate_key"],
                condition=Q(state__in=["waiting", "called"]),
                name="live_ticket_one_per_plate",
            ),
            models.UniqueConstraint(
                fields=["account"],
                condition=Q(state__in=["waiting", "called"], via="phone"),
                name="live_ticket_one_per_phone",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["checkpoint", "direction", "joined_at"],
                condition=Q(state="waiting"),
                name="live_ticket_waiting",
            )
        ]

    def __str__(self) -> str:
        return self.code
