"""The shift lead's page of turns: who is next and why, calls by hand, mass calls by two, recalls, pauses."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from greenlane.callup import commands
from greenlane.callup.pages.lines import line_of, staff_at
from greenlane.callup.queries.turn_list import turn_list
from greenlane.callup.templatetags.turn_words import policy_text
from greenlane.errors import GreenlaneError
from greenlane.gate.commands import log_look_up
from greenlane.registry.clock import now
from greenlane.registry.models import Account, Checkpoint, Role
from greenlane.registry.queries import may, parks_of

MOST_SHOWN = 200


@never_cache
@require_safe
@login_required
def turns(request: HttpRequest, checkpoint: str, direction: str) -> HttpResponse:
    """The list of turns; opening it is logged as a look-up of plates."""
    at, here = now(), line_of(checkpoint, direction)
    account = staff_at(request.user, here)
    log_look_up(account, f"turns {here.code}"[:60], "turns", at)
    shown = turn_list(here, direction, at)
    context = {
        "checkpoint": here,
        "direction": direction,
        "zone": here.zone,
        "at": at,
        "list": shown,
        "queue": shown.queue,
        "policy": policy_text(shown.queue),
        "turns": shown.turns[:MOST_SHOWN],
        "more": max(0, len(shown.turns) - MOST_SHOWN),
        "parks": list(parks_of(here)),
        "may_call": may(account, here, Role.SHIFT_LEAD),
        "account": account,
        "pause_minutes": int(commands.PAUSE / timedelta(minutes=1)),
    }
    return render(request, "callup/turns.html", context)


@require_POST
@login_required
def act(request: HttpRequest, checkpoint: str, direction: str, word: str) -> HttpResponse:
    """What the buttons of the page and of the board do; `word` is a key of `_ACTS`."""
    here = line_of(checkpoint, direction)
    staff_at(request.user, here)
    try:
        told = _ACTS[word](request, here, direction) if word in _ACTS else None
    except GreenlaneError as refusal:
        messages.error(request, " ".join(part for part in (refusal.message, refusal.mend) if part))
    else:
        if told is not None:
            messages.success(request, told)
    return redirect("callup:turns", checkpoint=here.code, direction=direction)


def _call(request: HttpRequest, here: Checkpoint, direction: str) -> str:
    passages = [int(text) for text in request.POST.getlist("passage") if _is_key(text)]
    calls = commands.call_now(_account(request, here), here, direction, passages, _why(request), now())
    return ngettext("%(n)d truck is called.", "%(n)d trucks are called.", len(calls)) % {"n": len(calls)}


def _ask(request: HttpRequest, here: Checkpoint, direction: str) -> str:
    park = request.POST.get("park", "") or None
    run = commands.ask_mass_call(
        _account(request, here),
        here,
        direction,
        _why(request),
        now(),
        count=None if park else _number(request, "count"),
        park=park,
    )
    return _(
        "%(count)d trucks were counted, and nobody was called. With them %(then)d would be inside and on the "
        "way; the inside holds %(limit)d. Another shift lead must approve it."
    ) % {"count": run.mass.count, "then": run.then, "limit": run.limit}


def _approve(request: HttpRequest, here: Checkpoint, direction: str) -> str:
    commands.approve_mass_call(
        _account(request, here), _number(request, "mass"), _number(request, "count"), now()
    )
    return _("The mass call is approved and goes out.")


def _refuse(request: HttpRequest, here: Checkpoint, direction: str) -> str:
    commands.refuse_mass_call(_account(request, here), _number(request, "mass"), now())
    return _("The mass call is stopped.")


def _recall(request: HttpRequest, here: Checkpoint, direction: str) -> str:
    commands.recall(_number(request, "call"), _account(request, here), _why(request), now())
    return _("The call is taken back.")


def _recall_all(request: HttpRequest, here: Checkpoint, direction: str) -> str:
    back = commands.recall_all(_account(request, here), here, direction, _why(request), now())
    minutes = int(commands.PAUSE / timedelta(minutes=1))
    return _("%(n)d calls are taken back. Nobody is called for %(minutes)d minutes.") % {
        "n": len(back),
        "minutes": minutes,
    }


def _pause(request: HttpRequest, here: Checkpoint, direction: str) -> str:
    span = timedelta(minutes=min(_number(request, "minutes"), 100_000))
    commands.pause_calls(_account(request, here), here, direction, _why(request), now(), span)
    return _("Call-up is paused.")


def _resume(request: HttpRequest, here: Checkpoint, direction: str) -> str:
    commands.resume_calls(_account(request, here), here, direction, now())
    return _("Call-up goes on.")


def _papers(request: HttpRequest, here: Checkpoint, direction: str) -> str:
    what = request.POST.get("what", "").strip()
    commands.tell_missing(_account(request, here), what, now(), passage=_number(request, "passage"))
    return _("The truck is not called until its papers are ready.")


def _lift(request: HttpRequest, here: Checkpoint, direction: str) -> str:
    commands.lift(_account(request, here), _number(request, "hindrance"), now())
    return _("The truck can be called again.")


_ACTS: dict[str, Callable[[HttpRequest, Checkpoint, str], str]] = {
    "call": _call,
    "ask": _ask,
    "approve": _approve,
    "refuse": _refuse,
    "recall": _recall,
    "recall-all": _recall_all,
    "pause": _pause,
    "resume": _resume,
    "papers": _papers,
    "lift": _lift,
}


def _account(request: HttpRequest, here: Checkpoint) -> Account:
    return staff_at(request.user, here)


def _why(request: HttpRequest) -> str:
    return request.POST.get("why", "").strip()


def _is_key(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 19


def _number(request: HttpRequest, field: str) -> int:
    text = request.POST.get(field, "").strip()
    if not _is_key(text):
        raise GreenlaneError("number", _("This is not a number."), field=field, mend=_("Type a number."))
    return int(text)
