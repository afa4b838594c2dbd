"""What is refused to whoever wants to join the waiting list, each with its mend."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from greenlane.booking.models import ACTIVE, Booking, Rules, Slot, WaitingEntry, WaitingGroup
from greenlane.booking.places import refusal
from greenlane.booking.queries import limited_until
from greenlane.booking.queries.waiting import as_waiting, carrier_cap, slots_within
from greenlane.booking.waiting_list.groups import LARGEST_CONVOY, could_hold
from greenlane.errors import GreenlaneError
from greenlane.registry.crossing_parts import BALLOT
from greenlane.registry.models import Checkpoint, Truck


def check_times(earliest: datetime, latest: datetime, rules: Rules, at: datetime) -> None:
    """Times in order, not over, and within the horizon of the rules."""
    if latest <= at:
        raise _unsound("times_past", "The latest time has passed.", "Give a later one.")
    if latest < earliest:
        raise _unsound("times_unsound", "The latest time is before the earliest.", "Exchange them.")
    # A day that is drawn by lot opens as a whole, so its last slots are up to a day beyond the horizon.
    whole_day = 1 if rules.allocation == BALLOT else 0
    if latest > at + timedelta(days=rules.horizon_days + whole_day):
        raise _unsound(
            "times_too_far",
            "The latest time cannot be booked yet.",
            f"Give one within {rules.horizon_days} days.",
        )


def check_convoy(truck_ids: Sequence[int], rules: Rules) -> None:
    """At least one truck, none twice, and not more than a carrier may have in an hour."""
    if not truck_ids:
        raise _bad_trucks("trucks_missing", "No truck is named.", "Name the trucks that are to wait.")
    if len(set(truck_ids)) < len(truck_ids):
        raise _bad_trucks("trucks_doubled", "A truck is named twice.", "Name each truck once.")
    cap = carrier_cap(rules)
    most = LARGEST_CONVOY if cap is None else min(cap, LARGEST_CONVOY)
    if len(truck_ids) > most:
        raise _too_large(most)


def check_park(checkpoint: Checkpoint, park_id: int | None) -> None:
    if park_id is not None and not checkpoint.parks.filter(pk=park_id, retired_at=None).exists():
        raise refusal("park_unknown")


def check_trucks(trucks: Sequence[Truck], rules: Rules, at: datetime) -> None:
    """None waits, has a booking, or is barred."""
    for truck in trucks:
        waits = WaitingEntry.objects.select_related("group").filter(truck=truck, is_waiting=True).first()
        if waits is not None:
            raise refusal("truck_waits", waits.group.number)
        booked = Booking.objects.filter(state__in=ACTIVE)
        busy = booked.filter(plate_country=truck.country, plate_key=truck.plate_key).first()
        if busy is None and truck.vin:
            busy = booked.filter(vin=truck.vin).first()
        if busy is not None:
            raise refusal("truck_busy", busy.code)
        until = limited_until(truck.pk, rules, at)
        if until is not None:
            raise refusal("truck_limited", f"{until.astimezone(UTC):%Y-%m-%dT%H:%MZ}")


def check_slots(group: WaitingGroup, at: datetime) -> None:
    """There are slots in its times, they are not still to be drawn by lot, and one could hold it."""
    coming = Slot.objects.filter(
        checkpoint=group.checkpoint,
        direction=group.direction,
        starts_at__gt=at,
        starts_at__gte=group.earliest,
        starts_at__lte=group.latest,
    ).exclude(state=Slot.SlotState.MERGED)
    if coming.filter(state=Slot.SlotState.BALLOT).exists():
        raise GreenlaneError(
            "ballot_first",
            "Slots of these times are still to be drawn by lot.",
            field="latest",
            mend="Enter that day's ballot; who gets no place in it goes on the list.",
            status=409,
        )
    if not coming.exists():
        raise GreenlaneError(
            "no_slots",
            "No slot starts in these times.",
            field="latest",
            mend="Give a longer time.",
            status=409,
        )
    waiting = as_waiting(group)
    places = slots_within(group, at) if len(waiting.trucks) > 1 else []
    if places and not any(could_hold(waiting, slot) for slot in places):
        raise _too_large(len(waiting.trucks) - 1)


def _unsound(code: str, message: str, mend: str) -> GreenlaneError:
    return GreenlaneError(code, message, field="latest", mend=mend, status=422)


def _bad_trucks(code: str, message: str, mend: str) -> GreenlaneError:
    return GreenlaneError(code, message, field="trucks", mend=mend, status=422)


def _too_large(most: int) -> GreenlaneError:
    return _bad_trucks(
        "convoy_too_large",
        "So many trucks never get places in one slot.",
        f"Let at most {most} wait together, or choose other times.",
    )
