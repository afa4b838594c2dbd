"""Everything at once: whatever people and the platform do, in whatever order, the queue stays fair.

There is no model beside it: the promises themselves are checked after each step, and at the end by the
public log, as anybody else would.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import transaction
from django.db.models import Count, F
from fair_queue import RULES, FairQueue
from gate_world import OUT
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from order_proof import assert_order_is_proved
from places_world import assert_counts_are_right

from greenlane.booking import commands as booking
from greenlane.booking.models import (
    ACTIVE,
    Ballot,
    BallotEntry,
    Booking,
    LiveTicket,
    Quota,
    Rules,
    Slot,
    WaitingEntry,
    WaitingGroup,
)
from greenlane.booking.queries import limited_until, rules_of
from greenlane.callup import commands as callup
from greenlane.callup.models import Call, Hindrance, MassCall
from greenlane.callup.queries import queue_at
from greenlane.gate.models import Passage
from greenlane.planning.plan_commands import accept_time, propose_new_times
from greenlane.registry.models import VehicleClass

pytestmark = [pytest.mark.db, pytest.mark.django_db, pytest.mark.slow]
NUMBERS = st.integers(0, 47)
CHECKS = list(HealthCheck)
STANDING = ("waiting", "called")


class Queue(RuleBasedStateMachine):
    """Rules are what people and staff do; time brings the worker's duties."""

    def __init__(self) -> None:
        super().__init__()
        self._transaction = transaction.atomic()
        self._transaction.__enter__()
        self.here = FairQueue()

    def teardown(self) -> None:
        try:
            self._everybody_goes_through()
            assert_order_is_proved(self.here)
        finally:
            transaction.set_rollback(True)
            self._transaction.__exit__(None, None, None)

    @initialize(
        trips=st.lists(
            st.tuples(st.sampled_from(["book", "book", "ballot", "list", "live"]), NUMBERS, st.booleans()),
            min_size=12,
            max_size=12,
        )
    )
    def a_busy_day(self, trips: list[tuple[str, int, bool]]) -> None:
        """Every truck wants something, and half of them are here."""
        here = self.here
        here.pass_time(0)
        for number, (wants, slot, is_here) in enumerate(trips):
            who, truck = 2 * (number // 4) + slot % 2, number % 4
            if wants == "book":
                self.book(who, slot, truck)
            elif wants == "ballot":
                self.enter_the_ballot(who, truck, slot % 2, 1)
            elif wants == "list":
                self.join_the_list(who, truck, 1 + slot % 2, slot, 2)
            else:
                self.join_the_live_queue(who, truck, 1)
            if is_here:
                self.a_truck_arrives(who, truck)

    # Getting a place -------------------------------------------------------------------------------------

    @rule(who=NUMBERS, slot=NUMBERS, truck=NUMBERS)
    def book(self, who: int, slot: int, truck: int) -> None:
        here, account = self.here, self.here.person(who)
        wanted = here.slots[slot % len(here.slots)]
        took = here.taken_from_the_list(
            lambda: booking.book(account, wanted.pk, here.truck(account, truck).pk, here.at, "")
        )
        assert not took, "the list is asked first"

    @rule(who=NUMBERS, slot=NUMBERS, truck=NUMBERS, confirms=st.booleans())
    def hold(self, who: int, slot: int, truck: int, confirms: bool) -> None:
        here, account = self.here, self.here.person(who)
        wanted = here.slots[slot % len(here.slots)]

        def hold_and_confirm() -> object:
            held = booking.hold(account, wanted.pk, VehicleClass.LADEN, here.at, "")
            number = here.truck(account, truck).pk
            return booking.confirm(account, held.code, number, here.at) if confirms else held

        assert not here.taken_from_the_list(hold_and_confirm)

    @rule(who=NUMBERS, truck=NUMBERS, slot=st.integers(0, 1), withdraws=st.integers(0, 4))
    def enter_the_ballot(self, who: int, truck: int, slot: int, withdraws: int) -> None:
        here, account = self.here, self.here.person(who)
        ballot = Ballot.objects.filter(state="open").first()
        if ballot is None:
            return
        if withdraws == 0 and (entry := BallotEntry.objects.filter(account=account).first()):
            here.tried(lambda: booking.withdraw_entry(account, entry.number, here.at))
            return
        wish = booking.Wish(slots=[each.pk for each in here.drawn[slot:]])
        here.tried(
            lambda: booking.enter_ballot(account, ballot.pk, here.truck(account, truck).pk, wish, here.at)
        )

    @rule(
        who=NUMBERS, truck=NUMBERS, size=st.sampled_from([1, 1, 2, 3]), since=NUMBERS, hours=st.integers(1, 3)
    )
    def join_the_list(self, who: int, truck: int, size: int, since: int, hours: int) -> None:
        here, account = self.here, self.here.person(who)
        trucks = sorted({here.truck(account, truck + number).pk for number in range(size)})
        earliest = here.slots[since % len(here.slots)].starts_at
        latest = earliest + timedelta(hours=hours)

        def join() -> object:
            group = booking.join_list(account, here.checkpoint, OUT, trucks, earliest, latest, here.at)
            booking.serve_line(here.checkpoint.pk, OUT, here.at)
            return group

        here.tried(join)

    @rule(number=NUMBERS, answer=st.sampled_from(["accept", "accept", "decline", "leave"]))
    def answer_an_offer(self, number: int, answer: str) -> None:
        here = self.here
        group = here.a_group(number, "offered") or here.a_group(number, "waiting")
        if group is None:
            return
        act = {"accept": booking.accept_offer, "decline": booking.decline_offer, "leave": booking.leave_list}
        here.tried(lambda: act[answer](group.account, group.number, here.at))

    @rule(who=NUMBERS, truck=NUMBERS, leaves=st.integers(0, 5))
    def join_the_live_queue(self, who: int, truck: int, leaves: int) -> None:
        here, account = self.here, self.here.person(who)
        if leaves == 0 and (ticket := here.a_ticket(who)):
            here.tried(lambda: booking.leave_live(ticket.code, here.at))
            return
        number = here.truck(account, truck).pk
        here.tried(lambda: booking.join_live(account, here.checkpoint, OUT, number, here.at))

    @rule(number=NUMBERS, act=st.sampled_from(["cancel", "move", "swap", "swap"]), other=NUMBERS)
    def change_a_booking(self, number: int, act: str, other: int) -> None:
        here = self.here
        found = here.a_booking(number, *ACTIVE)
        if found is None:
            return
        account, slot = found.account, here.slots[other % len(here.slots)].pk
        truck = here.truck(account, other).pk
        acts: dict[str, Callable[[], object]] = {
            "cancel": lambda: booking.cancel(account, found.code, "", here.at),
            "move": lambda: booking.move(account, found.code, slot, here.at),
            "swap": lambda: booking.swap(account, found.code, here.at, truck_id=truck),
        }
        carrier = found.carrier_id
        assert not here.taken_from_the_list(acts[act])
        found.refresh_from_db()
        assert found.carrier_id == carrier, "a place stays in its carrier"

    @rule(number=NUMBERS, reason=st.sampled_from(["perishable", "medical", "other"]), of_ticket=st.booleans())
    def grant_priority(self, number: int, reason: str, of_ticket: bool) -> None:
        here = self.here
        place = here.a_ticket(number) if of_ticket else here.a_booking(number, "confirmed")
        if place is not None:
            detail = "told at the desk"
            here.tried(lambda: booking.grant_priority(here.officer, place.code, reason, detail, here.at))

    # On the road -------------------------------------------------------------------------------------------

    @rule(who=NUMBERS, truck=NUMBERS)
    def a_truck_arrives(self, who: int, truck: int) -> None:
        here = self.here
        plate = here.truck(here.person(who), truck).plate
        if not Passage.objects.filter(plate=plate, exit_at=None).exists():
            here.seen(plate, "park_in")

    @rule(number=NUMBERS)
    def a_called_truck_enters(self, number: int) -> None:
        passage = self.here.a_passage(number, "called")
        if passage is not None:
            self.here.seen(passage.plate, "entry")

    @rule(number=NUMBERS)
    def a_truck_leaves_the_checkpoint(self, number: int) -> None:
        passage = self.here.a_passage(number, "inside")
        if passage is not None:
            self.here.seen(passage.plate, "exit")

    @rule(number=NUMBERS, kind=st.sampled_from(["rest", "papers", "lift"]))
    def something_hinders_a_truck(self, number: int, kind: str) -> None:
        here = self.here
        found = here.a_booking(number, "confirmed", "called")
        standing = Hindrance.objects.filter(lifted_at=None).first()
        if kind == "lift" and standing is not None:
            here.tried(lambda: callup.lift(here.leads[0], standing.pk, here.at))
        elif kind == "rest" and found is not None:
            here.tried(lambda: callup.tell_rest(found.account, found.code, "break", here.at))
        elif found is not None:
            here.tried(lambda: callup.tell_missing(here.officer, "the CMR note", here.at, code=found.code))

    # Staff -------------------------------------------------------------------------------------------------

    @rule()
    def the_worker_calls(self) -> None:
        here = self.here
        free = queue_at(here.checkpoint, OUT, here.at).room
        called = here.release()
        assert len(called) <= free, "no more than there is room for"

    @rule(
        number=NUMBERS, how=st.sampled_from(["hand", "ask", "approve", "approve_own"]), size=st.integers(1, 5)
    )
    def a_lead_calls(self, number: int, how: str, size: int) -> None:
        here, lead = self.here, self.here.leads[number % 2]
        if how == "hand":
            waiting = list(Passage.objects.filter(phase="waiting").values_list("pk", flat=True)[:size])
            here.tried(lambda: callup.call_now(lead, here.checkpoint, OUT, waiting, "works", here.at))
        elif how == "ask":
            here.tried(lambda: callup.ask_mass_call(lead, here.checkpoint, OUT, "works", here.at, count=size))
        elif asked := MassCall.objects.filter(state="asked").first():
            second = asked.asked_by if how == "approve_own" else here.leads[asked.asked_by == here.leads[0]]
            agreed = here.tried(lambda: callup.approve_mass_call(second, asked.pk, asked.count, here.at))
            assert agreed is None or how == "approve", "nobody approves alone"

    @rule(number=NUMBERS, how=st.sampled_from(["one", "all", "resume", "resume"]))
    def a_lead_recalls(self, number: int, how: str) -> None:
        here, lead = self.here, self.here.leads[number % 2]
        call = Call.objects.filter(recalled_at=None, missed_at=None, passage__entry_at=None).first()
        if how == "resume":
            here.tried(lambda: callup.resume_calls(lead, here.checkpoint, OUT, here.at))
        elif how == "all":
            here.tried(lambda: callup.recall_all(lead, here.checkpoint, OUT, "jam", here.at))
        elif call is not None:
            here.tried(lambda: callup.recall(call.pk, lead, "lane closed", here.at))

    @rule(
        number=NUMBERS,
        act=st.sampled_from(["close", "open", "open", "capacity", "throttle", "accept", "delete"]),
        size=st.integers(0, 4),
    )
    def a_planner_acts(self, number: int, act: str, size: int) -> None:
        here, lead = self.here, self.here.leads[0]
        slot = here.slots[number % len(here.slots)]
        quotas = list(Quota.objects.filter(slot__in=here.slots).order_by("pk"))
        quota = quotas[number % len(quotas)]
        if act in ("close", "open"):
            (booking.close_slot if act == "close" else booking.open_slot)(slot.pk)
        elif act == "capacity":
            here.tried(lambda: booking.set_capacity(quota.pk, size, lead, "works", here.at))
        elif act == "throttle":
            here.tried(lambda: propose_new_times(lead, here.checkpoint, OUT, here.at, 2.0 * size))
        elif act == "accept" and (found := here.a_booking(number, "confirmed")):
            here.tried(lambda: accept_time(found.account, found.code, here.at))

    @rule(minutes=st.sampled_from([1, 3, 6, 15, 30, 60]))
    def time_passes(self, minutes: int) -> None:
        self.here.pass_time(minutes)

    # What must hold ----------------------------------------------------------------------------------------

    @invariant()
    def nothing_is_oversold(self) -> None:
        assert_counts_are_right()

    @invariant()
    def a_truck_is_in_line_once(self) -> None:
        plates = list(
            Booking.objects.filter(state__in=ACTIVE).exclude(plate="").values_list("plate", flat=True)
        )
        assert len(plates) == len(set(plates))
        tickets = list(LiveTicket.objects.filter(state__in=STANDING).values_list("plate", flat=True))
        assert len(tickets) == len(set(tickets))
        waiting = WaitingEntry.objects.filter(is_waiting=True).values("truck").annotate(times=Count("pk"))
        assert all(each["times"] == 1 for each in waiting)

    @invariant()
    def a_convoy_is_served_all_or_not_at_all(self) -> None:
        for group in WaitingGroup.objects.filter(state__in=("offered", "placed")).prefetch_related("entries"):
            assert all(entry.booking_id is not None for entry in group.entries.all())
            held = {entry.booking.slot_id for entry in group.entries.all() if entry.booking}
            if group.state == "offered":
                assert len(held) == 1

    @invariant()
    def nobody_on_the_list_is_passed_over_for_ever(self) -> None:
        assert not WaitingGroup.objects.filter(passed_over__gt=RULES["passed_over_limit"]).exists()

    @invariant()
    def calls_keep_to_the_rate(self) -> None:
        times = list(Call.objects.order_by("called_at").values_list("called_at", flat=True))
        for first in times:
            last = first + timedelta(minutes=1)
            assert sum(first <= each < last for each in times) <= RULES["calls_per_minute"]

    @invariant()
    def mass_calls_have_two_persons(self) -> None:
        alone = MassCall.objects.filter(calls__isnull=False, decided_by=F("asked_by"))
        assert not alone.exists()

    # At the end --------------------------------------------------------------------------------------------

    def _everybody_goes_through(self) -> None:
        """With room for all, nobody stays behind: not on the list, and not in the park."""
        here = self.here
        callup.resume_calls(here.leads[0], here.checkpoint, OUT, here.at)
        for hindrance in Hindrance.objects.filter(lifted_at=None):
            callup.lift(here.leads[0], hindrance.pk, here.at)
        for _ in range(60):
            here.pass_time(5)
            here.release()
            for phase, point in (("called", "entry"), ("inside", "exit")):
                for plate in Passage.objects.filter(phase=phase).values_list("plate", flat=True):
                    here.seen(plate, point)
            if not Passage.objects.filter(phase__in=("waiting", "called", "inside")).exists():
                break
        late = Slot.objects.filter(starts_at__gt=here.at)
        assert not Passage.objects.filter(phase="waiting").exclude(booking__slot__in=late).exists()
        self._the_list_is_served()

    def _the_list_is_served(self) -> None:
        here = self.here
        Rules.objects.filter(checkpoint=here.checkpoint).update(carrier_share=1.0)
        for slot in here.slots:
            booking.open_slot(slot.pk)
        for quota in Quota.objects.filter(slot__in=here.slots).order_by("pk"):
            booking.set_capacity(quota.pk, 40, here.leads[0], "room for all", here.at)
        Quota.objects.filter(carrier__isnull=False).update(capacity=100)
        booking.serve_list(here.at)
        booking.look_again(here.at)
        limited = {
            entry.group_id
            for entry in WaitingEntry.objects.filter(is_waiting=True).select_related("truck")
            if self._is_barred(entry)
        }
        behind = WaitingGroup.objects.filter(state="waiting", latest__gt=here.at).exclude(pk__in=limited)
        suits = [group for group in behind if any(self._could_be_offered(group, slot) for slot in here.slots)]
        assert suits == []

    def _could_be_offered(self, group: WaitingGroup, slot: Slot) -> bool:
        """It begins later, within the group's times, and was not offered to it before."""
        offered = Booking.objects.filter(slot=slot, is_offer=True, truck__in=group.entries.values("truck"))
        suits = group.earliest <= slot.starts_at <= group.latest and slot.starts_at > self.here.at
        return suits and not offered.exists()

    def _is_barred(self, entry: WaitingEntry) -> bool:
        rules = rules_of(self.here.checkpoint.pk, OUT)
        busy = Booking.objects.filter(state__in=ACTIVE, plate_key=entry.truck.plate_key).exists()
        return busy or limited_until(entry.truck_id, rules, self.here.at) is not None


def test_whatever_is_done_the_queue_stays_fair() -> None:
    run_state_machine_as_test(  # type: ignore[no-untyped-call]  # not typed by hypothesis
        Queue,
        settings=settings(
            max_examples=8,
            stateful_step_count=50,
            suppress_health_check=CHECKS,
            print_blob=True,
            deadline=None,
        ),
    )
