"""The checkpoint and direction that a page's address names."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import Http404

from greenlane.errors import GreenlaneError
from greenlane.registry.models import Checkpoint, Direction, Stage
from greenlane.registry.queries import checkpoint, checkpoint_document
from greenlane.standard.queries import Promise, check_direction, promise_of


@dataclass(frozen=True, slots=True)
class Place:
    """A checkpoint and direction, and the other directions of it."""

    checkpoint: Checkpoint
    direction: Direction
    directions: tuple[Direction, ...]

    @property
    def promise(self) -> Promise:
        return promise_of(self.checkpoint)

    @property
    def zone(self) -> str:
        return self.checkpoint.zone

    def stage_names(self) -> dict[str, str]:
        """Stage code to its name in the reader's language; stages no longer in use are there too."""
        stages = Stage.objects.filter(checkpoint=self.checkpoint, direction=self.direction)
        return {stage.code: stage.name for stage in stages}


def place_of(code: str, direction: str) -> Place:
    """The place; a page that is not there where there is none."""
    try:
        found = checkpoint(code)
        check_direction(found, direction)
    except GreenlaneError as refusal:
        raise Http404(str(refusal)) from refusal
    ways = tuple(Direction(way) for way in checkpoint_document(found).directions)
    return Place(found, Direction(direction), ways)
