"""Reads a checkpoint and its directions from their sections of a crossing file. Pure: no Django."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TypeVar
from zoneinfo import available_timezones

import pycountry

from greenlane.registry.codes import CHANNELS, DIRECTIONS, VEHICLE_CLASSES
from greenlane.registry.crossing import Checkpoint, Direction
from greenlane.registry.crossing_checks import check_officers, check_rooms, check_shared_lanes, check_stages
from greenlane.registry.crossing_parts import Standard
from greenlane.registry.crossing_scalars import nearest
from greenlane.registry.crossing_sections import (
    known_codes,
    note_doubles,
    read_arrivals,
    read_cameras,
    read_names,
    read_officers,
    read_opening,
    read_park,
    read_position,
    read_shares,
    read_slots,
    read_standard,
    read_turnout,
)
from greenlane.registry.crossing_stages import read_routes, read_stage
from greenlane.registry.crossing_yaml import Section

Part = TypeVar("Part")


def read_checkpoint(section: Section, side: str) -> Checkpoint | None:
    """One side of the crossing; None where a part is missing, which is then noted."""
    code, names, country, zone = section.code(), read_names(section), _country(section), _zone(section)
    position = _part(section, "position", read_position)
    hours = _part(section, "opening", read_opening)
    promise = _part(section, "standard", read_standard)
    parks = [(part, read_park(part)) for part in section.sections("parks", sourced=True, optional=True)]
    note_doubles((part, park.code) for part, park in parks)
    directions = section.section("directions")
    section.close()
    ways = _directions(directions, promise) if directions else {}
    if not (position and hours and promise and ways):
        return None
    return Checkpoint(
        side, code, names, country, zone, *position, hours, promise, ways, tuple(park for _, park in parks)
    )


def _country(section: Section) -> str:
    text = section.text("country")
    if text and pycountry.countries.get(alpha_2=text) is None:
        section.fault(
            "country", f"{text!r} is not a country code", "Use two capitals of ISO 3166-1, such as KZ."
        )
    return text


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def _zone(section: Section) -> str:
    text = section.text("zone")
    if text and text not in _zones():
        near = nearest(text, _zones())
        mend = f"Did you mean {near!r}?" if near else "Use an IANA zone, such as Asia/Almaty."
        section.fault("zone", f"{text!r} is not a time zone", mend)
    return text


def _directions(section: Section, promise: Standard | None) -> dict[str, Direction]:
    ways = known_codes(section, DIRECTIONS)
    if not ways:
        message = "holds no direction"
        section.report.add(section.node, section.path, message, "Describe outbound, inbound or both.")
    parts = {code: section.section(code) for code in ways}
    section.close()
    read = {code: read_direction(part, code, promise) for code, part in parts.items() if part}
    return {code: direction for code, direction in read.items() if direction}


def read_direction(section: Section, code: str, promise: Standard | None) -> Direction | None:
    """One direction through a checkpoint; None where a part is missing, which is then noted."""
    read = [read_stage(part) for part in section.sections("stages", sourced=True)]
    note_doubles((part.section, part.stage.code) for part in read)
    stages = tuple(part.stage for part in read)
    routes = read_routes(section, stages)
    channel_shares = read_shares(section, "channel_shares", CHANNELS)
    _check_channels(section, channel_shares, routes)
    class_shares = read_shares(section, "class_shares", VEHICLE_CLASSES)
    check_stages(read, routes, channel_shares, class_shares)
    pools = [
        (part, read_officers(part)) for part in section.sections("officers", sourced=True, optional=True)
    ]
    note_doubles((part, pool.code) for part, pool in pools)
    check_officers(read, pools)
    check_shared_lanes(read)
    check_rooms(read, routes, channel_shares, class_shares)
    priority_classes = section.choices("priority_classes", VEHICLE_CLASSES)
    arrivals, turnout, cameras, slots = (
        _part(section, "arrivals", read_arrivals),
        _part(section, "turnout", read_turnout),
        _part(section, "cameras", read_cameras),
        _part(section, "slots", read_slots),
    )
    section.close()
    if not (arrivals and turnout and cameras and slots and stages and routes):
        return None
    direction = Direction(
        code,
        stages,
        routes,
        channel_shares,
        class_shares,
        arrivals,
        turnout,
        cameras,
        slots,
        priority_classes,
        tuple(pool for _, pool in pools),
    )
    if promise and section.sound:
        _check_plan(section, promise, direction)
    return direction


def _part(parent: Section, key: str, read: Callable[[Section], Part]) -> Part | None:
    section = parent.section(key, sourced=True)
    return None if section is None else read(section)


def _check_channels(section: Section, shares: dict[str, float], routes: dict[str, tuple[str, ...]]) -> None:
    for channel, share in shares.items():
        if share > 0 and routes and channel not in routes:
            message = f"has no route for the channel {channel!r}, which trucks are given"
            section.fault("routes", message, f"Add the stages of {channel}.")


def _check_plan(section: Section, promise: Standard, direction: Direction) -> None:
    """The green channel's plan must fit the promise; the others may take longer than it, and say so."""
    planned = direction.plan_s("green") if "green" in direction.routes else 0
    if planned > promise.inside_s:
        message = f"green is planned to take {planned} s, above the standard of {promise.inside_s:g} s"
        section.fault("routes", message, "Lower plan_s of its stages.")
