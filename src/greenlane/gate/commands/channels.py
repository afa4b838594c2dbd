"""Risk channels, as they are decided from a truck's papers before it arrives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from greenlane.booking.codes import read_code
from greenlane.booking.models import Booking
from greenlane.errors import GreenlaneError
from greenlane.gate.commands.matching import locked_line
from greenlane.gate.commands.writing import Step
from greenlane.gate.line import Line
from greenlane.gate.models import Channel, ChannelDecision, Device, Passage
from greenlane.gate.plates import match_key
from greenlane.gate.queries.loading import open_passages
from greenlane.registry.codes import CHANNELS
from greenlane.registry.models import Account, Checkpoint

MOST_DECISIONS = 1_000


@dataclass(frozen=True, slots=True)
class Wish:
    """One decision: for a booking by its code, or for a plate where there is no booking.

    `decided_at` is aware; None stands for the time of the command.
    """

    channel: str
    booking: str = ""
    plate: str = ""
    pre_arrival: bool = False
    decided_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """A decision that was not kept: its place in the list (from 0), and why."""

    index: int
    error: GreenlaneError


def decide_channels(
    checkpoint: Checkpoint,
    direction: str,
    wishes: Sequence[Wish],
    at: datetime,
    *,
    account: Account | None = None,
    device: Device | None = None,
) -> list[Refused]:
    """Keep decisions, and apply each to its truck unless that had entered before it was decided.

    Returns:
        The decisions that were not kept; the others stand.
    """
    known = _bookings(checkpoint, direction, wishes)
    rows: list[ChannelDecision] = []
    refused: list[Refused] = []
    for index, wish in enumerate(wishes):
        try:
            booking = _checked(wish, known, at)
        except GreenlaneError as error:
            refused.append(Refused(index, error))
            continue
        rows.append(
            ChannelDecision(
                checkpoint=checkpoint,
                direction=direction,
                booking_id=booking,
                plate_key="" if booking else match_key(wish.plate),
                channel=wish.channel,
                pre_arrival=wish.pre_arrival,
                decided_at=wish.decided_at or at,
                record_time=at,
                by=account,
                device=device,
            )
        )
    if rows:
        with transaction.atomic():
            stamp = locked_line(checkpoint.pk, direction, at)
            ChannelDecision.objects.bulk_create(rows, batch_size=1000)
            _apply(checkpoint, direction, rows, stamp)
    return refused


def _bookings(checkpoint: Checkpoint, direction: str, wishes: Sequence[Wish]) -> dict[str, int]:
    codes = {read_code(wish.booking) for wish in wishes if wish.booking}
    found = Booking.objects.filter(code__in=codes, checkpoint=checkpoint, direction=direction)
    return dict(found.values_list("code", "pk"))


def _checked(wish: Wish, known: dict[str, int], at: datetime) -> int | None:
    """Key of the booking that the wish names, or None where it names a plate."""
    if wish.channel not in CHANNELS:
        raise GreenlaneError(
            "channel_unknown",
            _("“%(channel)s” is not a channel.") % {"channel": wish.channel},
            field="channel",
            mend=_("Use one of: %(known)s.") % {"known": ", ".join(Channel.values[1:])},
            status=422,
        )
    if wish.decided_at is not None and wish.decided_at > at:
        raise GreenlaneError(
            "time_in_future",
            _("The decision lies in the future."),
            field="decided_at",
            mend=_("Send the time at which it was made, or leave it out."),
            status=422,
        )
    if wish.booking:
        booking = known.get(read_code(wish.booking))
        if booking is None:
            raise GreenlaneError(
                "booking_unknown",
                _("There is no booking %(code)s here.") % {"code": wish.booking},
                field="booking",
                mend=_("Check the code, the checkpoint and the direction."),
                status=404,
            )
        return booking
    if not match_key(wish.plate):
        raise GreenlaneError(
            "which_truck",
            _("Neither a booking nor a plate is given."),
            field="booking",
            mend=_("Send the booking's code, or the plate of a truck without a booking."),
            status=422,
        )
    return None


def _apply(checkpoint: Checkpoint, direction: str, rows: Sequence[ChannelDecision], stamp: datetime) -> None:
    first = min(row.decided_at for row in rows)
    concerned = Passage.objects.filter(
        Q(booking_id__in=[row.booking_id for row in rows if row.booking_id])
        | Q(plate_key__in={row.plate_key for row in rows if row.plate_key}),
        Q(entry_at=None) | Q(entry_at__gt=first),
        checkpoint=checkpoint,
        direction=direction,
    )
    step = Step(checkpoint.pk, direction, Line(), stamp)
    step.line.touched = {passage.key: passage for passage in open_passages(concerned)}
    if step.line.touched:
        step.write()
