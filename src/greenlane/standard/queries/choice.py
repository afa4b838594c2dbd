"""What figures are asked for: which clock, of which trucks, grouped by what."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from greenlane.errors import GreenlaneError
from greenlane.registry.codes import CHANNELS, VEHICLE_CLASSES
from greenlane.registry.models import Checkpoint
from greenlane.registry.queries import direction_document
from greenlane.standard.clocks import CLOCKS
from greenlane.standard.columns import STAGE

BY: Final = ("all", "hour", "day", "weekday", "week_hour", "class", "channel", "direction")
"""What figures may be grouped by; ``week_hour`` is weekday and hour, such as ``1 08``."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """What figures are of: a clock, and the trucks it is read from ("" is all)."""

    clock: str = "inside"
    channel: str = ""
    vehicle_class: str = ""


def check_direction(checkpoint: Checkpoint, direction: str) -> None:
    """Refuse a direction in which no trucks pass: ``direction_unknown`` (404)."""
    direction_document(checkpoint, direction)


def check_chosen(chosen: Chosen, by: str = "all") -> None:
    """Refuse what figures cannot be made of, naming the field and the mend.

    Raises:
        GreenlaneError: ``clock_unknown``, ``channel_unknown``, ``class_unknown`` or ``by_unknown``.
    """
    known_clock = chosen.clock in CLOCKS or chosen.clock.startswith(STAGE)
    _require(known_clock, "clock", chosen.clock, (*CLOCKS, "stage:CODE"))
    _require(chosen.channel in ("", *CHANNELS), "channel", chosen.channel, CHANNELS)
    _require(chosen.vehicle_class in ("", *VEHICLE_CLASSES), "class", chosen.vehicle_class, VEHICLE_CLASSES)
    _require(by in BY, "by", by, BY)


def _require(holds: bool, field: str, given: str, known: tuple[str, ...]) -> None:
    if not holds:
        raise GreenlaneError(
            f"{field}_unknown",
            _("“%(given)s” is not known here.") % {"given": given},
            field=field,
            mend=_("Use one of: %(known)s.") % {"known": ", ".join(known)},
            status=422,
        )


def narrowed(rows: QuerySet[Any], chosen: Chosen) -> QuerySet[Any]:
    """The rows of the chosen channel and class."""
    if chosen.channel:
        rows = rows.filter(channel=chosen.channel)
    return rows.filter(vehicle_class=chosen.vehicle_class) if chosen.vehicle_class else rows


def label_of(by: str, local: datetime, channel: str, vehicle_class: str, direction: str) -> str:
    """The group that a passage belongs to, by its local hour of entry and what was fixed before it came."""
    match by:
        case "hour":
            return f"{local.hour:02d}"
        case "day":
            return local.date().isoformat()
        case "weekday":
            return str(local.isoweekday())
        case "week_hour":
            return f"{local.isoweekday()} {local.hour:02d}"
        case "class":
            return vehicle_class
        case "channel":
            return channel
        case "direction":
            return direction
    return "all"
