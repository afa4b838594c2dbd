"""Traffic as it happens: dispatchers book ahead, trucks come, the platform calls them, devices see them pass.

The same serves a past day at a given speed; its bookings are then entered with their own times, and the
checkpoint's own sign calls the trucks, since the platform calls nobody in the past.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from greenlane.player.acting import Crossover, JourneyPlay, LegPlay
from greenlane.player.arrivals import day_bounds
from greenlane.player.client import Api
from greenlane.player.desk import BUSY, LIMITED, Ask, Desk
from greenlane.player.history import Caravan, History
from greenlane.player.pace import Clock
from greenlane.player.plan import CANCELLED, Trip
from greenlane.player.rosters import Rosters
from greenlane.player.tally import Tally

PRE_ROLL_S = 3 * 3600.0
"""So much of the past is played at the start, so that the checkpoints are not empty."""
PLAN_AHEAD_S = 24 * 3600.0
"""The next local day is planned so long before it begins: dispatchers book up to 20 hours ahead."""
PRE_ROLL_WAIT_S = 10.0
"""Wall seconds that the pre-roll waits for the platform to match the first legs."""
PRE_ROLL_BOOKED_S = 6 * 3600.0
"""The trips of the pre-roll are booked as if so long before it."""
BOOK_EVERY_S = 5.0
POLL_EVERY_S = 3.0
"""Seconds between two rounds of booking, and of asking who was called; wall time at speed 1, less above."""
SHORTEST_POLL_S = 0.5
CALLED_SINCE_S = 6 * 3600.0
"""Calls older than this are not asked for; a truck may be called before it has come."""
BUSY_WAIT_S = 600.0
"""A dispatcher whose truck is still booked elsewhere asks again after so long."""
STATED_AFTER_S = 120.0
"""What is older than this is entered with its own time."""
CANCEL_PART = 0.5
"""A booking that is withdrawn is withdrawn this far into the time between booking and slot."""
GIVE_UP_S = 3600.0
"""A driver not called so long after the booking has become void turns back."""


@dataclass(slots=True)
class _Stream:
    """One journey in progress: trips yet to book, bookings to withdraw, and trucks between two legs."""

    caravan: Caravan
    play: JourneyPlay
    planned: set[date] = field(default_factory=set)
    to_book: list[Trip] = field(default_factory=list)
    to_cancel: list[tuple[float, Trip, str]] = field(default_factory=list)
    between: list[tuple[Ask, Crossover]] = field(default_factory=list)


class Live:
    """Plays on from a time until told to stop, or until the end of a past day."""

    def __init__(
        self,
        api: Api,
        desk: Desk,
        history: History,
        tally: Tally,
        clock: Clock,
        caravans: Sequence[Caravan],
        seed: int,
        past_until: float | None = None,
    ) -> None:
        """``past_until``: end of the past day that is played; None for the present."""
        self._api, self._desk, self._history = api, desk, history
        self._tally, self._clock, self._past_until = tally, clock, past_until
        start = clock.now() - (0.0 if self._is_past else PRE_ROLL_S)
        self._from = start
        self._streams = [
            _Stream(
                caravan,
                JourneyPlay(caravan.journey, caravan.fleet, start, seed, calls=True, rosters=Rosters(api).of),
            )
            for caravan in caravans
        ]
        self._booked_at = self._polled_at = -BOOK_EVERY_S

    @property
    def _is_past(self) -> bool:
        return self._past_until is not None

    def run(self, progress: Callable[[float], None] = lambda at: None) -> None:
        """Play until the end of the past day, or without end; `StoppedError` ends it.

        ``progress`` is told the time after each step.
        """
        if not self._is_past:
            self._pre_roll(self._clock.now())
            for leg in self._legs:
                leg.checkpoint.calls = False
        while True:
            now = self._clock.now()
            self.step(now)
            progress(now)
            if self._past_until is not None and now > self._past_until and not self._busy:
                return
            self._api.stop.wait(min(1.0, max(0.1, 5.0 / self._clock.speed)))

    @property
    def _legs(self) -> list[LegPlay]:
        return [leg for stream in self._streams for leg in stream.play.legs]

    @property
    def _busy(self) -> bool:
        return any(stream.between for stream in self._streams) or any(
            leg.checkpoint.busy for leg in self._legs
        )

    def step(self, now: float) -> None:
        """Bring everything up to ``now``: bookings, calls, movements, readings."""
        for stream in self._streams:
            self._plan(stream, now)
        if time.monotonic() - self._booked_at >= BOOK_EVERY_S / max(1.0, self._clock.speed / 10):
            self._booked_at = time.monotonic()
            for stream in self._streams:
                self._book(stream, now, now)
                self._cancel(stream, now)
                self._cross(stream, now)
        poll_s = max(SHORTEST_POLL_S, POLL_EVERY_S / self._clock.speed)
        if not self._is_past and time.monotonic() - self._polled_at >= poll_s:
            self._polled_at = time.monotonic()
            self._poll(now)
        for stream in self._streams:
            self._move(stream, now)

    # Trips and bookings

    def _plan(self, stream: _Stream, now: float) -> None:
        """Plan each local day in good time; its unbooked trucks simply come, the others book when they do."""
        zone = stream.play.journey.first.checkpoint.zone
        today = datetime.fromtimestamp(now, UTC).astimezone(ZoneInfo(zone)).date()
        days = [today] if self._is_past else [today - timedelta(days=1), today, today + timedelta(days=1)]
        for day in days:
            start = day_bounds(day, zone)[0]
            if day in stream.planned or start - PLAN_AHEAD_S > now:
                continue
            if self._past_until is not None and start >= self._past_until:
                continue
            stream.planned.add(day)
            for trip in self._history.plan(stream.caravan, day):
                if trip.arrives_at < self._from:
                    continue
                if trip.books:
                    stream.to_book.append(trip)
                else:
                    self._tally.add("trucks")
                    stream.play.admit_first(trip, None)

    def _book(self, stream: _Stream, now: float, at: float) -> None:
        """Book the trips whose dispatchers do so by ``now``; ``at`` is when, as the platform is told."""
        due = [trip for trip in stream.to_book if trip.books_at <= now]
        if not due:
            return
        stream.to_book = [trip for trip in stream.to_book if trip.books_at > now]
        asks = [Ask(trip, 0, trip.asked_for) for trip in due]
        unbookable = self._take(stream, stream.play.first, asks, at)
        for ask in asks:
            if ask.refused == BUSY:
                self._book_later(stream, ask.trip, now)
            elif ask.trip.turnout == CANCELLED and ask.grant:
                wait_s = max(0.0, ask.grant.slot_start - at) * CANCEL_PART
                stream.to_cancel.append((at + wait_s, ask.trip, ask.grant.code))
            elif ask.trip.comes and (ask.grant or unbookable or ask.refused == LIMITED):
                self._tally.add("trucks")
                stream.play.admit_first(ask.trip, ask.grant)

    def _book_later(self, stream: _Stream, trip: Trip, now: float) -> None:
        """The truck's last booking is not over: ask again, until the time asked for is past."""
        if now + BUSY_WAIT_S < trip.asked_for:
            stream.to_book.append(replace(trip, books_at=now + BUSY_WAIT_S))
        else:
            self._tally.refuse(BUSY)

    def _take(self, stream: _Stream, leg: LegPlay, asks: Sequence[Ask], at: float) -> bool:
        """Ask for places; whether the checkpoint takes no bookings at all."""
        times = [ask.asked_for for ask in asks]
        book = self._desk.slots(leg.leg, min(times) - 3600.0, max(times) + 6 * 3600.0)
        self._desk.take(leg.leg, book, stream.caravan.fleet, stream.caravan.ids, asks, self._stated(at))
        return not len(book)

    def _stated(self, at: float) -> float | None:
        """The time of a fact as the platform is told it: None for the present."""
        return at if self._is_past or at < self._clock.now() - STATED_AFTER_S else None

    def _cancel(self, stream: _Stream, now: float) -> None:
        """Withdraw the bookings whose time has come; one of the past states its own."""
        due = [entry for entry in stream.to_cancel if entry[0] <= now]
        if due:
            stream.to_cancel = [entry for entry in stream.to_cancel if entry[0] > now]
            self._desk.cancel(
                stream.caravan.fleet, ((trip, code, self._stated(at)) for at, trip, code in due)
            )

    def _cross(self, stream: _Stream, now: float, *, last_try: bool = False) -> None:
        """Trucks between two checkpoints book the next one as soon as the platform lets them; one that has
        arrived by then goes on without a booking."""
        if not stream.between:
            return
        leg = stream.play.legs[1]
        asks = [ask for ask, _ in stream.between if ask.trip.books]
        if asks:
            self._take(stream, leg, asks, now)
        still: list[tuple[Ask, Crossover]] = []
        for ask, truck in stream.between:
            if ask.refused == BUSY and not last_try and now < truck.arrives_at:
                still.append((ask, truck))
                continue
            if ask.refused == BUSY:
                self._tally.refuse(BUSY)
            leg.admit(ask.trip, stream.caravan.fleet, truck.arrives_at, ask.grant)
        stream.between = still

    # Trucks and readings

    def _move(self, stream: _Stream, now: float) -> None:
        for leg in stream.play.legs:
            sightings = leg.checkpoint.advance(now)
            self._history.send(leg, sightings, now)
            stream.between += [
                (Ask(truck.trip, leg.number + 1, truck.arrives_at), truck)
                for truck in stream.play.crossovers(leg.number, sightings)
            ]

    def _poll(self, now: float) -> None:
        """Pass the platform's calls on to the trucks that wait; those whom nobody will call turn back."""
        legs: dict[str, LegPlay] = {}
        carriers: set[int] = set()
        for stream in self._streams:
            trucks = stream.caravan.fleet.trucks
            for leg in stream.play.legs:
                self._turn_back(leg, now)
                for key, truck in leg.checkpoint.waiting.items():
                    if truck.booking:
                        legs[truck.booking] = leg
                        carriers.add(trucks[stream.play.trips[key].truck].carrier)
        for code, at in self._desk.called(sorted(carriers), now - CALLED_SINCE_S):
            if code in legs:
                legs[code].checkpoint.called(legs[code].by_booking[code], at or now)

    def _turn_back(self, leg: LegPlay, now: float) -> None:
        patience_s = leg.leg.course.slots.void_minutes * 60.0 + GIVE_UP_S
        for key, truck in list(leg.checkpoint.waiting.items()):
            if truck.slot_end is not None and now > max(truck.slot_end, truck.arrives_at) + patience_s:
                self._tally.add("turned_back")
                leg.checkpoint.give_up(key)

    def _pre_roll(self, now: float) -> None:
        """Play the last hours at once: book, move the first legs, wait for the platform, move the second."""
        for stream in self._streams:
            self._plan(stream, now)
            self._book(stream, now, self._from - PRE_ROLL_BOOKED_S)
            self._cancel(stream, now)
            sightings = stream.play.first.checkpoint.advance(now)
            self._history.send(stream.play.first, sightings, now)
            stream.between = [
                (Ask(truck.trip, 1, truck.arrives_at), truck)
                for truck in stream.play.crossovers(0, sightings)
            ]
        patience_ends = time.monotonic() + PRE_ROLL_WAIT_S
        while any(stream.between for stream in self._streams):
            last_try = time.monotonic() > patience_ends
            for stream in self._streams:
                # By their own time these trucks have arrived; they wait here for the platform instead.
                self._cross(stream, self._from, last_try=last_try)
            self._api.stop.wait(0.5)
