"""Reads the parts of a checkpoint and direction from their sections of a crossing file. Pure: no Django."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import fields
from math import inf
from typing import Any

from greenlane.registry.codes import DIRECTIONS, VEHICLE_CLASSES
from greenlane.registry.crossing_hours import read_shifts, read_staffing
from greenlane.registry.crossing_parts import (
    ALLOCATIONS,
    BALLOT,
    CALL_BY_LIMIT,
    CALL_UPS,
    FIRST_CLICK,
    Arrivals,
    Cameras,
    Names,
    OfficerPool,
    Park,
    SlotRules,
    Standard,
    Turnout,
)
from greenlane.registry.crossing_scalars import nearest
from greenlane.registry.crossing_yaml import Section
from greenlane.registry.hours import DAY_MINUTES, Shift

SUM_TOLERANCE = 1e-6


def read_names(parent: Section, key: str = "names") -> Names:
    """A name in each language."""
    section = parent.section(key)
    if section is None:
        return Names("", "", "")
    names = Names(section.text("en"), section.text("ru"), section.text("zh"))
    section.close()
    return names


def read_opening(section: Section) -> tuple[Shift, ...]:
    """Opening hours of a checkpoint."""
    node = section.figure("shifts")
    section.close()
    return () if node is None else read_shifts(node, section.where("shifts"), section.report)


def read_position(section: Section) -> tuple[float, float]:
    """Latitude and longitude in degrees (WGS 84)."""
    position = section.number("lat", least=-90, most=90), section.number("lon", least=-180, most=180)
    section.close()
    return position


def read_standard(section: Section) -> Standard:
    """The promise of a checkpoint."""
    standard = Standard(
        section.number("inside_s", least=1), section.number("outside_s", least=1), section.share("quantile")
    )
    section.close()
    return standard


def read_park(section: Section) -> Park:
    """A waiting area."""
    park = Park(
        section.code(),
        read_names(section),
        section.whole("places", least=1),
        section.number("travel_minutes"),
        section.choices("directions", DIRECTIONS),
    )
    section.close()
    return park


def read_officers(section: Section) -> OfficerPool:
    """A pool of officers."""
    code, node = section.code(), section.figure("shifts")
    section.close()
    shifts = () if node is None else read_staffing(node, section.where("shifts"), section.report)
    return OfficerPool(code, shifts)


def read_map(parent: Section, key: str, known: Sequence[str]) -> dict[str, float]:
    """An optional mapping of figures by code."""
    section = parent.section(key, sourced=True, optional=True)
    if section is None:
        return {}
    figures = {code: section.number(code) for code in known_codes(section, known)}
    section.close()
    return figures


def read_shares(parent: Section, key: str, known: Sequence[str]) -> dict[str, float]:
    """Shares by code that sum to 1."""
    section = parent.section(key, sourced=True)
    if section is None:
        return {}
    shares = {code: section.share(code) for code in known_codes(section, known)}
    section.close()
    check_sum(section, shares.values())
    return shares


def check_sum(section: Section, shares: Iterable[float]) -> None:
    """Notes a fault where shares, each sound, do not sum to 1."""
    total = sum(shares)
    if section.sound and abs(total - 1.0) > SUM_TOLERANCE:
        message = f"the shares sum to {total:.6g}, not 1"
        section.report.add(section.node, section.path, message, "Change them so that they sum to 1.")


def known_codes(section: Section, known: Sequence[str]) -> tuple[str, ...]:
    """The keys given that are known codes; the others are noted."""
    for code in section.given():
        if code not in known:
            near = nearest(code, known)
            mend = f"Did you mean {near!r}?" if near else f"One of: {', '.join(known)}."
            section.take(code)
            section.fault(code, f"unknown key {code!r}", mend)
    return tuple(code for code in section.given() if code in known)


def note_doubles(coded: Iterable[tuple[Section, str]]) -> None:
    """Notes each section whose code stood before."""
    seen: set[str] = set()
    for section, code in coded:
        if code and code in seen:
            message = f"the code {code!r} stands twice"
            section.report.add(section.node, section.path, message, "Give each its own code.")
        seen.add(code)


def read_arrivals(section: Section) -> Arrivals:
    """Trucks per hour by local hour."""
    arrivals = Arrivals(
        section.numbers("hourly", 24),
        section.numbers("weekday_factor", 7, (1.0,) * 7),
        section.number("convoy_share", most=1.0, default=0.0),
        section.number("convoy_size", default=0.0),
    )
    section.close()
    if section.sound and max(arrivals.convoy_share, arrivals.convoy_size) > 0 and arrivals.convoy_size < 2:
        message = f"is {arrivals.convoy_size:g}, but a convoy is two trucks or more"
        section.fault("convoy_size", message, "Give the mean number of trucks in a convoy.")
    return arrivals


def read_turnout(section: Section) -> Turnout:
    """How trucks turn up."""
    turnout = Turnout(
        section.share("early_share"),
        section.share("punctual_share"),
        section.share("late_share"),
        section.share("no_show_share"),
        section.number("early_mean_minutes"),
        section.number("late_mean_minutes"),
        section.share("cancel_share"),
        section.share("unbooked_share"),
        section.ascending("offset_quantiles_minutes", optional=True),
    )
    section.close()
    check_sum(
        section,
        (turnout.early_share, turnout.punctual_share, turnout.late_share, turnout.no_show_share),
    )
    return turnout


def read_cameras(section: Section) -> Cameras:
    """Faults of the plate cameras."""
    cameras = Cameras(section.share("misread_share"), section.share("missed_share"))
    section.close()
    return cameras


def read_slots(section: Section) -> SlotRules:
    """Rules of booking."""
    rules = SlotRules(
        horizon_days=section.whole("horizon_days", least=1),
        slot_minutes=section.whole("slot_minutes", least=1, most=DAY_MINUTES),
        step_minutes=section.whole("step_minutes", least=1, most=DAY_MINUTES),
        hold_minutes=section.whole("hold_minutes", least=1),
        early_minutes=section.whole("early_minutes"),
        late_minutes=section.whole("late_minutes"),
        void_minutes=section.whole("void_minutes"),
        move_cutoff_minutes=section.whole("move_cutoff_minutes"),
        moves_per_trip=section.whole("moves_per_trip"),
        carrier_share=section.share("carrier_share"),
        priority_share=section.share("priority_share"),
        live_share=section.share("live_share"),
        slot_capacity=section.whole("slot_capacity", least=1),
        hour_capacity=section.whole_or_none("hour_capacity"),
        day_capacity=section.whole_or_none("day_capacity"),
        neighbour_per_hour=section.whole_or_none("neighbour_per_hour"),
        no_show_limit=section.whole("no_show_limit", least=1),
        no_show_window_days=section.whole("no_show_window_days", least=1),
        no_show_block_days=section.whole("no_show_block_days"),
        grace_behind_minutes=section.whole("grace_behind_minutes"),
        inside_limit=section.whole("inside_limit", least=1),
        release_lead_minutes=section.whole("release_lead_minutes"),
        class_per_hour=read_whole_map(section, "class_per_hour", VEHICLE_CLASSES),
        allocation=section.choice("allocation", ALLOCATIONS, FIRST_CLICK),
        call_up=section.choice("call_up", CALL_UPS, CALL_BY_LIMIT),
        **_optional(section),
    )
    section.close()
    if section.sound:
        _check_slots(section, rules)
    return rules


_OPTIONAL_WHOLE = {
    "offer_minutes": 1,
    "passed_over_limit": 0,
    "live_ticket_hours": 1,
    "swaps_per_trip": 0,
    "swap_cooldown_minutes": 0,
    "late_cancel_minutes": 0,
    "guarantee_minutes": 1,
    "fee_cents": 0,
    "calls_per_minute": 1,
    "mass_call": 1,
    "return_behind": 0,
}
"""Whole figures that a file may leave out, with the least of each."""


def _optional(section: Section) -> dict[str, Any]:
    """Figures that have a default."""
    default: dict[str, Any] = {each.name: each.default for each in fields(SlotRules)}
    found: dict[str, Any] = {
        key: int(section.number(key, least=least, whole=True, default=default[key]))
        for key, least in _OPTIONAL_WHOLE.items()
    }
    for key, least, most in (
        ("ballot_window_hours", 0.0, inf),
        ("unverified_share", 0.0, 1.0),
        ("call_up_target_minutes", 1.0, inf),
    ):
        found[key] = section.number(key, least=least, most=most, default=default[key])
    return found


def read_whole_map(parent: Section, key: str, known: Sequence[str]) -> dict[str, int]:
    """An optional mapping of whole figures by code."""
    section = parent.section(key, sourced=True, optional=True)
    if section is None:
        return {}
    figures = {code: section.whole(code) for code in known_codes(section, known)}
    section.close()
    return figures


def _check_slots(section: Section, rules: SlotRules) -> None:
    if rules.step_minutes > rules.slot_minutes:
        message = "is longer than slot_minutes, so some minutes have no slot"
        section.fault("step_minutes", message, "Make it slot_minutes or a part of it.")
    elif rules.slot_minutes % rules.step_minutes or DAY_MINUTES % rules.step_minutes:
        message = "divides slot_minutes or the day with a rest"
        section.fault("step_minutes", message, "Choose a part of slot_minutes such as 10, 15 or 30.")
    if rules.late_minutes > rules.void_minutes:
        section.fault("void_minutes", "is below late_minutes", "A booking is late before it is void.")
    if rules.live_share + rules.priority_share > 1:
        section.fault("live_share", "with priority_share is above 1", "Lower one of the two.")
    if rules.allocation == BALLOT and not 0.0 < rules.ballot_window_hours < 24.0 * rules.horizon_days:
        message = f"is {rules.ballot_window_hours:g}, but the lot must be drawn before the slot begins"
        mend = f"Give more than 0 and less than {24.0 * rules.horizon_days:g} hours, the horizon."
        section.fault("ballot_window_hours", message, mend)
