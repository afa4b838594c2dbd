"""The booking rules of a checkpoint: what holds, what comes, and what trials found. Public."""

from __future__ import annotations

from typing import Any, Final

from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from greenlane.errors import GreenlaneError
from greenlane.planning.models import RulesReport
from greenlane.planning.pages.rules_rows import rules_rows
from greenlane.planning.queries.rules import adoption_in_force, report, rules_in_force, versions_of
from greenlane.planning.rule_trial.rule_file import rules_text
from greenlane.planning.rule_trial.rules import RuleBook
from greenlane.registry.models import Checkpoint, Direction
from greenlane.registry.queries import checkpoint, checkpoint_document

KEPT_S: Final = 24 * 3600
"""A report never changes, so its drawings are kept for a day."""


@require_safe
def rules(request: HttpRequest, checkpoint_code: str, direction: str) -> HttpResponse:
    """What is in force, all versions with their dates of effect, and their reports."""
    here = _place(checkpoint_code, direction)
    book = _in_force(here, direction)
    adopted = adoption_in_force(here, direction)
    context = _context(here, direction) | {
        "rows": rules_rows(book),
        "since": book.effective,
        "in_force": adopted.version_id if adopted else None,
        "versions": list(versions_of(here, direction)),
    }
    return render(request, "planning/rules.html", context)


@require_safe
def rules_file(request: HttpRequest, checkpoint_code: str, direction: str, number: int) -> HttpResponse:
    """A version as the file that `greenlane rules try` takes; number 0 is what is in force."""
    here = _place(checkpoint_code, direction)
    book = _in_force(here, direction)
    if number:
        version = versions_of(here, direction).filter(number=number).first()
        if version is None:
            raise Http404(number)
        book = RuleBook.of_document(version.document)
    return HttpResponse(rules_text(book), content_type="application/yaml; charset=utf-8")


@require_safe
def rules_report(request: HttpRequest, checkpoint_code: str, direction: str, report_id: int) -> HttpResponse:
    """What a trial found: who waits longer, who shorter, how sure."""
    here = _place(checkpoint_code, direction)
    found = _report(here, direction, report_id)
    from greenlane.planning.pages.rules_shown import report_context

    key = f"rules-report:{found.version.digest}:{found.pk}:{get_language()}"
    shown: dict[str, Any] = cache.get_or_set(key, lambda: report_context(found.document), KEPT_S) or {}
    context = _context(here, direction) | {"report": found, "version": found.version} | shown
    return render(request, "planning/rules_report.html", context)


@require_safe
def rules_report_json(
    request: HttpRequest, checkpoint_code: str, direction: str, report_id: int
) -> JsonResponse:
    """The same for programs."""
    found = _report(_place(checkpoint_code, direction), direction, report_id)
    return JsonResponse(found.document | {"made_at": found.made_at.isoformat()})


def _place(code: str, direction: str) -> Checkpoint:
    try:
        here = checkpoint(code)
    except GreenlaneError as error:
        raise Http404(str(error)) from error
    if direction not in checkpoint_document(here).directions:
        raise Http404(direction)
    return here


def _in_force(here: Checkpoint, direction: str) -> RuleBook:
    try:
        return rules_in_force(here, direction)
    except GreenlaneError as error:
        raise Http404(str(error)) from error


def _report(here: Checkpoint, direction: str, report_id: int) -> RulesReport:
    try:
        return report(here, direction, report_id)
    except GreenlaneError as error:
        raise Http404(str(error)) from error


def _context(here: Checkpoint, direction: str) -> dict[str, Any]:
    return {
        "checkpoint": here,
        "direction": direction,
        "way": Direction(direction),
        "ways": [Direction(code) for code in checkpoint_document(here).directions],
    }
