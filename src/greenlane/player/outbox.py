"""The devices' side: readings and decisions, each sent with the token of the device that made it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from greenlane.player.acting import ChannelDecision
from greenlane.player.cameras import SentReading
from greenlane.player.client import Api, RefusedError, ServerFaultError, iso
from greenlane.player.credentials import Credentials
from greenlane.player.journey import Leg
from greenlane.player.randomness import digest
from greenlane.player.tally import Tally

MOST_READINGS = 2000
MOST_DECISIONS = 1000
WINDOW_S = 4 * 3600.0
"""Readings of so many seconds go out together, by device, in the order of a truck's way."""
_WAY = ("queue_end", "park_in", "call", "park_out", "entry", "stage_in", "stage_out", "exit")


class Outbox:
    """Sends readings and decisions in batches."""

    def __init__(self, api: Api, credentials: Credentials, tally: Tally) -> None:
        self._api, self._devices, self._tally = api, credentials.devices, tally

    def send(self, leg: Leg, readings: Iterable[SentReading]) -> None:
        """Send readings, given in order of time."""
        for window in windows(readings):
            by_point: dict[str, list[SentReading]] = {}
            for reading in window:
                by_point.setdefault(reading.point, []).append(reading)
            for point in _WAY:
                self._send_point(leg, point, by_point.get(point, []))

    def decide(self, leg: Leg, decisions: Sequence[ChannelDecision]) -> None:
        """Send the channels that the officers at the leg decided, with the token of a device there."""
        tokens = self._devices[leg.checkpoint.code][leg.direction]
        token = tokens.get("entry") or next(iter(tokens.values()))
        for start in range(0, len(decisions), MOST_DECISIONS):
            body = [
                {
                    "checkpoint": leg.checkpoint.code,
                    "direction": leg.direction,
                    "booking": decision.booking,
                    "plate": decision.plate,
                    "channel": decision.channel,
                    "pre_arrival": decision.papers_ahead,
                    "decided_at": iso(decision.at),
                }
                for decision in decisions[start : start + MOST_DECISIONS]
            ]
            key = "channels-" + digest(body, size=12).hex()
            try:
                answer = self._api.post("/channels", token, body, key=key)
            except ServerFaultError:
                self._tally.add("channels_refused", len(body))
                continue
            self._tally.add("channels_decided", answer["accepted"])
            self._tally.add("channels_refused", len(answer["rejected"]))

    def _send_point(self, leg: Leg, point: str, readings: list[SentReading]) -> None:
        token = self._devices[leg.checkpoint.code][leg.direction].get(point)
        if token is None:
            return  # no device stands at this point
        for start in range(0, len(readings), MOST_READINGS):
            self._post(token, readings[start : start + MOST_READINGS])

    def _post(self, token: str, batch: list[SentReading]) -> None:
        key = "readings-" + digest(*(reading.event_id for reading in batch), size=12).hex()
        self._tally.add("readings_sent", len(batch))
        try:
            answer = self._api.post("/readings", token, batch, key=key)
        except ServerFaultError:
            self._tally.add("readings_failed", len(batch))
            return
        except RefusedError as refusal:
            if refusal.status in (401, 403):
                raise
            self._tally.add("readings_rejected", len(batch))
            return
        self._tally.add("readings_accepted", answer["accepted"])
        self._tally.add("readings_duplicate", answer["duplicates"])
        self._tally.add("readings_rejected", len(answer["rejected"]))


def windows(readings: Iterable[SentReading], length_s: float = WINDOW_S) -> Iterable[list[SentReading]]:
    """Readings in order of time, cut into lists that span at most ``length_s``."""
    window: list[SentReading] = []
    end = 0.0
    for reading in readings:
        at = reading.event_time.timestamp()
        if window and at >= end:
            yield window
            window = []
        if not window:
            end = at + length_s
        window.append(reading)
    if window:
        yield window
