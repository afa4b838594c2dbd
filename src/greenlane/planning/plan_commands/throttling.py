"""A checkpoint that takes fewer trucks than it promised: slots are throttled, new times proposed in order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext as _

from greenlane.booking.commands import close_slot, move
from greenlane.booking.commands.transactions import refused_clearly
from greenlane.booking.models import ACTIVE, Booking, Quota, Slot, State
from greenlane.booking.queries import booking_of
from greenlane.errors import GreenlaneError
from greenlane.planning.models import ProposedTime
from greenlane.planning.queries.plans import local_day
from greenlane.planning.retiming import Retimed, retimed, room_of_slots
from greenlane.registry.models import Account, Checkpoint, Role
from greenlane.registry.queries import checkpoint_document, direction_document, require

MOST_PER_HOUR = 10_000
Answer = ProposedTime.Answer


def propose_new_times(
    account: Account, checkpoint: Checkpoint, direction: str, at: datetime, per_hour: float
) -> list[ProposedTime]:
    """Throttle the slots of today that are still to come to so many trucks an hour, and propose new times.

    Who is booked beyond that gets the first later slot of the day with room, in the order of slots and then
    of booking, so that nobody is overtaken; None where the day has no room left. Trucks that were due before
    and are not in yet come first. A slot that has no room beyond these is closed to others, so that a
    proposed place waits for its answer. What was proposed before and not answered is withdrawn.

    Raises:
        GreenlaneError: ``not_allowed`` (403), ``direction_unknown`` (404), ``rate_unsound`` (422).
    """
    require(account, checkpoint, Role.PLANNER, Role.SHIFT_LEAD)
    direction_document(checkpoint, direction)
    if not 0.0 <= per_hour <= MOST_PER_HOUR:
        raise GreenlaneError(
            "rate_unsound",
            _("So many trucks an hour are not taken."),
            field="per_hour",
            mend=_("Give a number from 0."),
            status=422,
        )

    def propose() -> list[ProposedTime]:
        slots = _slots_to_come(checkpoint, direction, at)
        list(
            Slot.objects.select_for_update(no_key=True)
            .filter(pk__in=[slot.pk for slot in slots])
            .order_by("pk")
        )
        own = Quota.objects.filter(slot__in=slots, kind__in=(Quota.Kind.SLOT, Quota.Kind.SHARE))
        list(own.select_for_update().order_by("pk"))
        ProposedTime.objects.filter(
            booking__checkpoint=checkpoint, booking__direction=direction, answer=Answer.OPEN
        ).update(answer=Answer.WITHDRAWN, answered_at=at)
        room = room_of_slots([(slot.starts_at.timestamp(), slot.ends_at.timestamp()) for slot in slots],
                             per_hour, at.timestamp())  # fmt: skip
        _take_first(room, _due_before(checkpoint, direction, at))
        places = {slot.pk: place for place, slot in enumerate(slots)}
        booked = list(Booking.objects.filter(slot__in=slots, state__in=ACTIVE).order_by(
            "slot__starts_at", "made_at", "pk"))  # fmt: skip
        for booking in booked:
            if booking.state != State.CONFIRMED:
                # Called trucks are on their way, and a hold is over in minutes: neither is moved.
                _take_first(room, 1, places[booking.slot_id])
        waiting = {booking.pk: booking for booking in booked if booking.state == State.CONFIRMED}
        new = retimed([(key, places[booking.slot_id]) for key, booking in waiting.items()], room)
        _throttle(slots, room, new, [waiting[each.booking] for each in new], account, per_hour)
        return ProposedTime.objects.bulk_create(
            ProposedTime(
                booking=waiting[each.booking],
                was=slots[each.was],
                slot=None if each.slot is None else slots[each.slot],
                proposed_by=account,
                proposed_at=at,
            )
            for each in new
            if each.is_moved
        )

    return refused_clearly(propose)


def accept_time(account: Account, booking_code: str, at: datetime) -> Booking:
    """The holder takes the new time: the booking is moved by booking's own command.

    Raises:
        GreenlaneError: ``no_proposal`` (404), or what `booking.commands.move` refuses.
    """

    def accept() -> Booking:
        proposal = _open_proposal(account, booking_code)
        if proposal.slot_id is None:
            raise GreenlaneError(
                "no_room_today",
                _("The day has no room left."),
                field="booking",
                mend=_("Book another day, or come and wait for a gap."),
                status=409,
            )
        _answer(proposal, Answer.ACCEPTED, at)
        return move(account, proposal.booking.code, proposal.slot_id, at, proposed=True)

    return refused_clearly(accept)


def decline_time(account: Account, booking_code: str, at: datetime) -> Booking:
    """The holder keeps the time booked, and may have to wait.

    Raises:
        GreenlaneError: ``no_proposal`` (404).
    """
    proposal = _open_proposal(account, booking_code)
    _answer(proposal, Answer.DECLINED, at)
    return proposal.booking


def _slots_to_come(checkpoint: Checkpoint, direction: str, at: datetime) -> list[Slot]:
    _begin, end = local_day(checkpoint_document(checkpoint).local(at).date(), checkpoint.zone)
    found = Slot.objects.filter(
        checkpoint=checkpoint, direction=direction, ends_at__gt=at, starts_at__lt=end
    ).exclude(state=Slot.SlotState.MERGED)
    return list(found.order_by("starts_at", "ends_at"))


def _due_before(checkpoint: Checkpoint, direction: str, at: datetime) -> int:
    """Trucks of slots that are over which may still come."""
    due = Booking.objects.filter(
        checkpoint=checkpoint,
        direction=direction,
        state__in=(State.CONFIRMED, State.CALLED),
        slot__ends_at__lte=at,
    )
    return due.count()


def _take_first(room: list[int], trucks: int, place: int = 0) -> None:
    """So many places, from the first slot with room at or after a place on."""
    while trucks > 0 and place < len(room):
        taken = min(trucks, room[place])
        room[place] -= taken
        trucks -= taken
        place += 1


def _throttle(
    slots: Sequence[Slot],
    room: Sequence[int],
    new: Sequence[Retimed],
    bookings: Sequence[Booking],
    by: Account,
    per_hour: float,
) -> None:
    """Shrink each slot to the room that it has, not below those who have or are proposed a place in it."""
    assigned = Counter(each.slot for each in new if each.slot is not None)
    coming: Counter[tuple[int, str]] = Counter()
    for each, booking in zip(new, bookings, strict=True):
        if each.is_moved and each.slot is not None:
            coming.update([(slots[each.slot].pk, ""), (slots[each.slot].pk, booking.share)])
    for place, slot in enumerate(slots):
        left = room[place] - assigned[place]
        for quota in Quota.objects.filter(slot=slot, kind__in=(Quota.Kind.SLOT, Quota.Kind.SHARE)).order_by(
            "pk"
        ):
            needed = quota.taken + coming[slot.pk, quota.share]
            wanted = max(min(quota.capacity, needed + left), needed)
            if wanted != quota.capacity:
                Quota.objects.filter(pk=quota.pk).update(
                    capacity=wanted, changed_by=by, changed_why=f"{per_hour:g} trucks an hour"
                )
        if left <= 0 or coming[slot.pk, ""]:
            close_slot(slot.pk)


def _open_proposal(account: Account, booking_code: str) -> ProposedTime:
    booking = booking_of(account, booking_code)
    proposal = (
        ProposedTime.objects.select_related("booking").filter(booking=booking, answer=Answer.OPEN).first()
    )
    if proposal is None:
        raise GreenlaneError(
            "no_proposal",
            _("No other time is proposed for this booking."),
            field="booking",
            mend=_("Keep the time that is booked."),
            status=404,
        )
    return proposal


def _answer(proposal: ProposedTime, answer: str, at: datetime) -> None:
    changed = ProposedTime.objects.filter(pk=proposal.pk, answer=Answer.OPEN)
    if not changed.update(answer=answer, answered_at=at):
        raise GreenlaneError(
            "no_proposal",
            _("No other time is proposed for this booking."),
            field="booking",
            mend=_("Keep the time that is booked."),
            status=404,
        )
