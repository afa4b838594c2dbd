"""Ballots: the slots of a local day, released together and drawn by lot."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from greenlane.booking.models.places import Booking, Share, Slot
from greenlane.registry.models import Account, Carrier, Checkpoint, Direction, Driver, Park, Trailer, Truck


class Ballot(models.Model):
    """One release: its window, the commitment published before it, the seed revealed after it.

    `document` is the public file (`booking.ballot.document`): the list of entries from the closing on, and
    the draw once it is drawn, so that anyone can draw again.
    """

    class BallotState(models.TextChoices):
        OPEN = "open", _("Open")
        CLOSED = "closed", _("Closed, to be drawn")
        DRAWN = "drawn", _("Drawn")

    checkpoint = models.ForeignKey(Checkpoint, models.PROTECT, related_name="ballots")
    direction = models.CharField(max_length=8, choices=Direction.choices)
    day = models.DateField(help_text=_("The local date of its slots."))
    opens_at = models.DateTimeField()
    closes_at = models.DateTimeField()
    commitment = models.CharField(max_length=64, help_text=_("SHA-256 of the seed, public from the start."))
    seed = models.CharField(max_length=64, help_text=_("Secret until it is drawn."))
    state = models.CharField(max_length=10, choices=BallotState.choices, default=BallotState.OPEN)
    witnesses = models.JSONField(
        default=list,
        blank=True,
        help_text=_(
            "Who committed to a seed beside the checkpoint's own, in order; with the seed once told."
        ),
    )
    list_digest = models.CharField(max_length=64, blank=True, help_text=_("Of the closed list of entries."))
    closed_at = models.DateTimeField(null=True, blank=True)
    reveal_until = models.DateTimeField(
        null=True, blank=True, help_text=_("Witnesses tell their seeds until then.")
    )
    drawn_at = models.DateTimeField(null=True, blank=True)
    document = models.JSONField(null=True, blank=True)
    made_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["checkpoint", "direction", "day"], name="ballot_once_a_day"),
            models.CheckConstraint(condition=Q(closes_at__gt=F("opens_at")), name="ballot_has_window"),
            models.CheckConstraint(
                condition=Q(state="open")
                | Q(closed_at__isnull=False, reveal_until__isnull=False, document__isnull=False),
                name="ballot_closed_has_list",
            ),
            models.CheckConstraint(
                condition=~Q(state="drawn") | Q(drawn_at__isnull=False, document__isnull=False),
                name="ballot_drawn_is_public",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.checkpoint_id}/{self.direction} {self.day}"


class BallotEntry(models.Model):
    """A truck's wish in a ballot. `number` is public, the truck is not.

    It gets the first slot with room in the order of `slots`: the ids of the slots wished for, best first.
    """

    class Outcome(models.TextChoices):
        ENTERED = "entered", _("Waiting for the draw")
        WITHDRAWN = "withdrawn", _("Withdrawn")
        PLACED = "placed", _("Got a place")
        LISTED = "listed", _("No place; on the waiting list")
        UNPLACED = "unplaced", _("No place")
        INELIGIBLE = "ineligible", _("Not in the draw")

    ballot = models.ForeignKey(Ballot, models.CASCADE, related_name="entries")
    number = models.CharField(max_length=20, unique=True)
    account = models.ForeignKey(Account, models.PROTECT, related_name="+")
    carrier = models.ForeignKey(Carrier, models.PROTECT, related_name="+")
    truck = models.ForeignKey(Truck, models.PROTECT, related_name="+")
    trailer = models.ForeignKey(Trailer, models.PROTECT, null=True, blank=True, related_name="+")
    driver = models.ForeignKey(Driver, models.PROTECT, null=True, blank=True, related_name="+")
    plate_country = models.CharField(max_length=2)
    plate_key = models.CharField(max_length=16)
    vin = models.CharField(max_length=17, blank=True)
    vehicle_class = models.CharField(max_length=16)
    share = models.CharField(max_length=8, choices=Share.choices, default=Share.BOOKED)
    park = models.ForeignKey(Park, models.PROTECT, null=True, blank=True, related_name="+")
    slots = models.JSONField(default=list)
    asked_for = models.DateTimeField()
    priority_reason = models.CharField(
        max_length=12, blank=True, help_text=_("Why an officer lets it try the priority share first.")
    )
    priority_detail = models.CharField(max_length=200, blank=True)
    priority_by = models.ForeignKey(Account, models.SET_NULL, null=True, blank=True, related_name="+")
    joins_list = models.BooleanField(default=True, help_text=_("Goes on the waiting list without a place."))
    made_at = models.DateTimeField()
    outcome = models.CharField(max_length=10, choices=Outcome.choices, default=Outcome.ENTERED)
    why = models.CharField(max_length=60, blank=True)
    rank = models.PositiveIntegerField(null=True, blank=True, help_text=_("Its turn in the draw, from 1."))
    booking = models.ForeignKey(Booking, models.PROTECT, null=True, blank=True, related_name="ballot_entries")
    slot = models.ForeignKey(Slot, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["ballot", "plate_country", "plate_key"],
                condition=~Q(outcome="withdrawn"),
                name="ballot_entry_once_per_plate",
            ),
            models.UniqueConstraint(
                fields=["ballot", "vin"],
                condition=~Q(outcome="withdrawn") & ~Q(vin=""),
                name="ballot_entry_once_per_vin",
            ),
        ]

    def __str__(self) -> str:
        return self.number
