"""Readings: what a device saw, and whether it may be kept.

A device sends a batch. Each reading stands alone: a bad one is named with its place in the batch, its fields,
what is wrong and the mend, and the others are kept. Fields that are not listed on `Reading` are ignored, so
that a maker's own extras do no harm.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import SimpleNamespace
from typing import Any, Final
from uuid import UUID

import msgspec

from greenlane.errors import GreenlaneError
from greenlane.gate.reading_fields import typed_fields
from greenlane.gate.reading_rules import KINDS, POINTS, STAGE_POINTS, Problem, Rules, faults

__all__ = [
    "KINDS",
    "MOST_READINGS",
    "POINTS",
    "STAGE_POINTS",
    "BadReading",
    "Batch",
    "BatchRefused",
    "Problem",
    "Reading",
    "check",
    "decode_batch",
]

MOST_READINGS: Final = 5_000
"""Readings in one batch; more are refused, so that one request cannot hold the door for long."""


_SIGNED_IN: Final = "\0"
"""Stands for the device that signed in until `decode_batch` names it; no device can have such a name."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What one device saw once.

    Attributes:
        event_id: made by the device; a reading sent twice has the same one.
        device: name of the device.
        point: one of `POINTS`; with ``stage_in`` and ``stage_out`` goes a `stage`.
        event_time: when it was seen, by the device's clock; aware.
        event_time_zone_offset: offset at the checkpoint then, ``+hh:mm``.
        kind: one of `KINDS`.
        value: the plate, tag or code as read.
        confidence: the reader's own trust in `value`, 0 to 1.
        country: country of the plate, ISO 3166-1 alpha-2, where the reader tells it.
        skew_s: device clock less true time in seconds, where the device knows it.
    """

    event_id: UUID
    point: str
    event_time: datetime
    event_time_zone_offset: str
    kind: str
    value: str
    confidence: float
    stage: str | None = None
    lane: str | None = None
    country: str | None = None
    skew_s: float | None = None
    device: str = field(default=_SIGNED_IN, kw_only=True)


@dataclass(frozen=True, slots=True)
class BadReading:
    """A reading that was not kept: its place in the batch (from 0), its id where it was legible, and why."""

    index: int
    event_id: str | None
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class Batch:
    """The readings to keep, in the order sent, and those that were not."""

    readings: tuple[Reading, ...]
    bad: tuple[BadReading, ...]


class BatchRefused(GreenlaneError):
    """The body is no batch at all; nothing of it was kept. The device keeps it and sends it again, mended."""


class _Typed(msgspec.Struct):
    readings: list[Reading]


class _Loose(msgspec.Struct):
    readings: list[msgspec.Raw]


_TYPED: Final = msgspec.json.Decoder(list[Reading] | _Typed)
_LOOSE: Final = msgspec.json.Decoder(list[msgspec.Raw] | _Loose)


def check(
    raw: Mapping[str, Any],
    now: datetime,
    *,
    device: str | None = None,
    stages: Collection[str] | None = None,
) -> Reading | list[Problem]:
    """One raw reading, judged at `now` (aware): the reading, or everything that is wrong with it.

    Args:
        raw: the decoded JSON object; an optional field may be absent, null, or (texts) empty.
        device: name of the device that signed in: filled in where absent, and binding where given.
        stages: stage codes of the checkpoint; None accepts any.
    """
    return _check(raw, Rules.at(now, device=device, stages=stages))


def decode_batch(
    body: bytes,
    now: datetime,
    *,
    device: str | None = None,
    stages: Collection[str] | None = None,
) -> Batch:
    """A JSON body, ``[reading, ...]`` or ``{"readings": [reading, ...]}``, sorted into readings to keep and
    bad ones.

    A batch without fault is decoded straight into `Reading`; one with a fault is read again item by item, so
    that only the faulty reading is lost. The arguments are those of `check`.

    Raises:
        BatchRefused: the body is not JSON, not a list of readings, or holds more than `MOST_READINGS`.
    """
    rules = Rules.at(now, device=device, stages=stages)
    try:
        typed = _TYPED.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return _item_by_item(body, rules)
    readings = typed if isinstance(typed, list) else typed.readings
    _bound(len(readings))
    if device is not None:
        _name(readings, device)
    if any(faults(reading, rules) for reading in readings):
        return _item_by_item(body, rules)
    return Batch(tuple(readings), ())


def _name(readings: Iterable[Reading], device: str) -> None:
    for reading in readings:
        if reading.device is _SIGNED_IN:
            # Nobody else has the reading yet, and a changed copy would cost as much as decoding it.
            object.__setattr__(reading, "device", device)


def _item_by_item(body: bytes, rules: Rules) -> Batch:
    try:
        loose = _LOOSE.decode(body)
    except msgspec.ValidationError:
        raise BatchRefused(
            "not_a_batch", "The body is not a list of readings.", mend='Send {"readings": [...]}.'
        ) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as fault:
        raise BatchRefused(
            "not_json", f"The body is not JSON: {fault}.", mend="Send JSON in UTF-8."
        ) from None
    items = loose if isinstance(loose, list) else loose.readings
    _bound(len(items))
    kept: list[Reading] = []
    bad: list[BadReading] = []
    for index, item in enumerate(items):
        try:
            raw = msgspec.json.decode(item)
        except (msgspec.DecodeError, UnicodeDecodeError):
            bad.append(BadReading(index, None, (_ILLEGIBLE,)))
            continue
        result = _check(raw, rules) if isinstance(raw, dict) else [_NOT_AN_OBJECT]
        if isinstance(result, Reading):
            kept.append(result)
        else:
            bad.append(BadReading(index, _legible_id(raw), tuple(result)))
    return Batch(tuple(kept), tuple(bad))


_NOT_AN_OBJECT: Final = Problem(
    "", "wrong_type", "The reading is not a JSON object.", 'Send {"event_id": ..., "point": ..., ...}.'
)
_ILLEGIBLE: Final = Problem(
    "", "illegible", "The reading holds a number or a text that cannot be decoded.", "Send plain UTF-8 JSON."
)


def _bound(count: int) -> None:
    if count > MOST_READINGS:
        raise BatchRefused(
            "batch_too_large",
            f"The batch has {count} readings, more than {MOST_READINGS}.",
            field="readings",
            mend=f"Send at most {MOST_READINGS} readings at a time.",
            status=413,
        )


def _legible_id(item: Any) -> str | None:
    event_id = item.get("event_id") if isinstance(item, dict) else None
    return event_id[:36] if isinstance(event_id, str) else None


def _check(raw: Mapping[str, Any], rules: Rules) -> Reading | list[Problem]:
    typed, problems = typed_fields(raw, default_device=rules.device)
    if problems:
        named = {problem.field for problem in problems}
        fields = dict.fromkeys(Reading.__slots__) | typed
        return problems + [p for p in faults(SimpleNamespace(**fields), rules) if p.field not in named]
    reading = Reading(**typed)
    return faults(reading, rules) or reading
