"""A tiny Greenlane for the player's tests: the same addresses and answers, kept in memory."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from greenlane.player.client import iso
from greenlane.registry.crossing import Crossing

ACTIVE = ("confirmed", "called")


class FakeGreenlane:
    """Slots with a capacity, one active booking a truck, entries that end a booking, idempotent readings.

    ``matches``: whether an entry reading enters its booking at once, as the platform's matcher would.
    """

    def __init__(
        self, crossing: Crossing, now: datetime, capacity: int = 50, *, matches: bool = True
    ) -> None:
        self.crossing, self.now, self.capacity, self.matches = crossing, now, capacity, matches
        self.calls_when_parked = False
        self.rosters: dict[tuple[str, str], dict[str, Any]] = {}
        self.readings: dict[str, dict[str, Any]] = {}
        self.bookings: dict[str, dict[str, Any]] = {}
        self.trucks: dict[tuple[str, str], int] = {}
        self.channels: list[dict[str, Any]] = []
        self.requests: list[httpx.Request] = []
        self._places_of = [f"{c.code}/{way}" for c in crossing.checkpoints for way in sorted(c.directions)]
        self._by_key: dict[str, dict[str, Any]] = {}
        self._last_of: dict[int | None, dict[str, Any]] = {}
        self._in_slot: dict[int, list[dict[str, Any]]] = {}
        self._lock = threading.Lock()

    @property
    def transport(self) -> httpx.MockTransport:
        return httpx.MockTransport(self.handle)

    def credentials(self) -> dict[str, Any]:
        points = ("queue_end", "park_in", "park_out", "call", "entry", "stage_in", "stage_out", "exit")
        return {
            "crossing": self.crossing.code,
            "carriers": [
                {"name": f"Invented {number}", "token": f"carrier-{number}", "country": "PL"}
                for number in range(12)
            ],
            "devices": {
                checkpoint.code: {
                    way: {point: f"{checkpoint.code} {way} {point}" for point in points}
                    for way in checkpoint.directions
                }
                for checkpoint in self.crossing.checkpoints
            },
        }

    def handle(self, request: httpx.Request) -> httpx.Response:
        with self._lock:
            self.requests.append(request)
            path = request.url.path.removeprefix("/api/v1/").split("/")
            body = json.loads(request.content) if request.content else None
            do: dict[str, Callable[..., Any]] = {
                "clock": self._clock, "trucks": self._trucks, "checkpoints": self._slots,
                "places": self._places, "bookings": self._bookings, "readings": self._readings,
                "channels": self._channels,
            }  # fmt: skip
            return httpx.Response(200, json=do[path[0]](request, path, body))

    def _clock(self, request: httpx.Request, path: list[str], body: Any) -> Any:
        return {"now": self.now.isoformat(), "speed": 1.0, "is_wall": True}

    def _trucks(self, request: httpx.Request, path: list[str], body: Any) -> Any:
        keys = [(row["country"], row["plate"]) for row in body]
        return {"ids": [self.trucks.setdefault(key, len(self.trucks) + 1) for key in keys]}

    def _slots(self, request: httpx.Request, path: list[str], body: Any) -> Any:
        if path[3] == "roster":
            return self.rosters.get((path[1], request.url.params["day"]), {"plan": None, "lanes": []})
        start = datetime.fromisoformat(request.url.params["from"])
        end = datetime.fromisoformat(request.url.params["to"])
        rules = self.crossing.checkpoint(path[1]).directions[path[2]].slots
        step = timedelta(minutes=rules.step_minutes)
        first = datetime.fromtimestamp(
            -(-start.timestamp() // step.total_seconds()) * step.total_seconds(), UTC
        )
        slots = []
        while first < end:
            taken = self._taken(self._slot_id(path, first))
            slots.append(
                {
                    "id": self._slot_id(path, first),
                    "starts_at": first.isoformat(),
                    "ends_at": (first + timedelta(minutes=rules.slot_minutes)).isoformat(),
                    "free": self.capacity - taken,
                    "state": "open",
                }
            )
            first += step
        return {"lag_minutes": 0, "slots": slots}

    def _slot_id(self, path: list[str], start: datetime) -> int:
        return int(start.timestamp()) // 60 * 10 + self._places_of.index(f"{path[1]}/{path[2]}")

    def _taken(self, slot: int) -> int:
        return sum(booking["state"] != "cancelled" for booking in self._in_slot.get(slot, ()))

    def _places(self, request: httpx.Request, path: list[str], body: Any) -> Any:
        return {"answers": [self._place(wish, request) for wish in body]}

    def _place(self, wish: dict[str, Any], request: httpx.Request) -> dict[str, Any]:
        if self._by_key.get(wish["key"], wish)["slot"] != wish["slot"]:
            return {"ok": False, "error": {"code": "key_reused"}}
        if wish["key"] in self._by_key:
            return {"ok": True, "booking": self._by_key[wish["key"]] | {"again": True}}
        if self._last_of.get(wish["truck"], {}).get("state") in ACTIVE:
            return {"ok": False, "error": {"code": "truck_busy"}}
        if self._taken(wish["slot"]) >= self.capacity:
            return {"ok": False, "error": {"code": "full"}}
        booking = {
            "code": f"GL-{len(self.bookings):010d}",
            "state": "confirmed",
            "called_at": None,
            "token": request.headers["authorization"],
            "at": request.headers.get("greenlane-at"),
            **{name: wish[name] for name in ("slot", "truck", "key", "asked_for")},
        }
        self.bookings[booking["code"]] = self._by_key[wish["key"]] = self._last_of[wish["truck"]] = booking
        self._in_slot.setdefault(wish["slot"], []).append(booking)
        return {"ok": True, "booking": booking | {"again": False}}

    def _bookings(self, request: httpx.Request, path: list[str], body: Any) -> Any:
        if request.method == "POST":
            self.bookings[path[1]]["state"] = "cancelled"
            return self.bookings[path[1]]
        token = request.headers["authorization"]
        state = request.url.params.get("state")
        rows = [
            booking | self._shown_slot(booking["slot"])
            for booking in self.bookings.values()
            if booking["token"] == token and state in (None, booking["state"])
        ]
        return {"count": len(rows), "bookings": rows[::-1]}

    def _shown_slot(self, slot: int) -> dict[str, Any]:
        checkpoint, way = self._places_of[slot % 10].split("/")
        start = datetime.fromtimestamp(slot // 10 * 60, UTC)
        times = {"starts_at": start.isoformat(), "ends_at": (start + timedelta(minutes=30)).isoformat()}
        return {"checkpoint": checkpoint, "direction": way, "slot": {"id": slot, **times}}

    def _readings(self, request: httpx.Request, path: list[str], body: Any) -> Any:
        checkpoint, way, point = request.headers["authorization"].removeprefix("Bearer ").split()
        new = [reading for reading in body if reading["event_id"] not in self.readings]
        accepted = 0
        for reading in body:
            assert reading["point"] == point, "a device sends only what it saw"
            if reading["event_id"] not in self.readings:
                accepted += 1
                self.readings[reading["event_id"]] = reading | {"checkpoint": checkpoint, "direction": way}
        for reading in new:
            if point == "entry" and self.matches:
                self._change(reading, f"{checkpoint}/{way}", "entered")
            if point == "park_in" and self.calls_when_parked:
                self._change(reading, f"{checkpoint}/{way}", "called")
        return {"accepted": accepted, "duplicates": len(body) - accepted, "rejected": []}

    def _channels(self, request: httpx.Request, path: list[str], body: Any) -> Any:
        future = [row for row in body if datetime.fromisoformat(row["decided_at"]) > self.now]
        self.channels += [row for row in body if row not in future]
        return {"accepted": len(body) - len(future), "rejected": future}

    def _change(self, reading: dict[str, Any], place: str, state: str) -> None:
        """The truck's active booking there, found by code or plate, goes on; a misread plate finds none."""
        truck = self.trucks.get((reading.get("country", ""), reading["value"]))
        booking = self.bookings.get(reading["value"]) or self._last_of.get(truck)
        if booking and booking["state"] in ACTIVE and self._places_of[booking["slot"] % 10] == place:
            booking |= {"state": state, "called_at": iso(self.now.timestamp())}
