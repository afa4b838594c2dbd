"""What exists: crossings, checkpoints, stages, lanes, parks; carriers, trucks, drivers; accounts, rights."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.models import AbstractUser
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _


class Direction(models.TextChoices):
    OUTBOUND = "outbound", _("Outbound")
    INBOUND = "inbound", _("Inbound")


class VehicleClass(models.TextChoices):
    LADEN = "laden", _("Laden")
    EMPTY = "empty", _("Empty")
    PERISHABLE = "perishable", _("Perishable goods")
    LIVESTOCK = "livestock", _("Live animals")
    DANGEROUS = "dangerous", _("Dangerous goods")
    OVERSIZE = "oversize", _("Oversize")
    HUMANITARIAN = "humanitarian", _("Humanitarian")
    BUS = "bus", _("Bus")


class StageKind(models.TextChoices):
    ENTRY = "entry", _("Entry barrier")
    BORDER = "border", _("Border control")
    TRANSPORT = "transport", _("Transport control")
    WEIGHING = "weighing", _("Weighing and radiation portal")
    XRAY = "xray", _("X-ray")
    CUSTOMS = "customs", _("Customs")
    VETERINARY = "veterinary", _("Veterinary control")
    PHYTOSANITARY = "phytosanitary", _("Phytosanitary control")
    EXIT = "exit", _("Exit barrier")


class Named(models.Model):
    """Something with a name in each language of the platform."""

    names = models.JSONField(default=dict, help_text=_("Language code to name; English is the fall-back."))

    class Meta:
        abstract = True

    @property
    def name(self) -> str:
        """The name in the reader's language, else in English."""
        language = (get_language() or "en").split("-")[0]
        names: dict[str, str] = self.names
        return names.get(language) or names.get("en") or str(self.pk)


class Crossing(Named):
    """A place where a road passes a border: two facing checkpoints."""

    code = models.SlugField(unique=True, max_length=60)
    mode = models.CharField(max_length=10, default="road")

    def __str__(self) -> str:
        return self.code


class CrossingVersion(models.Model):
    """One loaded state of a crossing's file: every figure with its source, never overwritten."""

    crossing = models.ForeignKey(Crossing, models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    document = models.JSONField()
    digest = models.CharField(max_length=64, help_text=_("SHA-256 of the document."))
    loaded_at = models.DateTimeField()
    loaded_by = models.ForeignKey("Account", models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["crossing", "number"], name="crossing_version_number_once")
        ]

    def __str__(self) -> str:
        return f"{self.crossing_id} v{self.number}"


class Checkpoint(Named):
    """One country's side of a crossing."""

    crossing = models.ForeignKey(Crossing, models.PROTECT, related_name="checkpoints")
    code = models.SlugField(unique=True, max_length=60)
    side = models.CharField(max_length=1, choices=[("A", "A"), ("B", "B")])
    country = models.CharField(max_length=2)
    zone = models.CharField(max_length=60, help_text=_("IANA time zone."))
    latitude = models.FloatField()
    longitude = models.FloatField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["crossing", "side"], name="checkpoint_side_once"),
            models.CheckConstraint(condition=Q(side__in=["A", "B"]), name="checkpoint_side_known"),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def facing(self) -> Checkpoint:
        """The other country's checkpoint of the same crossing."""
        return Checkpoint.objects.exclude(pk=self.pk).get(crossing_id=self.crossing_id)


class Stage(Named):
    """A step of control inside a checkpoint, for one direction."""

    checkpoint = models.ForeignKey(Checkpoint, models.PROTECT, related_name="stages")
    direction = models.CharField(max_length=8, choices=Direction.choices)
    code = models.SlugField(max_length=40)
    kind = models.CharField(max_length=16, choices=StageKind.choices)
    position = models.PositiveSmallIntegerField()
    plan_s = models.PositiveIntegerField(
        help_text=_("The stage's planned part of the ten minutes, in seconds.")
    )
    retired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["checkpoint", "direction", "position"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["checkpoint", "direction", "code"], name="stage_code_once")
        ]

    def __str__(self) -> str:
        return f"{self.checkpoint_id}/{self.direction}/{self.code}"


class Lane(models.Model):
    """A place of work at a stage."""

    stage = models.ForeignKey(Stage, models.PROTECT, related_name="lanes")
    code = models.SlugField(max_length=40)
    retired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["stage", "code"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["stage", "code"], name="lane_code_once")]

    def __str__(self) -> str:
        return f"{self.stage_id}/{self.code}"


class Shift(models.Model):
    """Hours in which a lane is planned to be open, in the checkpoint's local time: see `registry.hours`."""

    lane = models.ForeignKey(Lane, models.CASCADE, related_name="shifts")
    weekdays = ArrayField(models.PositiveSmallIntegerField(), help_text=_("0 is Monday."))
    opens_minute = models.PositiveSmallIntegerField()
    closes_minute = models.PositiveSmallIntegerField(help_text=_("Above 1440: on the next day."))

    def __str__(self) -> str:
        return f"{self.lane_id} {self.opens_minute}-{self.closes_minute}"


class LaneChange(models.Model):
    """A shift lead opened or closed a lane; it stands until the next change or the end of the local day."""

    lane = models.ForeignKey(Lane, models.PROTECT, related_name="changes")
    is_open = models.BooleanField()
    at = models.DateTimeField()
    by = models.ForeignKey("Account", models.SET_NULL, null=True, related_name="+")
    why = models.CharField(max_length=200, blank=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["lane", "-at"], name="lane_change_latest")]

    def __str__(self) -> str:
        return f"{self.lane_id} {'open' if self.is_open else 'closed'} {self.at}"


class Park(Named):
    """A waiting area outside, with places and a measured travel time to the entry barrier."""

    checkpoint = models.ForeignKey(Checkpoint, models.PROTECT, related_name="parks")
    code = models.SlugField(max_length=40)
    places = models.PositiveIntegerField()
    travel_minutes = models.FloatField()
    retired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["checkpoint", "code"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["checkpoint", "code"], name="park_code_once")
        ]

    def __str__(self) -> str:
        return f"{self.checkpoint_id}/{self.code}"


class Carrier(models.Model):
    """Who moves the goods: a company, or a driver who owns the truck."""

    name = models.CharField(max_length=200)
    country = models.CharField(max_length=2)
    tax_id = models.CharField(max_length=40, blank=True)
    verified_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["country", "tax_id"], condition=~Q(tax_id=""), name="carrier_tax_id_once"
            )
        ]

    def __str__(self) -> str:
        return self.name


class Vehicle(models.Model):
    """A plate and what it is fixed to."""

    plate = models.CharField(max_length=16, help_text=_("As it is written on the vehicle."))
    plate_key = models.CharField(max_length=16, editable=False, help_text=_("Normal form, for comparing."))
    country = models.CharField(max_length=2)
    vin = models.CharField(max_length=17, blank=True)
    retired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.country} {self.plate}"


class Truck(Vehicle):
    carrier = models.ForeignKey(Carrier, models.PROTECT, related_name="trucks")
    vehicle_class = models.CharField(max_length=16, choices=VehicleClass.choices, default=VehicleClass.LADEN)
    length_m = models.FloatField(null=True, blank=True)
    height_m = models.FloatField(null=True, blank=True)
    gross_kg = models.PositiveIntegerField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["country", "plate_key"], condition=Q(retired_at=None), name="truck_plate_once"
            ),
            models.UniqueConstraint(
                fields=["vin"], condition=Q(retired_at=None) & ~Q(vin=""), name="truck_vin_once"
            ),
            models.CheckConstraint(
                condition=Q(vehicle_class__in=VehicleClass.values), name="truck_class_known"
            ),
        ]


class Trailer(Vehicle):
    carrier = models.ForeignKey(Carrier, models.PROTECT, related_name="trailers")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["country", "plate_key"], condition=Q(retired_at=None), name="trailer_plate_once"
            )
        ]


class Driver(models.Model):
    carrier = models.ForeignKey(Carrier, models.PROTECT, related_name="drivers")
    full_name = models.CharField(max_length=200)
    phone = models.CharField(max_length=20, blank=True)
    document = models.CharField(max_length=40, blank=True, help_text=_("Passport or licence number."))
    retired_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.full_name


class Account(AbstractUser):
    """Who signs in. A carrier's people have `carrier`; staff have a `Grant` for each checkpoint."""

    class CarrierRole(models.TextChoices):
        NONE = "", _("None")
        DRIVER = "driver", _("Driver")
        DISPATCHER = "dispatcher", _("Dispatcher")

    email = models.EmailField(_("email address"), unique=True)
    phone = models.CharField(max_length=20, blank=True)
    language = models.CharField(max_length=10, default="en")
    carrier = models.ForeignKey(Carrier, models.PROTECT, null=True, blank=True, related_name="accounts")
    carrier_role = models.CharField(max_length=12, choices=CarrierRole.choices, blank=True, default="")
    driver = models.OneToOneField(Driver, models.SET_NULL, null=True, blank=True, related_name="account")
    verified_at = models.DateTimeField(null=True, blank=True, help_text=_("When this person was verified."))

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(carrier_role="") | Q(carrier__isnull=False), name="carrier_role_needs_carrier"
            )
        ]


class Role(models.TextChoices):
    SHIFT_LEAD = "shift_lead", _("Shift lead")
    OFFICER = "officer", _("Officer")
    PLANNER = "planner", _("Planner")
    ADMINISTRATOR = "administrator", _("Administrator")


class Grant(models.Model):
    """A right of a member of staff at one checkpoint."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="grants")
    checkpoint = models.ForeignKey(Checkpoint, models.CASCADE, related_name="grants")
    role = models.CharField(max_length=16, choices=Role.choices)
    given_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["account", "checkpoint", "role"], name="grant_once"),
            models.CheckConstraint(condition=Q(role__in=Role.values), name="grant_role_known"),
        ]

    def __str__(self) -> str:
        return f"{self.account_id} {self.role} {self.checkpoint_id}"


class ApiToken(models.Model):
    """A bearer token of an account; only its SHA-256 is kept."""

    class Scope(models.TextChoices):
        BOOKINGS = "bookings", _("Bookings and trucks of the carrier")
        BACKFILL = "backfill", _("Enter past bookings with their own times, as after an outage")

    account = models.ForeignKey(Account, models.CASCADE, related_name="tokens")
    name = models.CharField(max_length=80)
    prefix = models.CharField(max_length=12, unique=True)
    digest = models.CharField(max_length=64, unique=True)
    scopes = ArrayField(models.CharField(max_length=20), default=list)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.prefix}… {self.name}"


class Answer(models.Model):
    """The first answer to a command, given again to whoever retries with the same key."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="+")
    key = models.CharField(max_length=80)
    command = models.CharField(max_length=60)
    request_digest = models.CharField(max_length=64)
    body = models.JSONField()
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["account", "key"], name="answer_key_once")]
        indexes: ClassVar = [models.Index(F("at"), name="answer_age")]

    def __str__(self) -> str:
        return f"{self.command} {self.key}"


class LookUp(models.Model):
    """Who looked up which personal data, and why: staff see no plate, name or phone unlogged."""

    account = models.ForeignKey(Account, models.PROTECT, related_name="+")
    subject = models.CharField(max_length=60)
    why = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.account_id} {self.subject} {self.at}"
