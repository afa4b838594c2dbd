"""Slots, quotas, bookings: what has to hold is held by the database (constraints here, triggers in
sql/places.sql).
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from greenlane.registry.crossing_parts import CALL_BY_LIMIT, FIRST_CLICK
from greenlane.registry.models import (
    Account,
    Carrier,
    Checkpoint,
    Direction,
    Driver,
    Park,
    Trailer,
    Truck,
    VehicleClass,
)


class Share(models.TextChoices):
    BOOKED = "booked", _("Booked")
    LIVE = "live", _("Live queue")
    PRIORITY = "priority", _("Priority")


class State(models.TextChoices):
    HELD = "held", _("Held")
    CONFIRMED = "confirmed", _("Confirmed")
    CALLED = "called", _("Called")
    ENTERED = "entered", _("Entered")
    CANCELLED = "cancelled", _("Cancelled")
    EXPIRED = "expired", _("Expired")
    NO_SHOW = "no_show", _("Did not come")


ACTIVE = (State.HELD, State.CONFIRMED, State.CALLED)
"""A truck has at most one booking in these states, over all checkpoints."""
PLACED = (*ACTIVE, State.ENTERED)
"""Bookings in these states count in their quotas."""


class Rules(models.Model):
    """The booking rules in force at one checkpoint and direction; meanings as in
    `registry.crossing.SlotRules`.
    """

    checkpoint = models.ForeignKey(Checkpoint, models.CASCADE, related_name="booking_rules")
    direction = models.CharField(max_length=8, choices=Direction.choices)
    horizon_days = models.PositiveIntegerField(default=14)
    slot_minutes = models.PositiveIntegerField(default=30)
    step_minutes = models.PositiveIntegerField(default=30)
    hold_minutes = models.PositiveIntegerField(default=5)
    early_minutes = models.PositiveIntegerField(default=180)
    late_minutes = models.PositiveIntegerField(default=30)
    void_minutes = models.PositiveIntegerField(default=120)
    move_cutoff_minutes = models.PositiveIntegerField(default=180)
    moves_per_trip = models.PositiveIntegerField(default=1)
    carrier_share = models.FloatField(default=0.10)
    priority_share = models.FloatField(default=0.05)
    live_share = models.FloatField(default=0.10)
    slot_capacity = models.PositiveIntegerField()
    hour_capacity = models.PositiveIntegerField(null=True, blank=True)
    day_capacity = models.PositiveIntegerField(null=True, blank=True)
    neighbour_per_hour = models.PositiveIntegerField(null=True, blank=True)
    class_per_hour = models.JSONField(default=dict, blank=True)
    no_show_limit = models.PositiveIntegerField(default=2)
    no_show_window_days = models.PositiveIntegerField(default=90)
    no_show_block_days = models.PositiveIntegerField(default=14)
    grace_behind_minutes = models.PositiveIntegerField(default=30)
    inside_limit = models.PositiveIntegerField()
    release_lead_minutes = models.PositiveIntegerField(default=0)
    allocation = models.CharField(max_length=12, default=FIRST_CLICK)
    ballot_window_hours = models.FloatField(default=0.0)
    unverified_share = models.FloatField(default=0.1)
    offer_minutes = models.PositiveIntegerField(default=30)
    passed_over_limit = models.PositiveIntegerField(default=3)
    live_ticket_hours = models.PositiveIntegerField(default=24)
    swaps_per_trip = models.PositiveIntegerField(default=2)
    swap_cooldown_minutes = models.PositiveIntegerField(default=60)
    late_cancel_minutes = models.PositiveIntegerField(default=180)
    guarantee_minutes = models.PositiveIntegerField(default=60)
    fee_cents = models.PositiveIntegerField(default=0)
    call_up = models.CharField(max_length=12, default=CALL_BY_LIMIT)
    call_up_target_minutes = models.FloatField(default=10.0)
    calls_per_minute = models.PositiveIntegerField(default=30)
    mass_call = models.PositiveIntegerField(default=20)
    return_behind = models.PositiveIntegerField(default=5)

    class Meta:
        verbose_name_plural = "rules"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["checkpoint", "direction"], name="rules_once"),
            models.CheckConstraint(
                condition=Q(carrier_share__gt=0, carrier_share__lte=1), name="rules_carrier_share"
            ),
            models.CheckConstraint(
                condition=Q(priority_share__gte=0, live_share__gte=0)
                & Q(priority_share__lte=1 - F("live_share")),
                name="rules_shares_fit",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.checkpoint_id}/{self.direction}"


class Slot(models.Model):
    """An interval of a checkpoint and direction in which trucks may be called."""

    class SlotState(models.TextChoices):
        OPEN = "open", _("Open")
        CLOSED = "closed", _("Closed")
        MERGED = "merged", _("Merged into another")
        BALLOT = "ballot", _("To be drawn by lot")

    checkpoint = models.ForeignKey(Checkpoint, models.PROTECT, related_name="slots", db_index=False)
    direction = models.CharField(max_length=8, choices=Direction.choices)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    state = models.CharField(max_length=8, choices=SlotState.choices, default=SlotState.OPEN)
    merged_into = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering: ClassVar = ["starts_at"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["checkpoint", "direction", "starts_at", "ends_at"], name="slot_once"
            ),
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="slot_has_length"),
            models.CheckConstraint(
                condition=Q(state="merged", merged_into__isnull=False)
                | (~Q(state="merged") & Q(merged_into__isnull=True)),
                name="slot_merged_names_target",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.checkpoint_id}/{self.direction} {self.starts_at:%Y-%m-%d %H:%MZ}"


class Quota(models.Model):
    """A number of places over a time, for all trucks or for those that its selectors name.

    It applies to every slot of its checkpoint and direction that starts in [starts_at, ends_at), or to the
    one slot that it names. `taken` is kept by the database from the claims; `CHECK (taken <= capacity)` is
    the last guard against overselling, on every path.
    """

    class Kind(models.TextChoices):
        SLOT = "slot", _("Slot")
        HOUR = "hour", _("Hour")
        DAY = "day", _("Day")
        CLASS = "class", _("Vehicle class")
        PARK = "park", _("Park")
        SHARE = "share", _("Share")
        NEIGHBOUR = "neighbour", _("The neighbour's acceptance")
        CARRIER = "carrier", _("Carrier")

    checkpoint = models.ForeignKey(Checkpoint, models.PROTECT, related_name="quotas", db_index=False)
    direction = models.CharField(max_length=8, choices=Direction.choices)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    slot = models.ForeignKey(Slot, models.PROTECT, null=True, blank=True, related_name="own_quotas")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    vehicle_class = models.CharField(max_length=16, choices=VehicleClass.choices, blank=True, default="")
    park = models.ForeignKey(Park, models.PROTECT, null=True, blank=True, related_name="+")
    share = models.CharField(max_length=8, choices=Share.choices, blank=True, default="")
    carrier = models.ForeignKey(Carrier, models.PROTECT, null=True, blank=True, related_name="+")
    capacity = models.PositiveIntegerField()
    taken = models.PositiveIntegerField(default=0, editable=False)
    changed_by = models.ForeignKey(Account, models.SET_NULL, null=True, blank=True, related_name="+")
    changed_why = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(taken__gte=0, taken__lte=F("capacity")), name="quota_never_oversold"
            ),
            models.UniqueConstraint(
                fields=[
                    "checkpoint",
                    "direction",
                    "kind",
                    "slot",
                    "starts_at",
                    "ends_at",
                    "vehicle_class",
                    "park",
                    "share",
                    "carrier",
                ],
                nulls_distinct=False,
                name="quota_once",
            ),
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="quota_has_length"),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["checkpoint", "direction", "ends_at"], condition=Q(slot=None), name="quota_over_slots"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.starts_at:%Y-%m-%d %H:%MZ} {self.taken}/{self.capacity}"


class SlotQuota(models.Model):
    """Which quotas apply to a slot; written by the database when a slot or a quota is made."""

    slot = models.ForeignKey(Slot, models.CASCADE, related_name="+", db_index=False)
    quota = models.ForeignKey(Quota, models.CASCADE, related_name="slots")

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["slot", "quota"], name="slot_quota_once")]

    def __str__(self) -> str:
        return f"{self.slot_id} in {self.quota_id}"


class Booking(models.Model):
    """A truck's place in a slot."""

    code = models.CharField(max_length=16, unique=True)
    checkpoint = models.ForeignKey(
        Checkpoint, models.PROTECT, related_name="bookings", db_index=False, db_constraint=False
    )
    direction = models.CharField(max_length=8, choices=Direction.choices)
    slot = models.ForeignKey(Slot, models.PROTECT, related_name="bookings")
    first_slot = models.ForeignKey(
        Slot, models.PROTECT, related_name="+", db_constraint=False, help_text=_("The slot first asked for.")
    )
    account = models.ForeignKey(Account, models.PROTECT, related_name="bookings")
    carrier = models.ForeignKey(Carrier, models.PROTECT, null=True, blank=True, related_name="bookings")
    truck = models.ForeignKey(Truck, models.PROTECT, null=True, blank=True, related_name="bookings")
    trailer = models.ForeignKey(Trailer, models.PROTECT, null=True, blank=True, related_name="+")
    driver = models.ForeignKey(Driver, models.PROTECT, null=True, blank=True, related_name="+")
    plate = models.CharField(max_length=16, blank=True)
    plate_key = models.CharField(max_length=16, blank=True)
    plate_country = models.CharField(max_length=2, blank=True)
    vin = models.CharField(max_length=17, blank=True)
    vehicle_class = models.CharField(max_length=16, choices=VehicleClass.choices)
    share = models.CharField(max_length=8, choices=Share.choices, default=Share.BOOKED)
    park = models.ForeignKey(Park, models.PROTECT, null=True, blank=True, related_name="bookings")
    state = models.CharField(max_length=10, choices=State.choices)
    held_until = models.DateTimeField(null=True, blank=True)
    asked_for = models.DateTimeField(help_text=_("The time that the carrier asked for."))
    made_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True, help_text=_("When the last state was reached."))
    moves = models.PositiveSmallIntegerField(default=0)
    swaps = models.PositiveSmallIntegerField(default=0, db_default=0)
    swapped_at = models.DateTimeField(null=True, blank=True)
    strike = models.PositiveSmallIntegerField(
        default=0,
        db_default=0,
        help_text=_("2 for a no-show, 1 for a late cancellation."),
    )
    excused = models.BooleanField(default=False, help_text=_("A no-show that does not count."))
    is_offer = models.BooleanField(
        default=False,
        db_default=False,
        help_text=_("Held for its truck by the waiting list."),
    )
    key = models.CharField(max_length=80, blank=True, help_text=_("The idempotency key that made it."))
    changed_at = models.DateTimeField()
    changed_by = models.ForeignKey(
        Account, models.SET_NULL, null=True, blank=True, related_name="+", db_index=False, db_constraint=False
    )
    changed_why = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(state__in=State.values), name="booking_state_known"),
            models.CheckConstraint(
                condition=~Q(state=State.HELD) | Q(held_until__isnull=False), name="booking_hold_ends"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[State.CONFIRMED, State.CALLED, State.ENTERED])
                | (Q(truck__isnull=False) & ~Q(plate_key="") & Q(confirmed_at__isnull=False)),
                name="booking_confirmed_has_truck",
            ),
            models.UniqueConstraint(
                fields=["plate_country", "plate_key"],
                condition=Q(state__in=ACTIVE) & ~Q(plate_key=""),
                name="booking_one_per_plate",
            ),
            models.UniqueConstraint(
                fields=["vin"], condition=Q(state__in=ACTIVE) & ~Q(vin=""), name="booking_one_per_vin"
            ),
            models.UniqueConstraint(
                fields=["account"],
                condition=Q(state=State.HELD, is_offer=False),
                name="booking_one_hold_per_account",
            ),
            models.UniqueConstraint(fields=["account", "key"], condition=~Q(key=""), name="booking_key_once"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["held_until"], condition=Q(state=State.HELD), name="booking_held"),
            models.Index(fields=["first_slot"], name="booking_first_slot"),
            models.Index(fields=["checkpoint", "direction", "state"], name="booking_by_state"),
            # Strikes are the vehicle's, also where its carrier took it off the list and added it anew.
            models.Index(fields=["plate_key"], condition=Q(strike__gt=0), name="booking_strikes"),
            models.Index(
                fields=["vin"], condition=Q(strike__gt=0) & ~Q(vin=""), name="booking_strikes_by_vin"
            ),
        ]

    def __str__(self) -> str:
        return self.code


class Claim(models.Model):
    """One place that a booking has in one quota; written by the database alone."""

    booking = models.ForeignKey(
        Booking, models.CASCADE, related_name="claims", db_index=False, db_constraint=False
    )
    quota = models.ForeignKey(Quota, models.PROTECT, related_name="claims", db_constraint=False)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["booking", "quota"], name="claim_once")]

    def __str__(self) -> str:
        return f"{self.booking_id} in {self.quota_id}"


class HoldUsed(models.Model):
    """An account has held this slot and let it go: it may not hold it again (a hold is not renewable)."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="+", db_index=False)
    slot = models.ForeignKey(Slot, models.CASCADE, related_name="+")

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["account", "slot"], name="hold_used_once")]

    def __str__(self) -> str:
        return f"{self.account_id} {self.slot_id}"


class Change(models.Model):
    """What happened to a booking: each new state, slot, truck, trailer and driver, with who, when and why.

    Written by the database on every path; never changed or deleted.
    """

    booking = models.ForeignKey(Booking, models.PROTECT, related_name="changes", db_constraint=False)
    at = models.DateTimeField()
    by = models.ForeignKey(
        Account, models.SET_NULL, null=True, related_name="+", db_index=False, db_constraint=False
    )
    why = models.CharField(max_length=200, blank=True)
    from_state = models.CharField(max_length=10, blank=True)
    to_state = models.CharField(max_length=10)
    was = models.JSONField(default=dict, help_text=_("Slot, truck, trailer, driver before, where changed."))
    became = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"{self.booking_id} {self.from_state}→{self.to_state}"


class CapacityChange(models.Model):
    """A quota was made, or its capacity changed; written by the database on every path."""

    quota = models.ForeignKey(Quota, models.CASCADE, related_name="changes")
    at = models.DateTimeField()
    by = models.ForeignKey(Account, models.SET_NULL, null=True, related_name="+", db_index=False)
    why = models.CharField(max_length=200, blank=True)
    from_capacity = models.PositiveIntegerField(null=True)
    to_capacity = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"{self.quota_id} {self.from_capacity}→{self.to_capacity}"
