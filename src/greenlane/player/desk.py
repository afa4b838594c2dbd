"""The carriers' dispatchers: they register trucks, book and cancel, each with its own token."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from typing import Any

from greenlane.player.client import Api, RefusedError, iso, seconds
from greenlane.player.credentials import Credentials
from greenlane.player.fleet import Fleet
from greenlane.player.journey import Leg
from greenlane.player.plan import Trip
from greenlane.player.randomness import digest
from greenlane.player.slots import SlotBook, SlotView
from greenlane.player.tally import Tally

MOST_TRUCKS = 1000
MOST_PLACES = 500
MOST_TRIES = 5
"""Slots that a dispatcher asks for before giving the trip up (assumed)."""
BUSY = "truck_busy"
LIMITED = "truck_limited"
FULL = "full"
KEY_REUSED = "key_reused"
UNKNOWN = 0
"""Stands for the id of a truck that the platform did not take; its bookings are refused."""


@dataclass(frozen=True, slots=True)
class Grant:
    """A place taken; ``again`` when an earlier run of the player took it."""

    code: str
    slot_start: float
    slot_end: float
    again: bool


@dataclass(slots=True)
class Ask:
    """A wish for a place, and what became of it: a grant, or the code of the last refusal."""

    trip: Trip
    leg: int
    asked_for: float
    grant: Grant | None = None
    refused: str = ""
    full: list[SlotView] = field(default_factory=list)


class Desk:
    """All dispatchers of the credentials."""

    def __init__(self, api: Api, credentials: Credentials, pool: Executor, tally: Tally) -> None:
        self._api, self._carriers = api, credentials.carriers
        self._pool, self._tally = pool, tally

    @property
    def countries(self) -> list[str]:
        """Of the carriers, in order."""
        return [carrier.country for carrier in self._carriers]

    def register(self, fleet: Fleet) -> list[int]:
        """Make the fleet's trucks known; their ids, in order. Doing it again changes nothing."""
        lists: list[tuple[int, list[int]]] = []
        for carrier in range(len(self._carriers)):
            own = [place for place, truck in enumerate(fleet.trucks) if truck.carrier == carrier]
            lists += [
                (carrier, own[start : start + MOST_TRUCKS]) for start in range(0, len(own), MOST_TRUCKS)
            ]
        ids = [0] * len(fleet.trucks)
        for (_, places), answer in zip(lists, self._each(lists, self._register(fleet)), strict=True):
            for place, number in zip(places, answer["ids"], strict=True):
                ids[place] = number or UNKNOWN
        return ids

    def _register(self, fleet: Fleet) -> Callable[[tuple[int, list[int]]], Any]:
        def post(part: tuple[int, list[int]]) -> Any:
            carrier, places = part
            trucks = [fleet.trucks[place] for place in places]
            body = [
                {"plate": truck.plate, "country": truck.country, "vehicle_class": truck.vehicle_class}
                for truck in trucks
            ]
            key = "trucks-" + digest(self._carriers[carrier].token, body, size=12).hex()
            return self._api.post("/trucks", self._carriers[carrier].token, body, key=key)

        return post

    def slots(self, leg: Leg, start: float, end: float) -> SlotBook:
        """The slots that start in [start, end); none where the checkpoint takes no bookings."""
        path = f"/checkpoints/{leg.checkpoint.code}/{leg.direction}/slots"
        try:
            answer = self._api.get(path, self._carriers[0].token, {"from": iso(start), "to": iso(end)})
        except RefusedError as refusal:
            if refusal.status == 404 and refusal.code == "no_booking":
                return SlotBook()
            raise
        return SlotBook.of_answer(answer)

    def take(
        self,
        leg: Leg,
        book: SlotBook,
        fleet: Fleet,
        ids: Sequence[int],
        asks: Sequence[Ask],
        at: float | None,
    ) -> None:
        """Book each ask: the slot asked for, then the nearest ones that may have a place.

        Requests go out in lists, one a carrier. Refused asks keep the reason; one that is `BUSY` may be asked
        again.

        Args:
            book: the leg's slots; where it is empty, the checkpoint takes no bookings and nothing is asked.
            at: when the dispatchers book, seconds since the epoch; None for now.
        """
        if not len(book):
            for ask in asks:
                ask.refused = "no_slot"
            return
        open_asks = list(asks)
        for number in range(MOST_TRIES):
            asking: list[tuple[Ask, SlotView]] = []
            for ask in open_asks:
                slot = book.wished(ask.asked_for) if number == 0 else None
                slot = slot or book.nearest_free(ask.asked_for, ask.full)
                if slot is None:
                    self._refuse(ask, ask.refused or "no_slot")
                    continue
                slot.free -= 1
                asking.append((ask, slot))
            self._ask(leg, fleet, ids, asking, number, at)
            if known := [ask for ask, _ in asking if ask.refused == KEY_REUSED]:
                self._look_up(leg, fleet, ids, known)
            open_asks = [ask for ask, _ in asking if ask.refused == FULL]
            if not open_asks:
                return
        for ask in open_asks:
            self._refuse(ask, FULL)

    def _ask(
        self,
        leg: Leg,
        fleet: Fleet,
        ids: Sequence[int],
        asking: Sequence[tuple[Ask, SlotView]],
        number: int,
        at: float | None,
    ) -> None:
        lists: list[list[tuple[Ask, SlotView]]] = []
        for carrier in range(len(self._carriers)):
            own = [wish for wish in asking if fleet.trucks[wish[0].trip.truck].carrier == carrier]
            lists += [own[start : start + MOST_PLACES] for start in range(0, len(own), MOST_PLACES)]

        def post(part: list[tuple[Ask, SlotView]]) -> Any:
            token = self._carriers[fleet.trucks[part[0][0].trip.truck].carrier].token
            wishes = [
                {
                    "slot": slot.id,
                    "truck": ids[ask.trip.truck],
                    "confirm": True,
                    "share": "booked",
                    "asked_for": iso(ask.asked_for),
                    "key": f"{ask.trip.key}-{ask.leg}-{number}",
                }
                for ask, slot in part
            ]
            key = "places-" + digest(wishes, at, size=12).hex()
            return self._api.post("/places", token, wishes, key=key, at=at)

        for part, answer in zip(lists, self._each(lists, post), strict=True):
            for (ask, slot), told in zip(part, answer["answers"], strict=True):
                self._note(ask, slot, told)

    def _note(self, ask: Ask, slot: SlotView, told: dict[str, Any]) -> None:
        self._tally.add("bookings_asked")
        if told["ok"]:
            self._grant(ask, told["booking"], slot.starts_at, slot.ends_at)
            slot.free += told["booking"]["again"]
            return
        ask.refused = told["error"]["code"]
        if ask.refused == FULL:
            ask.full.append(slot)
            slot.free = min(slot.free, 0)
            return
        slot.free += 1
        if ask.refused != KEY_REUSED:
            self._refuse(ask, ask.refused)

    def _grant(self, ask: Ask, booking: dict[str, Any], starts_at: float, ends_at: float) -> None:
        again = bool(booking["again"])
        ask.grant, ask.refused = Grant(booking["code"], starts_at, ends_at, again), ""
        self._tally.add("bookings_again" if again else "bookings_taken")

    def _look_up(self, leg: Leg, fleet: Fleet, ids: Sequence[int], asks: Sequence[Ask]) -> None:
        """Find the bookings that an earlier run made of these trips, in other slots than now."""
        here = leg.checkpoint.code, leg.direction

        def get(carrier: int) -> Any:
            params = {"checkpoint": leg.checkpoint.code, "page_size": MOST_PLACES}
            return self._api.get("/bookings", self._carriers[carrier].token, params)

        carriers = sorted({fleet.trucks[ask.trip.truck].carrier for ask in asks})
        known: dict[int, dict[str, Any]] = {}
        for answer in self._each(carriers, get):
            for row in answer["bookings"]:
                if (row["checkpoint"], row["direction"]) == here:
                    known.setdefault(row["truck"], row)
        for ask in asks:
            row = known.get(ids[ask.trip.truck])
            if row is None:
                self._refuse(ask, KEY_REUSED)
                continue
            slot = row["slot"]
            booking = {"code": row["code"], "again": True}
            self._grant(ask, booking, seconds(slot["starts_at"]), seconds(slot["ends_at"]))

    def _refuse(self, ask: Ask, code: str) -> None:
        ask.refused = code
        if code != BUSY:
            self._tally.refuse(code)

    def cancel(self, fleet: Fleet, cancelled: Iterable[tuple[Trip, str, float | None]]) -> None:
        """Cancel bookings: (trip, code, when), with None for now."""

        def post(one: tuple[Trip, str, float | None]) -> Any:
            trip, code, at = one
            token = self._carriers[fleet.trucks[trip.truck].carrier].token
            try:
                body = {"why": "the load was withdrawn"}
                self._api.post(f"/bookings/{code}/cancel", token, body, key=f"{trip.key}-cancel", at=at)
                self._tally.add("bookings_cancelled")
            except RefusedError as refusal:
                self._tally.refuse(f"cancel: {refusal.code}")

        self._each(list(cancelled), post)

    def called(self, carriers: Iterable[int], since: float) -> list[tuple[str, float | None]]:
        """Bookings of these carriers that the platform has called since then: (code, when)."""

        def get(carrier: int) -> list[tuple[str, float | None]]:
            answer = self._api.get(
                "/bookings",
                self._carriers[carrier].token,
                {"state": "called", "changed_since": iso(since), "page_size": 500},
            )
            return [(row["code"], _time(row["called_at"])) for row in answer["bookings"]]

        return [row for rows in self._each(list(carriers), get) for row in rows]

    def _each(self, parts: Sequence[Any], do: Callable[[Any], Any]) -> list[Any]:
        """``do`` for each part, several at a time; the results in order."""
        if len(parts) == 1:
            return [do(parts[0])]
        return list(self._pool.map(do, parts))


def _time(text: str | None) -> float | None:
    return seconds(text) if text else None
