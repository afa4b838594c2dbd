"""What the devices of a checkpoint make of a passing truck: misread, missed and repeated reads. Pure.

Shares of misread and missed plates are the crossing file's. The rest is assumed, and said beside each figure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from greenlane.player.checkpoint import Sighting
from greenlane.player.journey import Leg
from greenlane.player.randomness import digest

PASS_SHARE: Final = 0.4
"""Drivers with a booking who show their pass at the entry kiosk; the others are read by the camera."""
TAP_SHARE: Final = 0.08
"""Stage entrances and exits that an officer taps on a handset, in place of the camera's read."""
AGAIN_SHARE: Final = 0.02
"""Barrier reads that the camera repeats some seconds later while the truck stands there."""
RESENT_SHARE: Final = 0.004
"""Readings that a device sends twice, with the same id, after an answer was lost on the way."""
TWO_SIGNS_SHARE: Final = 0.2
"""Misreads in which two characters are wrong, not one."""
LOOK_ALIKE_SHARE: Final = 0.75
"""Wrong characters that are a look-alike of the true one."""
MOST_SKEW_S: Final = 2.0
"""A device's clock is this much ahead or behind at most; it is the same all day."""

LOOK_ALIKES: Final = {
    "0": "OD8", "O": "0D", "1": "I7", "I": "1T", "2": "Z7", "Z": "2", "3": "8", "4": "A", "5": "S6", "S": "5",
    "6": "G5", "G": "6", "7": "1T", "8": "B3", "B": "8R", "9": "8", "A": "4", "C": "0", "D": "0", "E": "F",
    "F": "EP", "H": "MN", "K": "X", "M": "NH", "N": "MH", "P": "FR", "R": "P", "T": "7Y", "U": "V", "V": "U",
    "W": "M", "X": "K", "Y": "VT",
}  # fmt: skip
"""What a camera takes a character for most: shapes that share most strokes."""
_SIGNS: Final = "0123456789ABCEHKMOPTX"
_BARRIERS: Final = ("park_in", "park_out", "queue_end", "entry", "exit")


class SentReading(msgspec.Struct, omit_defaults=True):
    """A reading as it is sent; the fields of the readings API. ``event_time`` is by the device's clock."""

    event_id: str
    point: str
    event_time: datetime
    event_time_zone_offset: str
    kind: str
    value: str
    confidence: float
    stage: str | None = None
    lane: str | None = None
    country: str | None = None
    skew_s: float | None = None


class Cameras:
    """The devices of one checkpoint and direction.

    A reading's id, its error and its confidence follow from the seed, the truck's visit and the point alone,
    so that a run repeated sends the same readings, whatever else it does.
    """

    def __init__(self, leg: Leg, seed: int) -> None:
        self._faults = leg.course.cameras
        self._zone = ZoneInfo(leg.checkpoint.zone)
        self._name = f"{seed}/{leg.name}"
        self._offsets: dict[int, str] = {}
        self._skews: dict[str, float] = {}

    def read(self, sightings: Iterable[Sighting]) -> Iterator[SentReading]:
        """The readings of what passed; none where the device missed it. The call-up sign never errs."""
        for seen in sightings:
            if seen.truck.silent:
                continue
            chance = _Chance(digest(self._name, seen.truck.key, seen.point, seen.stage, size=48))
            if seen.point == "call":
                if not seen.truck.was_called:
                    yield self._by_sign(seen, chance)
                continue
            if chance.next() < self._faults.missed_share:
                continue
            reading = self._by_device(seen, chance)
            yield reading
            if chance.next() < RESENT_SHARE:
                yield reading
            if seen.point in _BARRIERS and chance.next() < AGAIN_SHARE:
                yield self._again(seen, reading, chance)

    def _by_sign(self, seen: Sighting, chance: _Chance) -> SentReading:
        if seen.truck.booking:
            return self._reading(seen, chance.event_id, seen.at, "qr", seen.truck.booking, 1.0)
        return self._reading(seen, chance.event_id, seen.at, "tap", seen.truck.plate, 1.0)

    def _by_device(self, seen: Sighting, chance: _Chance) -> SentReading:
        way, truck = chance.next(), seen.truck
        if seen.point == "entry" and truck.booking and way < PASS_SHARE:
            return self._reading(seen, chance.event_id, seen.at, "qr", truck.booking, 1.0)
        if seen.stage and seen.point != "entry" and seen.point != "exit" and way < TAP_SHARE:
            return self._reading(seen, chance.event_id, seen.at, "tap", truck.plate, 1.0)
        return self._by_camera(seen, chance, chance.event_id, seen.at)

    def _by_camera(self, seen: Sighting, chance: _Chance, event_id: str, at: float) -> SentReading:
        is_wrong, trust = chance.next() < self._faults.misread_share, chance.next()
        value = misread(seen.truck.plate, chance) if is_wrong else seen.truck.plate
        confidence = 0.45 + 0.45 * trust if is_wrong else 0.99 - 0.14 * trust * trust
        reading = self._reading(seen, event_id, at, "plate", value, round(confidence, 3))
        reading.country = seen.truck.country
        return reading

    def _again(self, seen: Sighting, first: SentReading, chance: _Chance) -> SentReading:
        again = _Chance(digest(self._name, seen.truck.key, seen.point, seen.stage, "again", size=48))
        return self._by_camera(seen, again, again.event_id, seen.at + 1.0 + 14.0 * chance.next())

    def _reading(
        self, seen: Sighting, event_id: str, at: float, kind: str, value: str, confidence: float
    ) -> SentReading:
        skew = self._skew(seen.point)
        return SentReading(
            event_id,
            seen.point,
            datetime.fromtimestamp(round(at + skew, 3), UTC),
            self._offset(at),
            kind,
            value,
            confidence,
            seen.stage or None,
            seen.lane or None,
            None,
            round(skew, 1),
        )

    def _skew(self, point: str) -> float:
        if point not in self._skews:
            drawn = _Chance(digest(self._name, "clock", point, size=24)).next()
            self._skews[point] = (2.0 * drawn - 1.0) * MOST_SKEW_S
        return self._skews[point]

    def _offset(self, at: float) -> str:
        """Such as ``"+02:00"``; offsets change on a quarter of an hour only."""
        quarter = int(at // 900)
        if quarter not in self._offsets:
            self._offsets[quarter] = datetime.fromtimestamp(at, self._zone).isoformat()[-6:]
        return self._offsets[quarter]


class _Chance:
    """Draws from a digest: an event id from the first 16 bytes, then numbers in [0, 1) of 4 bytes each."""

    __slots__ = ("_bytes", "_next")

    def __init__(self, drawn: bytes) -> None:
        self._bytes, self._next = drawn, 16

    @property
    def event_id(self) -> str:
        """A UUID of version 8 (RFC 9562: custom)."""
        text = self._bytes[:16].hex()
        return (
            f"{text[:8]}-{text[8:12]}-8{text[13:16]}-{'89ab'[int(text[16], 16) % 4]}{text[17:20]}-{text[20:]}"
        )

    def next(self) -> float:
        start = self._next
        if start + 4 > len(self._bytes):
            self._bytes, start = self._bytes[:16] + digest(self._bytes.hex(), size=32), 16
        self._next = start + 4
        return int.from_bytes(self._bytes[start : start + 4], "big") / 4_294_967_296


def misread(plate: str, chance: _Chance) -> str:
    """The plate with one or two characters wrong, never equal to the true one."""
    signs = list(plate)
    places = [place for place, sign in enumerate(signs) if sign.isalnum()]
    for _ in range(2 if chance.next() < TWO_SIGNS_SHARE and len(places) > 1 else 1):
        place = places.pop(int(chance.next() * len(places)))
        signs[place] = _wrong(signs[place], chance)
    return "".join(signs)


def _wrong(sign: str, chance: _Chance) -> str:
    alike = LOOK_ALIKES.get(sign, "")
    if alike and chance.next() < LOOK_ALIKE_SHARE:
        return alike[int(chance.next() * len(alike))]
    others = _SIGNS.replace(sign, "")
    return others[int(chance.next() * len(others))]
