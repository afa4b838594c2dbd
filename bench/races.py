"""Races in which a place could be sold twice or lost: counted after each."""

from __future__ import annotations

import json
import random
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

import msgspec

from bench import counts, load
from bench.ground import Ground, Web, number
from bench.load import Answer, Request, post
from bench.report import Check, Section
from bench.sizes import Sizes
from bench.world import (
    AMPLE,
    Capacity,
    Fleet,
    make_checkpoint,
    make_fleet,
    make_slots,
    midnight,
)
from greenlane.site.database_url import DatabaseAddress

SCARCE: Final = Capacity(slot=9, share=8, hour=26, day=60)
"""Eight slots in two hours: 8 each by their share, 26 an hour, 52 in all; the day is no limit."""
SCARCE_SLOTS: Final = 8
SCARCE_PLACES: Final = 2 * SCARCE.hour
AT_ONCE: Final = 3
"""How often the retry storm sends each request."""


def measure(ground: Ground, sizes: Sizes) -> Section:
    """The whole section: one race after the other in one database, each with trucks of its own."""
    section = Section("races", "Races: through two web workers, and both doors")
    with ground.database() as database:
        make_checkpoint(moves_per_trip=1000, move_cutoff_minutes=0)
        seeded = _seed(sizes)
        with ground.web(database, 2) as web:
            for race in (_retry_storm, _same_plate, _last_places):
                section.checks += race(database, web, seeded, sizes)
    return section


@dataclass(frozen=True, slots=True)
class _Seeded:
    fleet: Fleet
    slots: list[int]
    scarce: list[int]


def _seed(sizes: Sizes) -> _Seeded:
    from greenlane.registry.models import Checkpoint

    checkpoint = Checkpoint.objects.get(code="measured")
    slots = make_slots(checkpoint, midnight(3), max(sizes.slots // 4, sizes.plate_slots), AMPLE)
    scarce = make_slots(checkpoint, midnight(30) + timedelta(hours=6), SCARCE_SLOTS, SCARCE)
    return _Seeded(make_fleet(sizes.carriers, min(sizes.trucks, 10_000)), slots, scarce)


def _retry_storm(database: DatabaseAddress, web: Web, seeded: _Seeded, sizes: Sizes) -> list[Check]:
    """Each request three times at once with one key: twice at the turnstile, once at the ordinary door."""
    dice = random.Random(2)

    def requests() -> Iterator[Request]:
        for each in range(sizes.storm_keys):
            slot = dice.choice(seeded.slots)
            yield seeded.fleet.place(each, slot)
            yield seeded.fleet.place(each, slot)
            yield seeded.fleet.booking(each, slot)

    ran = load.run(web.port, requests(), connections=min(sizes.connections, 48), keep=True)
    codes: dict[int, set[str]] = defaultdict(set)
    for answer in ran.answers:
        codes[answer.about].add(json.loads(answer.body).get("code", ""))
    run = f"retry storm, {sizes.storm_keys:,} requests {AT_ONCE} times at once"
    return [
        Check(run, "answers 201", sizes.storm_keys * AT_ONCE, ran.count(201)),
        Check(run, "keys with one code", sizes.storm_keys, sum(len(each) == 1 for each in codes.values())),
        *counts.all_kept(database, run, sizes.storm_keys),
    ]


def _same_plate(database: DatabaseAddress, web: Web, seeded: _Seeded, sizes: Sizes) -> list[Check]:
    """One truck sent to many slots at once, each time with another key; then the next truck."""
    requests = (
        (seeded.fleet.booking if slot % 8 == 0 else seeded.fleet.place)(truck, slot, f"{truck}/{slot}")
        for truck in range(sizes.storm_keys, sizes.storm_keys + sizes.plates)
        for slot in seeded.slots[: sizes.plate_slots]
    )
    ran = load.run(web.port, requests, connections=sizes.plate_slots, keep=True)
    won = Counter(answer.about for answer in ran.answers if answer.status == 201)
    run = f"same plate, {sizes.plates} trucks each to {sizes.plate_slots} slots at once"
    return [
        Check(run, "trucks with one place", sizes.plates, sum(count == 1 for count in won.values())),
        Check(run, "turned away", sizes.plates * (sizes.plate_slots - 1), ran.count(409)),
        *counts.all_kept(database, run, sizes.storm_keys + sizes.plates),
    ]


def _last_places(database: DatabaseAddress, web: Web, seeded: _Seeded, sizes: Sizes) -> list[Check]:
    """Bookings, cancels and moves at once in slots with few places under several quotas; then all that is
    left is sold.
    """
    before = sizes.storm_keys + sizes.plates
    rush = _Rush(seeded, before, sizes.last_places_steps)
    connections = min(sizes.connections, 64)
    ran = load.run(web.port, rush.requests(), connections=connections, on_answer=rush.told)
    for answer, count in rush.unexpected.items():
        print(f"{count} times {answer}", file=sys.stderr)
    run = f"last places, {sizes.last_places_steps:,} bookings, cancels and moves at once"
    checks = [
        *counts.all_kept(database, run, before + rush.acknowledged),
        Check(run, "unexpected answers", 0, rush.unexpected.total() + ran.broken),
        Check(
            f"{run} (cancelled)",
            "as acknowledged",
            rush.cancelled,
            number(database, "SELECT count(*) FROM booking_booking WHERE state = 'cancelled'"),
        ),
    ]
    load.run(web.port, rush.the_rest(), connections=connections)
    after = "last places, when all the rest is sold"
    return [
        *checks,
        Check(after, "placed, of those there are", before + SCARCE_PLACES, number(database, counts.PLACED)),
        *counts.nothing_oversold(database, after),
    ]


@dataclass
class _Rush:
    """Who has a place, as far as clients were told, and what they do next."""

    seeded: _Seeded
    first_truck: int
    steps: int
    dice: random.Random = field(default_factory=lambda: random.Random(3))
    mine: list[tuple[int, str]] = field(default_factory=list)
    booked: int = 0
    cancelled: int = 0
    unexpected: Counter[str] = field(default_factory=Counter)

    @property
    def acknowledged(self) -> int:
        """Bookings that were acknowledged and not cancelled."""
        return self.booked - self.cancelled

    def requests(self) -> Iterator[Request]:
        """Half bookings, a quarter cancels, a quarter moves; each booking is cancelled at most once."""
        for step in range(self.steps):
            slot = self.dice.choice(self.seeded.scarce)
            if step % 2 == 0 or not self.mine:
                make = self.seeded.fleet.booking if step % 8 == 0 else self.seeded.fleet.place
                truck = self.first_truck + step
                yield make(truck, slot, f"b{step}")._replace(about=("book", truck))
            elif step % 4 == 1:
                at = self.dice.randrange(len(self.mine))
                yield self._act(step, *self.mine.pop(at), "cancel", {"why": "plans changed"})
            else:
                yield self._act(step, *self.dice.choice(self.mine), "move", {"slot": slot})

    def _act(self, step: int, truck: int, code: str, what: str, body: dict[str, object]) -> Request:
        path = f"/api/v1/bookings/{code}/{what}"
        token = self.seeded.fleet.token_of(truck)
        return Request(post(path, msgspec.json.encode(body), token, f"{what}{step}"), (what, truck))

    def told(self, answer: Answer) -> None:
        """Note what a client was told. A refusal (409) is right where no place is left, or a move comes after
        a cancel.
        """
        what, truck = answer.about
        if what == "book" and answer.status == 201:
            self.booked += 1
            self.mine.append((truck, json.loads(answer.body)["code"]))
        elif what == "cancel" and answer.status == 200:
            self.cancelled += 1
        elif answer.status != 409 and not (what == "move" and answer.status == 200):
            self.unexpected[f"{what}: {answer.status} {answer.body.decode()}"] += 1

    def the_rest(self) -> Iterator[Request]:
        """More strangers for each slot than it has places."""
        truck = self.first_truck + self.steps
        for slot in self.seeded.scarce:
            for _ in range(SCARCE.slot + 1):
                yield self.seeded.fleet.place(truck, slot, f"rest{truck}")
                truck += 1
