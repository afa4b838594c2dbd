"""One run of the player: options in, the tally out."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx

from greenlane.errors import GreenlaneError
from greenlane.player.arrivals import day_bounds
from greenlane.player.arrivals_file import read_arrivals
from greenlane.player.client import Api, RefusedError, StoppedError
from greenlane.player.credentials import default_path, read_credentials
from greenlane.player.desk import Desk
from greenlane.player.fleet import make_fleet
from greenlane.player.history import Caravan, History
from greenlane.player.journey import journeys_of
from greenlane.player.live import PRE_ROLL_S, Live
from greenlane.player.outbox import Outbox
from greenlane.player.pace import PastClock, ServerClock
from greenlane.player.tally import Tally
from greenlane.registry.crossing_finding import find_crossing

CONNECTIONS = 8
"""Requests of dispatchers under way at a time."""


@dataclass(frozen=True, slots=True)
class Options:
    """What to play. ``speed`` None is as fast as the server takes it; without ``day`` and ``days`` the
    present is played."""

    crossing: str
    day: date | None = None
    days: int | None = None
    speed: float | None = None
    url: str = "http://127.0.0.1:8000"
    arrivals: Path | None = None
    credentials: Path | None = None
    checkpoint: str | None = None
    direction: str | None = None
    seed: int = 1


class Report:
    """Who is told how the run goes; this one keeps silent."""

    def say(self, line: str) -> None:
        """A line that the person should see."""

    def progress(self, line: str) -> None:
        """What is under way, replacing the last."""


def play(
    options: Options,
    report: Report,
    stop: threading.Event,
    transport: httpx.BaseTransport | None = None,
) -> Tally:
    """Play until done, or until ``stop`` is set; what was done until then.

    Raises:
        GreenlaneError: a crossing, credentials or arrivals file cannot be used, or the server refuses.
    """
    crossing = find_crossing(options.crossing)
    journeys = journeys_of(crossing, options.checkpoint, options.direction)
    path = options.credentials or default_path(crossing.code)
    credentials = read_credentials(path, crossing.code, journeys)
    demands = [
        read_arrivals(options.arrivals, crossing, journey) if options.arrivals else None
        for journey in journeys
    ]
    tally = Tally()
    api = Api(options.url, say=report.say, stop=stop, transport=transport, connections=2 * CONNECTIONS)
    # Two pools: a journey's thread waits for its dispatchers' requests, which must not queue behind journeys.
    with ThreadPoolExecutor(CONNECTIONS) as requests, ThreadPoolExecutor(2) as ways:
        try:
            desk = Desk(api, credentials, requests, tally)
            history = History(api, desk, Outbox(api, credentials, tally), options.seed, tally, ways)
            report.progress("registering trucks")
            caravans = []
            for journey, demand in zip(journeys, demands, strict=True):
                per_day = demand.per_day if demand else None
                fleet = make_fleet(journey, desk.countries, options.seed, per_day)
                caravans.append(Caravan(journey, fleet, desk.register(fleet), demand))
            with suppress(StoppedError):
                _Run(options, report, api, desk, history, tally, caravans).start()
        except RefusedError as refusal:
            raise _told(refusal, path) from refusal
        finally:
            api.close()
    return tally


class _Run:
    """The choice between live, paced and fast play."""

    def __init__(
        self,
        options: Options,
        report: Report,
        api: Api,
        desk: Desk,
        history: History,
        tally: Tally,
        caravans: list[Caravan],
    ) -> None:
        self._options, self._report, self._api = options, report, api
        self._desk, self._history, self._tally, self._caravans = desk, history, tally, caravans
        self._zone = ZoneInfo(caravans[0].journey.first.checkpoint.zone)

    def start(self) -> None:
        clock = ServerClock(self._api)
        if self._options.day is None and self._options.days is None:
            self._live(clock)
        elif self._options.speed is None:
            self._fast(clock.now())
        else:
            for day in self._days(self._today(clock.now())):
                self._paced(day, self._options.speed)

    def _today(self, now: float) -> date:
        return datetime.fromtimestamp(now, UTC).astimezone(self._zone).date()

    def _days(self, today: date) -> list[date]:
        """The past days to play, newest first.

        Raises:
            GreenlaneError: ``day_not_past``.
        """
        last = self._options.day or today - timedelta(days=1)
        if last >= today:
            raise GreenlaneError(
                "day_not_past",
                f"{last} is not over yet by the clock of the server.",
                field="--day",
                mend=f"Choose {today - timedelta(days=1)} or earlier, or play live.",
            )
        return [last - timedelta(days=ago) for ago in range(self._options.days or 1)]

    def _live(self, clock: ServerClock) -> None:
        self._report.progress("playing the last hours")
        live = Live(
            self._api, self._desk, self._history, self._tally, clock, self._caravans, self._options.seed
        )
        live.run(self._progress("live"))

    def _paced(self, day: date, speed: float) -> None:
        start, end = day_bounds(day, str(self._zone))
        live = Live(
            self._api,
            self._desk,
            self._history,
            self._tally,
            PastClock(start, speed),
            self._caravans,
            self._options.seed,
            past_until=end,
        )
        live.run(self._progress(f"at {speed:g} times"))

    def _fast(self, now: float) -> None:
        days = self._days(self._today(now))

        def progress(day: date) -> None:
            self._report.progress(
                f"{day} played, {days.index(day) + 1} of {len(days)} days, "
                f"{self._tally['readings_sent']:,} readings"
            )

        if self._options.day is None:
            # Today so far; the last hours are what live play begins with.
            today = self._today(now)
            self._history.play(self._caravans, [today], now, arriving_until=now - PRE_ROLL_S)
        self._history.play(self._caravans, days, now, progress=progress)

    def _progress(self, how: str) -> Callable[[float], None]:
        def progress(at: float) -> None:
            shown = datetime.fromtimestamp(at, UTC).astimezone(self._zone)
            self._report.progress(
                f"{shown:%Y-%m-%d %H:%M:%S %z} {how}: {self._tally['trucks']:,} trucks, "
                f"{self._tally['passages']:,} passages, {self._tally['readings_sent']:,} readings"
            )

        return progress


def _told(refusal: RefusedError, credentials: Path) -> GreenlaneError:
    """A refusal of the server, with what the person who runs the player can do about it."""
    if refusal.status not in (401, 403):
        return refusal
    return GreenlaneError(
        refusal.code,
        f"{credentials}: the server refuses a token: {refusal.message}",
        field="--credentials",
        mend="Write the file anew with `greenlane serve --demo`; past days need carriers that may backfill.",
    )
