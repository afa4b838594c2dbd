"""What people do on the waiting list: join, take or decline an offer, leave."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from greenlane.booking.codes import new_code
from greenlane.booking.commands.parts import own_parts
from greenlane.booking.commands.transactions import lock_places, refused_clearly
from greenlane.booking.commands.waiting_checks import (
    check_convoy,
    check_park,
    check_slots,
    check_times,
    check_trucks,
)
from greenlane.booking.commands.waiting_offers import end_group, give_back, wait_again
from greenlane.booking.models import Booking, State, WaitingEntry, WaitingGroup
from greenlane.booking.places import refusal
from greenlane.booking.queries import limited_until, rules_of
from greenlane.booking.queries.waiting import waiting_group_of
from greenlane.errors import GreenlaneError
from greenlane.registry.models import Account, Checkpoint, Truck
from greenlane.registry.queries import carrier_of

NUMBER = "WL"
"""How the public numbers of the list begin."""
JOINED = 1
"""The rank of those who joined by themselves."""
GroupState = WaitingGroup.GroupState


def join_list(
    account: Account,
    checkpoint: Checkpoint,
    direction: str,
    truck_ids: Sequence[int],
    earliest: datetime,
    latest: datetime,
    at: datetime,
    *,
    park_id: int | None = None,
    trailers: Mapping[int, int] | None = None,
    drivers: Mapping[int, int] | None = None,
) -> WaitingGroup:
    """Let a truck, or a convoy that is served all or not at all, wait for places in one slot.

    A place that is free already is offered by `serve_line`, which a door calls once this is committed.

    Args:
        truck_ids: of the account's carrier; none of them may wait elsewhere or have a booking.
        earliest: the first start of a slot that suits; now, where it is past.
        latest: the last one, within the horizon of the rules.
        trailers: by truck, where it is known; so are ``drivers``.

    Raises:
        GreenlaneError: ``no_carrier`` (403); ``no_booking`` (404); ``trucks_missing``, ``trucks_doubled``,
            ``convoy_too_large``, ``truck_unknown``, ``trailer_unknown``, ``driver_unknown``,
            ``park_unknown``, ``times_unsound``, ``times_past``, ``times_too_far`` (422); ``no_slots``,
            ``ballot_first``, ``truck_waits``, ``truck_busy``, ``truck_limited`` (409).
    """
    carrier = carrier_of(account)
    rules = rules_of(checkpoint.pk, direction)
    trailers, drivers = trailers or {}, drivers or {}
    earliest = max(earliest, at)
    check_times(earliest, latest, rules, at)
    check_convoy(truck_ids, rules)
    check_park(checkpoint, park_id)
    for truck_id in truck_ids:
        own_parts(account, truck_id, trailers.get(truck_id), drivers.get(truck_id))

    def join() -> WaitingGroup:
        trucks = list(Truck.objects.filter(pk__in=truck_ids).order_by("pk"))
        check_trucks(trucks, rules, at)
        group = WaitingGroup.objects.create(
            number=new_code(NUMBER),
            checkpoint=checkpoint,
            direction=direction,
            account=account,
            carrier=carrier,
            earliest=earliest,
            latest=latest,
            rank=JOINED,
            made_at=at,
        )
        WaitingEntry.objects.bulk_create(
            WaitingEntry(
                group=group,
                truck=truck,
                trailer_id=trailers.get(truck.pk),
                driver_id=drivers.get(truck.pk),
                park_id=park_id,
                vehicle_class=truck.vehicle_class,
            )
            for truck in trucks
        )
        check_slots(group, at)
        return group

    return refused_clearly(join)


def accept_offer(account: Account, number: str, at: datetime) -> WaitingGroup:
    """Take the places offered: all bookings of the group stand. Repeating it changes nothing.

    Raises:
        GreenlaneError: ``waiting_unknown`` (404); ``offer_over``, ``not_offered``, ``truck_limited`` (409).
    """

    def accept() -> WaitingGroup:
        group = _locked(account, number)
        if group.state == GroupState.PLACED:
            return group
        if group.state != GroupState.OFFERED:
            raise _not_offered(group)
        bookings = _locked_bookings(group)
        ran_out = group.offer_until is None or group.offer_until <= at
        if ran_out or any(booking.state != State.HELD for booking in bookings):
            raise GreenlaneError(
                "offer_over",
                "The offer ran out.",
                field="number",
                mend="Wait for the next one; the place went to whoever is next.",
                status=409,
            )
        rules = rules_of(group.checkpoint_id, group.direction)
        for booking in bookings:
            until = limited_until(booking.truck_id, rules, at) if booking.truck_id else None
            if until is not None:
                raise refusal("truck_limited", f"{until.astimezone(UTC):%Y-%m-%dT%H:%MZ}")
            booking.state, booking.held_until, booking.confirmed_at = State.CONFIRMED, None, at
            booking.changed_at, booking.changed_by, booking.changed_why = at, account, "offer accepted"
            booking.save()
        return end_group(group, GroupState.PLACED, at)

    return refused_clearly(accept)


def decline_offer(account: Account, number: str, at: datetime) -> WaitingGroup:
    """Let an offer go, and go on waiting for another slot; after the second one the group leaves the list.

    Raises:
        GreenlaneError: ``waiting_unknown`` (404), ``not_offered`` (409).
    """

    def decline() -> WaitingGroup:
        group = _locked(account, number)
        if group.state != GroupState.OFFERED:
            raise _not_offered(group)
        give_back(group, State.CANCELLED, at, "offer declined", account)
        return wait_again(group, at)

    return refused_clearly(decline)


def leave_list(account: Account, number: str, at: datetime) -> WaitingGroup:
    """Wait no longer; an open offer is given back. Repeating it changes nothing.

    Raises:
        GreenlaneError: ``waiting_unknown`` (404), ``not_waiting`` (409).
    """

    def leave() -> WaitingGroup:
        group = _locked(account, number)
        if group.state in (GroupState.LEFT, GroupState.OVER):
            return group
        if group.state == GroupState.PLACED:
            raise GreenlaneError(
                "not_waiting",
                "The group has its places and does not wait any more.",
                field="number",
                mend="Cancel the bookings instead.",
                status=409,
            )
        if group.state == GroupState.OFFERED:
            give_back(group, State.CANCELLED, at, "left the waiting list", account)
        return end_group(group, GroupState.LEFT, at)

    return refused_clearly(leave)


def _locked(account: Account, number: str) -> WaitingGroup:
    """The group, locked before its bookings and their quotas, as on every path."""
    return WaitingGroup.objects.select_for_update().get(pk=waiting_group_of(account, number).pk)


def _locked_bookings(group: WaitingGroup) -> list[Booking]:
    ids = [pk for pk in group.entries.values_list("booking_id", flat=True) if pk is not None]
    bookings = list(Booking.objects.select_for_update().filter(pk__in=ids).order_by("pk"))
    lock_places(ids)
    return bookings


def _not_offered(group: WaitingGroup) -> GreenlaneError:
    return GreenlaneError(
        "not_offered",
        f"Nothing is offered to {group.number} now: it is “{group.get_state_display().lower()}”.",
        field="number",
        mend="Look at the group again; offers stand for some minutes only.",
        status=409,
    )
