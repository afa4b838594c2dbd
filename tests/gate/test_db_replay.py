"""What was matched live can be computed again from nothing, whatever the batches were."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import transaction
from gate_world import OUT, World, clock
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from greenlane.gate.commands import (
    correct_event,
    decide_channels,
    match_pending,
    record_calls,
    record_recall,
    resolve_unclear,
)
from greenlane.gate.commands.channels import Wish
from greenlane.gate.commands.writing import visit_document
from greenlane.gate.models import Event, Passage, Unclear
from greenlane.gate.queries import replayed
from greenlane.gate.replay import ReplayedPassage
from greenlane.registry.models import Account, Role

pytestmark = pytest.mark.django_db

WAY = [
    ("park_in", 0, ""),
    ("entry", 25, ""),
    ("stage_in", 26, "border"),
    ("stage_out", 28, "border"),
    ("stage_in", 30, "customs"),
    ("stage_out", 33, "customs"),
    ("exit", 35, ""),
]
PLATES = ["501KZA03", "501KZA04", "733ABC01", "733ABC10", "А123ВС77", "909XYZ05", "400QQQ19", "612HHK02"]


@contextmanager
def undone() -> Iterator[None]:
    """Whatever is written inside is gone afterwards."""
    mark = transaction.savepoint()
    try:
        yield
    finally:
        transaction.savepoint_rollback(mark)


def make_traffic(world: World, chance: random.Random) -> None:
    """Trucks with and without bookings; readings missing, misread, repeated, late, out of order."""
    readings: list[tuple[float, dict[str, Any]]] = []
    for plate in PLATES:
        start = chance.uniform(0, 120)
        if chance.random() < 0.7:
            firm = clock(-600) if chance.random() < 0.7 else clock(start + 10)
            slot = clock(int(start // 30) * 30 + chance.choice([0, 30]))
            world.booked(plate, slot, confirmed_at=firm)
        for point, minutes, stage in WAY:
            if chance.random() < 0.1:
                continue
            seen = plate
            if chance.random() < 0.12:
                place = chance.randrange(len(plate))
                seen = plate[:place] + chance.choice("0123456789ABCX") + plate[place + 1 :]
            for _ in range(2 if chance.random() < 0.1 else 1):
                at = start + minutes + chance.uniform(0, 0.5)
                delay = chance.choice([0.03, 0.03, 0.03, 60.0])
                fields = {"plate": seen, "point": point, "minutes": at, "stage": stage}
                readings.append((at + delay, fields))
    for arrived, fields in sorted(readings, key=lambda pair: pair[0]):
        world.seen(**fields, record_time=clock(arrived))


def officer_acts(world: World, officer: Account, chance: random.Random, at: datetime) -> None:
    """One thing that people do between two batches."""
    unclear = Unclear.objects.filter(resolved_at=None).order_by("pk").first()
    passages = list(Passage.objects.order_by("pk"))
    act = chance.choice(["resolve", "strike", "correct", "move", "call", "channel", "nothing"])
    if act == "resolve" and unclear is not None:
        if passages and chance.random() < 0.5:
            resolve_unclear(officer, unclear.pk, "seen", at, passage_id=chance.choice(passages).pk)
        else:
            resolve_unclear(officer, unclear.pk, "seen", at, plate=chance.choice(PLATES), country="KZ")
    events = list(Event.objects.exclude(point="call").order_by("record_time", "event_time", "point"))
    seen = [event for event in events if event.corrects is None]
    if act == "strike" and events:
        correct_event(officer, chance.choice(events).pk, "did_not_occur", "wrong truck", at)
    if act == "correct" and seen:
        event = chance.choice(seen)
        right = event.event_time + timedelta(seconds=chance.randrange(-90, 90))
        correct_event(officer, event.pk, "incorrect_data", "clock", at, event_time=right)
    if act == "move" and seen:
        correct_event(
            officer, chance.choice(seen).pk, "incorrect_data", "other", at, plate=chance.choice(PLATES)
        )
    outside = [passage for passage in passages if passage.phase in ("coming", "waiting", "called")]
    if act == "call" and outside:
        record_calls(world.checkpoint, OUT, [outside[0].pk], at)
        if chance.random() < 0.3:
            record_recall(Passage.objects.get(pk=outside[0].pk), officer, "not yet", at)
    if act == "channel":
        wish = Wish(chance.choice(["green", "amber", "red"]), plate=chance.choice(PLATES), pre_arrival=True)
        decide_channels(world.checkpoint, OUT, [wish], at, account=officer)


def stored() -> dict[UUID, tuple[Any, ...]]:
    return {
        passage.opened_by: (
            *(passage.plate, passage.country, passage.booking_id, passage.vehicle_class, passage.channel),
            *(passage.pre_arrival, passage.phase, passage.revision, passage.visits, passage.flags),
            *(passage.queue_end_at, passage.park_in_at, passage.park_out_at, passage.called_at),
            *(passage.entry_at, passage.exit_at),
        )
        for passage in Passage.objects.exclude(last_point="")
    }


def computed(passage: ReplayedPassage) -> tuple[Any, ...]:
    timeline = passage.timeline
    return (
        *(passage.plate, passage.country, passage.booking.id if passage.booking else None),
        *(passage.vehicle_class, passage.channel, passage.pre_arrival, timeline.phase, passage.revision),
        *([visit_document(visit) for visit in timeline.visits], sorted(timeline.flags)),
        *(timeline.queue_end_at, timeline.park_in_at, timeline.park_out_at, timeline.called_at),
        *(timeline.entry_at, timeline.exit_at),
    )


@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.integers(0, 10_000), st.lists(st.integers(1, 40), min_size=1, max_size=12))
def test_a_recomputation_gives_what_was_matched_live(world: World, seed: int, batches: list[int]) -> None:
    with undone():
        chance = random.Random(seed)
        officer = world.staff(Role.OFFICER)
        make_traffic(world, chance)
        for batch in (*batches, 10_000):
            match_pending(clock(400), limit=batch)
            officer_acts(world, officer, chance, clock(400))
        again = replayed(world.checkpoint, OUT, clock(-600), clock(600), at=clock(400))
        assert {passage.key: computed(passage) for passage in again} == stored()


@settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.integers(0, 10_000), st.lists(st.integers(1, 40), min_size=1, max_size=12))
def test_batches_do_not_matter(world: World, seed: int, batches: list[int]) -> None:
    results = []
    for sizes in ([10_000], batches):
        with undone():
            make_traffic(world, random.Random(seed))
            for batch in (*sizes, 10_000):
                match_pending(clock(400), limit=batch)
            results.append(
                sorted(
                    (
                        event.reading.event_time,
                        event.reading.value,
                        event.point,
                        event.passage.plate,
                        event.method,
                    )
                    for event in Event.objects.select_related("reading", "passage")
                    if event.reading is not None
                )
                + sorted(
                    (unclear.reading.event_time, unclear.reading.value, unclear.reason)
                    for unclear in Unclear.objects.select_related("reading")
                )
            )
    assert results[0] == results[1]
