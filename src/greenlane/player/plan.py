"""A day of a journey, planned: who comes when, to which slot, and how long each check takes.

Pure and deterministic: the same journey, date and seed give the same plan. The published figures count trucks
that came, so arrivals are drawn from them first; the slot each truck wanted, and the bookings of trucks that
never came, follow from the crossing's turnout.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from greenlane.player.arrivals import Demand, Published, Times, day_bounds
from greenlane.player.fleet import Fleet
from greenlane.player.journey import Journey, Leg
from greenlane.player.randomness import generator
from greenlane.player.service import service_seconds
from greenlane.registry.crossing import Turnout

EARLY, PUNCTUAL, LATE, UNBOOKED, ABSENT, CANCELLED = (
    "early", "punctual", "late", "unbooked", "absent", "cancelled",
)  # fmt: skip
COMING = (EARLY, PUNCTUAL, LATE, UNBOOKED)

BOOKS_AHEAD_H = (2.0, 20.0)
"""A dispatcher books this long before the slot, evenly spread (assumed: nobody publishes it)."""
PAPERS_AHEAD = {"green": 0.95, "amber": 0.7, "red": 0.5}
"""Share of trucks whose papers came before they did, by channel (assumed)."""
STRIP_MINUTES = 4.0
"""Drive from the first checkpoint's exit to the second (assumed: some two kilometres at walking pace and a
bridge); with a spread of a quarter."""


@dataclass(frozen=True, slots=True)
class Visit:
    """One leg of a trip, decided before arrival: the channel, the seconds of each stage of its route, and the
    drive to its barrier as a factor on the usual one."""

    channel: str
    service_s: tuple[float, ...]
    drive_factor: float
    strip_s: float


@dataclass(frozen=True, slots=True)
class Trip:
    """One truck's trip on one day.

    Attributes:
        key: names the trip in idempotency keys and reading ids; the same in every run with the same seed.
        truck: place in the fleet.
        turnout: one of `COMING`, `ABSENT` or `CANCELLED`.
        asked_for: start of the time that the carrier asks for, seconds since the epoch.
        books_at: when its dispatcher books. An unbooked truck has the time of its arrival in both.
        arrives_at: when it reaches the park (or the barrier); for a truck that does not come, when it was
        due. papers_ahead: whether its papers came before it.
        visits: one for each leg of the journey.
    """

    key: str
    truck: int
    vehicle_class: str
    turnout: str
    asked_for: float
    books_at: float
    arrives_at: float
    papers_ahead: bool
    visits: tuple[Visit, ...]

    @property
    def comes(self) -> bool:
        return self.turnout in COMING

    @property
    def books(self) -> bool:
        return self.turnout != UNBOOKED


def plan_day(
    journey: Journey, fleet: Fleet, day: date, seed: int, demand: Demand | None = None
) -> tuple[Trip, ...]:
    """The trips of a local date at the journey's first checkpoint, in order of arrival.

    Args:
        demand: where arrivals come from; the crossing's published figures when None.
    """
    chance = generator("plan", seed, journey.name, day)
    source = demand or Published(journey.first.course.arrivals)
    times, ways = _turn_up(source, journey.first, day, chance)
    trucks = _trucks(fleet, day, len(times), chance)
    times, ways = times[: len(trucks)], ways[: len(trucks)]
    asked = _asked_for(times, ways, journey.first, chance)
    turnout: list[str] = ways.tolist()
    ahead = chance.uniform(*BOOKS_AHEAD_H, len(times)) * 3600.0
    classes = [fleet.trucks[truck].vehicle_class for truck in trucks]
    visits = [_visits(leg, classes, chance) for leg in journey.legs]
    papers = chance.random(len(times))
    trips = []
    for place in range(len(times)):
        booked = turnout[place] != UNBOOKED
        trips.append(
            Trip(
                key=f"{seed}-{journey.first.checkpoint.code}-{journey.first.direction}-{day:%y%m%d}-{place}",
                truck=trucks[place],
                vehicle_class=classes[place],
                turnout=turnout[place],
                asked_for=float(asked[place]),
                books_at=float(asked[place] - ahead[place]) if booked else float(times[place]),
                arrives_at=float(times[place]),
                papers_ahead=bool(papers[place] < PAPERS_AHEAD[visits[0][place].channel]),
                visits=tuple(leg[place] for leg in visits),
            )
        )
    return tuple(trips)


def _turn_up(
    source: Demand, leg: Leg, day: date, chance: np.random.Generator
) -> tuple[Times, NDArray[np.str_]]:
    """Times of arrival with how each truck turns up; those that never come are due like the others."""
    rules = leg.course.turnout
    coming = source.times(day, leg.checkpoint.zone, chance)
    booked = len(coming) * (1 - rules.unbooked_share)
    absent = chance.poisson(booked * _odds(rules.no_show_share))
    cancelled = chance.poisson(booked / (1 - min(rules.no_show_share, 0.99)) * _odds(rules.cancel_share))
    ways, shares = _coming_shares(rules)
    turnout = np.concatenate(
        [
            chance.choice(ways, len(coming), p=shares),
            np.repeat([ABSENT, CANCELLED], [absent, cancelled]),
        ]
    )
    due = _like(coming, absent + cancelled, day_bounds(day, leg.checkpoint.zone), chance)
    times = np.concatenate([coming, due])
    order = np.argsort(times, kind="stable")
    return times[order], turnout[order]


def _odds(share: float) -> float:
    """How many for each of the others, when they are this share of all."""
    return share / (1 - share) if share < 1 else math.inf


def _coming_shares(rules: Turnout) -> tuple[list[str], list[float]]:
    booked = (rules.early_share, rules.punctual_share, rules.late_share)
    total = sum(booked)
    if rules.unbooked_share >= 1 or total == 0:
        return [UNBOOKED], [1.0]
    shares = [share / total * (1 - rules.unbooked_share) for share in booked]
    return [EARLY, PUNCTUAL, LATE, UNBOOKED], [*shares, rules.unbooked_share]


def _like(coming: Times, count: int, bounds: tuple[float, float], chance: np.random.Generator) -> Times:
    """``count`` times spread as the arrivals are, within the day."""
    if not len(coming):
        return np.empty(0)
    drawn = chance.choice(coming, count) + chance.normal(0.0, 900.0, count)
    return np.clip(drawn, bounds[0], bounds[1] - 1.0)


def _trucks(fleet: Fleet, day: date, count: int, chance: np.random.Generator) -> list[int]:
    """Different trucks of the day's group; fewer than asked for only when the group is smaller."""
    group = fleet.group(day)
    return [group.start + int(place) for place in chance.permutation(len(group))[:count]]


def _asked_for(
    times: Times, turnout: NDArray[np.str_], leg: Leg, chance: np.random.Generator
) -> NDArray[np.float64]:
    """The start of the slot that each carrier asks for: by it the truck is early, punctual or late.

    Nobody comes earlier than the crossing admits, or so late that the booking would be void.
    """
    rules, slots = leg.course.turnout, leg.course.slots
    step = slots.step_minutes * 60.0
    most_early = max(slots.early_minutes * 60.0 - step, 0.0)
    most_late = max(slots.void_minutes * 60.0 - step, 0.0)
    early = np.minimum(chance.exponential(max(rules.early_mean_minutes, 0.1) * 60, len(times)), most_early)
    late = np.minimum(chance.exponential(max(rules.late_mean_minutes, 0.1) * 60, len(times)), most_late)
    starts = np.select(
        [turnout == EARLY, turnout == LATE],
        [
            np.ceil((times + early) / step) * step,
            np.floor((times - late - slots.slot_minutes * 60.0) / step) * step,
        ],
        default=np.floor(times / step) * step,
    )
    return np.where(turnout == UNBOOKED, times, starts)


def _visits(leg: Leg, classes: Sequence[str], chance: np.random.Generator) -> list[Visit]:
    course, count = leg.course, len(classes)
    names = list(course.channel_shares)
    shares = np.array([course.channel_shares[name] for name in names])
    drawn = chance.choice(len(names), count, p=shares / shares.sum())
    channels = [names[number] for number in drawn]
    services = service_seconds(course, channels, classes, chance)
    factors = np.clip(chance.normal(1.0, 0.15, count), 0.6, 1.8)
    strips = np.clip(chance.normal(1.0, 0.25, count), 0.4, 2.0) * STRIP_MINUTES * 60.0
    return [
        Visit(channel, service, float(factor), float(strip))
        for channel, service, factor, strip in zip(channels, services, factors, strips, strict=True)
    ]
