"""From passages to measurements: many at once, and the hours that they touch with them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from itertools import islice
from typing import Final

from django.db import connection, transaction

from greenlane.gate.models import Passage
from greenlane.registry.models import Checkpoint
from greenlane.standard.breaches import find_breach
from greenlane.standard.clocks import CLOCKS, PARTNER_T_MAX, Clocks
from greenlane.standard.clocks import measure as read_clocks
from greenlane.standard.columns import STAGE
from greenlane.standard.commands.copying import copy_over
from greenlane.standard.commands.revising import revise_published
from greenlane.standard.commands.rolling import roll_up
from greenlane.standard.models import Measurement
from greenlane.standard.outcomes import Measured, Missing, Reason
from greenlane.standard.periods import hour_of
from greenlane.standard.queries.passages import Seen, seen, trips_ended_by
from greenlane.standard.queries.promises import Promise, plan_of, promise_of
from greenlane.standard.shares import LIMITS

BATCH: Final = 2_000
LOCK: Final = 0x57AD
"""First half of the advisory lock that lets one at a time write a checkpoint's figures."""

WRITTEN_AGAIN_AFTER: Final = timedelta(minutes=1)
"""A truck that is still inside is measured again so long after."""


def measure(passage_ids: Iterable[int], at: datetime, *, why: str = "readings") -> int:
    """Measure passages as they stand at `at`, and roll up the hours that they touch. Repeatable.

    A passage into a country ends the two-sided clock of the same truck's passage out of the other: that one
    is measured again as well. A day whose figures were published gets its next revision.

    Args:
        passage_ids: of the gate's passages.
        at: aware time.
        why: what made it, as a revision of a published day says it.

    Returns:
        How many passages were measured.
    """
    wanted, measured = iter(sorted(set(passage_ids))), 0
    while batch := list(islice(wanted, BATCH)):
        measured += _measure_batch(batch, at, why)
    return measured


def refresh(at: datetime, limit: int = 10_000) -> int:
    """Measure again the passages with a clock that still runs and is due; how many."""
    due = Measurement.objects.filter(due_at__lte=at).order_by("due_at").values_list("pk", flat=True)
    return measure(list(due[:limit]), at, why="time")


@transaction.atomic
def _measure_batch(passage_ids: list[int], at: datetime, why: str) -> int:
    wanted = [*passage_ids, *trips_ended_by(passage_ids)]
    lock_figures(Passage.objects.filter(pk__in=wanted).values_list("checkpoint_id", flat=True).distinct())
    passages = seen(Passage.objects.filter(pk__in=wanted))
    keep_figures(write(passages, at), at, why)
    return len(passages)


def lock_figures(checkpoint_ids: Iterable[int]) -> None:
    """One at a time writes the figures of a checkpoint: a roll-up must see every measurement of its hour."""
    with connection.cursor() as cursor:
        for checkpoint_id in sorted(set(checkpoint_ids)):
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [LOCK, checkpoint_id])


Touched = dict[tuple[int, str], set[datetime]]
"""Checkpoint and direction to the times at which passages count, or counted before."""


def write(passages: list[Seen], at: datetime) -> Touched:
    """Make or renew the measurements of passages, whose figures the caller has locked; what they touch."""
    touched: Touched = {}
    for one in passages:
        touched.setdefault((one.checkpoint_id, one.direction), set()).add(one.counted_at)
    # An entry that was read late moves the passage to another hour: the hour that it leaves changes too.
    before = Measurement.objects.filter(pk__in=[one.id for one in passages])
    for checkpoint_id, direction, counted_at in before.values_list(
        "checkpoint_id", "direction", "counted_at"
    ):
        touched[checkpoint_id, direction].add(counted_at)
    checkpoints = Checkpoint.objects.select_related("crossing").in_bulk(
        {one.checkpoint_id for one in passages}
    )
    promises = {pk: promise_of(checkpoint) for pk, checkpoint in checkpoints.items()}
    plans = {
        key: plan_of(checkpoints[key[0]], key[1])
        for key in {(one.checkpoint_id, one.direction) for one in passages}
    }
    rows = [
        measurement_of(one, at, promises[one.checkpoint_id], plans[one.checkpoint_id, one.direction])
        for one in passages
    ]
    copy_over(rows)
    return touched


def keep_figures(touched: Touched, at: datetime, why: str) -> None:
    """Roll up every hour touched, and revise the published days among them."""
    checkpoints = Checkpoint.objects.select_related("crossing").in_bulk({key[0] for key in touched})
    for (checkpoint_id, direction), times in sorted(touched.items()):
        checkpoint = checkpoints[checkpoint_id]
        hours = {hour_of(counted_at, checkpoint.zone) for counted_at in times}
        roll_up(checkpoint, direction, hours)
        revise_published(checkpoint, direction, hours, at, why)


def measurement_of(one: Seen, at: datetime, promise: Promise, plan: Mapping[str, float]) -> Measurement:
    """The row of one passage; not saved."""
    times, clocks = one.times, read_clocks(one.times, at=at)
    named = {name: getattr(clocks, name) for name in CLOCKS}
    named |= {STAGE + code: clock for code, clock in clocks.stages.items()}
    missing = {name: clock for name, clock in named.items() if isinstance(clock, Missing)}
    breach = find_breach(clocks, plan, limit_s=promise.inside_s)
    row = Measurement(
        passage_id=one.id,
        checkpoint_id=one.checkpoint_id,
        direction=one.direction,
        counted_at=one.counted_at,
        vehicle_class=times.vehicle_class,
        channel=times.channel,
        share=times.share,
        pre_arrival=bool(times.pre_arrival),
        stage_s={code: clock.seconds for code, clock in clocks.stages.items() if isinstance(clock, Measured)},
        missing={name: str(clock.reason) for name, clock in missing.items()},
        at_least={name: clock.at_least for name, clock in missing.items() if clock.at_least is not None},
        breach=str(breach.cause) if breach else "",
        breach_stage=(breach.stage or "") if breach else "",
        breach_over_s=breach.over_s if breach else None,
        revision=one.revision,
        measured_at=at,
        due_at=_due_at(one, clocks, at),
    )
    for name in CLOCKS:
        clock = named[name]
        setattr(row, f"{name}_s", clock.seconds if isinstance(clock, Measured) else None)
    return row


def _due_at(one: Seen, clocks: Clocks, at: datetime) -> datetime | None:
    """When to look again although no reading comes.

    Soon, while the truck is here. For the other side twice: when the clock has passed every limit that is
    published, and when the exit counts as missing.
    """
    here = (clocks.early_wait, clocks.outside, clocks.inside, clocks.touch, *clocks.stages.values())
    if any(isinstance(clock, Missing) and clock.reason is Reason.OPEN for clock in here):
        return at + WRITTEN_AGAIN_AFTER
    two_sided, began = clocks.two_sided, one.times.arrival_at or one.first_at
    if not isinstance(two_sided, Missing) or two_sided.reason not in (Reason.OPEN, Reason.NO_PARTNER):
        return None
    steps = (began + _PAST_ALL_LIMITS, began + PARTNER_T_MAX)
    return next((step + WRITTEN_AGAIN_AFTER for step in steps if at <= step), None)


_PAST_ALL_LIMITS: Final = timedelta(seconds=max(LIMITS))
