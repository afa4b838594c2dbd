"""What cameras make of passing trucks: the crossing's error rates, and the same readings in every run."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import msgspec
import pytest

from greenlane.gate.readings import decode_batch
from greenlane.player.cameras import LOOK_ALIKES, MOST_SKEW_S, Cameras, SentReading
from greenlane.player.checkpoint import Sighting
from greenlane.player.journey import Leg
from greenlane.player.lanes import Visitor
from greenlane.registry.crossing_file import read_crossing

CROSSING = read_crossing(Path(__file__).parents[2] / "crossings" / "yahodyn-dorohusk.yaml")
LEG = Leg(CROSSING.checkpoint("yahodyn"), "outbound")
AT = datetime(2026, 5, 4, 10, 0, tzinfo=UTC).timestamp()
TRUCKS = 12_000


def _truck(number: int, *, booking: str = "", silent: bool = False, was_called: bool = False) -> Visitor:
    return Visitor(
        key=f"trip-{number}",
        plate=f"AB{number % 10_000:04d}HK",
        country="UA",
        vehicle_class="laden",
        channel="green",
        route=("entry", "exit"),
        service_s=(1.0, 1.0),
        arrives_at=AT,
        booking=booking,
        silent=silent,
        was_called=was_called,
    )


@pytest.fixture(scope="module")
def readings() -> list[SentReading]:
    """Many trucks past the one camera of the park's gate."""
    return list(Cameras(LEG, 1).read(Sighting(AT + n, "park_in", _truck(n)) for n in range(TRUCKS)))


@pytest.fixture(scope="module")
def skew_s() -> float:
    """How far the clock of the park's camera is ahead, by the first plate that it read at a known time."""
    for number in range(TRUCKS):
        for reading in Cameras(LEG, 1).read([Sighting(AT, "park_in", _truck(number))]):
            return reading.event_time.timestamp() - AT
    raise AssertionError("the camera read nothing")


def test_missed_and_misread_plates_are_as_many_as_the_crossing_says(
    readings: list[SentReading], skew_s: float
) -> None:
    truth = {f"AB{n % 10_000:04d}HK" for n in range(TRUCKS)}
    once = {reading.event_id: reading for reading in readings}
    # Trucks come on whole seconds; what the camera repeats it reads in between.
    shifts = [reading.event_time.timestamp() - skew_s for reading in once.values()]
    first = {round(at) for at in shifts if abs(at - round(at)) < 0.0015}
    faults = LEG.course.cameras
    assert 1 - len(first) / TRUCKS == pytest.approx(faults.missed_share, abs=0.005)
    wrong = sum(reading.value not in truth for reading in once.values()) / len(once)
    # A wrong digit may make another truck's plate, so fewer are seen to be wrong than are.
    assert 0.5 * faults.misread_share < wrong <= faults.misread_share + 0.005


def test_a_misread_differs_in_one_or_two_signs_mostly_look_alikes() -> None:
    letters = "ABCEHIKMOPTX"
    kinds: Counter[str] = Counter()
    for number in range(12_000):
        truck = _truck(number)
        truck.plate = letters[number % 12] * 2 + f"{number % 10_000:04d}" + letters[number // 12 % 12] * 2
        for reading in Cameras(LEG, 1).read([Sighting(AT, "exit", truck)]):
            pairs = [(a, b) for a, b in zip(truck.plate, reading.value, strict=True) if a != b]
            kinds[f"{len(pairs)} wrong"] += 1
            kinds.update("look-alike" if b in LOOK_ALIKES.get(a, "") else "other" for a, b in pairs)
    assert set(kinds) == {"0 wrong", "1 wrong", "2 wrong", "look-alike", "other"}
    assert kinds["2 wrong"] < kinds["1 wrong"]
    assert kinds["look-alike"] > 2 * kinds["other"]


def test_a_wrong_read_is_trusted_less_than_a_right_one(readings: list[SentReading]) -> None:
    right = [reading.confidence for reading in readings if reading.value[:2] == "AB"]
    wrong = [reading.confidence for reading in readings if reading.value[:2] not in ("AB",)]
    assert min(right) >= 0.45
    assert max(wrong) <= 0.9
    assert sum(wrong) / len(wrong) < sum(right) / len(right) - 0.15


def test_some_readings_are_repeated_and_some_sent_twice(readings: list[SentReading]) -> None:
    ids = Counter(reading.event_id for reading in readings)
    assert 0.002 < sum(count == 2 for count in ids.values()) / TRUCKS < 0.008
    assert 0.01 < (len(ids) - TRUCKS * 0.98) / TRUCKS < 0.03


def test_a_run_repeated_sends_the_same_readings_in_whatever_order(readings: list[SentReading]) -> None:
    again = list(
        Cameras(LEG, 1).read(Sighting(AT + n, "park_in", _truck(n)) for n in reversed(range(TRUCKS)))
    )
    assert sorted(map(msgspec.json.encode, again)) == sorted(map(msgspec.json.encode, readings))
    other = Cameras(LEG, 2).read(Sighting(AT + n, "park_in", _truck(n)) for n in range(TRUCKS))
    assert not {reading.event_id for reading in other} & {reading.event_id for reading in again}


def test_a_device_has_one_small_skew_and_tells_it(readings: list[SentReading], skew_s: float) -> None:
    (told,) = {reading.skew_s for reading in readings}
    assert abs(skew_s) <= MOST_SKEW_S
    assert told == pytest.approx(skew_s, abs=0.06)


def test_booked_drivers_show_their_pass_at_the_kiosk_or_are_read() -> None:
    kinds: Counter[str] = Counter()
    for number in range(2_000):
        for reading in Cameras(LEG, 1).read(
            [Sighting(AT, "entry", _truck(number, booking="GL-1"), "entry", "E1")]
        ):
            kinds[reading.kind] += 1
            assert reading.kind != "qr" or reading.value == "GL-1"
    assert 0.35 < kinds["qr"] / kinds.total() < 0.45
    assert kinds["plate"] > 1_000


def test_the_sign_tells_every_call_but_not_those_of_the_platform() -> None:
    cameras = Cameras(LEG, 1)
    own = list(cameras.read([Sighting(AT, "call", _truck(n, booking=f"GL-{n}")) for n in range(100)]))
    assert [reading.value for reading in own] == [f"GL-{n}" for n in range(100)]
    assert not list(cameras.read([Sighting(AT, "call", _truck(1, booking="GL-1", was_called=True))]))


def test_nothing_is_read_of_a_silent_truck() -> None:
    assert not list(
        Cameras(LEG, 1).read([Sighting(AT, "park_in", _truck(n, silent=True)) for n in range(50)])
    )


def test_the_gate_accepts_what_the_cameras_send(readings: list[SentReading]) -> None:
    body = msgspec.json.encode(readings[:4_000])
    batch = decode_batch(body, datetime(2026, 5, 5, tzinfo=UTC), device="camera")
    assert not batch.bad
    assert len(batch.readings) == 4_000
    assert {reading.event_time_zone_offset for reading in batch.readings} == {"+03:00"}
    assert all(UUID(reading.event_id).version == 8 for reading in readings[:50])
