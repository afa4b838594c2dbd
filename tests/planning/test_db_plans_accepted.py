"""A plan goes in force and back: quotas to booking, the roster to the shift and to everyone, a record."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from planning_world import NOON, World, make_world
from plans_world import DIRECTION, MIDNIGHT, TOMORROW, booked, capacity, made_plan, opened, slot_at

from greenlane.booking.commands import cancel, set_capacity
from greenlane.booking.models import Booking, CapacityChange, Slot
from greenlane.errors import GreenlaneError
from greenlane.planning.models import DayPlan, PlanRecord
from greenlane.planning.plan_commands import accept_plan, open_as_planned, return_plan
from greenlane.planning.queries.plans import plan_in_force, roster_in_force, stages_planned
from greenlane.registry.commands import load_crossing
from greenlane.registry.models import Account, Role
from greenlane.registry.queries import lanes_open

pytestmark = pytest.mark.django_db
CLOSED, OPEN = Slot.SlotState.CLOSED, Slot.SlotState.OPEN
# Yahodyn's slots have 9 places as described: 7 booked, 1 live, 1 priority.


@pytest.fixture
def planner(world: World) -> Account:
    """A planner, with slots to plan for."""
    opened(world)
    return world.staff(Role.PLANNER)


def test_accepting_publishes_the_quotas_of_bookings_and_leaves_the_live_queue_its_places(
    world: World, planner: Account
) -> None:
    plan = made_plan(world, {"06:00": 5, "06:15": 12})
    accept_plan(planner, plan.pk, NOON)
    fewer, more, other = slot_at(world, 360), slot_at(world, 375), slot_at(world, 390)
    assert [capacity(fewer, share) for share in ("", "booked", "priority", "live")] == [6, 4, 1, 1]
    assert [capacity(more, share) for share in ("", "booked", "priority", "live")] == [13, 11, 1, 1]
    assert [capacity(other, share) for share in ("", "booked", "priority", "live")] == [9, 7, 1, 1]
    changed = CapacityChange.objects.filter(quota__slot=fewer, quota__kind="slot").latest("pk")
    assert (changed.from_capacity, changed.to_capacity, changed.by, changed.why) == (
        9,
        6,
        planner,
        f"plan {plan.pk}",
    )


def test_what_is_booked_beyond_the_new_quota_stays_and_its_slot_is_closed(
    world: World, planner: Account
) -> None:
    slot = slot_at(world, 360)
    bookings = booked(world, slot, 4)
    accept_plan(planner, made_plan(world, {"06:00": 2}).pk, NOON)
    slot.refresh_from_db()
    assert slot.state == CLOSED
    assert (capacity(slot, "booked"), capacity(slot)) == (4, 4)
    assert Booking.objects.filter(slot=slot, state="confirmed").count() == 4
    cancel(bookings[0].account, bookings[0].code, "", NOON)
    with pytest.raises(GreenlaneError, match="takes no bookings"):
        booked(world, slot, 1)


def test_returning_gives_the_former_quotas_back_but_never_fewer_than_are_booked(
    world: World, planner: Account
) -> None:
    reduced, raised = slot_at(world, 360), slot_at(world, 375)
    booked(world, reduced, 3)
    plan = made_plan(world, {"06:00": 2, "06:15": 11})
    accept_plan(planner, plan.pk, NOON)
    booked(world, raised, 9)
    return_plan(planner, plan.pk, NOON)
    reduced.refresh_from_db()
    raised.refresh_from_db()
    assert (reduced.state, capacity(reduced), capacity(reduced, "booked")) == (OPEN, 9, 7)
    assert (capacity(raised), capacity(raised, "booked")) == (9, 9)
    plan.refresh_from_db()
    assert plan.state == "returned"
    assert roster_in_force(world.here, DIRECTION, TOMORROW) is None


def test_a_slot_with_more_booked_than_the_former_quota_is_closed_on_return(
    world: World, planner: Account
) -> None:
    slot = slot_at(world, 360)
    plan = made_plan(world, {"06:00": 12})
    accept_plan(planner, plan.pk, NOON)
    booked(world, slot, 11)
    return_plan(planner, plan.pk, NOON)
    slot.refresh_from_db()
    assert (slot.state, capacity(slot)) == (CLOSED, 11)


def test_what_somebody_set_since_stays_on_return(world: World, planner: Account) -> None:
    slot = slot_at(world, 360)
    plan = made_plan(world, {"06:00": 5})
    accept_plan(planner, plan.pk, NOON)
    quota = slot.own_quotas.get(kind="slot")
    set_capacity(quota.pk, 3, planner, "a lane is out of order", NOON)
    return_plan(planner, plan.pk, NOON)
    assert (capacity(slot), capacity(slot, "booked")) == (3, 7)


def test_accepting_and_returning_twice_changes_nothing_more(world: World, planner: Account) -> None:
    plan = made_plan(world, {"06:00": 5})
    for _ in range(2):
        accept_plan(planner, plan.pk, NOON)
    assert PlanRecord.objects.count() == 1
    for _ in range(2):
        return_plan(planner, plan.pk, NOON)
    assert [record.what for record in PlanRecord.objects.order_by("pk")] == ["accepted", "returned"]
    assert capacity(slot_at(world, 360)) == 9


def test_a_later_plan_replaces_the_former_which_its_return_brings_back(
    world: World, planner: Account
) -> None:
    slot = slot_at(world, 360)
    booked(world, slot, 4)
    first, second = made_plan(world, {"06:00": 2}), made_plan(world, {"06:00": 5})
    accept_plan(planner, first.pk, NOON)
    accept_plan(planner, second.pk, NOON)
    slot.refresh_from_db()
    assert (slot.state, capacity(slot)) == (OPEN, 6)
    assert plan_in_force(world.here, DIRECTION, TOMORROW) == second
    return_plan(planner, second.pk, NOON)
    slot.refresh_from_db()
    assert (slot.state, capacity(slot)) == (CLOSED, 4)
    assert plan_in_force(world.here, DIRECTION, TOMORROW) == first
    return_plan(planner, first.pk, NOON)
    slot.refresh_from_db()
    assert (slot.state, capacity(slot)) == (OPEN, 9)


def test_the_record_says_who_when_and_what_changed_from_which_plan(world: World, planner: Account) -> None:
    plan = made_plan(world, {"06:00": 5})
    accept_plan(planner, plan.pk, NOON)
    record = PlanRecord.objects.get()
    assert (record.by, record.at, record.plan, record.digest) == (planner, NOON, plan, plan.digest)
    assert (record.before, record.after) == (None, plan)
    [slot] = record.slots
    assert slot["slot"] == slot_at(world, 360).pk
    assert sorted((each["share"], each["was"], each["became"]) for each in slot["quotas"]) == [
        ("", 9, 6),
        ("booked", 7, 4),
    ]
    with pytest.raises(IntegrityError, match="only ever added to"), transaction.atomic():
        record.delete()
    with pytest.raises(IntegrityError, match="as it was made"), transaction.atomic():
        DayPlan.objects.filter(pk=plan.pk).update(digest="other")


@pytest.mark.parametrize("role", [Role.SHIFT_LEAD, Role.OFFICER, None])
def test_only_planners_and_administrators_accept_and_return(
    world: World, planner: Account, role: str
) -> None:
    plan = made_plan(world, {"06:00": 5})
    other = world.staff(role)
    for decide in (accept_plan, return_plan):
        with pytest.raises(GreenlaneError) as refused:
            decide(other, plan.pk, NOON)
        assert refused.value.code == "not_allowed"
    assert capacity(slot_at(world, 360)) == 9
    accept_plan(world.staff(Role.ADMINISTRATOR), plan.pk, NOON)
    assert capacity(slot_at(world, 360)) == 6


def test_a_planner_of_another_checkpoint_may_not(world: World, planner: Account) -> None:
    plan = made_plan(world, {"06:00": 5})
    with pytest.raises(GreenlaneError, match="needs the right"):
        accept_plan(world.staff(Role.PLANNER, world.there), plan.pk, NOON)


def test_no_plan_of_a_past_day_or_without_a_roster_or_of_an_older_description(
    world: World, planner: Account
) -> None:
    def refused(plan: DayPlan) -> str:
        with pytest.raises(GreenlaneError) as error:
            accept_plan(planner, plan.pk, NOON)
        return error.value.code

    assert refused(made_plan(world, {}, day=NOON.date() - timedelta(days=1))) == "plan_past"
    assert refused(made_plan(world, {}, staffing=None, lanes=[])) == "plan_without_roster"
    waiting = DayPlan.objects.create(
        checkpoint=world.here, direction=DIRECTION, day=TOMORROW, crossing_version=1, wishes={}, asked_at=NOON
    )
    assert refused(waiting) == "plan_not_made"
    stale = made_plan(world, {"06:00": 5})
    _describe_otherwise(world)
    assert refused(stale) == "plan_stale"
    with pytest.raises(GreenlaneError, match="not in force"):
        return_plan(planner, stale.pk, NOON)


def _describe_otherwise(world: World) -> None:
    from dataclasses import replace

    from planning_world import CROSSINGS

    from greenlane.registry.crossing_file import read_crossing

    described = read_crossing(CROSSINGS / "yahodyn-dorohusk.yaml")
    first, second = described.checkpoints
    parks = (replace(first.parks[0], places=first.parks[0].places + 1), *first.parks[1:])
    load_crossing(replace(described, checkpoints=(replace(first, parks=parks), second)), None, NOON)


def test_slots_that_are_over_stay_as_they_are(world: World, planner: Account) -> None:
    plan = made_plan(world, {"00:00": 3, "20:00": 3}, day=NOON.date())
    accept_plan(planner, plan.pk, NOON)
    over, coming = slot_at(world, -1440), slot_at(world, -240)
    assert (capacity(over), capacity(coming)) == (9, 4)


def test_the_roster_says_what_is_planned_now_and_what_changes_next(world: World, planner: Account) -> None:
    accept_plan(planner, made_plan(world, {"06:00": 5}).pk, NOON)
    roster = roster_in_force(world.here, DIRECTION, TOMORROW)
    assert roster is not None
    noon = MIDNIGHT + timedelta(hours=12)
    morning = stages_planned(roster, noon - timedelta(hours=1))["customs"]
    assert (morning.now, morning.next, morning.next_at) == (2, 3, noon)
    evening = stages_planned(roster, noon)["customs"]
    assert (evening.now, evening.next) == (3, None)


def test_everyone_reads_the_published_roster(world: World, planner: Account) -> None:
    address = "/api/v1/checkpoints/yahodyn/outbound/roster?day=2026-11-26"
    before = Client().get(address).json()
    assert (before["plan"], before["lanes"]) == (None, [])
    plan = made_plan(world, {"06:00": 5})
    accept_plan(planner, plan.pk, NOON)
    told = Client().get(address).json()
    assert told["plan"] == plan.pk
    assert told["lanes"][2] == {
        "stage": "customs",
        "lane": "C3",
        "open": [{"opens_at": "2026-11-26T10:00:00Z", "closes_at": "2026-11-26T22:00:00Z"}],
    }
    assert "@" not in str(told)
    return_plan(planner, plan.pk, NOON)
    assert Client().get(address).json()["lanes"] == []


def test_the_shift_lead_opens_lanes_as_planned(world: World, planner: Account) -> None:
    at = MIDNIGHT + timedelta(hours=15)
    codes = sorted(lane.code for lane in world.described.directions[DIRECTION].stage("customs").lanes)
    lanes = [
        {"stage": "customs", "lane": code, "open": [[0, 720 + 720 * (code == codes[0])]]} for code in codes
    ]
    accept_plan(planner, made_plan(world, {}, lanes=lanes).pk, NOON)
    lead = world.staff(Role.SHIFT_LEAD)
    with pytest.raises(GreenlaneError, match="needs the right"):
        open_as_planned(planner, world.here, DIRECTION, at)
    was = lanes_open(world.here, DIRECTION, at)
    assert open_as_planned(lead, world.here, DIRECTION, at) == len(was["customs"]) - 1
    assert lanes_open(world.here, DIRECTION, at) == was | {"customs": [codes[0]]}
    assert open_as_planned(lead, world.here, DIRECTION, at) == 0


@pytest.mark.django_db(transaction=True)
def test_of_two_plans_accepted_at_once_one_is_in_force_and_both_are_recorded() -> None:
    world = make_world()
    opened(world)
    planner = world.staff(Role.PLANNER)
    plans = [made_plan(world, {"06:00": number, "06:15": number}) for number in (3, 5)]
    failures: list[BaseException] = []
    ready = threading.Barrier(4)

    def accept(plan: DayPlan) -> None:
        try:
            ready.wait()
            accept_plan(planner, plan.pk, NOON)
        except BaseException as failure:
            failures.append(failure)
        finally:
            connection.close()

    workers = [threading.Thread(target=accept, args=(plan,)) for plan in plans * 2]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert failures == []
    winner = plan_in_force(world.here, DIRECTION, TOMORROW)
    assert winner is not None
    number = winner.document["quotas"]["slots"][0]["bookings"]
    assert {capacity(slot_at(world, minute)) for minute in (360, 375)} == {number + 1}
    last = PlanRecord.objects.order_by("pk").last()
    assert last is not None
    assert last.after == winner
