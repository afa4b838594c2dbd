"""Crossings as they are now: their parts, their documents, the lanes that are open."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from django.db.models import OuterRef, Prefetch, QuerySet, Subquery
from django.utils.translation import gettext as _

from greenlane.errors import GreenlaneError
from greenlane.registry import crossing as described
from greenlane.registry.hours import Shift, is_open
from greenlane.registry.models import Checkpoint, Crossing, CrossingVersion, Lane, LaneChange, Park, Stage


def checkpoint_unknown(code: str) -> GreenlaneError:
    """The refusal of a code that names no checkpoint."""
    return GreenlaneError(
        "checkpoint_unknown",
        _("There is no checkpoint “%(code)s”.") % {"code": code},
        field="checkpoint",
        mend=_("Take a code from the list of crossings."),
        status=404,
    )


def crossings() -> QuerySet[Crossing]:
    """All crossings with their checkpoints, by code."""
    checkpoints = Prefetch("checkpoints", Checkpoint.objects.order_by("side"))
    return Crossing.objects.prefetch_related(checkpoints).order_by("code")


def crossing(code: str) -> Crossing:
    """The crossing of that code, with its checkpoints.

    Raises:
        GreenlaneError: ``crossing_unknown`` (404).
    """
    found = crossings().filter(code=code).first()
    if found is None:
        raise GreenlaneError(
            "crossing_unknown",
            _("There is no crossing “%(code)s”.") % {"code": code},
            field="crossing",
            mend=_("Take a code from the list of crossings."),
            status=404,
        )
    return found


def checkpoint(code: str) -> Checkpoint:
    """The checkpoint of that code, with its crossing.

    Raises:
        GreenlaneError: ``checkpoint_unknown`` (404).
    """
    found = Checkpoint.objects.select_related("crossing").filter(code=code).first()
    if found is None:
        raise checkpoint_unknown(code)
    return found


def crossing_document(crossing_code: str) -> described.Crossing:
    """The crossing's description in force.

    Raises:
        GreenlaneError: ``crossing_unknown`` (404).
    """
    version = (
        CrossingVersion.objects.filter(crossing__code=crossing_code)
        .order_by("-number")
        .values_list("pk", "digest")
        .first()
    )
    if version is None:
        crossing(crossing_code)
        raise AssertionError(f"crossing {crossing_code} has no version")
    return _of_version(*version)


@lru_cache(maxsize=64)
def _of_version(version_id: int, digest: str) -> described.Crossing:
    # A version is never changed, so its document is read from the database once a process. By its digest too:
    # another database behind the same address has other versions under the same ids.
    return described.Crossing.from_document(
        CrossingVersion.objects.get(pk=version_id, digest=digest).document
    )


def checkpoint_document(checkpoint: Checkpoint) -> described.Checkpoint:
    """The checkpoint's description in force."""
    return crossing_document(checkpoint.crossing.code).checkpoint(checkpoint.side)


def direction_document(checkpoint: Checkpoint, direction: str) -> described.Direction:
    """The description in force of one direction of a checkpoint.

    Raises:
        GreenlaneError: ``direction_unknown`` (404) when no trucks pass in that direction.
    """
    directions = checkpoint_document(checkpoint).directions
    if direction not in directions:
        raise GreenlaneError(
            "direction_unknown",
            _("%(checkpoint)s has no direction “%(direction)s”.")
            % {"checkpoint": checkpoint.code, "direction": direction},
            field="direction",
            mend=_("Choose one of: %(known)s.") % {"known": ", ".join(directions)},
            status=404,
        )
    return directions[direction]


def stages_of(checkpoint: Checkpoint, direction: str) -> QuerySet[Stage]:
    """The stages in use in order, with their lanes in use as `lanes.all()`."""
    lanes = Prefetch("lanes", Lane.objects.filter(retired_at=None).order_by("code"))
    kept = Stage.objects.filter(checkpoint=checkpoint, direction=direction, retired_at=None)
    return kept.order_by("position").prefetch_related(lanes)


def parks_of(checkpoint: Checkpoint) -> QuerySet[Park]:
    """The parks in use, by code."""
    return Park.objects.filter(checkpoint=checkpoint, retired_at=None).order_by("code")


def lane_shown(lane_id: int) -> Lane:
    """The lane in use of that id, with its stage and checkpoint.

    Raises:
        GreenlaneError: ``lane_unknown`` (404).
    """
    lane = (
        Lane.objects.select_related("stage__checkpoint__crossing")
        .filter(pk=lane_id, retired_at=None, stage__retired_at=None)
        .first()
    )
    if lane is None:
        raise GreenlaneError(
            "lane_unknown",
            _("There is no lane %(lane)s.") % {"lane": lane_id},
            field="lane",
            mend=_("Take the id of a lane from the crossing."),
            status=404,
        )
    return lane


def lanes_open(checkpoint: Checkpoint, direction: str, at: datetime) -> dict[str, list[str]]:
    """Codes of the open lanes for each stage code in use, at an aware time.

    A lane is open by its shifts within the opening hours of the checkpoint, unless a shift lead opened or
    closed it since the last local midnight.
    """
    local = at.astimezone(ZoneInfo(checkpoint.zone))
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    works = checkpoint_document(checkpoint).is_open(at)
    last = LaneChange.objects.filter(lane=OuterRef("pk"), at__gte=midnight, at__lte=at).order_by("-at", "-pk")
    lanes = (
        Lane.objects.filter(
            stage__checkpoint=checkpoint,
            stage__direction=direction,
            stage__retired_at=None,
            retired_at=None,
        )
        .annotate(changed_to=Subquery(last.values("is_open")[:1]))
        .select_related("stage")
        .prefetch_related("shifts")
        .order_by("stage__position", "code")
    )
    opened: dict[str, list[str]] = {}
    for lane in lanes:
        codes = opened.setdefault(lane.stage.code, [])
        planned = works and is_open(_shifts(lane), local)
        if planned if lane.changed_to is None else lane.changed_to:
            codes.append(lane.code)
    return opened


def _shifts(lane: Lane) -> list[Shift]:
    return [
        Shift(tuple(shift.weekdays), shift.opens_minute, shift.closes_minute) for shift in lane.shifts.all()
    ]
