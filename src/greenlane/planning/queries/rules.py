"""Booking rules: what is in force, what was offered, and the reports."""

from __future__ import annotations

from dataclasses import fields
from datetime import date
from zoneinfo import ZoneInfo

from django.db.models import Prefetch, QuerySet
from django.utils.translation import gettext as _

from greenlane.booking.models import Rules
from greenlane.booking.queries import rules_of
from greenlane.errors import GreenlaneError
from greenlane.planning.models import RulesAdoption, RulesReport, RulesVersion
from greenlane.planning.rule_trial.rules import RuleBook
from greenlane.registry.crossing import SlotRules
from greenlane.registry.models import Checkpoint, CrossingVersion


def rules_in_force(checkpoint: Checkpoint, direction: str) -> RuleBook:
    """The rules by which places are taken now, with the date from which on they hold.

    Raises:
        GreenlaneError: ``no_booking`` (404).
    """
    slots = slot_rules(rules_of(checkpoint.pk, direction))
    adopted = adoption_in_force(checkpoint, direction)
    if adopted is None:
        since = first_described(checkpoint)
        return RuleBook(checkpoint.code, direction, since, slots)
    book = RuleBook.of_document(adopted.version.document)
    return RuleBook(checkpoint.code, direction, book.effective, slots)


def slot_rules(row: Rules) -> SlotRules:
    """Rules of the table as they stand in a crossing's description."""
    return SlotRules(**{each.name: getattr(row, each.name) for each in fields(SlotRules)})


def slots_in_force(checkpoint_code: str, direction: str) -> SlotRules | None:
    """The slot rules in force; None where there are none yet."""
    row = Rules.objects.filter(checkpoint__code=checkpoint_code, direction=direction).first()
    return None if row is None else slot_rules(row)


def adoption_in_force(checkpoint: Checkpoint, direction: str) -> RulesAdoption | None:
    """The decision by which the rules are in force; None where they are those of the crossing's first
    description."""
    return (
        RulesAdoption.objects.filter(
            version__checkpoint=checkpoint, version__direction=direction, in_force_at__isnull=False
        )
        .select_related("version", "adopted_by", "report")
        .order_by("-takes_effect_at", "-pk")
        .first()
    )


def first_described(checkpoint: Checkpoint) -> date:
    """The local date on which the checkpoint's crossing was first described here."""
    first = CrossingVersion.objects.filter(crossing_id=checkpoint.crossing_id).order_by("number").first()
    assert first is not None, "a checkpoint comes with its crossing's description"
    return first.loaded_at.astimezone(ZoneInfo(checkpoint.zone)).date()


def versions_of(checkpoint: Checkpoint, direction: str) -> QuerySet[RulesVersion]:
    """All versions offered, the newest first, with their reports and the decision."""
    reports = RulesReport.objects.defer("document").order_by("-made_at", "-pk")
    return (
        RulesVersion.objects.filter(checkpoint=checkpoint, direction=direction)
        .select_related("adoption", "adoption__adopted_by", "kept_by")
        .prefetch_related(Prefetch("reports", reports))
        .order_by("-number")
    )


def version_of_digest(digest: str) -> RulesVersion:
    """The version of that digest, with its checkpoint.

    Raises:
        GreenlaneError: ``rules_unknown`` (404).
    """
    found = RulesVersion.objects.select_related("checkpoint__crossing").filter(digest=digest).first()
    if found is None:
        raise GreenlaneError(
            "rules_unknown",
            _("There is no such version of the rules, and so no report of it."),
            field="rules",
            mend=_("Run “greenlane rules try” with this very file first."),
            status=404,
        )
    return found


def report(checkpoint: Checkpoint, direction: str, report_id: int) -> RulesReport:
    """A report of that checkpoint and direction, with its version.

    Raises:
        GreenlaneError: ``report_unknown`` (404).
    """
    found = (
        RulesReport.objects.select_related("version")
        .filter(pk=report_id, version__checkpoint=checkpoint, version__direction=direction)
        .first()
    )
    if found is None:
        raise GreenlaneError(
            "report_unknown",
            _("There is no such report."),
            field="report",
            mend=_("Take one from the list."),
            status=404,
        )
    return found
