"""A checkpoint with every way to get a place, and whatever people and the platform do there. All invented."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from gate_world import NINE, OUT, World, make_world

from greenlane.booking import commands as booking
from greenlane.booking.models import Booking, FreedSlot, LiveTicket, Quota, Rules, Slot, WaitingGroup
from greenlane.callup import commands as callup
from greenlane.callup.models import Call
from greenlane.errors import GreenlaneError
from greenlane.gate.commands import match_pending
from greenlane.gate.models import Passage
from greenlane.registry.models import Account, Carrier, Role, Truck

STARTS = (30, 60, 90, 120, 150, 180)
"""Minutes from nine of the slots in which anybody may book."""
DRAWN_STARTS = (48 * 60, 48 * 60 + 30)
"""Those of a day that is drawn by lot."""
RULES: dict[str, Any] = {
    "allocation": "ballot",
    "ballot_window_hours": 20.0,
    "horizon_days": 3,
    "hold_minutes": 5,
    "early_minutes": 180,
    "late_minutes": 30,
    "void_minutes": 60,
    "move_cutoff_minutes": 20,
    "moves_per_trip": 1,
    "swaps_per_trip": 1,
    "swap_cooldown_minutes": 10,
    "offer_minutes": 10,
    "passed_over_limit": 2,
    "carrier_share": 0.75,
    "unverified_share": 0.25,
    "slot_capacity": 4,
    "hour_capacity": None,
    "day_capacity": None,
    "neighbour_per_hour": None,
    "class_per_hour": {},
    "no_show_limit": 2,
    "guarantee_minutes": 40,
    "grace_behind_minutes": 30,
    "late_cancel_minutes": 30,
    "inside_limit": 3,
    "release_lead_minutes": 20,
    "calls_per_minute": 4,
    "mass_call": 3,
    "return_behind": 2,
}


class FairQueue:
    """The checkpoint, its people, and the time."""

    def __init__(self) -> None:
        self.world: World = make_world()
        self.at = NINE
        Rules.objects.filter(checkpoint=self.checkpoint, direction=OUT).update(**RULES)
        self.leads = [self.world.staff(Role.SHIFT_LEAD), self.world.staff(Role.SHIFT_LEAD)]
        self.officer = self.world.staff(Role.OFFICER)
        self.people: list[Account] = []
        self.trucks: dict[int, list[Truck]] = {}
        for number in range(3):
            self._carrier(number)
        self.slots = [self._slot(start) for start in STARTS]
        self.drawn = [self._slot(start, state=Slot.SlotState.BALLOT) for start in DRAWN_STARTS]
        self.refusals: set[str] = set()

    @property
    def checkpoint(self) -> Any:
        """Where all this happens."""
        return self.world.checkpoint

    def _carrier(self, number: int) -> None:
        carrier = Carrier.objects.create(
            name=f"Invented Carrier {number}", country="KZ", verified_at=NINE if number < 2 else None
        )
        for role in ("dispatcher", "driver"):
            name = f"{role}{number}@example.org"
            self.people.append(
                Account.objects.create(username=name, email=name, carrier=carrier, carrier_role=role)
            )
        self.trucks[carrier.pk] = [
            Truck.objects.create(
                carrier=carrier,
                plate=f"{number}0{truck}FQA0{number}",
                plate_key=f"{number}0{truck}FQA0{number}",
                country="KZ",
                vehicle_class="perishable" if truck == 3 else "laden",
            )
            for truck in range(4)
        ]

    def _slot(self, start: int, state: str = "open") -> Slot:
        slot = Slot.objects.create(
            checkpoint=self.checkpoint,
            direction=OUT,
            starts_at=NINE + timedelta(minutes=start),
            ends_at=NINE + timedelta(minutes=start + 30),
            state=state,
        )
        for kind, share, capacity in (("slot", "", 3), ("share", "booked", 2), ("share", "priority", 1)):
            Quota.objects.create(
                checkpoint=self.checkpoint,
                direction=OUT,
                kind=kind,
                slot=slot,
                starts_at=slot.starts_at,
                ends_at=slot.ends_at,
                share=share,
                capacity=capacity,
            )
        return slot

    # Whom and what an action is about ----------------------------------------------------------------------

    def person(self, number: int) -> Account:
        """One of the carriers' people."""
        return self.people[number % len(self.people)]

    def truck(self, account: Account, number: int) -> Truck:
        """One of the trucks of that person's carrier."""
        assert account.carrier_id is not None
        trucks = self.trucks[account.carrier_id]
        return trucks[number % len(trucks)]

    def a_booking(self, number: int, *states: str) -> Booking | None:
        """A booking in one of the states, if there is one."""
        found = Booking.objects.filter(checkpoint=self.checkpoint, state__in=states).order_by("pk")
        return found[number % len(found)] if found else None

    def a_group(self, number: int, *states: str) -> WaitingGroup | None:
        """A group on the waiting list, if there is one in these states."""
        found = WaitingGroup.objects.filter(state__in=states).order_by("pk")
        return found[number % len(found)] if found else None

    def a_ticket(self, number: int) -> LiveTicket | None:
        """A ticket that stands, if there is one."""
        found = LiveTicket.objects.filter(state__in=("waiting", "called")).order_by("pk")
        return found[number % len(found)] if found else None

    def a_passage(self, number: int, *phases: str) -> Passage | None:
        """A truck that is here, if there is one in these phases."""
        found = Passage.objects.filter(checkpoint=self.checkpoint, phase__in=phases).order_by("pk")
        return found[number % len(found)] if found else None

    # Acting ----------------------------------------------------------------------------------------------

    def tried(self, act: Callable[[], object]) -> object:
        """What came of it; None where it was refused, which is remembered by its code."""
        try:
            return act()
        except GreenlaneError as refusal:
            self.refusals.add(refusal.code)
            return None

    def taken_from_the_list(self, act: Callable[[], object]) -> bool:
        """Whether the act took a place in a slot that was the list's at that time."""
        freed = set(FreedSlot.objects.values_list("slot_id", flat=True))
        places = dict(Booking.objects.filter(slot__in=freed).values_list("pk", "slot_id"))
        if self.tried(act) is None:
            return False
        now = Booking.objects.filter(slot__in=freed, is_offer=False).values_list("pk", "slot_id")
        return any(places.get(pk) != slot for pk, slot in now)

    def seen(self, plate: str, point: str) -> None:
        """A camera reads a plate, now."""
        self.world.seen(plate, point, (self.at - NINE).total_seconds() / 60)
        self.at += timedelta(seconds=5)
        match_pending(self.at)

    def pass_time(self, minutes: float) -> None:
        """The clock goes on, and the worker does its duties."""
        self.at += timedelta(minutes=minutes)
        booking.open_ballots(self.at)
        booking.draw_ballots(self.at)
        booking.expire_holds(self.at)
        booking.serve_list(self.at)
        booking.look_again(self.at)
        booking.mark_no_shows(self.checkpoint, OUT, self.at)
        booking.keep_guarantee(self.checkpoint, OUT, self.at, self.in_park())
        booking.leave_booked(self.at)
        booking.expire_live(self.at)
        callup.mark_missed(self.at)

    def in_park(self) -> dict[int, Any]:
        """Bookings whose trucks wait in the park, and since when."""
        here = Passage.objects.filter(phase="waiting", booking__isnull=False, park_in_at__isnull=False)
        return {key: since for key, since in here.values_list("booking_id", "park_in_at") if key is not None}

    def release(self) -> list[Call]:
        """The worker calls whose turn it is."""
        return callup.release(self.checkpoint, OUT, self.at)
