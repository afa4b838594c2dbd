"""What the cases of both doors are told in: a door to try, and the wishes that are sent to it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from doors import Ask, Told
from places_world import NOW, Scene, make_account, make_carrier, make_truck


class Stage:
    """A scene and the door that is tried on it."""

    def __init__(self, door: Callable[[Sequence[Ask], datetime], list[Told]]) -> None:
        self._door = door
        self.told: list[Told] = []

    def ask(self, *asks: Ask, at: datetime = NOW) -> str:
        """The outcomes of requests that come together, in one line."""
        told = self._door(asks, at)
        self.told += told
        return " ".join(answer.outcome for answer in told)


Case = Callable[[Stage], None]
CASES: list[Case] = []


def case(run: Case) -> Case:
    CASES.append(run)
    return run


def book(scene: Scene, **given: object) -> Ask:
    ask = Ask(scene.driver, scene.slot.pk, truck=scene.truck.pk)
    return replace(ask, **given)  # type: ignore[arg-type]  # the names are those of Ask


def other(scene: Scene, truck_class: str = "laden", **given: object) -> Ask:
    """The same wish by another person of another carrier with another truck."""
    carrier = make_carrier()
    truck = make_truck(carrier, truck_class)
    return replace(book(scene), account=make_account(carrier), truck=truck.pk, **given)  # type: ignore[arg-type]


def hold(scene: Scene, **given: object) -> Ask:
    return book(scene, truck=None, **given)
