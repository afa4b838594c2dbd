"""What keeps a truck from being called: its papers are not ready, or its driver rests. It keeps its place."""

from __future__ import annotations

from datetime import datetime

from django.contrib.auth.models import AnonymousUser
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from greenlane.booking.codes import TICKET, read_code
from greenlane.booking.models import Booking, LiveTicket, State
from greenlane.booking.queries import bookings_of
from greenlane.callup.models import Hindrance
from greenlane.callup.queries.hindered import Subject, subject_of_code, subject_of_passage
from greenlane.errors import GreenlaneError
from greenlane.gate.commands import hold_line
from greenlane.registry.models import Account, Role
from greenlane.registry.queries import require


def tell_missing(
    officer: Account, what: str, at: datetime, *, code: str = "", passage: int | None = None
) -> Hindrance:
    """Note that a truck's papers are not ready, and which: it is not called until that is lifted.

    Args:
        code: of its booking or ticket; passage: or its passage, as in the list of turns.

    Raises:
        GreenlaneError: ``not_allowed`` (403), ``truck_unknown`` (404), ``truck_gone``, ``no_ticket`` (409),
            ``what_missing`` (422).
    """
    subject = (
        subject_of_passage(passage, at)
        if passage is not None
        else subject_of_code(officer, code, by_staff=True)
    )
    require(officer, subject.checkpoint, Role.OFFICER, Role.SHIFT_LEAD)
    if not what.strip():
        raise _refused("what_missing", _("It is not said what is missing."), "what", _("Name the papers."))
    with transaction.atomic():
        hold_line(subject.checkpoint, subject.direction, at)
        check_waits(subject)
        standing = hindrances_told(subject).filter(kind=Hindrance.Kind.PAPERS, lifted_at=None).first()
        if standing is not None and standing.what == what.strip()[:200]:
            return standing
        hindrances_told(subject).filter(kind=Hindrance.Kind.PAPERS, lifted_at=None).update(lifted_at=at)
        return Hindrance.objects.create(
            kind=Hindrance.Kind.PAPERS,
            booking=subject.booking,
            ticket=subject.ticket,
            what=what.strip()[:200],
            starts_at=at,
            told_by=officer,
            told_at=at,
        )


def lift(account: Account | None, hindrance_id: int, at: datetime, *, code: str = "") -> Hindrance:
    """End a hindrance: the papers are ready, or the driver is. Repeating it changes nothing.

    Papers are lifted by officers and shift leads, a rest also by those who hold the place: who may see the
    booking, or has the code of the ticket.

    Raises:
        GreenlaneError: ``hindrance_unknown`` (404), ``not_allowed`` (403).
    """
    found = Hindrance.objects.select_related("booking__checkpoint", "ticket__checkpoint")
    hindrance = found.filter(pk=hindrance_id).first()
    place = (hindrance.booking or hindrance.ticket) if hindrance else None
    if hindrance is None or place is None:
        raise _refused(
            "hindrance_unknown", _("There is no such hindrance."), "hindrance", _("Take its id."), 404
        )
    if hindrance.kind != Hindrance.Kind.REST or not _holds(account, hindrance, code):
        require(account or AnonymousUser(), place.checkpoint, Role.OFFICER, Role.SHIFT_LEAD)
    if hindrance.lifted_at is None:
        hindrance.lifted_at = at
        hindrance.save(update_fields=["lifted_at"])
    return hindrance


def check_waits(subject: Subject) -> None:
    """Refuse a truck whose place is used or given up; lock it, so that no call goes out meanwhile.

    Raises:
        GreenlaneError: ``truck_gone`` (409).
    """
    if subject.booking is not None:
        state = Booking.objects.select_for_update().get(pk=subject.booking.pk).state
        waits = state in (State.CONFIRMED, State.CALLED)
    else:
        assert subject.ticket is not None
        state = LiveTicket.objects.select_for_update().get(pk=subject.ticket.pk).state
        waits = state in (LiveTicket.TicketState.WAITING, LiveTicket.TicketState.CALLED)
    if not waits:
        raise _refused(
            "truck_gone",
            _("This place is used, or given up."),
            "code",
            _("Name a booking or ticket that stands."),
            409,
        )


def hindrances_told(subject: Subject) -> QuerySet[Hindrance]:
    """All that were told of a truck."""
    return Hindrance.objects.filter(booking=subject.booking, ticket=subject.ticket)


def _holds(account: Account | None, hindrance: Hindrance, code: str) -> bool:
    if hindrance.ticket is not None:
        is_theirs = account is not None and hindrance.ticket.account_id == account.pk
        return is_theirs or read_code(code, TICKET) == hindrance.ticket.code
    if account is None or hindrance.booking is None:
        return False
    return bookings_of(account).filter(pk=hindrance.booking.pk).exists()


def _refused(code: str, message: str, field: str, mend: str, status: int = 422) -> GreenlaneError:
    return GreenlaneError(code, message, field=field, mend=mend, status=status)
