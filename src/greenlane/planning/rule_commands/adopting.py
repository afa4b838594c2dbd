"""The decision that rules go live, and its taking effect."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from greenlane.booking.commands import set_rules
from greenlane.errors import GreenlaneError
from greenlane.planning.models import RulesAdoption, RulesReport, RulesVersion
from greenlane.planning.queries.rules import rules_in_force
from greenlane.planning.rule_commands.quotas import fit_quotas
from greenlane.planning.rule_trial.rules import RuleBook, changes
from greenlane.registry.commands import load_crossing
from greenlane.registry.models import Account, Role
from greenlane.registry.queries import crossing_document, require

LONGEST_WHY = 500
_GRID = ("slots.slot_minutes", "slots.step_minutes")


def adopt_rules(account: Account, version: RulesVersion, why: str, at: datetime) -> RulesAdoption:
    """Decide that a version goes live at its date: who, when and why are kept.

    Raises:
        GreenlaneError: ``not_allowed`` (403); ``why_missing``, ``why_too_long``, ``rules_not_carried_out``,
            ``date_past`` (422); ``rules_untried``, ``report_stale``, ``rules_adopted`` (409).
    """
    checkpoint, direction = version.checkpoint, version.direction
    require(account, checkpoint, Role.ADMINISTRATOR)
    why = _sound_why(why)
    book = RuleBook.of_document(version.document)
    in_force = rules_in_force(checkpoint, direction)
    _check_carried_out(in_force, book)
    zone = ZoneInfo(checkpoint.zone)
    if book.effective < at.astimezone(zone).date():
        raise GreenlaneError(
            "date_past",
            _("The date of effect %(date)s has passed.") % {"date": book.effective.isoformat()},
            field="effective",
            mend=_("Give a later date, and try the rules with it."),
            status=422,
        )
    takes_effect_at = datetime.combine(book.effective, time.min, zone).astimezone(UTC)
    with _once():
        report = _report_of(version, in_force)
        return RulesAdoption.objects.create(
            version=version,
            report=report,
            adopted_by=account,
            adopted_at=at,
            why=why,
            takes_effect_at=takes_effect_at,
        )


def put_in_force(at: datetime) -> list[RulesAdoption]:
    """Let the adopted rules whose date has come hold from now on, the earlier dates first.

    Quotas that exist take the new numbers, but none falls below the places that are taken.
    """
    due = RulesAdoption.objects.filter(in_force_at=None, takes_effect_at__lte=at)
    return [_put(pk, at) for pk in due.order_by("takes_effect_at", "pk").values_list("pk", flat=True)]


@transaction.atomic
def _put(adoption_id: int, at: datetime) -> RulesAdoption:
    adoption = (
        RulesAdoption.objects.select_related("version__checkpoint__crossing", "adopted_by")
        .select_for_update(of=("self",))
        .get(pk=adoption_id)
    )
    if adoption.in_force_at is not None:
        return adoption
    version = adoption.version
    before = rules_in_force(version.checkpoint, version.direction)
    adoption.in_force_at = at
    adoption.save(update_fields=["in_force_at"])
    book = RuleBook.of_document(version.document)
    set_rules(version.checkpoint, version.direction, book.slots)
    # The description takes the rules in force over, so that pages, API, twin and coming slots know them.
    load_crossing(crossing_document(version.checkpoint.crossing.code), adoption.adopted_by, at)
    fit_quotas(version.checkpoint, version.direction, before, adoption.adopted_by, adoption.why, at)
    return adoption


def _report_of(version: RulesVersion, in_force: RuleBook) -> RulesReport:
    """The newest report of that very version against the rules that are in force."""
    reports = list(version.reports.filter(digest=version.digest).order_by("-made_at", "-pk"))
    if not reports:
        raise GreenlaneError(
            "rules_untried",
            _("No report says what these rules would do."),
            field="rules",
            mend=_("Run “greenlane rules try” with this very file first."),
            status=409,
        )
    for report in reports:
        if not changes(RuleBook.of_document(report.document["old"]["rules"]), in_force):
            return report
    raise GreenlaneError(
        "report_stale",
        _("The report compares with rules that are no longer in force."),
        field="rules",
        mend=_("Run “greenlane rules try” with this file again."),
        status=409,
    )


def _check_carried_out(in_force: RuleBook, book: RuleBook) -> None:
    """What can be tried on the twin and what the platform does are not the same yet."""
    if any(each.field in _GRID for each in changes(in_force, book)):
        raise GreenlaneError(
            "rules_not_carried_out",
            _("Slots of another length or step cannot follow those made already."),
            field="slots.step_minutes",
            mend=_("Keep what is in force there."),
            status=422,
        )


def _sound_why(why: str) -> str:
    why = " ".join(why.split())
    if not why:
        raise GreenlaneError(
            "why_missing",
            _("No reason is given."),
            field="why",
            mend=_("Say why the rules change."),
            status=422,
        )
    if len(why) > LONGEST_WHY:
        raise GreenlaneError(
            "why_too_long",
            _("The reason is too long."),
            field="why",
            mend=_("Use up to %(most)d letters.") % {"most": LONGEST_WHY},
            status=422,
        )
    return why


@contextmanager
def _once() -> Iterator[None]:
    """In one transaction; a version that is adopted already is refused."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError:
        raise GreenlaneError(
            "rules_adopted",
            _("These rules are adopted already."),
            field="rules",
            mend=_("Give other rules, or another date."),
            status=409,
        ) from None
