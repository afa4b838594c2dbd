"""Trucks that took longer than the standard, and what it is laid to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from greenlane.gate.plates import mask
from greenlane.registry.models import Checkpoint
from greenlane.standard.models import Measurement
from greenlane.standard.periods import Period
from greenlane.standard.queries.figures import rolled
from greenlane.standard.queries.stored import measurements


@dataclass(frozen=True, slots=True)
class PublicBreach:
    """A truck that was inside for longer than the standard, with its plate masked.

    Attributes:
        counted_at: its entry, or the first time that it was seen inside.
        plate: such as ``A•••67``.
        inside_s: seconds inside, at least that many unless `is_final`.
        cause: ``stage``, ``waiting``, ``plan`` or ``unknown``.
        stage: its code, where a stage is the cause; else empty.
        over_s: seconds that the cause took over its plan; None where it is no stage or waiting.
    """

    counted_at: datetime
    plate: str
    vehicle_class: str
    channel: str
    inside_s: float
    is_final: bool
    cause: str
    stage: str
    over_s: float | None


def breaches(checkpoint: Checkpoint, direction: str, period: Period, limit: int = 100) -> list[PublicBreach]:
    """Breaches of a period, the latest first."""
    rows = measurements(checkpoint, direction, period).exclude(breach="").select_related("passage")
    return list(_public(rows.order_by("-counted_at")[:limit].iterator()))


def _public(rows: Iterator[Measurement]) -> Iterator[PublicBreach]:
    for row in rows:
        yield PublicBreach(
            counted_at=row.counted_at,
            plate=mask(row.passage.plate),
            vehicle_class=row.vehicle_class,
            channel=row.channel,
            inside_s=row.inside_s if row.inside_s is not None else row.at_least.get("inside", 0.0),
            is_final=row.inside_s is not None,
            cause=row.breach,
            stage=row.breach_stage,
            over_s=row.breach_over_s,
        )


def breach_causes(checkpoint: Checkpoint, direction: str, period: Period) -> dict[str, int]:
    """Breaches by stage code, or by cause where no stage is it; the most frequent first. From roll-ups."""
    counts: Counter[str] = Counter()
    for causes in rolled(checkpoint, direction, period).exclude(causes={}).values_list("causes", flat=True):
        counts.update(causes)
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))
