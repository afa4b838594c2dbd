"""Past days, played as fast as the server takes them.

The bookings of a day are entered with their own times, then its readings; the second checkpoint of a trip
follows a day later in the run, when the platform has matched the truck's entry at the first and so lets it
book again.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import repeat

from greenlane.player.acting import Crossover, JourneyPlay, LegPlay
from greenlane.player.arrivals import Demand, day_bounds
from greenlane.player.checkpoint import Sighting
from greenlane.player.client import Api, StoppedError
from greenlane.player.desk import BUSY, LIMITED, Ask, Desk
from greenlane.player.fleet import Fleet
from greenlane.player.journey import Journey
from greenlane.player.outbox import Outbox
from greenlane.player.plan import CANCELLED, Trip, plan_day
from greenlane.player.rosters import Rosters
from greenlane.player.tally import Tally

WARM_UP_S = 3 * 3600.0
"""Trucks of the evening before fill the lanes so long before midnight; their own day reads them."""
BOOKED_BEFORE_S = 6 * 3600.0
"""Dispatchers book a past day's trips together, so long before it begins."""
LEFT_BEHIND_S = 24 * 3600.0
"""A truck that is not out so long after the day's end is left where it is."""
COMES_ANYWAY = (BUSY, LIMITED)
"""Refused for these, a truck comes without a booking: barred for its no-shows it has the live queue, and one
that is booked now, when its past is entered, did come then."""
FEW_BARRED = 0.2
"""Where fewer than this share of a day's trucks may still not book their second leg, and none of them could
since the last try, the platform has matched the day and missed their entries: they go on without a
booking."""
PATIENCE_S = 30.0
"""How long, at the end, the run waits for the platform to match anything more."""


@dataclass(slots=True)
class Caravan:
    """A journey with what is needed to play it: its trucks, their ids on the platform, and its demand."""

    journey: Journey
    fleet: Fleet
    ids: Sequence[int]
    demand: Demand | None = None


@dataclass(slots=True)
class _SecondLeg:
    """A day's trucks between two legs, waiting until they may book the next."""

    play: JourneyPlay
    leg: LegPlay
    caravan: Caravan
    booked_at: float
    until: float
    trucks: int = 0
    asks: list[Ask] = field(default_factory=list)
    arrives: dict[str, Crossover] = field(default_factory=dict)


class History:
    """Plays past days."""

    def __init__(self, api: Api, desk: Desk, outbox: Outbox, seed: int, tally: Tally, pool: Executor) -> None:
        self._api, self._desk, self._outbox = api, desk, outbox
        self._seed, self._tally, self._pool = seed, tally, pool
        self._rosters = Rosters(api)
        self._plans: dict[tuple[str, date], tuple[Trip, ...]] = {}

    def play(
        self,
        caravans: Sequence[Caravan],
        days: Iterable[date],
        now: float,
        arriving_until: float | None = None,
        progress: Callable[[date], None] = lambda day: None,
    ) -> None:
        """Play the days in the given order.

        Args:
            now: the platform's time, seconds since the epoch; nothing later is sent.
            arriving_until: trucks that come later than this are left to somebody else.
            progress: told of each day when its readings are sent.
        """
        behind: list[_SecondLeg] = []
        for day in days:
            parts = [(caravan, day, now, arriving_until) for caravan in caravans]
            fresh = [
                leg for legs in self._pool.map(lambda part: self._first_leg(*part), parts) for leg in legs
            ]
            behind = list(self._pool.map(self._second_leg, behind))
            behind = [leg for leg in behind if leg.asks] + fresh
            progress(day)
        self._catch_up(behind)

    def plan(self, caravan: Caravan, day: date) -> tuple[Trip, ...]:
        """The day's trips, kept while a neighbouring day may need them."""
        name = caravan.journey.name, day
        if name not in self._plans:
            while len(self._plans) > 8:
                self._plans.pop(next(iter(self._plans)))
            self._plans[name] = plan_day(caravan.journey, caravan.fleet, day, self._seed, caravan.demand)
        return self._plans[name]

    def _first_leg(
        self, caravan: Caravan, day: date, now: float, arriving_until: float | None
    ) -> list[_SecondLeg]:
        journey = caravan.journey
        start, end = day_bounds(day, journey.first.checkpoint.zone)
        play = JourneyPlay(
            journey, caravan.fleet, start - WARM_UP_S, self._seed, calls=True, rosters=self._rosters.of
        )
        for trip in self.plan(caravan, day - timedelta(days=1)):
            if trip.comes and trip.arrives_at >= start - WARM_UP_S:
                play.admit_first(trip, None, silent=True)
        latest = now if arriving_until is None else min(now, arriving_until)
        trips = [trip for trip in self.plan(caravan, day) if trip.arrives_at < latest]
        booked_at = start - BOOKED_BEFORE_S
        self.set_out(play, caravan, trips, booked_at)
        until = min(now, end + LEFT_BEHIND_S)
        sightings = play.first.checkpoint.finish(until)
        self.send(play.first, sightings, until)
        return self._followers(play, caravan, sightings, booked_at, until)

    def set_out(self, play: JourneyPlay, caravan: Caravan, trips: Sequence[Trip], booked_at: float) -> None:
        """Book the trips, withdraw those that are cancelled, and let the others come."""
        leg = play.journey.first
        asks = {trip.key: Ask(trip, 0, trip.asked_for) for trip in trips if trip.books}
        if asks:
            earliest = min(ask.asked_for for ask in asks.values())
            latest = max(ask.asked_for for ask in asks.values())
            book = self._desk.slots(leg, earliest - 6 * 3600.0, latest + 6 * 3600.0)
            # Withdrawn bookings first: their places are free again before the others ask.
            withdrawn = [ask for ask in asks.values() if ask.trip.turnout == CANCELLED]
            self._desk.take(leg, book, caravan.fleet, caravan.ids, withdrawn, booked_at)
            self._desk.cancel(
                caravan.fleet,
                ((ask.trip, ask.grant.code, booked_at + 3600.0) for ask in withdrawn if ask.grant),
            )
            others = [ask for ask in asks.values() if ask.trip.turnout != CANCELLED]
            self._desk.take(leg, book, caravan.fleet, caravan.ids, others, booked_at)
            for ask in asks.values():
                if ask.refused == BUSY:
                    self._tally.refuse(BUSY)
            unbookable = not len(book)
        for trip in trips:
            grant = asks[trip.key].grant if trip.books else None
            if trip.comes and (
                grant or not trip.books or unbookable or asks[trip.key].refused in COMES_ANYWAY
            ):
                self._tally.add("trucks")
                play.admit_first(trip, grant)

    def send(self, leg: LegPlay, sightings: Sequence[Sighting], until: float) -> None:
        """Send the channels decided until then, and what the leg's devices read of the sightings."""
        if decisions := leg.decisions(until):
            self._outbox.decide(leg.leg, decisions)
        self._tally.add("passages", sum(s.point == "exit" and not s.truck.silent for s in sightings))
        self._outbox.send(leg.leg, leg.cameras.read(sightings))

    def _followers(
        self,
        play: JourneyPlay,
        caravan: Caravan,
        sightings: Sequence[Sighting],
        booked_at: float,
        until: float,
    ) -> list[_SecondLeg]:
        coming = play.crossovers(0, sightings)
        if not coming:
            return []
        second = _SecondLeg(play, play.legs[1], caravan, booked_at, until)
        for truck in coming:
            if truck.silent or not truck.trip.books:
                second.leg.admit(truck.trip, caravan.fleet, truck.arrives_at, None, silent=truck.silent)
            else:
                second.asks.append(Ask(truck.trip, 1, truck.arrives_at))
                second.arrives[truck.trip.key] = truck
        second.trucks = len(coming)
        return [second]

    def _second_leg(self, second: _SecondLeg, last_try: bool = False) -> _SecondLeg:
        """Book those who may by now; when none is barred any more, or it is the last try, play the leg."""
        asks, leg = second.asks, second.leg
        if asks:
            times = [ask.asked_for for ask in asks]
            book = self._desk.slots(leg.leg, min(times) - 6 * 3600.0, max(times) + 6 * 3600.0)
            self._desk.take(leg.leg, book, second.caravan.fleet, second.caravan.ids, asks, second.booked_at)
            barred = [ask for ask in asks if ask.refused == BUSY]
            missed = len(asks) == len(barred) < FEW_BARRED * second.trucks
            second.asks = [] if last_try or missed else barred
            waiting = {ask.trip.key for ask in second.asks}
            for ask in asks:
                if ask.trip.key not in waiting:
                    if ask.refused == BUSY:
                        self._tally.refuse(BUSY)
                    arrives_at = second.arrives[ask.trip.key].arrives_at
                    leg.admit(ask.trip, second.caravan.fleet, arrives_at, ask.grant)
        if not second.asks:
            self.send(leg, leg.checkpoint.finish(second.until), second.until)
        return second

    def _catch_up(self, behind: Sequence[_SecondLeg]) -> None:
        """Try the second legs that are left until the platform is up to date or patience ends."""
        patience_ends, wait_s = time.monotonic() + PATIENCE_S, 0.0
        while behind:
            if self._api.stop.wait(wait_s):
                raise StoppedError
            before, last_try = sum(len(leg.asks) for leg in behind), time.monotonic() > patience_ends
            tried = self._pool.map(self._second_leg, behind, repeat(last_try))
            behind = [leg for leg in tried if leg.asks]
            if sum(len(leg.asks) for leg in behind) < before:
                patience_ends = time.monotonic() + PATIENCE_S
            wait_s = min(wait_s + 0.5, 2.0)
