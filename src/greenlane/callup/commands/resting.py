"""Rests that drivers tell: nobody is called into one, and the place is kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.utils.translation import gettext as _

from greenlane.booking.queries import rules_of
from greenlane.callup.commands.hindrances import check_waits, hindrances_told
from greenlane.callup.commands.recalling import take_back
from greenlane.callup.models import Call, Hindrance
from greenlane.callup.queries.hindered import Subject, subject_of_code
from greenlane.callup.queries.travel import drives_from
from greenlane.callup.rest import LENGTHS, Tachograph, Verdict, is_lawful, verdict
from greenlane.errors import GreenlaneError
from greenlane.gate.commands import hold_line
from greenlane.registry.models import Account

LONGEST: Final = timedelta(days=7)
AHEAD: Final = timedelta(days=14)
LONGEST_DAY: Final = timedelta(days=31)
"""What a driver tells of the day lies within so long."""


@dataclass(frozen=True, slots=True)
class Told:
    """What follows from what a driver told: the verdict of the law, and the rest that was noted, if any."""

    verdict: Verdict
    hindrance: Hindrance | None


def tell_rest(
    account: Account | None,
    code: str,
    kind: str,
    at: datetime,
    *,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
) -> Hindrance:
    """Note a rest of a truck's driver: it is not called into it, and keeps its place.

    A rest told before that overlaps it is replaced. A call that stands is taken back: nobody has to drive in
    a rest.

    Args:
        account: None where nobody is signed in: then the code must be a ticket's.
        code: of the booking, or of the ticket in the live queue.
        kind: a word of `rest.LENGTHS`.
        starts_at: now where it is left out; ends_at: the least lawful end where it is left out.

    Raises:
        GreenlaneError: ``booking_unknown``, ``ticket_unknown`` (404); ``truck_gone`` (409); ``kind_unknown``,
            ``rest_too_short``, ``rest_over``, ``rest_too_far`` (422).
    """
    subject = subject_of_code(account, code)
    if kind not in LENGTHS:
        raise _refused(
            "kind_unknown", _("There is no such rest."), "kind", _("Use: %(known)s.") % {"known": _kinds()}
        )
    starts_at = starts_at or at
    _check_near(starts_at, "starts_at", at)
    ends_at = ends_at or starts_at + LENGTHS[kind]
    _check_times(kind, starts_at, ends_at, at)
    return _note_rest(account, subject, kind, starts_at, ends_at, at)


def tell_driving(account: Account | None, code: str, known: Tachograph, at: datetime) -> Told:
    """Work out from a driver's day, told or from a tachograph, whether the drive through the checkpoint fits
    before the next rest, and note the rest that must be kept.

    Raises:
        GreenlaneError: as `tell_rest`.
    """
    subject = subject_of_code(account, code)
    _check_day(known, at)
    rules = rules_of(subject.checkpoint.pk, subject.direction)
    late = timedelta(minutes=rules.late_minutes)
    drives = drives_from(subject.checkpoint, subject.direction, at, late)
    drive = drives[subject.park if subject.park in drives else None].usual
    found = verdict(known, drive + timedelta(minutes=rules.call_up_target_minutes), at)
    if found.rest is None or found.rest.starts_at > at + AHEAD:
        return Told(found, None)
    rest = found.rest
    return Told(found, _note_rest(account, subject, rest.kind, rest.starts_at, rest.ends_at, at))


def _note_rest(
    account: Account | None, subject: Subject, kind: str, starts_at: datetime, ends_at: datetime, at: datetime
) -> Hindrance:
    with transaction.atomic():
        hold_line(subject.checkpoint, subject.direction, at)
        check_waits(subject)
        overlapping = hindrances_told(subject).filter(
            kind=Hindrance.Kind.REST, lifted_at=None, starts_at__lt=ends_at, ends_at__gt=starts_at
        )
        same = overlapping.filter(what=kind, starts_at=starts_at, ends_at=ends_at).first()
        if same is None:
            overlapping.update(lifted_at=at)
            same = Hindrance.objects.create(
                kind=Hindrance.Kind.REST,
                booking=subject.booking,
                ticket=subject.ticket,
                what=kind,
                starts_at=starts_at,
                ends_at=ends_at,
                told_by=account,
                told_at=at,
            )
        if starts_at <= at:
            _take_back_call(account, subject, at)
        return same


def _take_back_call(account: Account | None, subject: Subject, at: datetime) -> None:
    standing = Call.objects.filter(
        booking=subject.booking, ticket=subject.ticket, recalled_at=None, missed_at=None
    ).filter(passage__entry_at=None)
    calls = list(standing.select_for_update(of=("self",)).order_by("pk"))
    take_back(subject.checkpoint, subject.direction, calls, account, "the driver rests", at)


def _check_times(kind: str, starts_at: datetime, ends_at: datetime, at: datetime) -> None:
    if not is_lawful(kind, starts_at, ends_at):
        hours = LENGTHS[kind] / timedelta(hours=1)
        raise _refused(
            "rest_too_short",
            _("Such a rest lasts at least %(hours)g hours.") % {"hours": hours},
            "ends_at",
            _("Give a later end, or another kind of rest."),
        )
    if ends_at <= at:
        raise _refused("rest_over", _("This rest is over."), "ends_at", _("Give a later end."))
    if ends_at - starts_at > LONGEST:
        raise _refused(
            "rest_too_far",
            _("A rest lasts at most 7 days."),
            "ends_at",
            _("Give an earlier end, and tell the rest again later."),
        )


def _check_near(starts_at: datetime, field: str, at: datetime) -> None:
    if not at - LONGEST <= starts_at <= at + AHEAD:
        raise _refused(
            "rest_too_far",
            _("A rest begins within 14 days, and began at most 7 days ago."),
            field,
            _("Tell it nearer to its time."),
        )


def _check_day(known: Tachograph, at: datetime) -> None:
    for field in ("day_began", "week_began", "standing_since"):
        told: datetime | None = getattr(known, field)
        if told is not None and not at - LONGEST_DAY <= told <= at:
            raise _refused(
                "day_unlikely",
                _("This time is not of the driver's last weeks."),
                field,
                _("Give a time within the last 31 days."),
            )


def _kinds() -> str:
    return ", ".join(LENGTHS)


def _refused(code: str, message: str, field: str, mend: str) -> GreenlaneError:
    return GreenlaneError(code, message, field=field, mend=mend, status=422)
