"""The trucks of a journey: a pool that comes back every few days, spread unevenly over the carriers. Pure.

All plates are invented: drawn at random in the form that plates of the country have.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import accumulate

import numpy as np

from greenlane.player.journey import Journey
from greenlane.player.randomness import generator
from greenlane.registry.codes import DIRECTIONS, SIDES

RETURN_DAYS = 4
"""A truck may come every fourth day (assumed: a round trip of some 1,500 km with loading), so that its last
booking is over before it asks for the next."""
SPARE = 1.5
"""Trucks of a day's group for each one expected, so that a busy day finds enough."""
ZIPF = 0.7
"""Carriers' sizes fall with rank to this power (assumed; few large and many small carriers)."""
CAP_USE = 0.5
"""A carrier's share of the traffic stays below this part of the most that it may book an hour."""

_LETTERS = "ABCEHIKMOPTX"
_FORMS = {
    "UA": "LLdddd LL", "PL": "LL ddddL", "RU": "LdddLL dd", "BY": "LL dddd-d", "KZ": "dddLLL dd",
    "KG": "dd dddLLL", "UZ": "ddLdddLL", "MN": "ddddLLL", "US": "LLddddd", "MX": "ddLLdL", "LT": "LLL ddd",
    "LV": "LL-dddd", "EE": "dddLLL", "DE": "LL-LL dddd", "RO": "LL dd LLL",
}  # fmt: skip
_OTHER_FORM = "LL dddd LL"
_PROVINCES = "黑蒙新吉辽"


@dataclass(frozen=True, slots=True)
class Truck:
    """One truck; ``carrier`` is its carrier's place in the credentials."""

    plate: str
    country: str
    vehicle_class: str
    carrier: int


@dataclass(frozen=True, slots=True)
class Fleet:
    """The pool, in `RETURN_DAYS` groups of equal size: each day is served by one of them."""

    trucks: tuple[Truck, ...]

    def group(self, day: date) -> range:
        """Places in ``trucks`` of those that may come on the day."""
        size = len(self.trucks) // RETURN_DAYS
        start = (day.toordinal() % RETURN_DAYS) * size
        return range(start, start + size)


def make_fleet(journey: Journey, countries: Sequence[str], seed: int, per_day: float | None = None) -> Fleet:
    """The pool of a journey.

    Args:
        countries: each carrier's country (ISO 3166-1 alpha-2), in the order of the credentials.
        per_day: trucks expected on an average day where it is not the first leg's published figure.
    """
    course, turnout = journey.first.course, journey.first.course.turnout
    expected = course.arrivals.per_day if per_day is None else per_day
    asking = expected / max(0.1, (1 - turnout.no_show_share) * (1 - turnout.cancel_share))
    size = math.ceil(asking * SPARE + 6 * math.sqrt(asking)) + 4
    chance = generator("fleet", seed, journey.name)
    classes = list(course.class_shares)
    drawn = chance.choice(len(classes), RETURN_DAYS * size, p=_normal(list(course.class_shares.values())))
    most = CAP_USE * course.slots.carrier_share
    owners = chance.choice(len(countries), RETURN_DAYS * size, p=carrier_shares(len(countries), most))
    plates = _Plates(chance, _initials(journey))
    return Fleet(
        tuple(
            Truck(plates.new(countries[owner]), countries[owner], classes[kind], int(owner))
            for kind, owner in zip(drawn, owners, strict=True)
        )
    )


def carrier_shares(carriers: int, most: float) -> list[float]:
    """Each carrier's share of the traffic, largest first: by rank, none above ``most`` unless there are too
    few carriers for that, who then have equal shares."""
    if carriers * most <= 1:
        return [1 / carriers] * carriers
    weights = [(rank + 1) ** -ZIPF for rank in range(carriers)]
    shares: list[float] = []
    for rank, rest in enumerate(_rests(weights)):
        shares.append(min(most, (1 - sum(shares)) * weights[rank] / rest))
    return _normal(shares)


def _rests(weights: Sequence[float]) -> Iterator[float]:
    """For each place the sum of the weights from there on."""
    yield from reversed(list(accumulate(reversed(weights))))


def _normal(shares: Sequence[float]) -> list[float]:
    total = sum(shares)
    return [share / total for share in shares]


class _Plates:
    """Invented plates, none twice; their first letter is one of ``initials``."""

    def __init__(self, chance: np.random.Generator, initials: str) -> None:
        self._chance, self._initials = chance, initials
        self._given: set[tuple[str, str]] = set()

    def new(self, country: str) -> str:
        while True:
            plate = self._draw(country)
            if (country, plate) not in self._given:
                self._given.add((country, plate))
                return plate

    def _draw(self, country: str) -> str:
        form = _FORMS.get(country, _OTHER_FORM)
        if country == "CN":
            form = _PROVINCES[self._chance.integers(len(_PROVINCES))] + "L·ddddd"
        numbers = self._chance.integers(0, 120, len(form)).tolist()
        first = form.index("L")
        signs = [_sign(kind, number) for kind, number in zip(form, numbers, strict=True)]
        signs[first] = self._initials[numbers[first] % len(self._initials)]
        return "".join(signs)


def _sign(kind: str, number: int) -> str:
    if kind == "d":
        return str(number % 10)
    return _LETTERS[number % len(_LETTERS)] if kind == "L" else kind


def _initials(journey: Journey) -> str:
    """Letters of its own for each way over a crossing, so that two of its fleets share no plate."""
    place = SIDES.index(journey.first.checkpoint.side) * 2 + DIRECTIONS.index(journey.first.direction)
    return _LETTERS[place * 3 : place * 3 + 3]
