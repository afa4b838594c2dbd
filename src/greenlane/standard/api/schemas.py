"""The shapes of the open data."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from ninja import Schema
from pydantic import Field

Seconds = Annotated[float | None, Field(description="Seconds; null when not known.")]
Part = Annotated[float | None, Field(description="0 to 1; null when no truck was counted.")]


class WaitOut(Schema):
    """A wait measured now."""

    kind: Literal["current"] = "current"
    wait_s: Annotated[float | None, Field(description="Median in seconds; null when not known.")]
    at_least_s: Annotated[float | None, Field(description="Where `wait_s` is null: what is certain.")]
    n: Annotated[int, Field(description="Trucks that ended the wait in the last hour.")]
    waiting: Annotated[int, Field(description="Trucks that wait now.")]
    uncertainty_s: Annotated[float | None, Field(description="Half-width of its 95 % interval.")]
    measured_at: Annotated[datetime | None, Field(description="The last reading; null without any.")]
    valid_until: datetime
    method: str


class ShareOut(Schema):
    """Trucks inside within the standard, of all trucks of a period."""

    n: Annotated[int, Field(description="All trucks that owe a reading.")]
    share: Part
    low: Annotated[float | None, Field(description="Wilson's 95 % interval of the share, lower end.")]
    high: Annotated[float | None, Field(description="Upper end.")]
    pessimistic: Annotated[float | None, Field(description="Were every missing reading a slow truck.")]
    optimistic: Annotated[float | None, Field(description="Were every missing reading a quick truck.")]
    match_rate: Part
    limit_s: Annotated[float, Field(description="The standard.")]
    promised: Annotated[float, Field(description="Share that the checkpoint promises.")]
    verdict: Literal["kept", "not_shown", "broken"]


class NextSlotOut(Schema):
    id: int
    starts_at: datetime
    ends_at: datetime
    free: int


class BoardRowOut(Schema):
    """One checkpoint and direction, as on the public board."""

    crossing: str
    checkpoint: str
    names: dict[str, str]
    country: str
    zone: str
    direction: Literal["outbound", "inbound"]
    outside: WaitOut
    inside: WaitOut
    today: ShareOut
    month: ShareOut
    trend: Annotated[
        float | None, Field(description="Share of the last three hours less that of the three before.")
    ]
    next_free: Annotated[
        NextSlotOut | None, Field(description="For a laden truck; null when full or not booked.")
    ]


class BoardOut(Schema):
    at: datetime
    rows: list[BoardRowOut]


class ClockFigures(Schema):
    """One clock over a group of trucks."""

    label: Annotated[str, Field(description="The group: an hour, day, class, channel or direction.")]
    figures: Annotated[
        dict[str, Any],
        Field(
            description="n, match_rate, mean, max, within_600 with its interval and bounds, p50 to p99 "
            "(seconds, or `n too small`), verdict; see the reference of the clocks."
        ),
    ]


class RevisionOut(Schema):
    day: date
    number: int
    made_at: datetime
    provisional: Annotated[bool, Field(description="Late readings may still change it.")]
    why: str
    changed: Annotated[dict[str, Any], Field(description="Figure to its old and new value.")]


class FiguresOut(Schema):
    checkpoint: str
    direction: str
    clock: str
    by: str
    start: datetime
    end: datetime
    limit_s: float
    promised: float
    relative_error: Annotated[float, Field(description="Of the quantiles: 0 when exact.")]
    groups: list[ClockFigures]
    revisions: Annotated[list[RevisionOut], Field(description="The latest of each published day.")]


class BreachOut(Schema):
    """A truck that was inside for longer than the standard."""

    counted_at: datetime
    plate: Annotated[str, Field(description="Masked.")]
    vehicle_class: str
    channel: str
    inside_s: float
    is_final: Annotated[bool, Field(description="False: still inside, or its exit was not read.")]
    cause: Literal["stage", "waiting", "plan", "unknown"]
    stage: str
    over_s: Seconds


class BreachesOut(Schema):
    checkpoint: str
    direction: str
    start: datetime
    end: datetime
    causes: Annotated[
        dict[str, int], Field(description="Breaches by stage or cause, the most frequent first.")
    ]
    latest: list[BreachOut]


class StudyOut(Schema):
    """A time release study: the measures of the World Customs Organization's guide."""

    checkpoint: str
    direction: str
    start: datetime
    end: datetime
    trucks: int
    outlier_rule: str
    rows: list[dict[str, Any]]


class CbpLane(Schema):
    update_time: str
    operational_status: Literal["no delay", "delay", "Lanes Closed", "Update Pending", "N/A"]
    delay_minutes: int | None
    lanes_open: int | None


class CbpLanes(Schema):
    maximum_lanes: int
    standard_lanes: CbpLane
    FAST_lanes: CbpLane


class CbpPort(Schema):
    """A port in the shape of the CBP border wait feed, numbers as numbers."""

    port_number: str
    border: str
    port_name: str
    crossing_name: str
    hours: str
    date: str
    port_status: Literal["Open", "Closed"]
    commercial_vehicle_lanes: CbpLanes
