"""What planners keep: scenarios, versions of booking rules, plans of a day, times proposed anew."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from greenlane.booking.models import Booking, Slot
from greenlane.registry.models import Account, Checkpoint, Direction


class Scenario(models.Model):
    """A named setting of a checkpoint's direction.

    Whoever has its token and may see the checkpoint may read it.
    """

    name = models.CharField(max_length=80)
    checkpoint = models.ForeignKey(Checkpoint, models.PROTECT, related_name="scenarios")
    direction = models.CharField(max_length=8, choices=Direction.choices)
    settings = models.TextField(blank=True, help_text=_("Settings of the twin, with commas between them."))
    token = models.CharField(max_length=43, unique=True)
    made_by = models.ForeignKey(Account, models.SET_NULL, null=True, related_name="+")
    made_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["name"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["checkpoint", "direction", "name"], name="planning_scenario_name_once"
            ),
            models.CheckConstraint(condition=~models.Q(name=""), name="planning_scenario_named"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def texts(self) -> tuple[str, ...]:
        """Its settings, one text each."""
        return tuple(text for text in self.settings.split(",") if text)


class RulesVersion(models.Model):
    """Booking rules that were offered for a checkpoint and direction; never changed or deleted."""

    checkpoint = models.ForeignKey(Checkpoint, models.PROTECT, related_name="rules_versions")
    direction = models.CharField(max_length=8, choices=Direction.choices)
    number = models.PositiveIntegerField()
    document = models.JSONField(help_text=_("All rules with their date of effect."))
    digest = models.CharField(max_length=64, unique=True, help_text=_("SHA-256 of the rules and their date."))
    effective = models.DateField(help_text=_("The local date from whose beginning on the rules hold."))
    kept_by = models.ForeignKey(Account, models.SET_NULL, null=True, related_name="+")
    kept_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["-number"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["checkpoint", "direction", "number"], name="planning_rules_number_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.checkpoint_id}/{self.direction} {self.number}"


class RulesReport(models.Model):
    """What a version would do, found by a trial; public, never changed or deleted."""

    version = models.ForeignKey(RulesVersion, models.PROTECT, related_name="reports")
    digest = models.CharField(max_length=64, help_text=_("Of the version that was tried."))
    document = models.JSONField()
    made_by = models.ForeignKey(Account, models.SET_NULL, null=True, related_name="+")
    made_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["-made_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.version_id} {self.made_at:%Y-%m-%d}"


class RulesAdoption(models.Model):
    """Who decided, when and why, that a version goes live; only `in_force_at` is filled in later.

    The database refuses a version that has no report of its own digest.
    """

    version = models.OneToOneField(RulesVersion, models.PROTECT, related_name="adoption")
    report = models.ForeignKey(RulesReport, models.PROTECT, related_name="+")
    adopted_by = models.ForeignKey(Account, models.PROTECT, related_name="+")
    adopted_at = models.DateTimeField()
    why = models.CharField(max_length=500)
    takes_effect_at = models.DateTimeField()
    in_force_at = models.DateTimeField(null=True, help_text=_("When the platform put it in force."))

    class Meta:
        ordering: ClassVar = ["-takes_effect_at", "-pk"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=~models.Q(why=""), name="planning_rules_adopted_why"),
            models.CheckConstraint(
                condition=models.Q(in_force_at=None) | models.Q(in_force_at__gte=models.F("takes_effect_at")),
                name="planning_rules_not_before_date",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.version_id} from {self.takes_effect_at:%Y-%m-%d}"


class DayPlan(models.Model):
    """A plan of one direction for a local day: asked for, made by a job, then accepted or not."""

    class PlanState(models.TextChoices):
        ASKED = "asked", _("Being made")
        MADE = "made", _("Proposed")
        ACCEPTED = "accepted", _("In force")
        REPLACED = "replaced", _("Replaced by a later plan")
        RETURNED = "returned", _("Taken back")
        FAILED = "failed", _("Could not be made")

    checkpoint = models.ForeignKey(Checkpoint, models.PROTECT, related_name="day_plans")
    direction = models.CharField(max_length=8, choices=Direction.choices)
    day = models.DateField(help_text=_("The local date."))
    crossing_version = models.PositiveIntegerField(help_text=_("Of the description that it was made from."))
    wishes = models.JSONField(help_text=_("What was asked of the plan."))
    document = models.JSONField(null=True, help_text=_("The plan, once it is made."))
    digest = models.CharField(max_length=64, blank=True, help_text=_("SHA-256 of the document."))
    failure = models.JSONField(null=True, help_text=_("Why it could not be made."))
    state = models.CharField(max_length=10, choices=PlanState.choices, default=PlanState.ASKED)
    asked_by = models.ForeignKey(Account, models.SET_NULL, null=True, related_name="+")
    asked_at = models.DateTimeField()
    made_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["-asked_at", "-pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["checkpoint", "direction", "day"],
                condition=models.Q(state="accepted"),
                name="planning_one_plan_in_force",
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=["asked", "failed"]) | models.Q(document__isnull=False),
                name="planning_plan_made_has_document",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["checkpoint", "direction", "day"], name="planning_plan_of_day")
        ]

    def __str__(self) -> str:
        return f"{self.checkpoint_id}/{self.direction} {self.day:%Y-%m-%d} {self.state}"


class PlanRecord(models.Model):
    """A plan was accepted or taken back: who, when, and what that changed; never changed or deleted."""

    class What(models.TextChoices):
        ACCEPTED = "accepted", _("accepted")
        RETURNED = "returned", _("taken back")

    plan = models.ForeignKey(DayPlan, models.PROTECT, related_name="records")
    what = models.CharField(max_length=10, choices=What.choices)
    digest = models.CharField(max_length=64, help_text=_("Of the plan's document."))
    before = models.ForeignKey(
        DayPlan, models.PROTECT, null=True, related_name="+", help_text=_("In force until then.")
    )
    after = models.ForeignKey(
        DayPlan, models.PROTECT, null=True, related_name="+", help_text=_("In force from then on.")
    )
    slots = models.JSONField(help_text=_("Slots and their quotas that changed, before and after."))
    by = models.ForeignKey(Account, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["-at", "-pk"]

    def __str__(self) -> str:
        return f"{self.plan_id} {self.what} {self.at:%Y-%m-%d %H:%M}"


class ProposedTime(models.Model):
    """Another slot for a booking, proposed because the checkpoint takes fewer trucks than it promised."""

    class Answer(models.TextChoices):
        OPEN = "open", _("Not answered yet")
        ACCEPTED = "accepted", _("Accepted")
        DECLINED = "declined", _("Declined")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    booking = models.ForeignKey(Booking, models.PROTECT, related_name="proposed_times")
    was = models.ForeignKey(Slot, models.PROTECT, related_name="+")
    slot = models.ForeignKey(
        Slot, models.PROTECT, null=True, related_name="+", help_text=_("None: the day has no room left.")
    )
    answer = models.CharField(max_length=10, choices=Answer.choices, default=Answer.OPEN)
    answered_at = models.DateTimeField(null=True)
    proposed_by = models.ForeignKey(Account, models.SET_NULL, null=True, related_name="+")
    proposed_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["was__starts_at", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["booking"], condition=models.Q(answer="open"), name="planning_one_open_proposal"
            )
        ]

    def __str__(self) -> str:
        return f"{self.booking_id} {self.answer}"
