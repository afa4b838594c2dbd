"""Booking in plain lists and dictionaries: what the database must agree with. It shares no code with it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import ceil
from statistics import median

ACTIVE = ("held", "confirmed", "called")
PLACED = (*ACTIVE, "entered")


@dataclass
class ModelRules:
    hold: timedelta = timedelta(minutes=5)
    horizon: timedelta = timedelta(days=2)
    cutoff: timedelta = timedelta(minutes=30)
    moves: int = 2
    void: timedelta = timedelta(minutes=20)
    grace: timedelta = timedelta(minutes=30)
    misses: int = 1
    window: timedelta = timedelta(days=5)
    block: timedelta = timedelta(days=1)
    late_cancel: timedelta = timedelta(minutes=45)
    swaps: int = 1
    cooldown: timedelta = timedelta(minutes=20)
    carrier_share: float = 0.25
    hour_capacity: int = 8


@dataclass
class ModelSlot:
    start: datetime
    end: datetime
    state: str = "open"


@dataclass
class ModelTruck:
    carrier: int
    plate: str
    vin: str
    vehicle_class: str
    retired: bool = False


@dataclass
class ModelQuota:
    kind: str
    capacity: int
    start: datetime
    end: datetime
    slot: int | None = None
    vehicle_class: str = ""
    share: str = ""


@dataclass
class ModelBooking:
    account: int
    carrier: int | None
    slot: int
    vehicle_class: str
    state: str
    held_until: datetime | None = None
    truck: int | None = None
    plate: str = ""
    vin: str = ""
    moves: int = 0
    swaps: int = 0
    swapped: datetime | None = None
    ended: datetime | None = None
    strike: int = 0
    excused: bool = False
    came_after_all: bool = False


class Refused(Exception):
    """The model says no; the argument is the code of the refusal."""


@dataclass
class BookingModel:
    """One checkpoint. Slots, quotas and trucks are keyed by their ids, bookings by their codes."""

    rules: ModelRules
    carrier_of: dict[int, int | None]
    verified: set[int] = field(default_factory=set)
    slots: dict[int, ModelSlot] = field(default_factory=dict)
    quotas: dict[int, ModelQuota] = field(default_factory=dict)
    trucks: dict[int, ModelTruck] = field(default_factory=dict)
    bookings: dict[str, ModelBooking] = field(default_factory=dict)
    keys: dict[tuple[int, str], tuple[int, int | None, str]] = field(default_factory=dict)
    holds_used: set[tuple[int, int]] = field(default_factory=set)

    # Counting --------------------------------------------------------------------------------------------

    def applies(self, quota: ModelQuota, booking: ModelBooking) -> bool:
        slot = self.slots[booking.slot]
        here = quota.slot == booking.slot if quota.slot else quota.start <= slot.start < quota.end
        return (
            here
            and quota.vehicle_class in ("", booking.vehicle_class)
            and quota.share in ("", "booked")
            and self.has_places(booking)
        )

    def has_places(self, booking: ModelBooking) -> bool:
        """A truck that came after it was taken for a no-show has none: they went back."""
        return booking.state in PLACED and not booking.came_after_all

    def taken(self, quota: int) -> int:
        return sum(self.applies(self.quotas[quota], booking) for booking in self.bookings.values())

    def of_carrier(self, carrier: int, hour: datetime) -> int:
        """Places of a carrier in the slots that start in an hour."""
        return sum(
            booking.carrier == carrier
            and self.has_places(booking)
            and hour <= self.slots[booking.slot].start < hour + timedelta(hours=1)
            for booking in self.bookings.values()
        )

    @property
    def carrier_cap(self) -> int:
        return max(1, ceil(self.rules.carrier_share * self.rules.hour_capacity))

    def _check_room(self) -> None:
        for number, quota in self.quotas.items():
            if self.taken(number) > quota.capacity:
                raise Refused("full")
        for booking in self.bookings.values():
            hour = self.slots[booking.slot].start.replace(minute=0)
            if booking.carrier and self.of_carrier(booking.carrier, hour) > self.carrier_cap:
                raise Refused("full")

    @contextmanager
    def _all_or_nothing(self) -> Iterator[None]:
        before = deepcopy((self.bookings, self.quotas))
        try:
            yield
            self._check_room()
        except Refused:
            self.bookings, self.quotas = before
            raise

    # Taking ----------------------------------------------------------------------------------------------

    def take(
        self,
        account: int,
        slot: int,
        truck: int | None,
        vehicle_class: str,
        key: str,
        code: str,
        at: datetime,
    ) -> tuple[str, str | None]:
        """The outcome, and the code of the booking where there is one."""
        if key and (account, key) in self.keys:
            first_slot, first_truck, first_code = self.keys[account, key]
            if (first_slot, first_truck) != (slot, truck):
                return "key_reused", None
            return "again", first_code
        try:
            self._may_take(account, slot, truck, at)
            with self._all_or_nothing():
                self.bookings[code] = booking = ModelBooking(
                    account, self.carrier_of[account], slot, vehicle_class, "held", at + self.rules.hold
                )
                if truck is not None:
                    booking.state, booking.held_until = "confirmed", None
                    self._put(booking, truck)
        except Refused as refused:
            return str(refused), None
        if key:
            self.keys[account, key] = (slot, truck, code)
        return "taken", code

    def _may_take(self, account: int, slot: int, truck: int | None, at: datetime) -> None:
        if slot not in self.slots:
            raise Refused("slot_unknown")
        self._check_slot(slot, at)
        if truck is not None:
            self._check_own(account, truck)
            self._check_busy(truck, None)
        else:
            if any(b.account == account and b.state == "held" for b in self.bookings.values()):
                raise Refused("hold_elsewhere")
            if (account, slot) in self.holds_used:
                raise Refused("hold_used")
        if truck is not None:
            self._check_limit(truck, at)

    def _check_slot(self, slot: int, at: datetime) -> None:
        found = self.slots[slot]
        if found.state != "open":
            raise Refused("slot_closed")
        if found.end <= at:
            raise Refused("slot_past")
        if found.start > at + self.rules.horizon:
            raise Refused("slot_too_far")

    def _check_own(self, account: int, truck: int) -> None:
        found = self.trucks[truck]
        if found.retired or found.carrier != self.carrier_of[account]:
            raise Refused("truck_unknown")

    def _check_busy(self, truck: int, but: ModelBooking | None) -> None:
        found = self.trucks[truck]
        for booking in self.bookings.values():
            same = booking.plate == found.plate or (found.vin and booking.vin == found.vin)
            if booking is not but and booking.state in ACTIVE and booking.plate and same:
                raise Refused("truck_busy")

    def _check_limit(self, truck: int, at: datetime) -> None:
        found = self.trucks[truck]
        recent = [
            (booking.ended, booking.strike)
            for booking in self.bookings.values()
            if booking.strike
            and not booking.excused
            and (booking.plate == found.plate or (found.vin and booking.vin == found.vin))
            and booking.ended
            and booking.ended > at - self.rules.window
        ]
        misses = sum(strike for _, strike in recent) // 2
        if recent and misses >= self.rules.misses:
            longer = 2 ** min(2, misses - self.rules.misses)
            if max(ended for ended, _ in recent) + self.rules.block * longer > at:
                raise Refused("truck_limited")

    def _put(self, booking: ModelBooking, truck: int) -> None:
        found = self.trucks[truck]
        booking.truck, booking.plate, booking.vin = truck, found.plate, found.vin
        booking.vehicle_class = found.vehicle_class

    # The holder ------------------------------------------------------------------------------------------

    def confirm(self, code: str, truck: int, at: datetime) -> None:
        booking = self.bookings[code]
        self._check_own(booking.account, truck)
        if booking.state == "confirmed" and booking.truck == truck:
            return
        if booking.state == "held" and booking.held_until and booking.held_until <= at:
            raise Refused("hold_expired")
        if booking.state != "held":
            raise Refused("wrong_state")
        self._check_limit(truck, at)
        self._check_busy(truck, booking)
        with self._all_or_nothing():
            self._put(booking, truck)
            booking.state, booking.held_until = "confirmed", None

    def move(self, code: str, slot: int, at: datetime) -> None:
        booking = self.bookings[code]
        if booking.slot == slot:
            return
        if slot not in self.slots:
            raise Refused("slot_unknown")
        if booking.state != "confirmed":
            raise Refused("wrong_state")
        if booking.moves >= self.rules.moves:
            raise Refused("no_moves_left")
        if at > self.slots[booking.slot].start - self.rules.cutoff:
            raise Refused("move_too_late")
        self._check_slot(slot, at)
        with self._all_or_nothing():
            booking.slot, booking.moves = slot, booking.moves + 1

    def swap(self, code: str, truck: int, at: datetime) -> None:
        booking = self.bookings[code]
        self._check_own(booking.account, truck)
        if booking.state not in ("confirmed", "called"):
            raise Refused("wrong_state")
        if booking.truck == truck:
            return
        if booking.carrier not in self.verified:
            raise Refused("swap_unverified")
        if booking.swaps >= self.rules.swaps:
            raise Refused("no_swaps_left")
        if booking.swapped and at < booking.swapped + self.rules.cooldown:
            raise Refused("swap_too_soon")
        self._check_limit(truck, at)
        self._check_busy(truck, booking)
        with self._all_or_nothing():
            self._put(booking, truck)
            booking.swaps, booking.swapped = booking.swaps + 1, at

    def cancel(self, code: str, at: datetime) -> None:
        booking = self.bookings[code]
        if booking.state == "cancelled":
            return
        if booking.state not in ACTIVE:
            raise Refused("wrong_state")
        self._end_hold(booking)
        slot = self.slots[booking.slot]
        if booking.state != "held" and at > slot.start - self.rules.late_cancel:
            booking.strike = 1
            booking.excused = self.lag(at) > self.rules.grace or slot.state != "open"
        booking.state, booking.ended = "cancelled", at

    def _end_hold(self, booking: ModelBooking) -> None:
        if booking.state == "held":
            self.holds_used.add((booking.account, booking.slot))

    # Time ------------------------------------------------------------------------------------------------

    def expire(self, at: datetime) -> int:
        ended = [
            b for b in self.bookings.values() if b.state == "held" and b.held_until and b.held_until <= at
        ]
        for booking in ended:
            self._end_hold(booking)
            booking.state = "expired"
        return len(ended)

    def mark(self, code: str, before: tuple[str, ...], after: str, at: datetime) -> int:
        booking = self.bookings[code]
        if booking.state not in before:
            return 0
        booking.came_after_all = booking.state == "no_show"
        booking.state = after
        booking.strike = 0 if after == "entered" else booking.strike
        booking.ended = at if after == "entered" else booking.ended
        return 1

    def lag(self, at: datetime) -> timedelta:
        behind = [
            (booking.ended - self.slots[booking.slot].end).total_seconds()
            for booking in self.bookings.values()
            if booking.state == "entered" and booking.ended and at - timedelta(hours=2) < booking.ended <= at
        ]
        if behind:
            return timedelta(seconds=max(0.0, median(behind)))
        due = sorted(
            self.slots[booking.slot].end
            for booking in self.bookings.values()
            if booking.state in ("confirmed", "called")
            and at - timedelta(hours=2) < self.slots[booking.slot].end <= at
        )
        return at - due[0] if len(due) >= 3 else timedelta(0)

    def no_shows(self, at: datetime) -> int:
        lag, ended = self.lag(at), 0
        for booking in self.bookings.values():
            over = self.slots[booking.slot].end + self.rules.void + lag < at
            if booking.state in ("confirmed", "called") and over:
                booking.state, booking.ended, booking.excused = "no_show", at, lag > self.rules.grace
                booking.strike = 2
                ended += 1
        return ended

    # Slots and quotas ------------------------------------------------------------------------------------

    def set_capacity(self, quota: int, capacity: int) -> None:
        if capacity < self.taken(quota):
            raise Refused("capacity_below_taken")
        self.quotas[quota].capacity = capacity

    def fits(self, quota: ModelQuota) -> bool:
        """Whether a new quota has room for the bookings that are there."""
        return sum(self.applies(quota, booking) for booking in self.bookings.values()) <= quota.capacity

    def merge(self, source: int, into: int) -> int:
        for slot in (source, into):
            if self.slots[slot].state == "merged":
                raise Refused("slot_merged")
        if source == into:
            raise Refused("slots_same")
        with self._all_or_nothing():
            own = {number: quota for number, quota in self.quotas.items() if quota.slot == source}
            for quota in own.values():
                alike = (quota.kind, quota.vehicle_class, quota.share)
                targets = [
                    other
                    for other in self.quotas.values()
                    if other.slot == into and (other.kind, other.vehicle_class, other.share) == alike
                ]
                if not targets:
                    raise Refused("quota_without_target")
                used = sum(
                    self.applies(quota, booking) and booking.state == "entered"
                    for booking in self.bookings.values()
                )
                for target in targets:
                    target.capacity += quota.capacity - used
            moving = [b for b in self.bookings.values() if b.slot == source and b.state in ACTIVE]
            for booking in moving:
                booking.slot = into
            for number, quota in own.items():
                quota.capacity = self.taken(number)
        self.slots[source].state = "merged"
        return len(moving)
