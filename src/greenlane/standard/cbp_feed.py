"""Waits in the shape of the CBP border wait feed, so that its readers can read ours. Pure: no Django."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class LaneWait:
    """The wait of one kind of lane.

    Attributes:
        measured_at: aware time in the checkpoint's zone; None while nothing is measured.
        delay_minutes: whole minutes of the outside clock; None while nothing is measured.
        lanes_open: entry lanes at work; None when not known.
    """

    measured_at: datetime | None
    delay_minutes: int | None
    lanes_open: int | None

    @property
    def operational_status(self) -> str:
        """``Lanes Closed``, ``Update Pending``, ``no delay`` or ``delay``, as in the CBP feed."""
        if self.lanes_open == 0:
            return "Lanes Closed"
        if self.delay_minutes is None or self.measured_at is None:
            return "Update Pending"
        return "delay" if self.delay_minutes else "no delay"


@dataclass(frozen=True, slots=True)
class PortWait:
    """Waits of trucks at one checkpoint and direction, now.

    Attributes:
        port_number: the checkpoint's code and direction, unique in the feed.
        border: which border, e.g. "Russia - China".
        port_name, crossing_name: as shown.
        hours: opening hours as shown, e.g. "24 hrs/day".
        at: the feed's aware time, in the checkpoint's zone.
        is_open: the checkpoint works.
        maximum_lanes: entry lanes that exist for trucks.
        standard, fast: ordinary lanes, and those kept for checked carriers; None where there are none.
    """

    port_number: str
    border: str
    port_name: str
    crossing_name: str
    hours: str
    at: datetime
    is_open: bool
    maximum_lanes: int
    standard: LaneWait
    fast: LaneWait | None = None


def cbp_port(port: PortWait) -> dict[str, object]:
    """One port in the shape of the CBP feed (bwt.cbp.gov/api/waittimes), with numbers as numbers.

    Where the CBP feed has an empty text or "N/A" for a number, this has null.
    """
    return {
        "port_number": port.port_number,
        "border": port.border,
        "port_name": port.port_name,
        "crossing_name": port.crossing_name,
        "hours": port.hours,
        "date": f"{port.at.month}/{port.at.day}/{port.at.year}",
        "port_status": "Open" if port.is_open else "Closed",
        "commercial_vehicle_lanes": {
            "maximum_lanes": port.maximum_lanes,
            "standard_lanes": _cbp_lane(port.standard),
            "FAST_lanes": _cbp_lane(port.fast),
        },
    }


def cbp_feed(ports: Iterable[PortWait]) -> list[dict[str, object]]:
    """The whole feed: a list of ports."""
    return [cbp_port(port) for port in ports]


def _cbp_lane(lane: LaneWait | None) -> dict[str, object]:
    if lane is None:
        return {"update_time": "", "operational_status": "N/A", "delay_minutes": None, "lanes_open": None}
    status = lane.operational_status
    is_told = status in ("delay", "no delay")
    return {
        "update_time": _clock_time(lane.measured_at) if is_told and lane.measured_at else "",
        "operational_status": status,
        "delay_minutes": lane.delay_minutes if is_told else None,
        "lanes_open": lane.lanes_open,
    }


def _clock_time(at: datetime) -> str:
    """``At 4:05 pm UTC+08:00``; the hour as the CBP feed writes it, the zone as an offset."""
    half = "am" if at.hour < 12 else "pm"
    offset = at.strftime("%z")
    return f"At {(at.hour - 1) % 12 + 1}:{at.minute:02d} {half} UTC{offset[:3]}:{offset[3:5]}"
