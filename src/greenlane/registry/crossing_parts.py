"""The parts of a crossing: names, lanes, stages, parks, arrivals, rules. Pure: no Django.

Take them from ``greenlane.registry.crossing``, which holds the whole and says what the units are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal

from greenlane.registry.crossing_service import Service
from greenlane.registry.hours import Shift, is_open

EXPONENTIAL = "exponential"


@dataclass(frozen=True, slots=True)
class Names:
    """A name in the three languages of the product."""

    en: str
    ru: str
    zh: str

    def get(self, language: str) -> str:
        """The name for a language code such as ``"ru"`` or ``"zh-hans"``; English for any other."""
        return {"ru": self.ru, "zh": self.zh}.get(language[:2], self.en)


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a figure comes from: a published source, or an assumption with its reason."""

    kind: Literal["source", "assumed"]
    text: str


@dataclass(frozen=True, slots=True)
class Failures:
    """How a lane breaks down: hours of calendar time from the end of one repair to the next failure, minutes
    of repair (both means), and the family and cv of both."""

    between_hours: float
    repair_minutes: float
    family: str = EXPONENTIAL
    cv: float = 1.0


@dataclass(frozen=True, slots=True)
class Lane:
    """A place of work at a stage. An empty tuple of channels or classes means that it takes all of them.

    ``also``: codes of further stages that it works for. ``failures``: None where it does not break down.
    """

    code: str
    shifts: tuple[Shift, ...]
    channels: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    failures: Failures | None = None

    def is_open(self, local: datetime) -> bool:
        """Whether the lane works at a local date and time."""
        return is_open(self.shifts, local)

    def takes(self, channel: str, vehicle_class: str) -> bool:
        """Whether a truck of that channel and class may use the lane."""
        return channel in (self.channels or (channel,)) and vehicle_class in (
            self.classes or (vehicle_class,)
        )


@dataclass(frozen=True, slots=True)
class Stage:
    """A step of control. ``plan_s`` is its planned share of the standard; ``room`` the trucks that can wait
    before it (None: no limit, the stage before is never blocked). ``classes``, where given, are the only ones
    that visit it, such as perishable goods at veterinary control. ``lanes`` are those described here; lanes
    of other stages may work for it too. ``officers`` is the pool of whom each service needs one (None: every
    lane has its own)."""

    code: str
    kind: str
    names: Names
    plan_s: int
    service: Service
    lanes: tuple[Lane, ...]
    room: int | None = None
    classes: tuple[str, ...] = ()
    officers: str | None = None

    def visited_by(self, vehicle_class: str) -> bool:
        """Whether trucks of the class visit the stage, where their channel's route names it."""
        return not self.classes or vehicle_class in self.classes

    def lanes_open(self, local: datetime) -> tuple[Lane, ...]:
        """The lanes that work at a local date and time."""
        return tuple(lane for lane in self.lanes if lane.is_open(local))


@dataclass(frozen=True, slots=True)
class Staffing:
    """So many officers in a shift."""

    shift: Shift
    number: int


@dataclass(frozen=True, slots=True)
class OfficerPool:
    """Officers who work at the lanes of the stages that name the pool; shifts at the same time add up."""

    code: str
    shifts: tuple[Staffing, ...]

    def on_duty(self, local: datetime) -> int:
        """Officers at a local date and time."""
        return sum(staffing.number for staffing in self.shifts if staffing.shift.covers(local))


@dataclass(frozen=True, slots=True)
class Park:
    """A waiting area outside: places for trucks and the drive from it to the entry barrier.

    ``directions`` are those it serves; an empty tuple means both.
    """

    code: str
    names: Names
    places: int
    travel_minutes: float
    directions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Arrivals:
    """Trucks per hour that come, by local hour (24 figures), times a factor by weekday (Monday first).

    ``convoy_share`` of the trucks come in convoys, of ``convoy_size`` trucks on average (0: there are none).
    """

    hourly: tuple[float, ...]
    weekday_factor: tuple[float, ...] = (1.0,) * 7
    convoy_share: float = 0.0
    convoy_size: float = 0.0

    def expected(self, hour: int, weekday: int | None = None) -> float:
        """Trucks expected in the local hour ``hour`` (0..23); on an average day when ``weekday`` is None."""
        return self.hourly[hour] * (1.0 if weekday is None else self.weekday_factor[weekday])

    @property
    def per_day(self) -> float:
        """Trucks on an average day."""
        return sum(self.hourly)


@dataclass(frozen=True, slots=True)
class Turnout:
    """How trucks turn up, for the player and the simulator.

    Of the bookings not cancelled: ``early_share`` come before the slot (by a mean of ``early_mean_minutes``),
    ``punctual_share`` inside it, ``late_share`` after its end (by ``late_mean_minutes``), ``no_show_share``
    never; the four sum to 1. ``cancel_share``: of all bookings. ``unbooked_share``: of all arriving trucks.

    ``offset_minutes``, where given, says it as observed, instead of the shares and means of those who come:
    quantiles of arrival less start of the slot, ascending, the i-th of n at the probability (i + 0.5) / n.
    """

    early_share: float
    punctual_share: float
    late_share: float
    no_show_share: float
    early_mean_minutes: float
    late_mean_minutes: float
    cancel_share: float
    unbooked_share: float
    offset_minutes: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Cameras:
    """Faults of the plate cameras: shares of passing trucks read wrongly, and not read at all."""

    misread_share: float
    missed_share: float


FIRST_CLICK: Final = "first_click"
BALLOT: Final = "ballot"
ALLOCATIONS: Final = (FIRST_CLICK, BALLOT)
CALL_BY_LIMIT: Final = "limit"
CALL_BY_PREDICTION: Final = "predicted"
CALL_BY_SLOT: Final = "slot"
CALL_UPS: Final = (CALL_BY_LIMIT, CALL_BY_PREDICTION, CALL_BY_SLOT)


@dataclass(frozen=True, slots=True)
class SlotRules:
    """Rules of booking for one checkpoint and direction.

    Capacities are trucks; None means that no such quota applies. ``class_per_hour`` and
    ``neighbour_per_hour`` (what the other side accepts) are trucks per clock hour. Shares are of a slot's
    capacity, ``carrier_share`` of an hour's. ``live_share`` is kept for trucks without a booking.
    A truck may come ``early_minutes`` before its slot; ``late_minutes`` after the slot's end it loses its
    priority, ``void_minutes`` after it the booking is void. ``no_show_limit`` no-shows within
    ``no_show_window_days`` bar the carrier's truck for ``no_show_block_days``, but none is counted while
    the checkpoint is more than ``grace_behind_minutes`` behind. Call-up keeps at most ``inside_limit``
    trucks between entry and exit barrier and releases ``release_lead_minutes`` ahead, plus the park's drive.

    Getting a place: ``allocation`` is ``first_click``, or ``ballot``: the slots of a local day open together,
    at its midnight less the horizon; wishes are gathered for ``ballot_window_hours`` and drawn by lot, and
    all carriers not verified together get at most ``unverified_share`` of an hour's places in it. An offer of
    the waiting list stands ``offer_minutes``; who cannot be served by what is free is passed over at most
    ``passed_over_limit`` times. A ticket of the live queue is good for ``live_ticket_hours``. A truck may be
    swapped ``swaps_per_trip`` times, ``swap_cooldown_minutes`` apart. Who cancels later than
    ``late_cancel_minutes`` before the slot has half a no-show. Who waits for a checkpoint that is
    ``guarantee_minutes`` late gets the reciprocal guarantee. ``fee_cents`` is what a booking costs.

    Call-up: ``call_up`` is ``limit`` (as above), ``predicted`` (while the clock inside that is predicted for
    the truck is at most ``call_up_target_minutes``) or ``slot`` (at the time of the slot). At most
    ``calls_per_minute`` go out, and more than ``mass_call`` in one act need two persons. A truck that missed
    its call once goes behind the next ``return_behind`` trucks.
    """

    horizon_days: int
    slot_minutes: int
    step_minutes: int
    hold_minutes: int
    early_minutes: int
    late_minutes: int
    void_minutes: int
    move_cutoff_minutes: int
    moves_per_trip: int
    carrier_share: float
    priority_share: float
    live_share: float
    slot_capacity: int
    hour_capacity: int | None
    day_capacity: int | None
    neighbour_per_hour: int | None
    no_show_limit: int
    no_show_window_days: int
    no_show_block_days: int
    grace_behind_minutes: int
    inside_limit: int
    release_lead_minutes: int
    class_per_hour: Mapping[str, int] = field(default_factory=dict)
    allocation: str = FIRST_CLICK
    ballot_window_hours: float = 0.0
    unverified_share: float = 0.1
    offer_minutes: int = 30
    passed_over_limit: int = 3
    live_ticket_hours: int = 24
    swaps_per_trip: int = 2
    swap_cooldown_minutes: int = 60
    late_cancel_minutes: int = 180
    guarantee_minutes: int = 60
    fee_cents: int = 0
    call_up: str = CALL_BY_LIMIT
    call_up_target_minutes: float = 10.0
    calls_per_minute: int = 30
    mass_call: int = 20
    return_behind: int = 5

    @property
    def booked_share(self) -> float:
        """What is left for ordinary bookings."""
        return 1.0 - self.live_share - self.priority_share


@dataclass(frozen=True, slots=True)
class Standard:
    """What the checkpoint promises: clocks inside and outside within so many seconds, at a quantile."""

    inside_s: float
    outside_s: float
    quantile: float
