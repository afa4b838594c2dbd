"""Appeals against strikes: a carrier says why one should not count, an officer of the checkpoint decides."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from greenlane.booking.commands.news import tell_holder
from greenlane.booking.models import Appeal, Booking
from greenlane.booking.queries import AppealFacts, appeal_facts, booking_of, rules_of
from greenlane.errors import GreenlaneError
from greenlane.registry.models import Account, LookUp, Role
from greenlane.registry.queries import require

LONGEST_TEXT = 1000
LONGEST_WHY = 200
DECIDED_BY = (Role.OFFICER, Role.SHIFT_LEAD)
"""Roles that decide appeals at their checkpoint."""


@transaction.atomic
def appeal(account: Account, code: str, text: str, at: datetime) -> Appeal:
    """Say why the strike of a booking should not count. Repeating it changes nothing.

    The strike counts until somebody has decided.

    Raises:
        GreenlaneError: ``booking_unknown`` (404), ``text_missing`` (422), ``no_strike``, ``strike_over`` or
            ``appeal_made`` (409).
    """
    text = _told(text, "text", LONGEST_TEXT)
    booking = Booking.objects.select_for_update().get(pk=booking_of(account, code).pk)
    made = Appeal.objects.filter(booking=booking).first()
    if made is not None:
        if made.text == text and not made.decision:
            return made
        raise _refused("appeal_made", "There is an appeal for this booking.", "One booking has one appeal.")
    if not booking.strike or booking.excused or booking.ended_at is None:
        raise _refused("no_strike", "This booking has no strike that counts.", "There is nothing to appeal.")
    rules = rules_of(booking.checkpoint_id, booking.direction)
    if booking.ended_at <= at - timedelta(days=rules.no_show_window_days):
        raise _refused(
            "strike_over", "This strike is too old to count any more.", "There is nothing to appeal."
        )
    return Appeal.objects.create(booking=booking, account=account, text=text, made_at=at)


def look_at_appeal(officer: Account, appeal_id: int, at: datetime) -> AppealFacts:
    """One appeal with its facts, for who decides it; that it was looked at is logged.

    Raises:
        GreenlaneError: ``appeal_unknown`` (404).
    """
    facts = appeal_facts(officer, appeal_id, DECIDED_BY)
    LookUp.objects.create(account=officer, subject=f"appeal {appeal_id}", why="appeal", at=at)
    return facts


@transaction.atomic
def decide_appeal(officer: Account, appeal_id: int, granted: bool, why: str, at: datetime) -> Appeal:
    """Let a strike count or not. Granted, the limit that it brought falls at once.

    Raises:
        GreenlaneError: ``appeal_unknown`` (404), ``not_allowed`` (403), ``why_missing`` (422), or
            ``appeal_decided`` (409) where it was decided otherwise.
    """
    found = Appeal.objects.select_related("booking__checkpoint").filter(pk=appeal_id).first()
    if found is None:
        raise GreenlaneError(
            "appeal_unknown",
            f"There is no appeal {appeal_id}.",
            field="appeal",
            mend="Take it from the list of appeals.",
            status=404,
        )
    require(officer, found.booking.checkpoint, *DECIDED_BY)
    if officer.carrier_id is not None and officer.carrier_id == found.booking.carrier_id:
        raise GreenlaneError(
            "not_allowed",
            "Nobody decides an appeal of the own carrier.",
            field="appeal",
            mend="Leave it to a colleague.",
            status=403,
        )
    why = _told(why, "why", LONGEST_WHY)
    decision = Appeal.Decision.GRANTED if granted else Appeal.Decision.REFUSED
    # Bookings are locked before anything that hangs on them, as on every path.
    booking = Booking.objects.select_for_update().get(pk=found.booking_id)
    open_still = Appeal.objects.filter(pk=appeal_id, decision="").update(
        decision=decision, decided_by=officer, decided_at=at, why=why
    )
    found.refresh_from_db()
    if not open_still:
        if found.decision != decision:
            raise _refused("appeal_decided", "This appeal has been decided.", "A decision is not changed.")
        return found
    if granted:
        Booking.objects.filter(pk=booking.pk).update(excused=True)
        booking.excused = True
    tell_holder("appeal_decided", booking, at, granted=granted, why=why)
    return found


def _told(text: str, field: str, longest: int) -> str:
    told = text.strip()
    if not told or len(told) > longest:
        raise GreenlaneError(
            f"{field}_missing",
            f"The reason is missing or has more than {longest} characters.",
            field=field,
            mend=f"Say in 1 to {longest} characters what happened.",
            status=422,
        )
    return told


def _refused(code: str, message: str, mend: str) -> GreenlaneError:
    return GreenlaneError(code, message, field="booking", mend=mend, status=409)
