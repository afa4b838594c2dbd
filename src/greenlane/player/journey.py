"""What a truck passes on its way over a crossing: one leg a checkpoint. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from greenlane.errors import GreenlaneError
from greenlane.registry.codes import DIRECTIONS
from greenlane.registry.crossing import Checkpoint, Crossing, Direction, Park


@dataclass(frozen=True, slots=True)
class Leg:
    """One checkpoint passed in one direction."""

    checkpoint: Checkpoint
    direction: str

    @property
    def course(self) -> Direction:
        """Stages, demand and rules of the direction."""
        return self.checkpoint.directions[self.direction]

    @property
    def parks(self) -> tuple[Park, ...]:
        """Where its trucks wait to be called; with none they drive straight to the entry barrier."""
        return self.checkpoint.parks_for(self.direction)

    @property
    def name(self) -> str:
        """Such as ``"yahodyn/outbound"``."""
        return f"{self.checkpoint.code}/{self.direction}"


@dataclass(frozen=True, slots=True)
class Journey:
    """The legs of a trip in order. The first leg's published arrivals are its demand; what leaves one leg
    comes to the next minutes later."""

    crossing: str
    legs: tuple[Leg, ...]

    @property
    def first(self) -> Leg:
        return self.legs[0]

    @property
    def name(self) -> str:
        """Such as ``"yahodyn-dorohusk/yahodyn/outbound"``: names the journey in keys and seeds."""
        return f"{self.crossing}/{self.first.name}"


def journeys_of(
    crossing: Crossing, checkpoint: str | None = None, direction: str | None = None
) -> tuple[Journey, ...]:
    """The journeys to play: both ways over the crossing, or only the named checkpoint and direction.

    With a checkpoint alone, both of its directions are played, each by itself; a direction alone means that
    direction at either checkpoint. A way that the file describes at one checkpoint only is played there.

    Raises:
        GreenlaneError: ``unknown_checkpoint`` or ``unknown_direction``.
    """
    if direction is not None and direction not in DIRECTIONS:
        raise GreenlaneError(
            "unknown_direction",
            f"{direction!r} is not a direction.",
            field="--direction",
            mend=f"Use {' or '.join(DIRECTIONS)}.",
        )
    if checkpoint is None and direction is None:
        ways = [_described(crossing.trip_from(side.code)) for side in crossing.checkpoints]
        return tuple(Journey(crossing.code, way) for way in ways if way)
    sides = crossing.checkpoints if checkpoint is None else (_named(crossing, checkpoint),)
    legs = [
        Leg(side, way) for side in sides for way in side.directions if direction is None or way == direction
    ]
    if not legs:
        raise GreenlaneError(
            "unknown_direction",
            f"{crossing.code} describes no {direction} traffic there.",
            field="--direction",
            mend="Leave --direction out.",
        )
    return tuple(Journey(crossing.code, (leg,)) for leg in legs)


def _described(trip: tuple[tuple[Checkpoint, str], ...]) -> tuple[Leg, ...]:
    return tuple(Leg(checkpoint, way) for checkpoint, way in trip if way in checkpoint.directions)


def _named(crossing: Crossing, code: str) -> Checkpoint:
    try:
        return crossing.checkpoint(code)
    except KeyError:
        known = ", ".join(checkpoint.code for checkpoint in crossing.checkpoints)
        raise GreenlaneError(
            "unknown_checkpoint",
            f"{crossing.code} has no checkpoint {code!r}.",
            field="--checkpoint",
            mend=f"Use {known}.",
        ) from None
