"""The planner's page: today's plan beside the proposed one; asked for, accepted, taken back; new times."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from greenlane.errors import GreenlaneError
from greenlane.gate.models import Channel
from greenlane.planning import plan_commands, queries
from greenlane.planning.models import DayPlan
from greenlane.planning.pages.access import account_of, for_planners
from greenlane.planning.pages.plan_shown import plan_shown
from greenlane.planning.pages.questions import stage_names, today
from greenlane.planning.plan_asked import AMOUNTS, PlanAsked, asked_by_form, field_of, of_data
from greenlane.planning.plan_wishes import PlanWishes
from greenlane.planning.queries import plans
from greenlane.registry.clock import now
from greenlane.registry.models import Checkpoint, Role
from greenlane.registry.queries import checkpoint_document, may

Asking = DayPlan.PlanState.ASKED


@require_safe
@login_required
def plan_lines(request: HttpRequest) -> HttpResponse:
    """The checkpoints and directions for which the person plans; straight to the page where there is one."""
    found = queries.planned_lines(account_of(request))
    if not found:
        raise PermissionDenied
    if len(found) == 1:
        return redirect("planning:plan", found[0][0].code, found[0][1])
    return render(request, "planning/plan_lines.html", {"lines": found})


@require_safe
@for_planners
def plan(request: HttpRequest, here: Checkpoint, direction: str) -> HttpResponse:
    """A day's plans; the one of the address, the one in force, or the latest."""
    return _page(request, here, direction, _day_of(request.GET.get("day", ""), here))


@require_POST
@for_planners
def ask(request: HttpRequest, here: Checkpoint, direction: str) -> HttpResponse:
    """Have a plan made; a wish that makes no sense comes back at its field."""
    stages = list(stage_names(here, direction))
    lists = {name: request.POST.getlist(name) for name in ("clocks", "channels")}
    day = today(here) + timedelta(days=1)
    try:
        asked = asked_by_form(request.POST.dict(), lists, stages, day)
        made = plan_commands.ask_plan(account_of(request), here, direction, asked, now())
    except GreenlaneError as refusal:
        return _page(request, here, direction, _day_of(request.POST.get("day", ""), here), refusal)
    return redirect(_address(here, direction, made))


@require_POST
@login_required
def accept(request: HttpRequest, plan_id: int) -> HttpResponse:
    """Put a plan in force."""
    return _decided(request, plan_id, plan_commands.accept_plan, _("The plan is in force."))


@require_POST
@login_required
def take_back(request: HttpRequest, plan_id: int) -> HttpResponse:
    """The former quotas and roster hold again."""
    return _decided(request, plan_id, plan_commands.return_plan, _("The former plan holds again."))


@require_POST
@for_planners
def throttle(request: HttpRequest, here: Checkpoint, direction: str) -> HttpResponse:
    """Throttle today's slots to a rate, and propose new times."""
    try:
        rate = float(request.POST.get("per_hour", "").replace(",", "."))
    except ValueError:
        rate = float("nan")
    try:
        made = plan_commands.propose_new_times(account_of(request), here, direction, now(), rate)
    except GreenlaneError as refusal:
        return _page(request, here, direction, today(here), refusal)
    count = ngettext("%(n)d new time is proposed.", "%(n)d new times are proposed.", len(made))
    messages.success(request, count % {"n": len(made)})
    back = reverse("planning:plan", args=(here.code, direction))
    return redirect(f"{back}?day={today(here).isoformat()}#times")


@require_POST
@for_planners
def lanes(request: HttpRequest, here: Checkpoint, direction: str) -> HttpResponse:
    """Open and close lanes as the roster has them now; back to the shift lead's board."""
    try:
        changed = plan_commands.open_as_planned(account_of(request), here, direction, now())
    except GreenlaneError as refusal:
        _say(request, refusal)
    else:
        count = ngettext("%(n)d lane is changed.", "%(n)d lanes are changed.", changed) % {"n": changed}
        messages.success(request, count)
    return redirect("gate:shift", here.code, direction)


@require_POST
@login_required
def new_time(request: HttpRequest, code: str) -> HttpResponse:
    """The holder of a booking takes the time proposed, or keeps the one booked."""
    decide = plan_commands.accept_time if request.POST.get("accept") == "1" else plan_commands.decline_time
    try:
        decide(account_of(request), code, now())
    except GreenlaneError as refusal:
        if refusal.status == 404 and refusal.code != "no_proposal":
            raise Http404(str(refusal)) from refusal
        _say(request, refusal)
    return redirect("booking:booking", code)


def _page(
    request: HttpRequest, here: Checkpoint, direction: str, day: date, refusal: GreenlaneError | None = None
) -> HttpResponse:
    described, names = checkpoint_document(here), stage_names(here, direction)
    found = plans.plans_of(here, direction, day)
    chosen = _chosen(request, found)
    is_today = day == today(here)
    planner = may(account_of(request), here, Role.PLANNER)
    quotas = plans.quotas_before(chosen) if chosen and chosen.document else []
    shown = plan_shown(chosen, described, names, quotas) if chosen and chosen.document else None
    context: dict[str, Any] = {
        "checkpoint": here,
        "direction": direction,
        "directions": list(described.directions),
        "day": day,
        "is_today": is_today,
        "is_past": day < today(here),
        "plan": chosen,
        "shown": shown,
        "plans": found,
        "records": list(plans.records_of(here, direction, day)[:20]),
        "asking": chosen is not None and chosen.state == Asking,
        "is_late": chosen is not None
        and chosen.state == Asking
        and now() - chosen.asked_at > timedelta(minutes=15),
        "may_plan_here": planner,
        "may_propose": may(account_of(request), here, Role.PLANNER, Role.SHIFT_LEAD),
        "proposals": list(plans.open_proposals(here, direction)) if is_today else [],
        "refusal": refusal,
        "wrong": field_of(refusal.field) if refusal else "",
        **_form(request, chosen, day, described.directions[direction].channel_shares, names),
    }
    return render(request, "planning/plan.html", context, status=refusal.status if refusal else 200)


def _form(
    request: HttpRequest, chosen: DayPlan | None, day: date, channels: Any, names: dict[str, str]
) -> dict[str, Any]:
    """What the form shows: what was sent, else what the plan shown was asked with, else what is usual."""
    asked = of_data(chosen.wishes) if chosen and chosen.wishes else PlanAsked(PlanWishes(day))
    wishes = asked.wishes
    values: dict[str, Any] = {
        "day": day.isoformat(),
        "target": f"{wishes.target:g}",
        "quantile": f"{wishes.quantile * 100:g}",
        "officer_hour": f"{wishes.officer_hour:g}",
        "shifts": ", ".join(str(hours) for hours in wishes.shifts),
        "every": str(wishes.every),
        "breaks": str(wishes.break_minutes),
        "block": str(wishes.block),
        "levers": "1" if asked.wants_levers else "",
    }
    amounts = {
        f"{name}.{code}": f"{number:g}" for name in AMOUNTS for code, number in getattr(wishes, name).items()
    }
    clocks: list[str] = list(wishes.clocks)
    counted = wishes.channels.split(",") if wishes.channels else []
    if request.method == "POST":
        values |= {name: request.POST.get(name, "") for name in values}
        amounts = {
            name: text for name, text in request.POST.dict().items() if name.partition(".")[0] in AMOUNTS
        }
        clocks, counted = request.POST.getlist("clocks"), request.POST.getlist("channels")
    return {
        "values": values,
        "stages": [
            (name, [(f"{amount}.{code}", amounts.get(f"{amount}.{code}", "")) for amount in AMOUNTS])
            for code, name in names.items()
        ],
        "clocks": [
            ("inside", _("Inside"), "inside" in clocks),
            ("outside", _("Outside"), "outside" in clocks),
        ],
        "channels": [(code, Channel(code).label, code in counted) for code in channels],
    }


def _chosen(request: HttpRequest, found: list[DayPlan]) -> DayPlan | None:
    asked = request.GET.get("plan", "")
    in_force = next((each for each in found if each.state == DayPlan.PlanState.ACCEPTED), None)
    return next((each for each in found if str(each.pk) == asked), in_force or (found[0] if found else None))


def _decided(request: HttpRequest, plan_id: int, decide: Callable[..., DayPlan], done: str) -> HttpResponse:
    try:
        found = plans.day_plan(plan_id)
    except GreenlaneError as error:
        raise Http404(str(error)) from error
    if not may(account_of(request), found.checkpoint, Role.PLANNER):
        raise PermissionDenied
    try:
        decide(account_of(request), plan_id, now())
    except GreenlaneError as refusal:
        _say(request, refusal)
    else:
        messages.success(request, done)
    return redirect(_address(found.checkpoint, found.direction, found))


def _address(here: Checkpoint, direction: str, chosen: DayPlan) -> str:
    page = reverse("planning:plan", args=(here.code, direction))
    return f"{page}?day={chosen.day.isoformat()}&plan={chosen.pk}"


def _day_of(text: str, here: Checkpoint) -> date:
    """The date of an address; tomorrow where it has none."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return today(here) + timedelta(days=1)


def _say(request: HttpRequest, refusal: GreenlaneError) -> None:
    messages.error(request, " ".join(part for part in (refusal.message, refusal.mend) if part))
