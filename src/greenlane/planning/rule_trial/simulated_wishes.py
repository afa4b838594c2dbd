"""Wishes out of a crossing's described demand and an assumed mix of carriers."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np

from greenlane.planning.rule_trial.carriers import USUAL, Mix
from greenlane.planning.rule_trial.trip_luck import ASKING, BOT, CHOICE, TRUCK, TURNOUT, luck_of
from greenlane.planning.rule_trial.wishes import UNKNOWN, Floats, Ints, Wishes
from greenlane.registry import crossing
from greenlane.twin.described import kind_code
from greenlane.twin.drawing import draw_kinds, poisson_times

WARM_UP_DAYS: Final = 1
"""Days before the first that are run and not counted."""
_STEP: Final = 15.0
_LIVE: Final = 1 << 26
"""Number of the luck of the first trip to the live queue; those of booked ones begin at 0."""
_CLICK_OF_BOT: Final = 0.05 / 60.0


def simulated_wishes(
    checkpoint: crossing.Checkpoint, direction: str, first_day: date, weeks: int, seed: int, mix: Mix = USUAL
) -> Wishes:
    """Trips as the description has them: Poisson by the hour and the weekday, the unbooked share to the live
    queue, the others as many more as never come.

    Raises:
        RuleError: nobody comes.
    """
    described, days = checkpoint.directions[direction], weeks * 7
    turnout = described.turnout
    edges, rates = _rates(checkpoint, direction, first_day, days)
    come = max(1.0 - turnout.no_show_share, 1e-9)
    booked, booked_at = _times(edges, rates * (1.0 - turnout.unbooked_share) / come, seed, 0)
    live, live_at = _times(edges, rates * turnout.unbooked_share, seed, _LIVE)
    numbers, wished = np.concatenate([booked, live]), np.concatenate([booked_at, live_at])
    order = np.argsort(wished, kind="stable")
    numbers, wished = numbers[order], wished[order]
    books = numbers < _LIVE
    fleet, carrier, truck, lead, click, is_bot = _carriers(numbers, books, weeks, seed, mix)
    absent = books & (luck_of(numbers, TURNOUT, seed)[0] < turnout.no_show_share)
    return Wishes(
        first_day=first_day,
        days=days,
        origin=f"simulated from the description of {checkpoint.code}, {direction}",
        wished=wished,
        books=books,
        lead=lead,
        click=click,
        kind=drawn_kinds(described, numbers, seed),
        carrier=carrier,
        fleet=fleet,
        truck=truck,
        is_bot=is_bot,
        absent=absent,
        offset=np.full(len(wished), np.nan),
    )


def drawn_kinds(described: crossing.Direction, numbers: Ints, seed: int) -> np.ndarray:
    """[trips] ``channel/class`` of each, by the described shares."""
    shares = {
        kind_code(channel, vehicle_class): share * class_share
        for vehicle_class, class_share in described.class_shares.items()
        for channel, share in described.channel_shares.items()
        if share * class_share > 0.0
    }
    reached = np.cumsum(list(shares.values()))
    drawn = np.empty(len(numbers), np.int32)
    draw_kinds(reached / reached[-1], numbers, seed, 0, drawn)
    return np.array(list(shares))[drawn]


def _rates(
    checkpoint: crossing.Checkpoint, direction: str, first_day: date, days: int
) -> tuple[Floats, Floats]:
    """Edges in minutes from the beginning of the first day, and trucks an hour between them."""
    zone = ZoneInfo(checkpoint.zone)
    begin, first, after = (
        datetime.combine(first_day + timedelta(days=offset), time.min, zone).astimezone(UTC)
        for offset in (0, -WARM_UP_DAYS, days)
    )
    low, high = ((at - begin) / timedelta(minutes=1) for at in (first, after))
    edges = np.arange(low, high + _STEP / 2.0, _STEP)
    rates = [
        checkpoint.expected_arrivals(direction, begin + timedelta(minutes=float(edge))) for edge in edges[:-1]
    ]
    return edges, np.array(rates)


def _times(edges: Floats, rates: Floats, seed: int, first: int) -> tuple[Ints, Floats]:
    """Numbers and times of a Poisson process."""
    reached = np.concatenate(([0.0], np.cumsum(rates * np.diff(edges)))) / 60.0
    times = np.empty(int(reached[-1] + 12.0 * np.sqrt(reached[-1]) + 40.0))
    count = poisson_times(edges, reached, seed, 0, first, times) if reached[-1] > 0.0 else 0
    return first + np.arange(count, dtype=np.int64), times[:count]


def _carriers(
    numbers: Ints, books: np.ndarray, weeks: int, seed: int, mix: Mix
) -> tuple[Ints, Ints, Ints, Floats, Floats, np.ndarray]:
    """Fleet, carrier, truck, lead, click and whether it is a bot, of each trip."""
    size, which = luck_of(numbers, CHOICE, seed)
    _, within = luck_of(numbers, TRUCK, seed)
    early, fast = -np.log(luck_of(numbers, ASKING, seed))
    shares = np.cumsum([each.trips_share for each in mix.strata])
    stratum = np.searchsorted(shares / shares[-1], size, side="right").clip(max=len(shares) - 1)
    fleets = np.array([each.fleet for each in mix.strata])
    trips = np.bincount(stratum[books], minlength=len(fleets)) / max(weeks, 1)
    carriers = np.maximum(np.round(trips / (fleets * mix.trips_per_truck)), 1.0)
    first_carrier = np.concatenate(([0.0], np.cumsum(carriers)[:-1]))
    first_truck = np.concatenate(([0.0], np.cumsum(carriers * fleets)[:-1]))
    own = np.floor(which * carriers[stratum])
    fleet = fleets[stratum].astype(np.int64)
    carrier = (first_carrier[stratum] + own).astype(np.int64)
    truck = (first_truck[stratum] + own * fleet + np.floor(within * fleet)).astype(np.int64)
    is_bot = books & (luck_of(carrier, BOT, seed)[0] < mix.bot_share)
    lead = early * np.array([each.lead_days * 1440.0 for each in mix.strata])[stratum]
    click = fast * np.array([each.click_minutes for each in mix.strata])[stratum]
    return (
        fleet,
        np.where(books, carrier, UNKNOWN),
        np.where(books, truck, UNKNOWN),
        np.where(is_bot, np.inf, lead),
        np.where(is_bot, _CLICK_OF_BOT, click),
        is_bot,
    )
