"""Readings of whole passages at a shipped crossing, as its devices would send them. Plates are invented."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec

from bench.load import Request, post

if TYPE_CHECKING:
    from greenlane.registry.models import Checkpoint

CODE, DIRECTION = "nur-zholy", "outbound"
POINTS = ("queue_end", "park_in", "park_out", "call", "entry", "stage_in", "stage_out", "exit")
_STAGES = (("weighing", "W1"), ("border", "P1"), ("transport", "T1"), ("customs", "C1"))


@dataclass(frozen=True, slots=True)
class Gate:
    """The checkpoint, and the tokens of its devices, each of which stands at every point."""

    checkpoint: Checkpoint
    tokens: tuple[str, ...]


def make_gate(devices: int) -> Gate:
    """Devices at the checkpoint; the crossing is loaded already."""
    from greenlane.gate.commands import register_device
    from greenlane.registry.models import Checkpoint

    checkpoint = Checkpoint.objects.select_related("crossing").get(code=CODE)
    at = datetime.now(UTC)
    tokens = [
        register_device(checkpoint, DIRECTION, f"camera-{number}", "camera", POINTS, at)
        for number in range(devices)
    ]
    return Gate(checkpoint, tuple(tokens))


def readings_of(trucks: int, days: int) -> list[dict[str, Any]]:
    """Readings of trucks that came evenly over the past days up to two hours ago, in order of time.

    Most pass inside in under ten minutes; each twelfth is held longer at customs.
    """
    dice = random.Random(7)
    end = datetime.now(UTC) - timedelta(hours=2)
    gap = timedelta(days=days) / max(trucks, 1)
    seen = [
        reading
        for number in range(trucks)
        for reading in _passage(dice, _plate(number), end - gap * (trucks - number), number % 12 == 0)
    ]
    return sorted(seen, key=lambda reading: reading["event_time"])


def _plate(number: int) -> str:
    """An invented plate, so unlike every other that none is taken for a misread other one."""
    return "".join(random.Random(number).choices("ACEHKMPTXY1234679", k=10))


def _passage(dice: random.Random, plate: str, start: datetime, held: bool) -> Iterator[dict[str, Any]]:
    """Into the park, called, through the barriers and the stages of the green channel."""
    at = start

    def seen(point: str, after_s: float, **more: str) -> dict[str, Any]:
        nonlocal at
        at += timedelta(seconds=after_s)
        return _reading(dice, plate, point, at) | more

    yield seen("park_in", 0)
    yield seen("park_out", dice.uniform(300, 2400))
    yield seen("entry", dice.uniform(300, 700))
    for stage, lane in _STAGES:
        yield seen("stage_in", dice.uniform(5, 25), stage=stage, lane=lane)
        slow = 900.0 if held and stage == "customs" else 0.0
        yield seen("stage_out", dice.uniform(30, 130) + slow, stage=stage, lane=lane)
    yield seen("exit", dice.uniform(10, 40))


def _reading(dice: random.Random, plate: str, point: str, at: datetime) -> dict[str, Any]:
    return {
        "event_id": str(UUID(int=dice.getrandbits(128), version=4)),
        "point": point,
        "event_time": at.isoformat(),
        "event_time_zone_offset": "+05:00",
        "kind": "plate",
        "value": plate,
        "country": "KZ",
        "confidence": 0.97,
    }


def batches(gate: Gate, readings: Sequence[dict[str, Any]], size: int) -> list[Request]:
    """The requests that send readings in batches, from the devices in turn."""
    tokens = gate.tokens
    return [
        Request(
            post(
                "/api/v1/readings",
                msgspec.json.encode(readings[start : start + size]),
                tokens[start // size % len(tokens)],
            ),
            min(size, len(readings) - start),
        )
        for start in range(0, len(readings), size)
    ]


@dataclass(frozen=True, slots=True)
class Worked:
    """How many readings became how many passages, and the seconds of matching and of measuring."""

    readings: int
    passages: int
    match_s: float
    measure_s: float


def work_through(waiting: int) -> Worked:
    """Match all readings that wait, and measure the passages, as the jobs worker does."""
    from greenlane.gate.commands import match_pending
    from greenlane.gate.queries import has_pending
    from greenlane.registry.clock import now
    from greenlane.standard.commands import measure

    changed: set[int] = set()
    started = time.perf_counter()
    while has_pending():
        changed |= match_pending(now())
    matched = time.perf_counter()
    measured = measure(changed, now())
    return Worked(waiting, measured, matched - started, time.perf_counter() - matched)
