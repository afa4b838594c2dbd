"""The waiting list: trucks that take a place as soon as one is free."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from greenlane.booking.models.places import Booking, Share, Slot
from greenlane.registry.models import Account, Carrier, Checkpoint, Direction, Driver, Park, Trailer, Truck


class WaitingGroup(models.Model):
    """Trucks that wait together and are served all or not at all: one truck, or a convoy.

    The order of the list: those owed a place (rank 0) first, then `made_at`, `rank`, the id; all are public.
    """

    class GroupState(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        OFFERED = "offered", _("Offered a place")
        PLACED = "placed", _("Has a place")
        LEFT = "left", _("Left the list")
        OVER = "over", _("Its times have passed")

    number = models.CharField(max_length=20, unique=True, help_text=_("Public, without any plate."))
    checkpoint = models.ForeignKey(Checkpoint, models.PROTECT, related_name="waiting")
    direction = models.CharField(max_length=8, choices=Direction.choices)
    account = models.ForeignKey(Account, models.PROTECT, related_name="+")
    carrier = models.ForeignKey(Carrier, models.PROTECT, related_name="+")
    share = models.CharField(max_length=8, choices=Share.choices, default=Share.BOOKED)
    earliest = models.DateTimeField(help_text=_("Slots that start before this do not suit."))
    latest = models.DateTimeField(help_text=_("Slots that start after this do not suit."))
    rank = models.PositiveIntegerField(
        default=0,
        help_text=_("0: owed by the guarantee; 1: joined; from 2: turns of a ballot."),
    )
    made_at = models.DateTimeField()
    state = models.CharField(max_length=8, choices=GroupState.choices, default=GroupState.WAITING)
    offer_until = models.DateTimeField(null=True, blank=True)
    offers = models.PositiveSmallIntegerField(default=0, help_text=_("Offers made so far."))
    passed_over = models.PositiveSmallIntegerField(
        default=0, help_text=_("How often others were served first because it did not fit.")
    )
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(latest__gte=F("earliest")), name="waiting_times_ordered"),
            models.CheckConstraint(
                condition=~Q(state="offered") | Q(offer_until__isnull=False), name="waiting_offer_ends"
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["checkpoint", "direction", "latest"],
                condition=Q(state="waiting"),
                name="waiting_now",
            )
        ]

    def __str__(self) -> str:
        return self.number


class WaitingEntry(models.Model):
    """One truck of a group, and the place offered to it."""

    group = models.ForeignKey(WaitingGroup, models.CASCADE, related_name="entries")
    truck = models.ForeignKey(Truck, models.PROTECT, related_name="+")
    trailer = models.ForeignKey(Trailer, models.PROTECT, null=True, blank=True, related_name="+")
    driver = models.ForeignKey(Driver, models.PROTECT, null=True, blank=True, related_name="+")
    park = models.ForeignKey(Park, models.PROTECT, null=True, blank=True, related_name="+")
    vehicle_class = models.CharField(max_length=16)
    booking = models.ForeignKey(
        Booking, models.PROTECT, null=True, blank=True, related_name="waiting_entries"
    )
    is_waiting = models.BooleanField(default=True, help_text=_("Its group waits or has an offer."))

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["truck"], condition=Q(is_waiting=True), name="waiting_once_per_truck"
            )
        ]

    def __str__(self) -> str:
        return f"{self.truck_id} in {self.group_id}"


class FreedSlot(models.Model):
    """A place became free in a slot that the list waits for: it is the list's until that was looked through.

    Written by the database; taken away by the command that serves the list.
    """

    slot = models.OneToOneField(Slot, models.CASCADE, primary_key=True, related_name="+")
    at = models.DateTimeField()
    kept_for = models.ForeignKey(
        WaitingGroup, models.CASCADE, null=True, blank=True, related_name="+",
        help_text=_("Places are gathered for a group that was passed over as often as the rules allow."),
    )  # fmt: skip

    def __str__(self) -> str:
        return f"{self.slot_id}"
