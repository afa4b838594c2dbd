"""Joining the live queue: by phone, at a kiosk, at the desk; and leaving it before one's turn."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Max
from django.utils.translation import gettext as _

from greenlane.booking.codes import TICKET, new_code
from greenlane.booking.commands.transactions import refused_clearly
from greenlane.booking.live_queue.walk_up import WalkUp, read_walk_up
from greenlane.booking.models import ACTIVE, Booking, LiveTicket, Rules
from greenlane.booking.queries import is_closed, rules_of, standing_ticket, ticket_by_code
from greenlane.booking.queries.live import STANDING
from greenlane.errors import GreenlaneError
from greenlane.registry.commands.telling import told
from greenlane.registry.models import Account, Checkpoint, Role, Truck
from greenlane.registry.queries import carrier_of, require, truck_of

Via = LiveTicket.Via
TicketState = LiveTicket.TicketState


def join_live(
    account: Account, checkpoint: Checkpoint, direction: str, truck_id: int, at: datetime
) -> LiveTicket:
    """A number in the live queue for a truck of the account's carrier, from a phone or by the API.

    Where the truck has a ticket of this line already, that one is given back: repeating it changes nothing.

    Raises:
        GreenlaneError: ``no_carrier`` (403), ``truck_unknown`` (404), ``no_booking`` (404) where the
            checkpoint has no rules in that direction, ``truck_has_place``, ``truck_ticketed``,
            ``one_ticket``, ``live_closed`` (409).
    """
    truck = truck_of(carrier_of(account), truck_id)
    seen = WalkUp(truck.plate, truck.country, truck.vehicle_class, account.phone, account.language)

    def join() -> LiveTicket:
        rules = _locked_rules(checkpoint, direction)
        standing = standing_ticket(truck.country, truck.plate_key)
        if standing is not None and _is_here(standing, checkpoint, direction):
            return standing
        _may_join(rules, checkpoint, direction, seen, standing, at)
        other = LiveTicket.objects.filter(account=account, via=Via.PHONE, state__in=STANDING).first()
        if other is not None:
            raise GreenlaneError(
                "one_ticket",
                _("You hold ticket %(code)s already; one person holds one.") % {"code": other.code},
                field="truck",
                mend=_("Leave that queue first, or have the other driver join for the other truck."),
                status=409,
            )
        return _made(rules, checkpoint, direction, seen, at, Via.PHONE, account=account, truck=truck)

    return _once_more_when_overtaken(join)


def join_live_here(
    staff: Account,
    checkpoint: Checkpoint,
    direction: str,
    at: datetime,
    *,
    plate: str,
    country: str,
    vehicle_class: str,
    phone: str = "",
    language: str = "en",
    kiosk: bool = False,
) -> LiveTicket:
    """A number for a truck that is there: typed by an officer, or at a kiosk that an officer has opened.

    An officer gets the ticket that the truck has already. A kiosk does not give it: whoever stands before it
    may not be its driver.

    Raises:
        GreenlaneError: ``field_wrong`` (422), ``not_allowed`` (403), and as `join_live`.
    """
    require(staff, checkpoint, Role.OFFICER, Role.SHIFT_LEAD)
    seen, problems = read_walk_up(plate, country, vehicle_class, phone, language)
    if seen is None:
        fault = told(problems[0].message)
        raise GreenlaneError(
            "field_wrong",
            _("%(fault)s.") % {"fault": fault[:1].upper() + fault[1:]},
            field=problems[0].field,
            mend=told(problems[0].mend),
            status=422,
        )
    walk_up = seen
    via = Via.KIOSK if kiosk else Via.DESK

    def join() -> LiveTicket:
        rules = _locked_rules(checkpoint, direction)
        standing = standing_ticket(walk_up.country, walk_up.plate_key)
        if standing is not None and not kiosk and _is_here(standing, checkpoint, direction):
            return standing
        _may_join(rules, checkpoint, direction, walk_up, standing, at)
        truck = Truck.objects.filter(
            country=walk_up.country, plate_key=walk_up.plate_key, retired_at=None
        ).first()
        return _made(rules, checkpoint, direction, walk_up, at, via, by=staff, truck=truck)

    return _once_more_when_overtaken(join)


def leave_live(code: str, at: datetime) -> LiveTicket:
    """Leave the queue; whoever has the code may. Repeating it changes nothing.

    Raises:
        GreenlaneError: ``ticket_unknown`` (404), ``wrong_state`` (409).
    """

    def leave() -> LiveTicket:
        found = ticket_by_code(code)
        ticket = LiveTicket.objects.select_for_update(of=("self",)).get(pk=found.pk)
        if ticket.state == TicketState.LEFT:
            return ticket
        if ticket.state != TicketState.WAITING:
            raise GreenlaneError(
                "wrong_state",
                _("Ticket %(code)s is not waiting any more.") % {"code": ticket.code},
                field="ticket",
                mend=_("A called truck drives to the barrier, or tells an officer that it cannot."),
                status=409,
            )
        ticket.state, ticket.ended_at = TicketState.LEFT, at
        ticket.save(update_fields=["state", "ended_at"])
        return ticket

    return refused_clearly(leave)


def _locked_rules(checkpoint: Checkpoint, direction: str) -> Rules:
    """The line's rules, locked, so that those who join it get their numbers one after the other."""
    rules = rules_of(checkpoint.pk, direction)
    return Rules.objects.select_for_update(no_key=True).get(pk=rules.pk)


def _is_here(ticket: LiveTicket, checkpoint: Checkpoint, direction: str) -> bool:
    return (ticket.checkpoint_id, ticket.direction) == (checkpoint.pk, direction)


def _may_join(
    rules: Rules,
    checkpoint: Checkpoint,
    direction: str,
    seen: WalkUp,
    standing: LiveTicket | None,
    at: datetime,
) -> None:
    if standing is not None:
        raise GreenlaneError(
            "truck_ticketed",
            _("This truck has number %(number)d in the live queue of %(checkpoint)s.")
            % {"number": standing.number, "checkpoint": standing.checkpoint.code},
            field="plate",
            mend=_("Open the ticket that it has. An officer can give it again."),
            status=409,
        )
    booked = Booking.objects.filter(
        plate_key=seen.plate_key, plate_country=seen.country, state__in=ACTIVE
    ).exists()
    if booked:
        raise GreenlaneError(
            "truck_has_place",
            _("This truck has a booking, and so a place."),
            field="plate",
            mend=_("Come in its slot, or cancel the booking first."),
            status=409,
        )
    if is_closed(checkpoint, direction, at, at + timedelta(hours=rules.live_ticket_hours)):
        raise GreenlaneError(
            "live_closed",
            _("The checkpoint is closed in this direction for as long as a ticket is good."),
            field="direction",
            mend=_("Choose another checkpoint, or come back when it opens."),
            status=409,
        )


def _made(
    rules: Rules,
    checkpoint: Checkpoint,
    direction: str,
    seen: WalkUp,
    at: datetime,
    via: str,
    *,
    account: Account | None = None,
    by: Account | None = None,
    truck: Truck | None = None,
) -> LiveTicket:
    day = at.astimezone(ZoneInfo(checkpoint.zone)).date()
    of_the_day = LiveTicket.objects.filter(checkpoint=checkpoint, direction=direction, day=day)
    last = of_the_day.aggregate(last=Max("number"))["last"] or 0
    return LiveTicket.objects.create(
        code=new_code(TICKET),
        number=last + 1,
        day=day,
        checkpoint=checkpoint,
        direction=direction,
        account=account,
        truck=truck,
        plate=seen.plate,
        plate_key=seen.plate_key,
        country=seen.country,
        vehicle_class=seen.vehicle_class,
        phone=seen.phone,
        language=seen.language,
        via=via,
        by=by,
        joined_at=at,
        good_until=at + timedelta(hours=rules.live_ticket_hours),
    )


def _once_more_when_overtaken(join: Callable[[], LiveTicket]) -> LiveTicket:
    """The same truck may join another line in the same instant: the database takes one, and the other reads
    again what there is now."""
    try:
        return refused_clearly(join)
    except GreenlaneError as refusal:
        if refusal.code != "refused":
            raise
        return refused_clearly(join)
