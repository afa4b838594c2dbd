"""From a decoded JSON object to typed fields of a reading: what is absent, and what has the wrong type."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from greenlane.gate.reading_rules import Problem

_TEXTS: Final = ("device", "point", "event_time_zone_offset", "kind", "value")
_OPTIONAL_TEXTS: Final = ("stage", "lane", "country")
_MOST_SHOWN: Final = 40


def typed_fields(
    raw: Mapping[str, Any], *, default_device: str | None = None
) -> tuple[dict[str, Any], list[Problem]]:
    """The fields that have the right type, and a problem for each required one that has not.

    An optional text that is absent, null or empty is left out.
    """
    typed: dict[str, Any] = {}
    problems: list[Problem] = []
    for field in _TEXTS:
        value = raw.get(field)
        if isinstance(value, str):
            typed[field] = value
        elif value is None and field == "device" and default_device is not None:
            typed[field] = default_device
        else:
            problems.append(_not(field, value, "text"))
    for field in _OPTIONAL_TEXTS:
        value = raw.get(field)
        if isinstance(value, str):
            typed[field] = value or None
        elif value is not None:
            problems.append(_not(field, value, "text"))
    _read_id(raw.get("event_id"), typed, problems)
    _read_time(raw.get("event_time"), typed, problems)
    _read_number("confidence", raw.get("confidence"), typed, problems)
    if raw.get("skew_s") is not None:
        _read_number("skew_s", raw["skew_s"], typed, problems)
    return typed, problems


def _read_id(value: Any, typed: dict[str, Any], problems: list[Problem]) -> None:
    if isinstance(value, UUID):
        typed["event_id"] = value
    elif not isinstance(value, str):
        problems.append(_not("event_id", value, "text"))
    else:
        try:
            typed["event_id"] = UUID(value)
        except ValueError:
            problems.append(
                Problem(
                    "event_id",
                    "bad_uuid",
                    f"{value[:_MOST_SHOWN]!r} is not a UUID.",
                    "Send a UUID (version 7 or 4), made once for each reading.",
                )
            )


def _read_time(value: Any, typed: dict[str, Any], problems: list[Problem]) -> None:
    if isinstance(value, datetime):
        typed["event_time"] = value
    elif not isinstance(value, str):
        problems.append(_not("event_time", value, "text"))
    else:
        try:
            typed["event_time"] = datetime.fromisoformat(value)
        except ValueError:
            problems.append(
                Problem(
                    "event_time",
                    "unreadable_time",
                    f"{value[:_MOST_SHOWN]!r} is not a time.",
                    "Write it as ISO 8601 with an offset, such as 2026-05-04T10:00:00+09:00.",
                )
            )


def _read_number(field: str, value: Any, typed: dict[str, Any], problems: list[Problem]) -> None:
    # JSON integers may be too long for a float, and to Python true and false are integers.
    if isinstance(value, float) or (type(value) is int and abs(value) < 10**15):
        typed[field] = float(value)
    else:
        problems.append(_not(field, value, "a number"))


def _not(field: str, value: Any, wanted: str) -> Problem:
    if value is None:
        return Problem(field, "missing", f"The reading has no {field}.", f"Send {field} as {wanted}.")
    kind = type(value).__name__
    return Problem(field, "wrong_type", f"{field} is of type {kind}, not {wanted}.", f"Send it as {wanted}.")
