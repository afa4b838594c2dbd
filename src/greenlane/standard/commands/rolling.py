"""From measurements to hourly roll-ups: what live pages read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

import numpy as np
from django.db import transaction

from greenlane.registry.models import Checkpoint
from greenlane.standard.commands.copying import copy_in
from greenlane.standard.models import HourlyHistogram
from greenlane.standard.outcomes import Reason
from greenlane.standard.periods import Period, hour_of
from greenlane.standard.queries.promises import promise_of
from greenlane.standard.queries.stored import Clocked, clocked, columns_of, measurements
from greenlane.standard.rollups import roll


@transaction.atomic
def roll_up(checkpoint: Checkpoint, direction: str, hours: Iterable[datetime]) -> int:
    """Make the roll-ups of hours anew from their measurements; how many rows.

    Args:
        checkpoint: whose.
        direction: which way.
        hours: starts of local clock hours, as `periods.hour_of` gives them.
    """
    wanted = sorted(set(hours))
    HourlyHistogram.objects.filter(checkpoint=checkpoint, direction=direction, hour__in=wanted).delete()
    rows = _rows(checkpoint, direction, _members(checkpoint, direction, wanted))
    copy_in(rows)
    return len(rows)


def _members(checkpoint: Checkpoint, direction: str, hours: list[datetime]) -> list[Clocked]:
    return [
        row
        for start, end in _runs(hours)
        for row in clocked(measurements(checkpoint, direction, Period(start, end)))
    ]


def _runs(hours: list[datetime]) -> Iterator[tuple[datetime, datetime]]:
    """Hours in order as few intervals: a day that was filled in is one query, not 24."""
    start: datetime | None = None
    end: datetime | None = None
    for hour in hours:
        if start is not None and end is not None and hour != end:
            yield start, end
            start = None
        start, end = start or hour, hour + timedelta(hours=1)
    if start is not None and end is not None:
        yield start, end


def _rows(checkpoint: Checkpoint, direction: str, members: list[Clocked]) -> list[HourlyHistogram]:
    promise = promise_of(checkpoint)
    keys = [(hour_of(row.counted_at, checkpoint.zone), row.channel, row.vehicle_class) for row in members]
    places = {key: place for place, key in enumerate(sorted(set(keys)))}
    groups = np.array([places[key] for key in keys], dtype=np.int64)
    forms = {
        clock: roll(column, groups, len(places), promise.limit_s(clock))
        for clock, column in columns_of(members).items()
    }
    causes: list[Counter[str]] = [Counter() for _ in places]
    for row, group in zip(members, groups.tolist(), strict=True):
        if row.breach:
            causes[group][row.breach_stage or row.breach] += 1
    rows = []
    for (hour, channel, vehicle_class), place in places.items():
        inside = forms["inside"][place]
        limit_s, within, over, undecided = inside["share"]
        rows.append(
            HourlyHistogram(
                checkpoint=checkpoint,
                direction=direction,
                hour=hour,
                channel=channel,
                vehicle_class=vehicle_class,
                clocks={clock: each[place] for clock, each in forms.items()},
                limit_s=limit_s,
                within=within,
                over=over,
                undecided=undecided,
                measured=sum(inside["bins"].values()),
                still_open=inside["missing"].get(str(Reason.OPEN), 0),
                causes=dict(causes[place]),
            )
        )
    return rows
