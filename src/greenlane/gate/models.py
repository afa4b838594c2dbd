"""Devices, readings, events, passages. Readings, events and channel decisions are only ever added."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from greenlane.booking.models import Booking
from greenlane.registry.models import Account, Checkpoint, Direction, VehicleClass


class Point(models.TextChoices):
    QUEUE_END = "queue_end", _("End of the line before the park")
    PARK_IN = "park_in", _("Into the park")
    PARK_OUT = "park_out", _("Out of the park")
    CALL = "call", _("Called")
    ENTRY = "entry", _("Entry barrier")
    STAGE_IN = "stage_in", _("Into a stage")
    STAGE_OUT = "stage_out", _("Out of a stage")
    EXIT = "exit", _("Exit barrier")


class Channel(models.TextChoices):
    UNKNOWN = "", _("Not known")
    GREEN = "green", _("Green")
    AMBER = "amber", _("Amber")
    RED = "red", _("Red")


class SigningKey(models.Model):
    """A key that signs passes; the public part is open to everyone, the private part is in a file."""

    key_id = models.CharField(max_length=16, unique=True)
    public_pem = models.TextField()
    made_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.key_id


class Device(models.Model):
    """A camera, tag reader, kiosk or officer's handset that sends readings."""

    class Kind(models.TextChoices):
        CAMERA = "camera", _("Plate camera")
        TAG_READER = "tag_reader", _("Tag reader")
        KIOSK = "kiosk", _("Kiosk")
        HANDSET = "handset", _("Officer's handset")
        SIGN = "sign", _("Call-up sign")

    checkpoint = models.ForeignKey(Checkpoint, models.PROTECT, related_name="devices")
    direction = models.CharField(max_length=8, choices=Direction.choices)
    name = models.SlugField(max_length=60)
    kind = models.CharField(max_length=12, choices=Kind.choices)
    points = ArrayField(models.CharField(max_length=10, choices=Point.choices))
    prefix = models.CharField(max_length=12, unique=True)
    digest = models.CharField(max_length=64, unique=True, help_text=_("SHA-256 of the device's token."))
    enabled = models.BooleanField(default=True)
    made_at = models.DateTimeField()
    last_seen_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["checkpoint", "direction", "name"], name="device_name_once")
        ]

    def __str__(self) -> str:
        return f"{self.checkpoint_id}/{self.name}"


class Reading(models.Model):
    """What a device saw. Kept as it came; only `matched_at` is ever set afterwards, once."""

    event_id = models.UUIDField(unique=True)
    device = models.ForeignKey(Device, models.PROTECT, related_name="+", db_index=False, db_constraint=False)
    checkpoint = models.ForeignKey(
        Checkpoint, models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    direction = models.CharField(max_length=8)
    point = models.CharField(max_length=10)
    stage = models.CharField(max_length=40, blank=True)
    lane = models.CharField(max_length=40, blank=True)
    event_time = models.DateTimeField()
    zone_offset = models.CharField(max_length=6)
    record_time = models.DateTimeField()
    kind = models.CharField(max_length=6)
    value = models.CharField(max_length=64)
    country = models.CharField(max_length=2, blank=True)
    confidence = models.FloatField(default=1.0)
    skew_s = models.FloatField(null=True)
    matched_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(
                fields=["checkpoint", "direction", "id"],
                condition=Q(matched_at=None),
                name="reading_unmatched",
            ),
            BrinIndex(fields=["event_time"], name="reading_by_time", autosummarize=True),
        ]

    def __str__(self) -> str:
        return f"{self.point} {self.event_time}"


class Line(models.Model):
    """The readings of one checkpoint and direction, matched one after the other.

    Its row is locked by whoever matches or corrects, so that there is one at a time. `stepped_at` grows with
    every step, also where clocks do not: it puts readings and officers' decisions into the one order in which
    they were taken, and so lets a recomputation repeat them.
    """

    checkpoint = models.ForeignKey(Checkpoint, models.PROTECT, related_name="+", db_index=False)
    direction = models.CharField(max_length=8, choices=Direction.choices)
    stepped_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["checkpoint", "direction"], name="line_once")
        ]

    def __str__(self) -> str:
        return f"{self.checkpoint_id}/{self.direction}"


class ChannelDecision(models.Model):
    """The risk channel of a truck, decided from its papers. A later one stands beside it; none is changed.

    It holds for a passage only when it was decided before the truck entered.
    """

    checkpoint = models.ForeignKey(Checkpoint, models.PROTECT, related_name="+", db_index=False)
    direction = models.CharField(max_length=8, choices=Direction.choices)
    booking = models.ForeignKey(Booking, models.PROTECT, null=True, blank=True, related_name="+")
    plate_key = models.CharField(max_length=64, help_text=_("Folded plate, for trucks without a booking."))
    channel = models.CharField(max_length=6, choices=Channel.choices[1:])
    pre_arrival = models.BooleanField(help_text=_("The papers came before the truck."))
    decided_at = models.DateTimeField()
    record_time = models.DateTimeField()
    by = models.ForeignKey(Account, models.SET_NULL, null=True, related_name="+", db_index=False)
    device = models.ForeignKey(Device, models.PROTECT, null=True, related_name="+", db_index=False)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["checkpoint", "direction", "plate_key"], name="decision_by_plate")
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(channel__in=["green", "amber", "red"]), name="decision_channel_known"
            )
        ]

    def __str__(self) -> str:
        return f"{self.channel} {self.decided_at}"


class Passage(models.Model):
    """One truck's crossing of one checkpoint: the timeline of its events, rebuilt from them at any time."""

    class Phase(models.TextChoices):
        COMING = "coming", _("On the way")
        WAITING = "waiting", _("In the park")
        CALLED = "called", _("Called")
        INSIDE = "inside", _("Inside")
        LEFT = "left", _("Left")
        LOST = "lost", _("Exit not seen")

    checkpoint = models.ForeignKey(Checkpoint, models.PROTECT, related_name="passages", db_index=False)
    direction = models.CharField(max_length=8, choices=Direction.choices)
    booking = models.ForeignKey(Booking, models.PROTECT, null=True, blank=True, related_name="passages")
    opened_by = models.UUIDField(unique=True, help_text=_("The event that it began with."))
    plate = models.CharField(max_length=64)
    plate_key = models.CharField(max_length=64, db_index=True, help_text=_("Folded, for matching only."))
    country = models.CharField(max_length=2, blank=True)
    vehicle_class = models.CharField(max_length=16, choices=VehicleClass.choices, blank=True)
    channel = models.CharField(max_length=6, choices=Channel.choices, blank=True)
    pre_arrival = models.BooleanField(default=False, help_text=_("The papers came before the truck."))
    phase = models.CharField(max_length=8, choices=Phase.choices)
    first_at = models.DateTimeField()
    last_point = models.CharField(max_length=10, choices=Point.choices, blank=True)
    last_stage = models.CharField(max_length=40, blank=True)
    last_lane = models.CharField(max_length=40, blank=True)
    last_at = models.DateTimeField()
    queue_end_at = models.DateTimeField(null=True, blank=True)
    park_in_at = models.DateTimeField(null=True, blank=True)
    park_out_at = models.DateTimeField(null=True, blank=True)
    called_at = models.DateTimeField(null=True, blank=True)
    entry_at = models.DateTimeField(null=True, blank=True)
    exit_at = models.DateTimeField(null=True, blank=True)
    visits = models.JSONField(default=list, help_text=_("Stage visits in order: stage, lane, in, out."))
    flags = ArrayField(models.CharField(max_length=20), default=list)
    revision = models.PositiveIntegerField(default=1)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["checkpoint", "direction", "entry_at"], name="passage_by_entry"),
            models.Index(fields=["checkpoint", "direction", "exit_at"], name="passage_by_exit"),
            models.Index(fields=["checkpoint", "direction", "last_at"], name="passage_by_last"),
            models.Index(
                fields=["checkpoint", "direction", "phase"],
                condition=~Q(phase__in=["left", "lost"]),
                name="passage_open",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pk} {self.phase}"


class Event(models.Model):
    """A reading matched to a passage, or a correction of one. In the shape of EPCIS 2.0; never changed."""

    class Method(models.TextChoices):
        PASS = "pass", _("Pass")
        PLATE_EXACT = "plate_exact", _("Plate")
        PLATE_FOLDED = "plate_folded", _("Plate, look-alike letters")
        PLATE_NEAR = "plate_near", _("Plate, one sign differs")
        TRAILER = "trailer", _("Trailer plate")
        NEW = "new", _("Truck that nobody expected")
        OFFICER = "officer", _("Officer")
        PLATFORM = "platform", _("Platform")

    event_id = models.UUIDField(primary_key=True)
    reading = models.ForeignKey(
        Reading, models.PROTECT, null=True, related_name="events", db_index=False, db_constraint=False
    )
    passage = models.ForeignKey(Passage, models.PROTECT, related_name="events")
    point = models.CharField(max_length=10, choices=Point.choices)
    stage = models.CharField(max_length=40, blank=True)
    lane = models.CharField(max_length=40, blank=True)
    event_time = models.DateTimeField()
    zone_offset = models.CharField(max_length=6)
    record_time = models.DateTimeField()
    plate = models.CharField(max_length=64, blank=True, help_text=_("The plate, where an officer told it."))
    country = models.CharField(max_length=2, blank=True)
    method = models.CharField(max_length=12, choices=Method.choices)
    score = models.FloatField()
    skew_s = models.FloatField(null=True)
    corrects = models.UUIDField(null=True, blank=True)
    error_reason = models.CharField(max_length=20, blank=True)
    by = models.ForeignKey(Account, models.SET_NULL, null=True, related_name="+", db_index=False)
    why = models.CharField(max_length=200, blank=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["corrects"], condition=Q(corrects__isnull=False), name="event_correction")
        ]

    def __str__(self) -> str:
        return f"{self.point} {self.event_time}"


class Unclear(models.Model):
    """A reading that fits no single truck well enough: an officer says which."""

    reading = models.OneToOneField(Reading, models.PROTECT, related_name="unclear", db_constraint=False)
    checkpoint = models.ForeignKey(Checkpoint, models.PROTECT, related_name="+")
    direction = models.CharField(max_length=8, choices=Direction.choices)
    reason = models.CharField(max_length=40)
    detail = models.CharField(max_length=200, blank=True)
    candidates = models.JSONField(default=list)
    at = models.DateTimeField()
    resolved_at = models.DateTimeField(null=True, blank=True)
    resolved_by = models.ForeignKey(Account, models.SET_NULL, null=True, related_name="+")
    resolved_to = models.ForeignKey(Passage, models.SET_NULL, null=True, related_name="+")
    why = models.CharField(max_length=200, blank=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(
                fields=["checkpoint", "direction"], condition=Q(resolved_at=None), name="unclear_open"
            )
        ]

    def __str__(self) -> str:
        return f"{self.reading_id} {self.reason}"
