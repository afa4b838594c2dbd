"""Bookings and the waiting list in any order: what is free for all suits nobody who waits."""

from __future__ import annotations

import contextlib
from datetime import timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from places_world import (
    NOW,
    assert_counts_are_right,
    make_account,
    make_carrier,
    make_checkpoint,
    make_quota,
    make_slot,
    make_truck,
    minutes,
)

from greenlane.booking import commands
from greenlane.booking.models import ACTIVE, Booking, FreedSlot, Quota, Slot, State, WaitingGroup
from greenlane.booking.queries.waiting import freed_places, groups_waiting
from greenlane.booking.waiting_list.groups import Fit, FreedPlaces, Waiting, fit, in_order
from greenlane.errors import GreenlaneError

pytestmark = [pytest.mark.db, pytest.mark.django_db]
LIMIT = 2
NUMBERS = st.integers(0, 39)


class Waited(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self._transaction = transaction.atomic()
        self._transaction.__enter__()
        self.at = NOW
        self.checkpoint = make_checkpoint(
            hold_minutes=5,
            offer_minutes=20,
            passed_over_limit=LIMIT,
            moves_per_trip=99,
            move_cutoff_minutes=60,
            carrier_share=0.5,
            hour_capacity=8,
        )
        self.slots = [make_slot(self.checkpoint, NOW + minutes(start)) for start in (180, 210, 240, 600)]
        for slot in self.slots:
            make_quota(slot, "slot", 3)
            make_quota(slot, "share", 3, share="booked")
        make_quota(self.slots[0], "hour", 4, wide=timedelta(hours=1))
        make_quota(self.slots[0], "class", 2, wide=timedelta(hours=2), vehicle_class="livestock")
        self.people = [make_account(make_carrier(), "dispatcher") for _ in range(4)]
        self.trucks = {
            account.pk: [make_truck(account.carrier, "livestock" if n == 3 else "laden") for n in range(4)]  # type: ignore[arg-type]
            for account in self.people
        }

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self._transaction.__exit__(None, None, None)

    def _slot(self, number: int) -> Slot:
        return self.slots[number % len(self.slots)]

    def _waiting(self) -> list[Waiting]:
        waiting = groups_waiting(self.checkpoint.pk, "outbound", self.at)
        return [group for group in in_order(waiting) if group.can_come]

    def _places(self) -> list[FreedPlaces]:
        carriers = [account.carrier_id for account in self.people if account.carrier_id]
        return freed_places(self.checkpoint.pk, "outbound", [slot.pk for slot in self.slots], carriers)

    # Bookings --------------------------------------------------------------------------------------------

    @rule(who=NUMBERS, truck=NUMBERS, slot=NUMBERS, held=st.booleans())
    def somebody_books(self, who: int, truck: int, slot: int, held: bool) -> None:
        """Never past the list: where a place became free for somebody who waits, nobody else gets it."""
        account, where = self.people[who % 4], self._slot(slot)
        marked = FreedSlot.objects.filter(slot=where).exists()
        try:
            if held:
                commands.hold(account, where.pk, "laden", self.at, "")
            else:
                commands.book(account, where.pk, self.trucks[account.pk][truck % 4].pk, self.at, "")
            assert not marked, "booked past the list"
        except GreenlaneError:
            pass

    @rule(
        who=NUMBERS,
        act=st.sampled_from(["cancel", "cancel", "move", "confirm"]),
        number=NUMBERS,
        slot=NUMBERS,
    )
    def a_holder_acts(self, who: int, act: str, number: int, slot: int) -> None:
        account, where = self.people[who % 4], self._slot(slot)
        codes = list(Booking.objects.filter(account=account, state__in=ACTIVE).values_list("code", flat=True))
        if not codes:
            return
        code = codes[number % len(codes)]
        marked = FreedSlot.objects.filter(slot=where).exists()
        try:
            if act == "cancel":
                commands.cancel(account, code, "", self.at)
            elif act == "confirm":
                commands.confirm(account, code, self.trucks[account.pk][number % 4].pk, self.at)
            else:
                was = Booking.objects.get(code=code).slot_id
                commands.move(account, code, where.pk, self.at)
                assert not marked or was == where.pk, "moved past the list"
        except GreenlaneError:
            pass

    @rule(number=NUMBERS, size=st.integers(0, 4))
    def a_capacity_changes(self, number: int, size: int) -> None:
        quotas = list(Quota.objects.filter(checkpoint=self.checkpoint).order_by("pk"))
        quota = quotas[number % len(quotas)]
        commands.set_capacity(quota.pk, max(size, quota.taken), self.people[0], "", self.at)

    @rule(number=NUMBERS, is_open=st.booleans())
    def a_slot_is_closed_or_opened(self, number: int, is_open: bool) -> None:
        (commands.open_slot if is_open else commands.close_slot)(self._slot(number).pk)

    @rule(passed=st.sampled_from([1, 4, 21]))
    def time_passes(self, passed: int) -> None:
        self.at += minutes(passed)

    # The list --------------------------------------------------------------------------------------------

    @rule(who=NUMBERS, first=NUMBERS, size=st.sampled_from([1, 1, 2, 3]), since=NUMBERS, until=NUMBERS)
    def somebody_joins(self, who: int, first: int, size: int, since: int, until: int) -> None:
        account = self.people[who % 4]
        trucks = [self.trucks[account.pk][(first + n) % 4].pk for n in range(size)]
        earliest, latest = sorted((self._slot(since).starts_at, self._slot(until).starts_at))
        try:
            commands.join_list(account, self.checkpoint, "outbound", trucks, earliest, latest, self.at)
        except GreenlaneError:
            return
        commands.serve_line(self.checkpoint.pk, "outbound", self.at)

    @rule(number=NUMBERS, act=st.sampled_from(["accept", "decline", "leave"]))
    def a_group_answers(self, number: int, act: str) -> None:
        groups = list(WaitingGroup.objects.filter(state__in=("waiting", "offered")).order_by("pk"))
        if not groups:
            return
        group = groups[number % len(groups)]
        do = {
            "accept": commands.accept_offer,
            "decline": commands.decline_offer,
            "leave": commands.leave_list,
        }[act]
        with contextlib.suppress(GreenlaneError):
            do(group.account, group.number, self.at)

    @rule(again=st.booleans())
    def the_list_is_served(self, again: bool) -> None:
        """Afterwards nothing that is free for all fits a group that waits, and all that is marked is kept."""
        commands.serve_list(self.at)
        if again:
            commands.look_again(self.at)
        kept = dict(FreedSlot.objects.values_list("slot_id", "kept_for_id"))
        assert None not in kept.values()
        if again:
            order = [group.id for group in self._waiting()]
            for group in self._waiting():
                for slot in self._places():
                    if group.suits(slot) and slot.starts_at > self.at and fit(group, slot, {}) is Fit.ALL:
                        keeper = kept.get(slot.id)
                        assert keeper is not None, "a free place that suits who waits is open to all"
                        assert order.index(keeper) < order.index(group.id), "kept for somebody behind"

    # What must hold --------------------------------------------------------------------------------------

    @invariant()
    def counts_are_right_and_nobody_is_passed_over_too_often(self) -> None:
        assert_counts_are_right()
        for group in WaitingGroup.objects.prefetch_related("entries__booking"):
            assert group.passed_over <= LIMIT
            bookings = [entry.booking for entry in group.entries.all()]
            if group.state == "offered":
                states = {booking.state for booking in bookings if booking}
                assert None not in bookings
                assert len({booking.slot_id for booking in bookings if booking}) == 1
                assert states in ({State.HELD}, {State.EXPIRED}), "all or nothing"
        offered = Booking.objects.filter(state=State.HELD, is_offer=True)
        assert not offered.exclude(waiting_entries__group__state="offered").exists()


CHECKS = list(HealthCheck)


@pytest.mark.slow
def test_bookings_and_the_list_in_any_order() -> None:
    run_state_machine_as_test(  # type: ignore[no-untyped-call]  # not typed by hypothesis
        Waited,
        settings=settings(
            max_examples=40, stateful_step_count=40, suppress_health_check=CHECKS, derandomize=True
        ),
    )
