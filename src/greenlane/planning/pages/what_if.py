"""The what-if page: controls, and today's setting beside the one set."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from greenlane.errors import GreenlaneError
from greenlane.gate.models import Channel
from greenlane.planning import queries
from greenlane.planning.asking import Asked, asked_of, sent_by_form
from greenlane.planning.controls import Control, controls_of, set_to
from greenlane.planning.pages.access import account_of, for_planners
from greenlane.planning.pages.questions import (
    answer_json,
    answered,
    cacheable,
    in_language,
    question_of,
    refused,
    stage_names,
    today,
)
from greenlane.registry.models import Checkpoint, Role
from greenlane.registry.queries import checkpoint_document, may
from greenlane.twin.setting import read_settings


@dataclass(frozen=True, slots=True)
class StageControls:
    """The controls of a stage's lanes."""

    name: str
    controls: tuple[Control, ...]

    @property
    def is_changed(self) -> bool:
        """Whether one is set otherwise than today."""
        return any(control.is_changed for control in self.controls)


@require_safe
@login_required
def lines(request: HttpRequest) -> HttpResponse:
    """The checkpoints and directions for which the person plans; straight to the page where there is one."""
    found = queries.planned_lines(account_of(request))
    if not found:
        raise PermissionDenied
    if len(found) == 1:
        return redirect("planning:what_if", found[0][0].code, found[0][1])
    return render(request, "planning/lines.html", {"lines": found})


@require_safe
@for_planners
def what_if(request: HttpRequest, here: Checkpoint, direction: str) -> HttpResponse:
    """The page. A form without scripts sends every control; its address is then made short."""
    described = checkpoint_document(here)
    refusal: GreenlaneError | None = None
    try:
        asked = question_of(request, here)
        controls = controls_of(described, direction, asked.day)
        if any(control.name in request.GET for control in controls):
            sent = sent_by_form(
                described, direction, asked.day, request.GET.dict(), request.GET.getlist("set")
            )
            return redirect(f"{request.path}?{address_of(asked, sent)}")
    except GreenlaneError as error:
        refusal, asked = error, asked_of({}, [], today(here))
        controls = controls_of(described, direction, asked.day)
    return _page(request, here, direction, asked, controls, refusal)


@require_safe
@for_planners
def answer(request: HttpRequest, here: Checkpoint, direction: str) -> HttpResponse:
    """The answer alone, as JSON."""
    in_language(request)
    try:
        asked = question_of(request, here)
        return cacheable(answer_json(here, direction, answered(here, direction, asked)))
    except GreenlaneError as error:
        return refused(error)


def address_of(asked: Asked, settings: Iterable[str] | None = None) -> str:
    """The query of an address that asks this, with other settings if they are given."""
    chosen = asked.settings if settings is None else tuple(settings)
    query: dict[str, str] = {"day": asked.day.isoformat()}
    if chosen:
        query["set"] = ",".join(chosen)
    if asked.replications != Asked(asked.day).replications:
        query["replications"] = str(asked.replications)
    if asked.seed != 1:
        query["seed"] = str(asked.seed)
    return urlencode(query, safe=",:@=")


def _page(
    request: HttpRequest,
    here: Checkpoint,
    direction: str,
    asked: Asked,
    controls: tuple[Control, ...],
    refusal: GreenlaneError | None,
) -> HttpResponse:
    try:
        found = None if refusal else answered(here, direction, asked)
        is_preparing = False
    except queries.TwinPreparing:
        found, is_preparing = None, True
    except GreenlaneError as error:
        found, refusal, is_preparing = None, error, False
    controls, others = set_to(controls, read_settings(asked.settings))
    account = account_of(request)
    administers = may(account, here, Role.ADMINISTRATOR)
    names, kept = stage_names(here, direction), list(queries.scenarios_of(here, direction))
    data = answer_json(here, direction, found) if found else None
    context: dict[str, Any] = {
        "checkpoint": here,
        "direction": direction,
        "directions": list(checkpoint_document(here).directions),
        "asked": asked,
        "query": address_of(asked),
        "stages": [
            StageControls(name, own)
            for code, name in names.items()
            if (own := tuple(each for each in controls if each.kind == "lanes" and each.code == code))
        ],
        "arrivals": [each for each in controls if each.kind == "arrivals"],
        "channels": [(Channel(each.code).label, each) for each in controls if each.kind == "channel"],
        "call_up": {each.kind: each for each in controls if each.kind in ("rule", "limit", "target")},
        "others": others,
        "is_changed": bool(asked.settings),
        "refusal": refusal,
        "is_preparing": is_preparing,
        "data": data,
        "answer_address": _answer_address(here, direction),
        "scenarios": kept,
        "changeable": {each.pk for each in kept if administers or each.made_by_id == account.pk},
    }
    response = render(request, "planning/what_if.html", context, status=refusal.status if refusal else 200)
    if is_preparing:
        response["Cache-Control"] = "no-store"
    return response


def _answer_address(here: Checkpoint, direction: str) -> str:
    fixed = urlencode({"v": queries.version_of(here), "lang": get_language() or "en"})
    return f"{reverse('planning:answer', args=(here.code, direction))}?{fixed}"
