"""Measured passages, hourly roll-ups and numbered revisions of published figures."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from greenlane.gate.models import Passage
from greenlane.registry.models import Checkpoint, Direction


class BreachCause(models.TextChoices):
    NONE = "", _("None")
    STAGE = "stage", _("Stage")
    WAITING = "waiting", _("Waiting between stages")
    PLAN = "plan", _("The plan is longer than the standard")
    UNKNOWN = "unknown", _("Unknown: readings missing")


class Measurement(models.Model):
    """The clocks of one passage, in seconds. Made from the passage, and made again when it changes.

    A clock without seconds is null; `missing` names the reason and `at_least` the seconds that are certain
    all the same, both by clock (``inside``, ``stage:customs``). `stage_s` has the stages that were measured.
    """

    passage = models.OneToOneField(Passage, models.CASCADE, primary_key=True, related_name="measurement")
    checkpoint = models.ForeignKey(Checkpoint, models.PROTECT, related_name="+", db_index=False)
    direction = models.CharField(max_length=8, choices=Direction.choices)
    counted_at = models.DateTimeField(help_text=_("Entry, else the first time that is known: sets the hour."))
    vehicle_class = models.CharField(max_length=16, blank=True)
    channel = models.CharField(max_length=6, blank=True)
    share = models.CharField(max_length=8, blank=True)
    pre_arrival = models.BooleanField(default=False)
    access_s = models.FloatField(null=True)
    early_wait_s = models.FloatField(null=True)
    outside_s = models.FloatField(null=True)
    inside_s = models.FloatField(null=True)
    touch_s = models.FloatField(null=True)
    idle_s = models.FloatField(null=True)
    two_sided_s = models.FloatField(null=True)
    stage_s = models.JSONField(default=dict)
    missing = models.JSONField(default=dict)
    at_least = models.JSONField(default=dict)
    breach = models.CharField(max_length=8, choices=BreachCause.choices, blank=True)
    breach_stage = models.CharField(max_length=40, blank=True)
    breach_over_s = models.FloatField(null=True)
    revision = models.PositiveIntegerField(default=1, help_text=_("Of the passage that was measured."))
    measured_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True, help_text=_("When a clock that still runs is to be read again."))

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["checkpoint", "direction", "counted_at"], name="measurement_by_time"),
            models.Index(
                fields=["checkpoint", "direction", "counted_at"],
                condition=~Q(breach=""),
                name="measurement_breaches",
            ),
            models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="measurement_due"),
        ]

    def __str__(self) -> str:
        return f"{self.passage_id} {self.inside_s}"


class HourlyHistogram(models.Model):
    """Roll-up of every clock over one hour, channel and class.

    `hour` is the start of a clock hour in the checkpoint's zone, so that whole hours make whole local days.
    `clocks` maps each clock to its form, as `standard.rollups.roll` makes it. The counts beside it are those
    of the headline, the inside clock against `limit_s`, so that a board of all checkpoints is one sum in the
    database. `causes` counts breaches by stage or cause.
    """

    checkpoint = models.ForeignKey(Checkpoint, models.CASCADE, related_name="+", db_index=False)
    direction = models.CharField(max_length=8, choices=Direction.choices)
    hour = models.DateTimeField()
    channel = models.CharField(max_length=6, blank=True)
    vehicle_class = models.CharField(max_length=16, blank=True)
    clocks = models.JSONField()
    limit_s = models.FloatField()
    within = models.PositiveIntegerField()
    over = models.PositiveIntegerField()
    undecided = models.PositiveIntegerField()
    measured = models.PositiveIntegerField()
    still_open = models.PositiveIntegerField()
    causes = models.JSONField(default=dict)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["checkpoint", "direction", "hour", "channel", "vehicle_class"],
                name="hourly_histogram_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.checkpoint_id}/{self.direction} {self.hour}"


class Revision(models.Model):
    """A numbered state of the published figures of one local day; a late or corrected reading makes the next.

    `figures` holds every clock's row (`standard.summary.as_row`), `changed` those that differ from the
    revision before as ``"inside.within_600": [old, new]``.
    """

    checkpoint = models.ForeignKey(Checkpoint, models.CASCADE, related_name="+")
    direction = models.CharField(max_length=8, choices=Direction.choices)
    day = models.DateField()
    number = models.PositiveIntegerField()
    figures = models.JSONField()
    changed = models.JSONField(default=dict)
    why = models.CharField(max_length=40, blank=True, help_text=_("What made it."))
    made_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["checkpoint", "direction", "day", "number"], name="revision_once")
        ]

    def __str__(self) -> str:
        return f"{self.day} r{self.number}"
