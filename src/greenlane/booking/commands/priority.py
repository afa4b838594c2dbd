"""Putting a truck before others: by an officer, for a reason, within the cap, for everyone to see."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from greenlane.booking.codes import TICKET, read_code
from greenlane.booking.commands.news import tell_holder
from greenlane.booking.commands.priority_reasons import may_be_told
from greenlane.booking.commands.transactions import lock_places, refused_clearly
from greenlane.booking.models import Booking, LiveTicket, PriorityUse, Quota, Share, Slot, State
from greenlane.booking.places import refusal
from greenlane.booking.queries.priority import full_quota
from greenlane.errors import GreenlaneError
from greenlane.registry.models import Account, LookUp, Role
from greenlane.registry.queries import require


def grant_priority(
    officer: Account, code: str, reason: str, detail: str, at: datetime, *, slot_id: int | None = None
) -> PriorityUse:
    """Put a booking or a ticket of the live queue before others. Repeating it changes nothing.

    A booking takes a place of the priority share of its slot, or of an earlier slot that is asked for; a
    ticket is called before the others of the live queue, as far as the share goes.

    Args:
        code: of the booking or the ticket.
        detail: what is published beside the reason; needed where the reason is ``other``.
        slot_id: an earlier slot; None for the booking's own.

    Raises:
        GreenlaneError: ``place_unknown`` (404), ``not_allowed`` (403), what `may_be_told` refuses (422),
            ``wrong_state``, ``slot_unfit``, ``priority_full``, ``full`` (409).
    """
    place = place_of(code)
    require(officer, place.checkpoint, Role.OFFICER, Role.SHIFT_LEAD)
    detail = " ".join(detail.split())
    may_be_told(place, reason, detail)
    if isinstance(place, LiveTicket):
        return refused_clearly(lambda: _before_others(place.pk, reason, detail, officer, at))
    return use_priority(place, reason, detail, at, officer=officer, slot_id=slot_id)


def use_priority(
    booking: Booking,
    reason: str,
    detail: str,
    at: datetime,
    *,
    officer: Account | None = None,
    slot_id: int | None = None,
) -> PriorityUse:
    """Move a booking into the priority share, for a reason that was judged; the platform has no officer.

    Raises:
        GreenlaneError: ``wrong_state``, ``slot_unfit``, ``priority_full``, ``full`` (409).
    """
    target_id = slot_id or booking.slot_id

    def move() -> PriorityUse:
        locked = Booking.objects.select_for_update().get(pk=booking.pk)
        lock_places([locked.pk], target_id)
        slot = _target(locked, target_id, at)
        if locked.share == Share.PRIORITY and locked.slot_id == slot.pk:
            before = locked.priority_uses.order_by("-at", "-pk").first()
            if before is not None:
                return before
        _may_go_first(locked, slot)
        locked.share, locked.slot = Share.PRIORITY, slot
        locked.changed_at, locked.changed_by = at, officer
        locked.changed_why = f"priority: {reason}"
        locked.save()
        return _use(locked, None, reason, detail, officer, at)

    try:
        return refused_clearly(move)
    except GreenlaneError as refused:
        if refused.code == "full":
            raise _full(booking, target_id) from refused
        raise


def look_up_place(officer: Account, code: str, at: datetime) -> Booking | LiveTicket:
    """The booking or ticket of a code, for an officer who may grant it priority; the look-up is logged.

    Raises:
        GreenlaneError: ``place_unknown`` (404), ``not_allowed`` (403).
    """
    place = place_of(code)
    require(officer, place.checkpoint, Role.OFFICER, Role.SHIFT_LEAD)
    LookUp.objects.create(account=officer, subject=f"place {place.code}", why="priority", at=at)
    return place


def place_of(code: str) -> Booking | LiveTicket:
    """The booking or the ticket of a code as a person types it.

    Raises:
        GreenlaneError: ``place_unknown`` (404).
    """
    kept = Booking.objects.select_related("checkpoint__crossing", "slot", "driver", "carrier", "trailer")
    found = (
        kept.filter(code=read_code(code)).first()
        or LiveTicket.objects.select_related("checkpoint__crossing", "truck__carrier")
        .filter(code=read_code(code, TICKET))
        .first()
    )
    if found is None:
        raise GreenlaneError(
            "place_unknown",
            _("There is no booking and no ticket %(code)s.") % {"code": code[:20]},
            field="code",
            mend=_("Check the code; it looks like GL-7K3MQ-9XDPA or LQ-7K3MQ-9XDPA."),
            status=404,
        )
    return found


def _target(booking: Booking, slot_id: int, at: datetime) -> Slot:
    if booking.state != State.CONFIRMED:
        raise GreenlaneError(
            "wrong_state",
            _("Booking %(code)s is not waiting for its call.") % {"code": booking.code},
            field="code",
            mend=_("Priority is for a confirmed booking that was not called yet."),
            status=409,
        )
    slot = Slot.objects.filter(pk=slot_id).first()
    own = Slot.objects.get(pk=booking.slot_id)
    if (
        slot is None
        or (slot.checkpoint_id, slot.direction) != (booking.checkpoint_id, booking.direction)
        or slot.starts_at > own.starts_at
        or (slot.pk != own.pk and (slot.state != Slot.SlotState.OPEN or slot.ends_at <= at))
    ):
        raise GreenlaneError(
            "slot_unfit",
            _("Priority leads to the booking's own slot or to an open one before it."),
            field="slot",
            mend=_("Choose one of the slots offered."),
            status=409,
        )
    return slot


def _may_go_first(booking: Booking, slot: Slot) -> None:
    """Without a quota of the share there is no cap, and so nothing to give."""
    capped = Quota.objects.filter(slots__slot=slot, kind=Quota.Kind.SHARE, share=Share.PRIORITY)
    if not capped.exists():
        raise _full(booking, slot.pk)


def _full(booking: Booking, slot_id: int) -> GreenlaneError:
    kind = full_quota(booking, Slot.objects.get(pk=slot_id))
    if kind not in ("", Quota.Kind.SHARE):
        return refusal("full", kind)
    return GreenlaneError(
        "priority_full",
        _("The priority share of this slot is used up."),
        field="slot",
        mend=_("Choose another slot before the booking's; the share is published and is never exceeded."),
        status=409,
    )


def _before_others(ticket_id: int, reason: str, detail: str, officer: Account, at: datetime) -> PriorityUse:
    ticket = LiveTicket.objects.select_for_update(of=("self",)).get(pk=ticket_id)
    before = ticket.priority_uses.order_by("at", "pk").first()
    if before is not None:
        return before
    if ticket.state != LiveTicket.TicketState.WAITING:
        raise GreenlaneError(
            "wrong_state",
            _("Ticket %(code)s is not waiting any more.") % {"code": ticket.code},
            field="code",
            mend=_("Priority is for a truck that was not called yet."),
            status=409,
        )
    return _use(None, ticket, reason, detail, officer, at)


def _use(
    booking: Booking | None,
    ticket: LiveTicket | None,
    reason: str,
    detail: str,
    officer: Account | None,
    at: datetime,
) -> PriorityUse:
    place = booking or ticket
    assert place is not None
    use = PriorityUse.objects.create(
        checkpoint_id=place.checkpoint_id,
        direction=place.direction,
        booking=booking,
        ticket=ticket,
        reason=reason,
        detail=detail,
        officer=officer,
        at=at,
    )
    tell_holder("priority_granted", place, at, reason=reason)
    return use
