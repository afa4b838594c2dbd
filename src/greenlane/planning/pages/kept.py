"""Kept scenarios: kept, renamed, removed, compared, and opened by their link."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from greenlane.errors import GreenlaneError
from greenlane.planning import commands, queries
from greenlane.planning.asking import Asked, asked_of
from greenlane.planning.models import Scenario
from greenlane.planning.pages.access import account_of, for_planners
from greenlane.planning.pages.questions import answer_json, answered, question_of, today
from greenlane.planning.pages.what_if import address_of
from greenlane.registry.clock import now
from greenlane.registry.models import Checkpoint
from greenlane.registry.queries import may

MOST_COMPARED = 5


@require_POST
@for_planners
def keep(request: HttpRequest, here: Checkpoint, direction: str) -> HttpResponse:
    """Keep what the form holds, and go back to it."""
    back = reverse("planning:what_if", args=(here.code, direction))
    try:
        asked = asked_of(request.POST.dict(), request.POST.getlist("set"), today(here))
        back = f"{back}?{address_of(asked)}"
        name = request.POST.get("name", "")
        commands.keep_scenario(account_of(request), here, direction, name, asked.settings, now())
    except GreenlaneError as refusal:
        _say(request, refusal)
    else:
        messages.success(request, _("The scenario is kept."))
    return redirect(f"{back}#kept")


@require_POST
@login_required
def rename(request: HttpRequest, scenario_id: int) -> HttpResponse:
    """Give a scenario another name."""
    name = request.POST.get("name", "")
    return _changed(
        request, scenario_id, lambda kept: commands.rename_scenario(account_of(request), kept, name)
    )


@require_POST
@login_required
def remove(request: HttpRequest, scenario_id: int) -> HttpResponse:
    """Remove a scenario."""
    return _changed(request, scenario_id, lambda kept: commands.remove_scenario(account_of(request), kept))


@require_safe
@for_planners
def compare(request: HttpRequest, here: Checkpoint, direction: str) -> HttpResponse:
    """Several kept scenarios, and what the address sets, beside today."""
    kept = queries.chosen_scenarios(here, direction, request.GET.getlist("kept")[:MOST_COMPARED])
    refusal, asked = None, asked_of({}, [], today(here))
    try:
        asked = question_of(request, here)
    except GreenlaneError as error:
        refusal = error
    context = _answer(here, direction, asked, kept, refusal) | {
        "chosen": [each.pk for each in kept],
        "scenarios": queries.scenarios_of(here, direction),
        "query": address_of(asked),
    }
    refusal = context["refusal"]
    return render(request, "planning/compare.html", context, status=refusal.status if refusal else 200)


@require_safe
@login_required
def shared(request: HttpRequest, token: str) -> HttpResponse:
    """A scenario by its link, to read, for everyone who serves the checkpoint."""
    try:
        kept = queries.shared_scenario(token)
    except GreenlaneError as error:
        raise Http404(str(error)) from error
    account = account_of(request)
    if not may(account, kept.checkpoint):
        raise PermissionDenied
    here, direction = kept.checkpoint, kept.direction
    refusal, asked = None, asked_of({}, [], today(here))
    try:
        asked = replace(question_of(request, here), settings=())
    except GreenlaneError as error:
        refusal = error
    context = _answer(here, direction, asked, [kept], refusal) | {
        "kept": kept,
        "may_open": may(account, here, *queries.PLANNING_ROLES),
        "query": address_of(asked, kept.texts),
    }
    refusal = context["refusal"]
    return render(request, "planning/shared.html", context, status=refusal.status if refusal else 200)


def _answer(
    here: Checkpoint,
    direction: str,
    asked: Asked,
    kept: list[Scenario],
    refusal: GreenlaneError | None,
) -> dict[str, Any]:
    data, is_preparing = None, False
    if refusal is None:
        try:
            data = answer_json(here, direction, answered(here, direction, asked, kept))
        except queries.TwinPreparing:
            is_preparing = True
        except GreenlaneError as error:
            refusal = error
    return {
        "checkpoint": here,
        "direction": direction,
        "asked": asked,
        "data": data,
        "is_preparing": is_preparing,
        "refusal": refusal,
    }


def _changed(request: HttpRequest, scenario_id: int, change: Callable[[Scenario], None]) -> HttpResponse:
    try:
        kept = queries.scenario(scenario_id)
    except GreenlaneError as error:
        raise Http404(str(error)) from error
    if not may(account_of(request), kept.checkpoint, *queries.PLANNING_ROLES):
        raise PermissionDenied
    try:
        change(kept)
    except GreenlaneError as refusal:
        _say(request, refusal)
    back = reverse("planning:what_if", args=(kept.checkpoint.code, kept.direction))
    return redirect(f"{back}#kept")


def _say(request: HttpRequest, refusal: GreenlaneError) -> None:
    messages.error(request, " ".join(part for part in (refusal.message, refusal.mend) if part))
