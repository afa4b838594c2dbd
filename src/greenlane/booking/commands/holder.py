"""What the holder of a booking may do with it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from greenlane.booking.commands.news import tell_holder
from greenlane.booking.commands.parts import own_parts, put_truck
from greenlane.booking.commands.swapping import may_swap_truck
from greenlane.booking.commands.transactions import lock_places, refused_clearly
from greenlane.booking.limits import BEHIND, GUARANTEED, NEW_TIME, SLOT_CLOSED
from greenlane.booking.models import ACTIVE, Booking, FreedSlot, Rules, Slot, State
from greenlane.booking.places import refusal
from greenlane.booking.queries import (
    Cancellation,
    booking_of,
    cancellation_of,
    limited_until,
    rules_of,
)
from greenlane.errors import GreenlaneError
from greenlane.registry.crossing_parts import BALLOT
from greenlane.registry.models import Account, Truck


def confirm(
    account: Account,
    code: str,
    truck_id: int,
    at: datetime,
    *,
    trailer_id: int | None = None,
    driver_id: int | None = None,
) -> Booking:
    """Turn a hold into a booking by naming the truck. Repeating it changes nothing."""
    own_parts(account, truck_id, trailer_id, driver_id)

    def confirm_held() -> Booking:
        booking = _locked(account, code)
        if booking.state == State.CONFIRMED and booking.truck_id == truck_id:
            return booking
        _not_an_offer(booking)
        if booking.state == State.HELD and booking.held_until is not None and booking.held_until <= at:
            raise GreenlaneError(
                "hold_expired",
                "The hold ran out.",
                field="booking",
                mend="Choose a slot again; the place went back to all.",
                status=409,
            )
        if booking.state != State.HELD:
            raise _wrong_state(booking, "confirmed")
        _may_come(booking, truck_id, at)
        put_truck(booking, Truck.objects.get(pk=truck_id))
        booking.trailer_id, booking.driver_id = trailer_id, driver_id
        booking.state, booking.held_until, booking.confirmed_at = State.CONFIRMED, None, at
        return _save(booking, account, at, "confirmed by its holder")

    return refused_clearly(confirm_held)


def move(account: Account, code: str, slot_id: int, at: datetime, *, proposed: bool = False) -> Booking:
    """Move a confirmed booking to another slot of the same checkpoint and direction.

    Args:
        proposed: the checkpoint itself proposed the slot: the move does not count among its holder's, may be
            made at any time, and the slot may be closed to others.
    """

    def move_confirmed() -> Booking:
        booking = _locked(account, code, slot_id)
        if booking.slot_id == slot_id:
            return booking
        slot = Slot.objects.filter(pk=slot_id).first()
        if slot is None or (slot.checkpoint_id, slot.direction) != (booking.checkpoint_id, booking.direction):
            raise refusal("slot_unknown")
        rules = rules_of(booking.checkpoint_id, booking.direction)
        _may_move(booking, slot, rules, at, proposed)
        booking.slot, booking.moves = slot, booking.moves + (not proposed)
        return _save(booking, account, at, "moved as proposed" if proposed else "moved by its holder")

    return refused_clearly(move_confirmed)


def _not_past(slot: Slot, at: datetime) -> None:
    if slot.ends_at <= at:
        raise refusal("slot_past")


def _may_move(booking: Booking, slot: Slot, rules: Rules, at: datetime, proposed: bool) -> None:
    if booking.state != State.CONFIRMED:
        raise _wrong_state(booking, "moved")
    if proposed and slot.state != Slot.SlotState.MERGED:
        _not_past(slot, at)
        return
    if booking.moves >= rules.moves_per_trip:
        raise GreenlaneError(
            "no_moves_left",
            f"This booking has been moved {booking.moves} times, which is the limit.",
            field="slot",
            mend="Cancel it and book again.",
            status=409,
        )
    if at > booking.slot.starts_at - timedelta(minutes=rules.move_cutoff_minutes):
        raise GreenlaneError(
            "move_too_late",
            f"A booking can be moved until {rules.move_cutoff_minutes} minutes before its slot.",
            field="slot",
            mend="Come in the slot that you have, or cancel.",
            status=409,
        )
    if slot.state != Slot.SlotState.OPEN:
        raise refusal("slot_closed", slot.state)
    # Read after the slot's quotas are locked: who frees a place there holds them until its mark is written.
    if FreedSlot.objects.filter(slot=slot).exists():
        raise refusal("waiting_first")
    _not_past(slot, at)
    # A day that was drawn by lot opened as a whole.
    if slot.starts_at > at + timedelta(days=rules.horizon_days) and rules.allocation != BALLOT:
        raise refusal("slot_too_far", str(rules.horizon_days))


def _not_an_offer(booking: Booking) -> None:
    """An offer of the waiting list is taken or let go there: whole, and for the trucks that waited."""
    if booking.is_offer and booking.state == State.HELD:
        raise refusal("offer_of_list")


def swap(
    account: Account,
    code: str,
    at: datetime,
    *,
    truck_id: int | None = None,
    trailer_id: int | None = None,
    driver_id: int | None = None,
) -> Booking:
    """Exchange truck, trailer or driver for another of the same carrier; the place stays.

    The truck as `may_swap_truck` allows, trailer and driver as often as needed. Every exchange is logged.
    """
    own_parts(account, truck_id, trailer_id, driver_id)

    def swap_parts() -> Booking:
        booking = _locked(account, code)
        if booking.state not in (State.CONFIRMED, State.CALLED):
            raise _wrong_state(booking, "changed")
        if truck_id is not None and truck_id != booking.truck_id:
            may_swap_truck(booking, rules_of(booking.checkpoint_id, booking.direction), at)
            _may_come(booking, truck_id, at)
            put_truck(booking, Truck.objects.get(pk=truck_id))
            booking.swaps, booking.swapped_at = booking.swaps + 1, at
        booking.trailer_id = trailer_id or booking.trailer_id
        booking.driver_id = driver_id or booking.driver_id
        return _save(booking, account, at, "swapped inside the carrier")

    return refused_clearly(swap_parts)


def cancel(account: Account, code: str, why: str, at: datetime) -> Booking:
    """Give a place back. Repeating it changes nothing.

    What it costs is `queries.cancellation_of`: late in the day half a no-show, which its holder is told.
    """

    def cancel_active() -> Booking:
        booking = _locked(account, code)
        if booking.state == State.CANCELLED:
            return booking
        if booking.state not in ACTIVE:
            raise _wrong_state(booking, "cancelled")
        _not_an_offer(booking)
        cost = cancellation_of(booking, at)
        booking.state, booking.ended_at = State.CANCELLED, at
        booking.strike, booking.excused = cost.strikes, bool(cost.excuse)
        saved = _save(booking, account, at, _why_cancelled(why, cost))
        if cost.counts:
            tell_holder("strike", saved, at, strikes=cost.strikes, limited_until=cost.limited_until)
        return saved

    return refused_clearly(cancel_active)


def _why_cancelled(why: str, cost: Cancellation) -> str:
    """The reason for the log; with the excuse, where a late cancellation does not count."""
    why = why or "cancelled by its holder"
    if not cost.excuse:
        return why
    excuse = {
        BEHIND: f"the checkpoint is {cost.behind_minutes:.0f} minutes behind",
        SLOT_CLOSED: "the checkpoint closed the slot",
        NEW_TIME: "the checkpoint proposed another time",
        GUARANTEED: "the checkpoint owes its guarantee",
    }[cost.excuse]
    excused = f"; late, excused: {excuse}"
    return why[: 200 - len(excused)] + excused


def _may_come(booking: Booking, truck_id: int, at: datetime) -> None:
    until = limited_until(truck_id, rules_of(booking.checkpoint_id, booking.direction), at)
    if until is not None:
        raise refusal("truck_limited", f"{until.astimezone(UTC):%Y-%m-%dT%H:%MZ}")


def _locked(account: Account, code: str, target: int | None = None) -> Booking:
    booking = booking_of(account, code)
    # Without its slot joined in: where it is just being moved, the join would find the row gone.
    locked = Booking.objects.select_for_update().get(pk=booking.pk)
    lock_places([booking.pk], target)
    return locked


def _save(booking: Booking, by: Account | None, at: datetime, why: str) -> Booking:
    booking.changed_at, booking.changed_by, booking.changed_why = at, by, why[:200]
    booking.save()
    return booking


def _wrong_state(booking: Booking, wished: str) -> GreenlaneError:
    return GreenlaneError(
        "wrong_state",
        f"Booking {booking.code} is {booking.get_state_display().lower()} and cannot be {wished}.",
        field="booking",
        mend="Look at the booking's present state and choose what it allows.",
        status=409,
    )
