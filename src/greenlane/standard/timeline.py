"""One truck's passage of one checkpoint, as times: the input of every clock. Pure: no Django."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from greenlane.errors import GreenlaneError

LONG_STAY_FLAGS: Final = ("rest", "breakdown", "refused", "detained")
"""Why a truck stayed long for reasons of its own. Such passages stay in every figure and are shown apart."""
TURNED_AWAY: Final = "turned_away"
OFFLINE: Final = "offline"
FLAGS: Final = (*LONG_STAY_FLAGS, TURNED_AWAY, OFFLINE)


class TimelineError(GreenlaneError):
    """A timeline that no clock can be read from."""


@dataclass(frozen=True, slots=True)
class StageVisit:
    """One stay at a stage; a missing reading is None and stays None."""

    stage: str
    in_at: datetime | None
    out_at: datetime | None


@dataclass(frozen=True, slots=True)
class PassageTimes:
    """What is known of a passage. All times are aware datetimes; None where there is no reading.

    Attributes:
        asked_at: the time that the carrier asked for.
        slot_start: start of the slot it got; None in the live queue.
        queue_end_at: the truck joined the end of the line before the park.
        park_in_at: arrival at the park.
        called_at: the release from the park was announced.
        entry_at: entry barrier.
        exit_at: exit barrier (a device's reading, never the moment of release on paper).
        partner_exit_at: exit barrier of the checkpoint on the other side.
        has_partner: the other side sends its readings.
        visits: stays at stages, in any order; they may overlap.
        direction, channel, vehicle_class, share: codes fixed before arrival.
        pre_arrival: whether the papers were complete before arrival; None when unknown.
        flags: of `FLAGS`.
        skew_s: largest known error, in seconds, of the clocks of the two barriers' devices.
    """

    asked_at: datetime | None = None
    slot_start: datetime | None = None
    queue_end_at: datetime | None = None
    park_in_at: datetime | None = None
    called_at: datetime | None = None
    entry_at: datetime | None = None
    exit_at: datetime | None = None
    partner_exit_at: datetime | None = None
    has_partner: bool = False
    visits: tuple[StageVisit, ...] = ()
    direction: str = ""
    channel: str = ""
    vehicle_class: str = ""
    share: str = ""
    pre_arrival: bool | None = None
    flags: frozenset[str] = frozenset()
    skew_s: float = 0.0

    def __post_init__(self) -> None:
        for name in _TIMES:
            value = getattr(self, name)
            if value is not None and value.tzinfo is None:
                raise _naive(name)
        for visit in self.visits:
            for name, value in (("in_at", visit.in_at), ("out_at", visit.out_at)):
                if value is not None and value.tzinfo is None:
                    raise _naive(f"visits.{visit.stage}.{name}")
        unknown = self.flags - set(FLAGS)
        if unknown:
            raise TimelineError(
                "unknown_flag",
                f"{', '.join(sorted(unknown))} is not a flag of a passage.",
                field="flags",
                mend=f"Use {', '.join(FLAGS)}.",
            )

    @property
    def arrival_at(self) -> datetime | None:
        """Where waiting begins: the end-of-queue reading if there is one, else the arrival at the park."""
        return self.queue_end_at if self.queue_end_at is not None else self.park_in_at

    @property
    def readings_inside(self) -> list[datetime]:
        """Every time at which the truck was seen between the barriers, or at one of them; sorted."""
        stage_times = (time for visit in self.visits for time in (visit.in_at, visit.out_at))
        return sorted(time for time in (self.entry_at, *stage_times, self.exit_at) if time is not None)

    @property
    def counted_at(self) -> datetime | None:
        """The time that puts the passage into an hour and a day: its entry; without one, the first reading
        inside; before that its arrival, and last its slot."""
        if self.entry_at is not None:
            return self.entry_at
        inside = self.readings_inside
        if inside:
            return inside[0]
        return self.arrival_at if self.arrival_at is not None else self.slot_start


_TIMES: Final = (
    "asked_at",
    "slot_start",
    "queue_end_at",
    "park_in_at",
    "called_at",
    "entry_at",
    "exit_at",
    "partner_exit_at",
)


def _naive(name: str) -> TimelineError:
    return TimelineError(
        "naive_time", "the time has no zone.", field=name, mend="Give an aware time, such as one in UTC."
    )
