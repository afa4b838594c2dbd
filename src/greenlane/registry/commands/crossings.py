"""A crossing's file put in force: rows made, changed and retired, never deleted."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Model
from django.utils.translation import gettext as _

from greenlane.errors import GreenlaneError
from greenlane.registry import crossing as described
from greenlane.registry.commands.booking_rules import with_rules_in_force
from greenlane.registry.crossing_diff import Change, changes
from greenlane.registry.models import (
    Account,
    Checkpoint,
    Crossing,
    CrossingVersion,
    Lane,
    Park,
    Shift,
    Stage,
)
from greenlane.registry.signals import checkpoint_described


@dataclass(frozen=True, slots=True)
class CrossingDiff:
    """What a load changes against the description in force; falsy when there is nothing to change."""

    crossing: str
    is_new: bool
    changes: tuple[Change, ...]

    def __bool__(self) -> bool:
        return self.is_new or bool(self.changes)


def planned_changes(crossing: described.Crossing) -> CrossingDiff:
    """What `load_crossing` would change."""
    crossing = with_rules_in_force(crossing)
    version = _current(crossing.code)
    before = described.Crossing.from_document(version.document) if version else None
    return CrossingDiff(crossing.code, version is None, changes(before, crossing))


def load_crossing(crossing: described.Crossing, by: Account | None, at: datetime) -> CrossingDiff:
    """Put a crossing's description in force, and say what that changed. Repeating it changes nothing.

    Stages, lanes and parks that the description no longer names are retired and kept, since past passages
    name them. Every description that differs from the one before is kept as a version.
    Booking rules come with the first description; later ones leave those in force, which change by adoption.

    Raises:
        GreenlaneError: ``checkpoint_renamed`` or ``checkpoint_taken`` (409).
    """
    with transaction.atomic():
        crossing = with_rules_in_force(crossing)
        kept, _made = Crossing.objects.select_for_update().get_or_create(
            code=crossing.code, defaults={"names": asdict(crossing.names), "mode": crossing.mode}
        )
        diff, last, document = planned_changes(crossing), _current(crossing.code), crossing.as_document()
        digest = _digest(document)
        if last is not None and _says(last, crossing, digest):
            return diff
        _put(kept, names=asdict(crossing.names), mode=crossing.mode)
        for checkpoint in crossing.checkpoints:
            _load_checkpoint(kept, checkpoint, at)
        CrossingVersion.objects.create(
            crossing=kept,
            number=last.number + 1 if last else 1,
            document=document,
            digest=digest,
            loaded_at=at,
            loaded_by=by,
        )
    return diff


def _says(version: CrossingVersion, crossing: described.Crossing, digest: str) -> bool:
    """Whether a version describes the same, though it may have been kept before a key was known."""
    return version.digest == digest or described.Crossing.from_document(version.document) == crossing


def _digest(document: dict[str, Any]) -> str:
    """SHA-256 of a document in canonical JSON."""
    text = json.dumps(document, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _current(code: str) -> CrossingVersion | None:
    return CrossingVersion.objects.filter(crossing__code=code).order_by("-number").first()


def _load_checkpoint(crossing: Crossing, given: described.Checkpoint, at: datetime) -> None:
    _check_code(crossing, given)
    figures = {
        "names": asdict(given.names),
        "country": given.country,
        "zone": given.zone,
        "latitude": given.lat,
        "longitude": given.lon,
    }
    checkpoint, made = Checkpoint.objects.get_or_create(
        crossing=crossing, side=given.side, code=given.code, defaults=figures
    )
    if not made:
        _put(checkpoint, **figures)
    _load_parks(checkpoint, given.parks, at)
    _load_stages(checkpoint, given.directions.values(), at)
    checkpoint_described.send(sender=Checkpoint, checkpoint=checkpoint, described=given)


def _check_code(crossing: Crossing, given: described.Checkpoint) -> None:
    elsewhere = Checkpoint.objects.filter(code=given.code).exclude(crossing=crossing).first()
    if elsewhere is not None:
        raise GreenlaneError(
            "checkpoint_taken",
            _("The checkpoint %(code)s is part of another crossing.") % {"code": given.code},
            field=f"checkpoints.{given.side}.code",
            mend=_("Give it its own code."),
            status=409,
        )
    side = Checkpoint.objects.filter(crossing=crossing, side=given.side).exclude(code=given.code).first()
    if side is not None:
        raise GreenlaneError(
            "checkpoint_renamed",
            _("The checkpoint on side %(side)s has the code %(code)s, under which all its history is kept.")
            % {"side": given.side, "code": side.code},
            field=f"checkpoints.{given.side}.code",
            mend=_("Keep the code; change the names instead."),
            status=409,
        )


def _load_parks(checkpoint: Checkpoint, given: Iterable[described.Park], at: datetime) -> None:
    known = {park.code: park for park in checkpoint.parks.all()}
    for park in given:
        kept = known.pop(park.code, None) or Park(checkpoint=checkpoint, code=park.code)
        figures = {"names": asdict(park.names), "places": park.places, "travel_minutes": park.travel_minutes}
        _put(kept, **figures, retired_at=None)
    _retire(known.values(), at)


def _load_stages(checkpoint: Checkpoint, given: Iterable[described.Direction], at: datetime) -> None:
    known = {(stage.direction, stage.code): stage for stage in checkpoint.stages.all()}
    for direction in given:
        for position, stage in enumerate(direction.stages):
            kept = known.pop((direction.code, stage.code), None) or Stage(
                checkpoint=checkpoint, direction=direction.code, code=stage.code
            )
            _put(
                kept,
                kind=stage.kind,
                names=asdict(stage.names),
                position=position,
                plan_s=stage.plan_s,
                retired_at=None,
            )
            _load_lanes(kept, stage.lanes, at)
    for gone in known.values():
        _retire(gone.lanes.all(), at)
    _retire(known.values(), at)


def _load_lanes(stage: Stage, given: Iterable[described.Lane], at: datetime) -> None:
    known = {lane.code: lane for lane in stage.lanes.all()}
    for lane in given:
        kept = known.pop(lane.code, None) or Lane(stage=stage, code=lane.code)
        _put(kept, retired_at=None)
        _load_shifts(kept, lane.shifts)
    _retire(known.values(), at)


def _load_shifts(lane: Lane, given: Iterable[described.Shift]) -> None:
    wished = sorted((list(shift.weekdays), shift.opens_minute, shift.closes_minute) for shift in given)
    kept = sorted(lane.shifts.values_list("weekdays", "opens_minute", "closes_minute"))
    if wished != [tuple(shift) for shift in kept]:
        # Shifts are a plan that nothing points at; what they were stands in the version before.
        lane.shifts.all().delete()
        Shift.objects.bulk_create(
            Shift(lane=lane, weekdays=weekdays, opens_minute=opens, closes_minute=closes)
            for weekdays, opens, closes in wished
        )


def _retire(gone: Iterable[Stage | Lane | Park], at: datetime) -> None:
    for row in gone:
        if row.retired_at is None:
            _put(row, retired_at=at)


def _put(row: Model, **figures: Any) -> None:
    """Save the row with these figures, unless it is kept with them already."""
    changed = {name: value for name, value in figures.items() if getattr(row, name) != value}
    for name, value in changed.items():
        setattr(row, name, value)
    if changed or row.pk is None:
        row.save()
