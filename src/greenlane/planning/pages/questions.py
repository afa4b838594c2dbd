"""From a request to a question, and from a question to its answer."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _

from greenlane.errors import GreenlaneError
from greenlane.planning import queries
from greenlane.planning.asking import Asked, asked_of
from greenlane.planning.models import Scenario
from greenlane.registry.clock import now
from greenlane.registry.models import Checkpoint
from greenlane.registry.queries import checkpoint_document

if TYPE_CHECKING:
    from greenlane.planning.answers import Answer

_KEPT_S = 600
"""A browser may show an answer again for so long; its address names the crossing's version."""


def question_of(request: HttpRequest, here: Checkpoint) -> Asked:
    """What the address asks.

    Raises:
        AskedError, SettingError: it cannot be read.
    """
    return asked_of(request.GET.dict(), request.GET.getlist("set"), today(here))


def today(here: Checkpoint) -> date:
    """The date at the checkpoint."""
    return checkpoint_document(here).local(now()).date()


def answered(
    here: Checkpoint, direction: str, asked: Asked, kept: Sequence[Scenario] | None = None
) -> Answer:
    """Today's setting beside the one asked for; or, with kept scenarios, beside those and what is asked.

    Raises:
        TwinPreparing: the twin is not compiled yet.
        AskedError, SettingError, ModelError: the settings do not fit the checkpoint.
    """
    queries.require_ready()
    # The engine's import takes a second, which a web process spends when it is first asked.
    from greenlane.planning.answers import answer_of
    from greenlane.planning.simulated import simulated

    began = time.perf_counter()
    described = checkpoint_document(here)
    wanted = [(_("Today"), replace(asked, settings=()))]
    if kept is None or asked.settings:
        wanted.append((_("As set"), asked))
    wanted += [(each.name, replace(asked, settings=each.texts)) for each in kept or ()]
    answer = answer_of(asked, [(name, each, simulated(described, direction, each)) for name, each in wanted])
    return replace(answer, seconds=time.perf_counter() - began)


def stage_names(here: Checkpoint, direction: str) -> dict[str, str]:
    """Stage code to its name in the reader's language."""
    language = translation.get_language() or "en"
    stages = checkpoint_document(here).directions[direction].stages
    return {stage.code: stage.names.get(language) for stage in stages}


def answer_json(here: Checkpoint, direction: str, answer: Answer) -> dict[str, Any]:
    """An answer for the page's script: its numbers, and its words and tables in the reader's language."""
    from greenlane.planning.answers import as_json
    from greenlane.planning.pages.shown import tables_of

    context = tables_of(answer, stage_names(here, direction))
    return as_json(answer) | {
        "summary": render_to_string("planning/summary.html", context),
        "tables": render_to_string("planning/tables.html", context),
    }


def in_language(request: HttpRequest) -> None:
    """Put the language that the address names in force, so that its answer can be kept by its address."""
    wanted = request.GET.get("lang", "")
    if wanted in dict(settings.LANGUAGES):
        translation.activate(wanted)


def cacheable(document: dict[str, Any]) -> HttpResponse:
    """JSON that the browser which asked may keep."""
    response = JsonResponse(document, json_dumps_params={"separators": (",", ":"), "ensure_ascii": False})
    patch_cache_control(response, private=True, max_age=_KEPT_S)
    return response


def refused(refusal: GreenlaneError) -> HttpResponse:
    """A refusal as JSON; one that will pass says when to ask again."""
    response = JsonResponse(refusal.as_dict(), status=refusal.status)
    response["Cache-Control"] = "no-store"
    if refusal.status == 503:
        response["Retry-After"] = "2"
    return response
