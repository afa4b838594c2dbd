"""Taking calls back: one truck, or all that are on their way; and the pause that follows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from greenlane.booking.commands import mark_live_back, mark_recalled
from greenlane.callup.commands.telling import tell_calls
from greenlane.callup.models import Call, CallPause, MassCall
from greenlane.callup.queries import pause_at
from greenlane.errors import GreenlaneError
from greenlane.gate.commands import hold_line, record_recalls
from greenlane.gate.models import Passage
from greenlane.registry.models import Account, Checkpoint, Role
from greenlane.registry.queries import require

PAUSE: Final = timedelta(minutes=15)
"""After a recall of all nobody is called for so long, unless a shift lead says otherwise: else the next
release would call the same trucks again."""
LONGEST_PAUSE: Final = timedelta(hours=24)


def recall(call_id: int, account: Account, why: str, at: datetime) -> Call:
    """Take a call back: the truck waits for its turn again. Repeating it changes nothing.

    Raises:
        GreenlaneError: ``call_unknown`` (404), ``has_entered`` (409), ``not_allowed`` (403).
    """
    call = Call.objects.select_related("checkpoint__crossing").filter(pk=call_id).first()
    if call is None:
        raise GreenlaneError(
            "call_unknown",
            _("There is no such call."),
            field="call",
            mend=_("Take the id from the list of calls."),
            status=404,
        )
    require(account, call.checkpoint, Role.SHIFT_LEAD)
    with transaction.atomic():
        hold_line(call.checkpoint, call.direction, at)
        call = Call.objects.select_related("checkpoint").select_for_update(of=("self",)).get(pk=call_id)
        if call.recalled_at is not None or call.missed_at is not None:
            return call
        if call.passage.entry_at is not None:
            raise GreenlaneError(
                "has_entered",
                _("The truck has passed the entry barrier."),
                field="call",
                mend=_("Let it go on, or turn it away inside."),
                status=409,
            )
        (call,) = take_back(call.checkpoint, call.direction, [call], account, why, at)
    return call


def recall_all(
    lead: Account,
    checkpoint: Checkpoint,
    direction: str,
    why: str,
    at: datetime,
    *,
    since: datetime | None = None,
    mass: int | None = None,
    pause: timedelta = PAUSE,
) -> list[Call]:
    """Take back every call whose truck has not entered, tell all of them, and call nobody for a while.

    One person is enough. Mass calls that still go out are stopped. Repeating it takes back what was called
    since.

    Args:
        since: only calls made at this time or later.
        mass: only the calls of that mass call; then there is no pause.
        pause: how long nobody is called; none for 0.

    Raises:
        GreenlaneError: ``not_allowed`` (403), ``why_missing``, ``pause_too_long`` (422).
    """
    require(lead, checkpoint, Role.SHIFT_LEAD)
    _check_reason(why)
    _check_pause(pause)
    with transaction.atomic():
        hold_line(checkpoint, direction, at)
        _stop_mass_calls(lead, checkpoint, direction, mass, at)
        if pause and mass is None:
            _begin_pause(lead, checkpoint, direction, why, at, at + pause)
        standing = Call.objects.filter(
            checkpoint=checkpoint,
            direction=direction,
            recalled_at=None,
            missed_at=None,
            passage__entry_at=None,
            passage__phase__in=(Passage.Phase.COMING, Passage.Phase.WAITING, Passage.Phase.CALLED),
        )
        if since is not None:
            standing = standing.filter(called_at__gte=since)
        if mass is not None:
            standing = standing.filter(mass_id=mass)
        calls = list(standing.select_for_update(of=("self",)).order_by("pk"))
        return take_back(checkpoint, direction, calls, lead, why, at)


def pause_calls(
    lead: Account, checkpoint: Checkpoint, direction: str, why: str, at: datetime, span: timedelta = PAUSE
) -> CallPause:
    """Call nobody for a while, by the duty or by hand; trucks that are called already go on.

    Raises:
        GreenlaneError: ``not_allowed`` (403), ``why_missing``, ``pause_too_long`` (422).
    """
    require(lead, checkpoint, Role.SHIFT_LEAD)
    _check_reason(why)
    _check_pause(span)
    with transaction.atomic():
        hold_line(checkpoint, direction, at)
        return _begin_pause(lead, checkpoint, direction, why, at, at + span)


def resume_calls(lead: Account, checkpoint: Checkpoint, direction: str, at: datetime) -> int:
    """End the pauses that hold; the number of them."""
    require(lead, checkpoint, Role.SHIFT_LEAD)
    with transaction.atomic():
        hold_line(checkpoint, direction, at)
        holding = CallPause.objects.filter(
            checkpoint=checkpoint, direction=direction, starts_at__lte=at, ends_at__gt=at
        )
        return holding.update(ends_at=at)


def _begin_pause(
    lead: Account, checkpoint: Checkpoint, direction: str, why: str, at: datetime, until: datetime
) -> CallPause:
    holding = pause_at(checkpoint, direction, at)
    if holding is not None and holding.ends_at >= until:
        return holding
    return CallPause.objects.create(
        checkpoint=checkpoint, direction=direction, starts_at=at, ends_at=until, why=why[:200], by=lead
    )


def _stop_mass_calls(
    lead: Account, checkpoint: Checkpoint, direction: str, mass: int | None, at: datetime
) -> None:
    open_states = (MassCall.MassState.ASKED, MassCall.MassState.APPROVED)
    which = Q() if mass is None else Q(pk=mass)
    MassCall.objects.filter(which, checkpoint=checkpoint, direction=direction, state__in=open_states).update(
        state=MassCall.MassState.REFUSED, decided_by=lead, decided_at=at
    )


def take_back(
    checkpoint: Checkpoint,
    direction: str,
    calls: Sequence[Call],
    account: Account | None,
    why: str,
    at: datetime,
) -> list[Call]:
    """Undo calls in the line that is held: timeline, bookings, tickets, messages."""
    if not calls:
        return []
    record_recalls(checkpoint, direction, [call.passage_id for call in calls], account, why, at)
    mark_recalled([call.booking_id for call in calls if call.booking_id], at, why or "recalled")
    mark_live_back([call.ticket_id for call in calls if call.ticket_id], at)
    for call in calls:
        call.recalled_at, call.recalled_by, call.recalled_why = at, account, why[:200]
    Call.objects.filter(pk__in=[call.pk for call in calls]).update(
        recalled_at=at, recalled_by=account, recalled_why=why[:200]
    )
    tell_calls(calls, "recall", at)
    return list(calls)


def _check_reason(why: str) -> None:
    if not why.strip():
        raise GreenlaneError(
            "why_missing",
            _("It needs a reason."),
            field="why",
            mend=_("Say in a few words why."),
            status=422,
        )


def _check_pause(span: timedelta) -> None:
    if not timedelta() <= span <= LONGEST_PAUSE:
        raise GreenlaneError(
            "pause_too_long",
            _("A pause lasts at most 24 hours."),
            field="pause_minutes",
            mend=_("Give fewer minutes, and pause again later."),
            status=422,
        )
