"""What the holder of a booking sees and does: fill in, show the pass, move, swap, cancel.

Confirm, move, swap and cancel change nothing when they are sent twice, so a double tap needs no key there.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods
from django_htmx.http import HttpResponseClientRefresh

from greenlane.booking import commands, queries
from greenlane.booking.days import days_of, nearest
from greenlane.booking.forms import NEW, PartsForm
from greenlane.booking.models import ACTIVE, Appeal, Booking, State
from greenlane.booking.pages.access import account_of, carrier_page
from greenlane.booking.pages.choose import horizon
from greenlane.booking.queries import FreeSlot
from greenlane.booking.signals import booking_shown
from greenlane.errors import GreenlaneError
from greenlane.registry.clock import now, platform_clock
from greenlane.registry.commands import save_trailer, save_truck

ALTERNATIVES = 4
"""How many free slots are offered on each side of the present one."""
PAST = 20
"""How many ended bookings are listed."""


@require_GET
@carrier_page
def mine(request: HttpRequest) -> HttpResponse:
    """The reader's own bookings: those to come first, the latest others below."""
    own = queries.bookings_of(account_of(request)).filter(queries.own_bookings(account_of(request)))
    to_come = own.filter(state__in=ACTIVE).order_by("slot__starts_at")
    return render(
        request, "booking/mine.html", {"to_come": to_come, "past": own.exclude(state__in=ACTIVE)[:PAST]}
    )


@require_http_methods(["GET", "POST"])
@carrier_page
def booking(request: HttpRequest, code: str) -> HttpResponse:
    """A held place with the form that confirms it, a booking with its pass, or how the booking ended."""
    found = queries.booking_of(account_of(request), code)
    booking_shown.send(sender=Booking, booking=found, account=account_of(request), at=now())
    if found.is_offer and found.state == State.HELD and (entry := found.waiting_entries.first()):
        return redirect("booking:waiting", entry.group.number)
    if found.state == State.HELD and _is_held(found, now()):
        return _confirm(request, found)
    if found.state in (State.CONFIRMED, State.CALLED):
        return _pass(request, found)
    if request.headers.get("HX-Request"):
        # The pass asks every few seconds how things stand; now another page is due.
        return HttpResponseClientRefresh()
    context = {
        "booking": found,
        "spent": found.state == State.HELD,
        "appeal": Appeal.objects.filter(booking=found).first(),
    }
    return render(request, "booking/ended.html", context)


def _is_held(booking: Booking, at: datetime) -> bool:
    return booking.held_until is not None and booking.held_until > at


def _confirm(request: HttpRequest, booking: Booking) -> HttpResponse:
    at = now()
    form = PartsForm(request.POST or None, account=account_of(request), booking=booking)
    refusal = None
    if request.method == "POST" and form.is_valid():
        refusal = _refusal_of(lambda: _confirm_with(request, booking, form, at))
        if refusal is None:
            return redirect("booking:booking", booking.code)
    assert booking.held_until is not None
    context = {
        "step": 3,
        "booking": booking,
        "form": form,
        "refusal": refusal,
        "seconds_left": int((booking.held_until - at).total_seconds()),
        "speed": str(platform_clock().speed),
    }
    return render(request, "booking/held.html", context, status=refusal.status if refusal else 200)


def _confirm_with(request: HttpRequest, booking: Booking, form: PartsForm, at: datetime) -> None:
    commands.confirm(
        account_of(request),
        booking.code,
        _truck_id(request, form, booking, at),
        at,
        trailer_id=_trailer_id(request, form, at),
        driver_id=form.driver_id,
    )


def _truck_id(request: HttpRequest, form: PartsForm, booking: Booking, at: datetime) -> int:
    """The truck chosen from the list, or the new one, saved among the carrier's trucks."""
    if form.cleaned_data["truck"] != NEW:
        return int(form.cleaned_data["truck"])
    row = {name: form.cleaned_data[name] for name in ("plate", "country", "vin")}
    return save_truck(account_of(request), row | {"vehicle_class": booking.vehicle_class}, at)


def _trailer_id(request: HttpRequest, form: PartsForm, at: datetime) -> int | None:
    if form.cleaned_data["trailer"] != NEW:
        return int(form.cleaned_data["trailer"]) if form.cleaned_data["trailer"] else None
    row = {"plate": form.cleaned_data["trailer_plate"], "country": form.cleaned_data["trailer_country"]}
    return save_trailer(account_of(request), row, at)


def _refusal_of(change: Callable[[], object]) -> GreenlaneError | None:
    try:
        change()
    except GreenlaneError as refusal:
        return refusal
    return None


def _pass(request: HttpRequest, booking: Booking) -> HttpResponse:
    rules = queries.rules_of(booking.checkpoint_id, booking.direction)
    slot = booking.slot
    call = booking.calls.filter(recalled_at=None).order_by("-called_at").first()
    context = {
        "booking": booking,
        "rules": rules,
        "earliest": slot.starts_at - timedelta(minutes=rules.early_minutes),
        "latest": slot.ends_at + timedelta(minutes=rules.late_minutes),
        "void_at": slot.ends_at + timedelta(minutes=rules.void_minutes),
        "move_until": slot.starts_at - timedelta(minutes=rules.move_cutoff_minutes),
        "may_move": _may_move(booking, now()),
        "call": call if booking.state == State.CALLED else None,
        "lag": queries.lag_minutes(booking.checkpoint, booking.direction, now()),
        "credits": queries.usable_credits(account_of(request), booking, now()),
        "facing": booking.checkpoint.facing,
        "facing_direction": "inbound" if booking.direction == "outbound" else "outbound",
    }
    return render(request, "booking/pass.html", context)


def _may_move(booking: Booking, at: datetime) -> bool:
    rules = queries.rules_of(booking.checkpoint_id, booking.direction)
    cutoff = booking.slot.starts_at - timedelta(minutes=rules.move_cutoff_minutes)
    return booking.state == State.CONFIRMED and booking.moves < rules.moves_per_trip and at <= cutoff


@require_http_methods(["GET", "POST"])
@carrier_page
def move(request: HttpRequest, code: str) -> HttpResponse:
    """The nearest free slots before and after, and those of any other day."""
    at, found = now(), queries.booking_of(account_of(request), code)
    refusal = None
    if request.method == "POST" and (slot := request.POST.get("slot", "")).isdecimal():
        refusal = _refusal_of(lambda: commands.move(account_of(request), code, int(slot), at))
        if refusal is None:
            messages.success(request, _("The booking has been moved."))
            return redirect("booking:booking", found.code)
    rules, zone = queries.rules_of(found.checkpoint_id, found.direction), found.checkpoint.zone
    offered = _offered(found, at, horizon(rules, at))
    days = days_of(offered, zone, at.astimezone(ZoneInfo(zone)).date(), rules.horizon_days)
    before, after = nearest(offered, found.slot.starts_at, ALTERNATIVES)
    wished = request.GET.get("day")
    context = {
        "booking": found,
        "before": before,
        "after": after,
        "days": days,
        "day": next((day for day in days if day.date.isoformat() == wished), None),
        "may_move": _may_move(found, at),
        "rules": rules,
        "refusal": refusal,
    }
    return render(request, "booking/move.html", context, status=refusal.status if refusal else 200)


def _offered(booking: Booking, start: datetime, end: datetime) -> list[FreeSlot]:
    return queries.free_slots(
        booking.checkpoint,
        booking.direction,
        start,
        end,
        booking.vehicle_class,
        share=booking.share,
        park_id=booking.park_id,
        carrier_id=booking.carrier_id,
    )


@require_http_methods(["GET", "POST"])
@carrier_page
def swap(request: HttpRequest, code: str) -> HttpResponse:
    """Another truck, trailer or driver of the same carrier; the place stays."""
    at, found = now(), queries.booking_of(account_of(request), code)
    form = PartsForm(request.POST or None, account=account_of(request), booking=found)
    refusal = None
    if request.method == "POST" and form.is_valid():
        refusal = _refusal_of(
            lambda: commands.swap(
                account_of(request),
                code,
                at,
                truck_id=_truck_id(request, form, found, at),
                trailer_id=_trailer_id(request, form, at),
                driver_id=form.driver_id,
            )
        )
        if refusal is None:
            messages.success(request, _("The booking has been changed. Show the new pass."))
            return redirect("booking:booking", found.code)
    rules = queries.rules_of(found.checkpoint_id, found.direction)
    swaps_left = max(0, rules.swaps_per_trip - found.swaps)
    context = {"booking": found, "form": form, "refusal": refusal, "swaps_left": swaps_left}
    return render(request, "booking/swap.html", context, status=refusal.status if refusal else 200)


@require_http_methods(["GET", "POST"])
@carrier_page
def cancel(request: HttpRequest, code: str) -> HttpResponse:
    """Ask whether the place is really to be given back, then give it back."""
    found = queries.booking_of(account_of(request), code)
    refusal = None
    if request.method == "POST":
        why = request.POST.get("why", "")[:200]
        refusal = _refusal_of(lambda: commands.cancel(account_of(request), code, why, now()))
        if refusal is None:
            messages.success(request, _("The booking has been cancelled and its place given back."))
            return redirect("booking:mine")
    context = {"booking": found, "refusal": refusal, "cost": queries.cancellation_of(found, now())}
    return render(request, "booking/cancel.html", context, status=refusal.status if refusal else 200)
