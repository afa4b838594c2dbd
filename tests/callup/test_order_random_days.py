"""Days at random, through the real commands: the log accuses nobody, and every row fits it."""

from __future__ import annotations

import random
from collections import Counter

import pytest
from gate_world import OUT, World, clock
from order_world import make_ticket, told

from greenlane.booking.models import Booking, LiveTicket, PriorityUse, Rules
from greenlane.callup.commands import call_now, mark_missed, recall, release
from greenlane.callup.models import Call, Hindrance
from greenlane.callup.order.judging import judge
from greenlane.callup.order.log_file import read_log
from greenlane.callup.order.own_place import own_place
from greenlane.callup.order.verifying import chain_fault
from greenlane.callup.queries.order_check import check_order
from greenlane.gate.commands import match_pending
from greenlane.gate.models import Passage
from greenlane.registry.models import Account, Role, Truck

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


class Day:
    """A day of one line: each step something happens, and call-up does its duty."""

    def __init__(self, world: World, seed: int) -> None:
        self.world, self.chance, self.number = world, random.Random(seed), 0
        self.lead: Account = world.staff(Role.SHIFT_LEAD)
        self.minutes = 0.0
        self.sent: set[str] = set()

    def run(self, steps: int) -> None:
        acts = (
            *([self.come_booked] * 4 + [self.come_live] * 3 + [self.enter] * 3),
            *(self.book_in_the_park, self.rest, self.papers, self.lift, self.recall, self.by_hand),
            *(self.priority, self.leave_inside, self.nothing),
        )
        for _ in range(steps):
            self.minutes += self.chance.choice((1, 3, 8))
            self.chance.choice(acts)()
            match_pending(clock(self.minutes))
            mark_missed(clock(self.minutes + 0.2))
            release(self.world.checkpoint, OUT, clock(self.minutes + 0.5))

    def plate(self) -> str:
        self.number += 1
        return f"{self.number:03d}KZA{self.chance.randrange(10)}3"

    def come_booked(self) -> None:
        plate, slot = self.plate(), 30 * self.chance.randrange(-2, 12)
        self.world.booked(plate, clock(slot), vehicle_class=self.chance.choice(("laden", "perishable")))
        self.world.seen(plate, "park_in", self.minutes)

    def come_live(self) -> None:
        plate = self.plate()
        if self.chance.random() < 0.7:
            make_ticket(self.world, plate, self.minutes - self.chance.randrange(90))
        self.world.seen(plate, "park_in", self.minutes)

    def book_in_the_park(self) -> None:
        waiting = Passage.objects.filter(phase="waiting", booking=None).order_by("pk").first()
        if waiting is not None and not Truck.objects.filter(plate=waiting.plate).exists():
            slot = 30 * (int(self.minutes) // 30 + self.chance.randrange(4))
            now = clock(self.minutes)
            self.world.booked(waiting.plate, clock(slot), made_at=now, confirmed_at=now, changed_at=now)

    def enter(self) -> None:
        for call in self._standing()[: self.chance.randrange(1, 4)]:
            self.world.seen(call.passage.plate, "entry", self.minutes)

    def leave_inside(self) -> None:
        for passage in Passage.objects.filter(phase="inside").order_by("pk")[:3]:
            self.world.seen(passage.plate, "exit", self.minutes)

    def rest(self) -> None:
        if (booking := self._waiting_booking()) is not None:
            start = self.minutes + self.chance.choice((-1, 30))
            span = {"starts_at": clock(start), "ends_at": clock(start + 60), "told_at": clock(self.minutes)}
            Hindrance.objects.create(kind="rest", booking=booking, **span)

    def papers(self) -> None:
        if (booking := self._waiting_booking()) is not None:
            at = clock(self.minutes)
            Hindrance.objects.create(kind="papers", booking=booking, starts_at=at, told_at=at)

    def lift(self) -> None:
        for one in Hindrance.objects.filter(lifted_at=None).order_by("pk")[:1]:
            one.lifted_at = clock(self.minutes)
            one.save()

    def recall(self) -> None:
        for call in self._standing()[:1]:
            recall(call.pk, self.lead, "a lane broke down", clock(self.minutes))

    def by_hand(self) -> None:
        passage = Passage.objects.filter(phase="waiting").order_by("-pk").first()
        hindered = passage and Hindrance.objects.filter(booking=passage.booking, lifted_at=None).exists()
        if passage is not None and not hindered and self.chance.random() < 0.3:
            call_now(
                self.lead, self.world.checkpoint, OUT, [passage.pk], "needs a doctor", clock(self.minutes)
            )

    def priority(self) -> None:
        ticket = LiveTicket.objects.filter(state="waiting").order_by("-pk").first()
        if ticket is not None:
            PriorityUse.objects.create(
                checkpoint=self.world.checkpoint,
                direction=OUT,
                ticket=ticket,
                reason="medical",
                officer=self.lead,
                at=clock(self.minutes),
            )

    def nothing(self) -> None:
        self.minutes += 20

    def _standing(self) -> list[Call]:
        standing = Call.objects.filter(recalled_at=None, missed_at=None, passage__phase="called")
        return list(standing.select_related("passage").order_by("pk"))

    def _waiting_booking(self) -> Booking | None:
        waiting = list(Passage.objects.filter(phase="waiting", booking__isnull=False).order_by("pk"))
        return self.chance.choice(waiting).booking if waiting else None


@pytest.mark.parametrize("seed", range(4))
def test_a_day_at_random_is_in_order(world: World, seed: int) -> None:
    Rules.objects.filter(checkpoint=world.checkpoint, direction=OUT).update(
        inside_limit=4, live_share=0.3, priority_share=0.2, return_behind=2, late_minutes=15
    )
    Day(world, seed).run(140)
    log = read_log(told(world))
    assert chain_fault(log) is None
    found = judge(log)
    assert [str(fault) for fault in found.faults] == []
    assert found.in_order > 10
    assert found.unjudged <= found.in_order / 10
    assert [str(each) for each in check_order()] == []
    reasons: Counter[str] = Counter()
    for booking in Booking.objects.order_by("pk")[:5]:
        reasons.update(went.why for went in own_place((e.told for e in log.entries), booking.code).went)
    assert "" not in reasons
