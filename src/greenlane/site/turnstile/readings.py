"""POST /api/v1/readings: what devices saw, kept before it is answered."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import asyncpg

from greenlane.errors import GreenlaneError
from greenlane.gate.readings import BadReading, Batch, Reading, decode_batch
from greenlane.registry.clock import now
from greenlane.site.turnstile.group_commit import GroupCommit, Overloaded
from greenlane.site.turnstile.http import Receive, Scope, Send, read_body, send_json
from greenlane.site.turnstile.identity import DeviceIdentity, Identities

_KNOWN = "SELECT known FROM gate_known_readings($1::uuid[]) known"
_COLUMNS = (
    "event_id", "device_id", "checkpoint_id", "direction", "point", "stage", "lane", "event_time",
    "zone_offset", "record_time", "kind", "value", "country", "confidence", "skew_s",
)  # fmt: skip
_TRIES = 5
"""A try fails when another process has just kept the same readings; the next one finds them known."""


class _Sent(NamedTuple):
    device: DeviceIdentity
    readings: tuple[Reading, ...]
    at: datetime


class Readings:
    """The readings door."""

    def __init__(self, pool: asyncpg.Pool, identities: Identities) -> None:
        self._pool, self._identities = pool, identities
        self._line: GroupCommit[_Sent, int] = GroupCommit(
            self._flush, most=5_000, waiting=200_000, weigh=lambda sent: len(sent.readings)
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        device = await self._identities.device(scope)
        at = now()
        batch = decode_batch(await read_body(receive), at, device=device.name, stages=device.stages or None)
        kept = tuple(reading for reading in batch.readings if reading.point in device.points)
        rejected = [_bad(bad) for bad in batch.bad]
        if len(kept) < len(batch.readings):
            rejected += _foreign_points(batch, device)
        accepted = 0
        if kept:
            try:
                accepted = await self._line.submit(_Sent(device, kept, at))
            except Overloaded:
                raise GreenlaneError(
                    "busy", "Too many readings wait.", mend="Keep the batch and send it again in a second.",
                    status=503,
                ) from None  # fmt: skip
        await send_json(
            send, 200, {"accepted": accepted, "duplicates": len(kept) - accepted, "rejected": rejected}
        )

    async def _flush(self, sent: Sequence[_Sent]) -> Sequence[int]:
        """One COPY for all, in order of arrival; a reading sent twice counts for its first sender."""
        first: dict[UUID, tuple[_Sent, Reading]] = {}
        for batch in sent:
            for reading in batch.readings:
                first.setdefault(reading.event_id, (batch, reading))
        async with self._pool.acquire() as connection:
            new = await _keep(connection, first)
        return [new.get(id(batch), 0) for batch in sent]


async def _keep(connection: asyncpg.Connection, first: Mapping[UUID, tuple[_Sent, Reading]]) -> Counter[int]:
    """Keep the readings that are not known yet; how many of each batch (by ``id``) those were.

    Looking first and COPY then costs half of ``INSERT ... ON CONFLICT``; the unique index is what guarantees
    that nothing is kept twice.
    """
    for left in reversed(range(_TRIES)):
        known = {row["known"] for row in await connection.fetch(_KNOWN, list(first))}
        new = [sent for event_id, sent in first.items() if event_id not in known]
        try:
            if new:
                await connection.copy_records_to_table(
                    "gate_reading", records=(_row(*one) for one in new), columns=_COLUMNS
                )
            break
        except (asyncpg.UniqueViolationError, asyncpg.DeadlockDetectedError):
            if not left:
                raise
    return Counter(id(batch) for batch, _ in new)


def _row(sent: _Sent, reading: Reading) -> tuple[Any, ...]:
    device = sent.device
    return (
        reading.event_id,
        device.device,
        device.checkpoint,
        device.direction,
        reading.point,
        reading.stage or "",
        reading.lane or "",
        reading.event_time,
        reading.event_time_zone_offset,
        sent.at,
        reading.kind,
        reading.value,
        reading.country or "",
        reading.confidence,
        reading.skew_s,
    )


def _bad(bad: BadReading) -> dict[str, Any]:
    problems = [asdict(problem) for problem in bad.problems]
    return {"index": bad.index, "event_id": bad.event_id, **problems[0], "problems": problems}


def _foreign_points(batch: Batch, device: DeviceIdentity) -> list[dict[str, Any]]:
    """Readings from a point at which the device does not stand; their places in the batch are those left
    over.
    """
    bad = {reading.index for reading in batch.bad}
    places = (index for index in range(len(batch.readings) + len(bad)) if index not in bad)
    problem = {
        "field": "point",
        "code": "foreign_point",
        "mend": "Send it with the token of the device that saw it; this one stands at: "
        + ", ".join(sorted(device.points))
        + ".",
    }
    return [
        {"index": index, "event_id": str(reading.event_id), **told, "problems": [told]}
        for index, reading in zip(places, batch.readings, strict=True)
        if reading.point not in device.points
        for told in [problem | {"message": f"Device {device.name} does not stand at {reading.point}."}]
    ]
