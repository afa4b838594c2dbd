"""Booking on PostgreSQL against a model in plain Python: whatever is done, in whatever order, they agree."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from booking_model import ACTIVE, BookingModel, ModelQuota, ModelRules, ModelSlot, ModelTruck, Refused
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
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
from greenlane.booking.models import Booking, Claim, Quota, Slot
from greenlane.booking.places import PlaceRequest
from greenlane.errors import GreenlaneError
from greenlane.registry.models import Account, Truck

pytestmark = [pytest.mark.db, pytest.mark.django_db]

STARTS = (60, 90, 105, 120, 48 * 60 + 30, 48 * 60 + 60)
"""Minutes from now: one slot overlaps, one is in the next hour, two are beyond the horizon for a while."""
NUMBERS = st.integers(0, 39)


class Booked(RuleBasedStateMachine):
    """Each rule does the same to both and compares what they answer; invariants compare all that is kept."""

    def __init__(self) -> None:
        super().__init__()
        self._transaction = transaction.atomic()
        self._transaction.__enter__()
        self.at = NOW
        rules = ModelRules()
        self.checkpoint = make_checkpoint(
            hold_minutes=5,
            horizon_days=2,
            move_cutoff_minutes=30,
            moves_per_trip=rules.moves,
            void_minutes=20,
            grace_behind_minutes=30,
            no_show_limit=rules.misses,
            no_show_window_days=5,
            no_show_block_days=1,
            late_cancel_minutes=45,
            swaps_per_trip=rules.swaps,
            swap_cooldown_minutes=20,
            carrier_share=rules.carrier_share,
            hour_capacity=rules.hour_capacity,
        )
        carriers = [make_carrier(verified=True), make_carrier()]
        self.accounts = [make_account(carriers[0]), make_account(carriers[0]), make_account(carriers[1])]
        self.accounts.append(make_account(None))
        self.model = BookingModel(rules, {account.pk: account.carrier_id for account in self.accounts})
        self.model.verified = {carriers[0].pk}
        self.trucks: list[Truck] = []
        for number in range(7):
            vehicle_class = "livestock" if number % 3 == 2 else "laden"
            self._register(carriers[number % 2].pk, vehicle_class, f"WDB{number:014}" if number < 4 else "")
        self.slots = [make_slot(self.checkpoint, NOW + minutes(start)) for start in STARTS]
        for slot in self.slots:
            self.model.slots[slot.pk] = ModelSlot(slot.starts_at, slot.ends_at)
            self._add(slot, "slot", 3)
            self._add(slot, "share", 2, share="booked")
        self._add(self.slots[0], "hour", 4, wide=timedelta(hours=1))
        self._add(self.slots[0], "class", 2, wide=timedelta(hours=2), vehicle_class="livestock")

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self._transaction.__exit__(None, None, None)

    def _register(self, carrier: int, vehicle_class: str, vin: str) -> None:
        owner = next(a.carrier for a in self.accounts if a.carrier_id == carrier)
        assert owner is not None
        truck = make_truck(owner, vehicle_class, vin=vin)
        self.trucks.append(truck)
        self.model.trucks[truck.pk] = ModelTruck(carrier, truck.plate, vin, vehicle_class)

    def _add(self, slot: Slot, kind: str, capacity: int, **selectors: Any) -> None:
        wide = selectors.get("wide")
        model = ModelQuota(
            kind,
            capacity,
            slot.starts_at,
            slot.starts_at + wide if wide else slot.ends_at,
            None if wide else slot.pk,
            selectors.get("vehicle_class", ""),
            selectors.get("share", ""),
        )
        if self.model.fits(model):
            quota = make_quota(slot, kind, capacity, **selectors)
            self.model.quotas[quota.pk] = model
        else:
            with pytest.raises(IntegrityError), transaction.atomic():
                make_quota(slot, kind, capacity, **selectors)

    # Choosing --------------------------------------------------------------------------------------------

    def _account(self, number: int) -> Account:
        return self.accounts[number % len(self.accounts)]

    def _slot(self, number: int) -> int:
        return self.slots[number % len(self.slots)].pk

    def _truck(self, owner: Account, number: int) -> int:
        """A truck of the owner's carrier; now and then any truck at all."""
        own = [truck for truck in self.trucks if truck.carrier_id == owner.carrier_id and number % 8]
        trucks = own or self.trucks
        return trucks[number % len(trucks)].pk

    def _booking(self, number: int, *states: str) -> tuple[str, Account]:
        """A booking, if there is one in one of the states, and its owner."""
        codes = [code for code, b in self.model.bookings.items() if b.state in states] or [
            *self.model.bookings
        ]
        code = codes[number % len(codes)]
        owner = self.model.bookings[code].account
        return code, next(account for account in self.accounts if account.pk == owner)

    def _same(self, model: Callable[[], object], database: Callable[[], object]) -> None:
        """Both do it, or both refuse it for the same reason."""
        expected, told = _answer(model, Refused), _answer(database, GreenlaneError)
        if expected is None:
            assert not isinstance(told, str), f"only the database refuses: {told}"
        else:
            assert told == expected

    # Taking ----------------------------------------------------------------------------------------------

    WISHES = st.tuples(
        NUMBERS,
        NUMBERS,
        st.one_of(NUMBERS, NUMBERS, st.none()),
        st.sampled_from(["laden", "livestock"]),
        st.sampled_from(["", "", "a", "b", "c"]),
    )

    @initialize(wishes=st.lists(WISHES, min_size=4, max_size=8))
    def first_come(self, wishes: list[tuple[int, int, int | None, str, str]]) -> None:
        self.take(wishes)

    @rule(wishes=st.lists(WISHES, min_size=1, max_size=5))
    def take(self, wishes: list[tuple[int, int, int | None, str, str]]) -> None:
        requests = [
            PlaceRequest(
                slot=self._slot(slot) if slot < 38 else 2**40,
                account=self._account(who).pk,
                carrier=self._account(who).carrier_id,
                truck=None if truck is None else self._truck(self._account(who), truck),
                vehicle_class=vehicle_class,
                confirm=truck is not None,
                key=key,
            )
            for who, slot, truck, vehicle_class, key in wishes
        ]
        self.model.expire(self.at)
        expected = [
            self.model.take(
                request.account,
                request.slot,
                request.truck,
                request.vehicle_class,
                request.key,
                request.code,
                self.at,
            )
            for request in requests
        ]
        answers = commands.take(requests, self.at)
        got = [(answer.outcome, answer.code if answer.has_place else None) for answer in answers]
        assert got == expected

    @precondition(lambda self: self.model.keys)
    @rule(number=NUMBERS)
    def retry_with_an_old_key(self, number: int) -> None:
        keys = list(self.model.keys)
        account, key = keys[number % len(keys)]
        slot, truck, code = self.model.keys[account, key]
        request = PlaceRequest(
            slot=slot,
            account=account,
            carrier=self.model.carrier_of[account],
            truck=truck,
            confirm=truck is not None,
            key=key,
        )
        self.model.expire(self.at)
        (answer,) = commands.take([request], self.at)
        assert (answer.outcome, answer.code) == ("again", code)

    # The holder ------------------------------------------------------------------------------------------

    @precondition(lambda self: self.model.bookings)
    @rule(number=NUMBERS, act=st.sampled_from(["confirm", "move", "swap", "cancel"]), other=NUMBERS)
    def holder_acts(self, number: int, act: str, other: int) -> None:
        states = {"confirm": ("held",), "move": ("confirmed",), "swap": ("confirmed", "called")}
        code, owner = self._booking(number, *states.get(act, ACTIVE))
        truck, slot, model, at = self._truck(owner, other), self._slot(other), self.model, self.at
        if act == "confirm":
            self._same(
                lambda: model.confirm(code, truck, at), lambda: commands.confirm(owner, code, truck, at)
            )
        elif act == "move":
            self._same(lambda: model.move(code, slot, at), lambda: commands.move(owner, code, slot, at))
        elif act == "swap":
            self._same(
                lambda: model.swap(code, truck, at), lambda: commands.swap(owner, code, at, truck_id=truck)
            )
        else:
            self._same(lambda: model.cancel(code, at), lambda: commands.cancel(owner, code, "", at))

    # Time ------------------------------------------------------------------------------------------------

    @rule(
        passed=st.sampled_from([1, 4, 6, 20, 45, 100]), duty=st.sampled_from(["", "expire", "miss", "miss"])
    )
    def time_passes(self, passed: int, duty: str) -> None:
        self.at += minutes(passed)
        if duty == "expire":
            assert commands.expire_holds(self.at) == self.model.expire(self.at)
        elif duty == "miss":
            ended = commands.mark_no_shows(self.checkpoint, "outbound", self.at)
            assert ended == self.model.no_shows(self.at)

    @precondition(lambda self: self.model.bookings)
    @rule(number=NUMBERS, step=st.sampled_from(["call", "recall", "enter"]))
    def truck_is_marked(self, number: int, step: str) -> None:
        before, after = {
            "call": (("confirmed",), "called"),
            "recall": (("called",), "confirmed"),
            "enter": (("called", "confirmed", "no_show"), "entered"),
        }[step]
        code, _ = self._booking(number, *before)
        ids = [Booking.objects.get(code=code).pk]
        expected = self.model.mark(code, before, after, self.at)
        if step == "recall":
            assert commands.mark_recalled(ids, self.at, "recalled") == expected
        else:
            mark = commands.mark_called if step == "call" else commands.mark_entered
            assert mark(ids, self.at) == expected

    # Slots and quotas ------------------------------------------------------------------------------------

    @rule(
        number=NUMBERS,
        act=st.sampled_from(["capacity", "capacity", "quota", "close", "open", "open", "merge", "plate"]),
        size=st.integers(0, 5),
    )
    def planner_acts(self, number: int, act: str, size: int) -> None:
        if act == "capacity":
            quotas = list(self.model.quotas)
            self._set_capacity(quotas[number % len(quotas)], size)
        elif act == "quota" and len(self.model.quotas) < 18:
            # Odd seconds: no two quotas have the same scope.
            wide = minutes(30 * (1 + number % 4)) + timedelta(seconds=len(self.model.quotas))
            slot = self.slots[number % len(self.slots)]
            self._add(slot, "neighbour", size, wide=wide, vehicle_class="livestock" if number % 2 else "")
        elif act in ("close", "open"):
            self._open_or_close(self._slot(number), act == "open")
        elif act == "merge" and size < 2:
            source, into = self._slot(number), self._slot(number + 1 + size)
            self._same(
                lambda: self.model.merge(source, into),
                lambda: commands.merge_slots(source, into, self.accounts[0], "works", self.at),
            )
        elif act == "plate" and len(self.trucks) < 12:
            self._new_plate(self.trucks[number % 4])

    def _set_capacity(self, quota: int, capacity: int) -> None:
        self._same(
            lambda: self.model.set_capacity(quota, capacity),
            lambda: commands.set_capacity(quota, capacity, self.accounts[0], "", self.at),
        )

    def _open_or_close(self, slot: int, is_open: bool) -> None:
        (commands.open_slot if is_open else commands.close_slot)(slot)
        if self.model.slots[slot].state != "merged":
            self.model.slots[slot].state = "open" if is_open else "closed"

    def _new_plate(self, truck: Truck) -> None:
        """A truck gets another plate; its VIN stays."""
        if not self.model.trucks[truck.pk].retired:
            Truck.objects.filter(pk=truck.pk).update(retired_at=self.at)
            self.model.trucks[truck.pk].retired = True
            self._register(truck.carrier_id, truck.vehicle_class, truck.vin)

    # What must hold --------------------------------------------------------------------------------------

    @invariant()
    def bookings_are_as_the_model_says(self) -> None:
        kept = {
            code: columns
            for code, *columns in Booking.objects.filter(checkpoint=self.checkpoint).values_list(
                *("code", "state", "slot_id", "truck_id", "vehicle_class", "moves", "swaps"),
                *("strike", "excused"),
            )
        }
        assert kept == {
            code: [b.state, b.slot, b.truck, b.vehicle_class, b.moves, b.swaps, b.strike, b.excused]
            for code, b in self.model.bookings.items()
        }

    @invariant()
    def each_quota_counts_the_bookings_that_it_is_for(self) -> None:
        for quota in Quota.objects.filter(checkpoint=self.checkpoint):
            if quota.kind == "carrier":
                assert quota.carrier_id is not None
                expected = self.model.of_carrier(quota.carrier_id, quota.starts_at)
                assert (quota.taken, quota.capacity) == (expected, self.model.carrier_cap)
            else:
                model = self.model.quotas[quota.pk]
                assert (quota.taken, quota.capacity) == (self.model.taken(quota.pk), model.capacity)
            assert 0 <= quota.taken <= quota.capacity

    @invariant()
    def each_booking_has_a_place_in_every_quota_that_applies(self) -> None:
        claims: dict[str, set[int]] = {code: set() for code in self.model.bookings}
        rows = Claim.objects.filter(quota__checkpoint=self.checkpoint)
        for code, quota, kind in rows.values_list("booking__code", "quota_id", "quota__kind"):
            claims[code].add(quota if kind != "carrier" else 0)
        for code, booking in self.model.bookings.items():
            due = {n for n, quota in self.model.quotas.items() if self.model.applies(quota, booking)}
            assert claims[code] == due | (
                {0} if booking.carrier and self.model.has_places(booking) else set()
            )
        assert_counts_are_right()

    @invariant()
    def nobody_has_more_than_one(self) -> None:
        active = [b for b in self.model.bookings.values() if b.state in ACTIVE]
        plates = [b.plate for b in active if b.plate]
        vins = [b.vin for b in active if b.vin]
        holders = [b.account for b in active if b.state == "held"]
        for found in (plates, vins, holders):
            assert len(found) == len(set(found))


def _answer(ask: Callable[[], object], refusal: type[Exception]) -> object:
    """What was answered, or the code of the refusal."""
    try:
        return ask()
    except refusal as refused:
        return refused.code if isinstance(refused, GreenlaneError) else str(refused)


CHECKS = list(HealthCheck)


def test_booking_does_what_the_model_does() -> None:
    run_state_machine_as_test(  # type: ignore[no-untyped-call]  # not typed by hypothesis
        Booked,
        settings=settings(
            max_examples=25, stateful_step_count=40, suppress_health_check=CHECKS, print_blob=True
        ),
    )


@pytest.mark.slow
def test_booking_does_what_the_model_does_for_long() -> None:
    run_state_machine_as_test(  # type: ignore[no-untyped-call]  # not typed by hypothesis
        Booked,
        settings=settings(
            max_examples=60, stateful_step_count=50, suppress_health_check=CHECKS, derandomize=True
        ),
    )
