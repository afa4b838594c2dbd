"""Measured passages, hourly histograms and numbered revisions of published figures."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from greenlane.gate.models import Passage
from greenlane.registry.models import Checkpoint, Direction


class Measurement(models.Model):
    """The clocks of one passage, in seconds. A clock that could not be measured is null, its reason in `missing`."""

    passage = models.OneToOneField(Passage, models.CASCADE, primary_key=True, related_name="measurement")
    checkpoint = models.ForeignKey(Checkpoint, models.PROTECT, related_name="+", db_index=False)
    direction = models.CharField(max_length=8, choices=Direction.choices)
    counted_at = models.DateTimeField(help_text=_("Entry, else the first time that is known: sets the hour."))
    vehicle_class = models.CharField(max_length=16, blank=True)
    channel = models.CharField(max_length=6, blank=True)
    pre_arrival = models.BooleanField(default=False)
    access_s = models.FloatField(null=True)
    early_wait_s = models.FloatField(null=True)
    outside_s = models.FloatField(null=True)
    inside_s = models.FloatField(null=True)
    touch_s = models.FloatField(null=True)
    idle_s = models.FloatField(null=True)
    two_sided_s = models.FloatField(null=True)
    stage_s = models.JSONField(default=dict, help_text=_("Stage code to seconds."))
    missing = models.JSONField(default=dict, help_text=_("Clock to the reason why it has no figure."))
    breach_stage = models.CharField(max_length=40, blank=True)
    breach_over_s = models.FloatField(null=True)
    revision = models.PositiveIntegerField(default=1)
    measured_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["checkpoint", "direction", "counted_at"], name="measurement_by_time")
        ]

    def __str__(self) -> str:
        return f"{self.passage_id} {self.inside_s}"


class HourlyHistogram(models.Model):
    """Roll-up of one clock over one UTC hour, channel and class: bins as in `standard.histograms`."""

    checkpoint = models.ForeignKey(Checkpoint, models.CASCADE, related_name="+", db_index=False)
    direction = models.CharField(max_length=8, choices=Direction.choices)
    hour = models.DateTimeField()
    clock = models.CharField(max_length=48)
    channel = models.CharField(max_length=6, blank=True)
    vehicle_class = models.CharField(max_length=16, blank=True)
    bins = ArrayField(models.PositiveIntegerField())
    total_s = models.FloatField()
    missing = models.PositiveIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["checkpoint", "direction", "clock", "hour", "channel", "vehicle_class"],
                name="hourly_histogram_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.clock} {self.hour}"


class Revision(models.Model):
    """A numbered state of the published figures of one local day; a late or corrected reading makes the next."""

    checkpoint = models.ForeignKey(Checkpoint, models.CASCADE, related_name="+")
    direction = models.CharField(max_length=8, choices=Direction.choices)
    day = models.DateField()
    number = models.PositiveIntegerField()
    figures = models.JSONField()
    changed = models.JSONField(default=dict, help_text=_("Figure to its former value."))
    made_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["checkpoint", "direction", "day", "number"], name="revision_once")
        ]

    def __str__(self) -> str:
        return f"{self.day} r{self.number}"
