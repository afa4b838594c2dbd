"""What a reading must be: one rule a field, each fault with the field and the mend."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final, Protocol

POINTS: Final = ("queue_end", "park_in", "park_out", "call", "entry", "stage_in", "stage_out", "exit")
"""Where a reading is taken, in the order of a truck's way."""
STAGE_POINTS: Final = frozenset(("stage_in", "stage_out"))
KINDS: Final = ("plate", "tag", "qr", "tap")
"""What was read: a plate by a camera; a tag by a reader; ``qr``, the booking code of a pass that the device
has verified; ``tap``, what an officer entered: a booking code, or a plate as typed."""

FUTURE_TOLERANCE: Final = timedelta(minutes=2)
"""A reading may be this far ahead of the platform's clock: more than that is a wrong device clock, not
delay."""
OLDEST: Final = timedelta(days=400)
"""Older readings are refused: a year and a month covers any late upload, and beyond it a date is a fault."""
MOST_VALUE: Final = 64
MOST_CODE: Final = 40
MOST_DEVICE: Final = 60
WIDEST_OFFSET_MINUTES: Final = 14 * 60
"""UTC+14:00 is the widest offset in use, and the widest that EPCIS 2.0 admits."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault of one reading: which field, a stable code, what is wrong, and what to do."""

    field: str
    code: str
    message: str
    mend: str


@dataclass(frozen=True, slots=True)
class Rules:
    """What holds for every reading of one batch.

    Attributes:
        earliest, latest: bounds of ``event_time``.
        device: the device that signed in; a reading that names another one is refused. None: any.
        stages: stage codes of the checkpoint. None: any.
    """

    earliest: datetime
    latest: datetime
    device: str | None = None
    stages: Collection[str] | None = None

    @classmethod
    def at(cls, now: datetime, *, device: str | None = None, stages: Collection[str] | None = None) -> Rules:
        """The rules for a batch that arrives at `now` (aware)."""
        return cls(now - OLDEST, now + FUTURE_TOLERANCE, device, stages)


class Fields(Protocol):
    """The fields of a reading that had the right type; None where absent or ill-typed."""

    @property
    def device(self) -> str | None: ...
    @property
    def point(self) -> str | None: ...
    @property
    def stage(self) -> str | None: ...
    @property
    def lane(self) -> str | None: ...
    @property
    def event_time(self) -> datetime | None: ...
    @property
    def event_time_zone_offset(self) -> str | None: ...
    @property
    def kind(self) -> str | None: ...
    @property
    def value(self) -> str | None: ...
    @property
    def country(self) -> str | None: ...
    @property
    def confidence(self) -> float | None: ...
    @property
    def skew_s(self) -> float | None: ...


def faults(fields: Fields, rules: Rules) -> list[Problem]:
    """Every rule that the given fields break; absent fields are not judged here."""
    found: list[Problem] = []
    _judge_codes(fields, rules, found)
    if fields.event_time is not None:
        _judge_time(fields.event_time, rules, found)
    offset = fields.event_time_zone_offset
    if offset is not None and not is_offset(offset):
        found.append(
            Problem(
                "event_time_zone_offset",
                "bad_offset",
                f"{_quoted(offset)} is not an offset from UTC.",
                "Write it as +hh:mm or -hh:mm, at most 14:00, such as +09:00.",
            )
        )
    _judge_value(fields, found)
    confidence = fields.confidence
    if confidence is not None and not 0.0 <= confidence <= 1.0:
        found.append(
            Problem(
                "confidence",
                "out_of_range",
                f"{confidence} is outside 0 to 1.",
                "Send a share from 0 to 1; divide a percentage by 100.",
            )
        )
    skew = fields.skew_s
    if skew is not None and not abs(skew) < 1e9:
        found.append(
            Problem(
                "skew_s", "out_of_range", f"{skew} is no number of seconds.", "Send seconds, or leave it out."
            )
        )
    return found


def _judge_codes(fields: Fields, rules: Rules, found: list[Problem]) -> None:
    device, point, stage, kind = fields.device, fields.point, fields.stage, fields.kind
    if device is not None:
        if rules.device is not None and device != rules.device:
            found.append(
                Problem(
                    "device",
                    "other_device",
                    f"The reading is of device {_quoted(device)}, but {_quoted(rules.device)} is signed in.",
                    "Send each device's readings with its own token, or leave the field out.",
                )
            )
        else:
            _judge_text("device", device, MOST_DEVICE, found)
    if point is not None and point not in POINTS:
        found.append(_unknown("point", point, POINTS))
    if kind is not None and kind not in KINDS:
        found.append(_unknown("kind", kind, KINDS))
    if stage is None:
        if point in STAGE_POINTS:
            found.append(
                Problem(
                    "stage",
                    "missing",
                    f"A reading at {point} needs its stage.",
                    "Send the code of the stage, such as customs.",
                )
            )
    elif rules.stages is not None and stage not in rules.stages:
        found.append(_unknown("stage", stage, tuple(rules.stages)))
    else:
        _judge_text("stage", stage, MOST_CODE, found)
    if fields.lane is not None:
        _judge_text("lane", fields.lane, MOST_CODE, found)


def _judge_time(time: datetime, rules: Rules, found: list[Problem]) -> None:
    if time.tzinfo is None:
        found.append(
            Problem(
                "event_time",
                "naive_time",
                f"{time.isoformat()} does not say in which zone it is.",
                "End it with Z or an offset, such as 2026-05-04T10:00:00+09:00.",
            )
        )
    elif time > rules.latest:
        found.append(
            Problem(
                "event_time",
                "in_future",
                f"{time.isoformat()} has not come yet.",
                "Set the device's clock from a time server (NTP) and send the reading again.",
            )
        )
    elif time < rules.earliest:
        found.append(
            Problem(
                "event_time",
                "too_old",
                f"{time.isoformat()} is more than {OLDEST.days} days ago.",
                "Check the year; set the device's clock from a time server (NTP).",
            )
        )


def _judge_value(fields: Fields, found: list[Problem]) -> None:
    value, country = fields.value, fields.country
    if value is not None:
        _judge_text("value", value, MOST_VALUE, found)
        if fields.kind == "plate" and not _is_legible(value):
            found.append(
                Problem(
                    "value",
                    "empty",
                    "The plate has no letter or digit.",
                    "Send what was legible; with nothing legible, send no reading.",
                )
            )
    if country is not None and not (len(country) == 2 and country.isascii() and country.isupper()):
        found.append(
            Problem(
                "country",
                "unknown",
                f"{_quoted(country)} is not a country code.",
                "Send two capital letters of ISO 3166-1, such as KZ, or leave it out.",
            )
        )


def _is_legible(plate: str) -> bool:
    # Blank text is named as such already.
    return plate.isalnum() or plate.isspace() or not plate or any(map(str.isalnum, plate))


def _judge_text(field: str, text: str, most: int, found: list[Problem]) -> None:
    if not text or text.isspace():
        found.append(Problem(field, "empty", "The text is empty.", "Send what was read, or leave it out."))
    elif len(text) > most:
        found.append(
            Problem(
                field,
                "too_long",
                f"The text has {len(text)} characters, more than {most}.",
                f"Send at most {most} characters.",
            )
        )
    elif not text.isprintable():
        found.append(
            Problem(
                field,
                "unprintable",
                "The text holds a control character or one that cannot be shown.",
                "Send plain text without line breaks, tabs and zero bytes.",
            )
        )


def _unknown(field: str, value: str, known: tuple[str, ...]) -> Problem:
    return Problem(
        field, "unknown", f"{_quoted(value)} is not a known {field}.", f"Use one of: {', '.join(known)}."
    )


def _quoted(text: str) -> str:
    return repr(text) if len(text) <= MOST_CODE else repr(text[:MOST_CODE]) + "..."


@lru_cache(maxsize=512)
def is_offset(text: str) -> bool:
    """Whether the text is an offset from UTC as EPCIS 2.0 writes it: ``+hh:mm`` or ``-hh:mm``, at most
    14:00."""
    if len(text) != 6 or text[0] not in "+-" or text[3] != ":" or not text.isascii():
        return False
    hours, minutes = text[1:3], text[4:6]
    if not (hours.isdigit() and minutes.isdigit()):
        return False
    return int(minutes) < 60 and int(hours) * 60 + int(minutes) <= WIDEST_OFFSET_MINUTES
