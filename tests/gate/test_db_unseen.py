"""Trucks that nobody saw leave do not stand on the board, nor in the way of others."""

from __future__ import annotations

import pytest
from gate_world import OUT, World, clock, make_world

from greenlane.gate.commands import match_pending
from greenlane.gate.models import Passage
from greenlane.gate.queries import board_state, inside_now, unseen_exits
from greenlane.standard.queries import current_waits

pytestmark = pytest.mark.django_db
PLATES = ("214BAK02", "377CEL05", "596DIM08", "841FUN11", "653GOP14")


@pytest.fixture
def world() -> World:
    return make_world()


def unseen(world: World, minutes: float) -> list[str]:
    match_pending(clock(minutes))
    found = unseen_exits(clock(minutes), world.checkpoint, OUT)
    assert found == unseen_exits(clock(minutes)) & found
    return sorted(Passage.objects.filter(pk__in=found).values_list("plate", flat=True))


def goes_in(world: World, plate: str, *, lane: str = "1", out: bool = False) -> None:
    """Seen at the barrier and going into customs, and coming out of it or not; then never again."""
    world.seen(plate, "park_in", 0)
    world.seen(plate, "entry", 20)
    world.seen(plate, "stage_in", 24, stage="customs", lane=lane)
    if out:
        world.seen(plate, "stage_out", 27, stage="customs", lane=lane)


def test_a_truck_whose_lane_has_served_another_is_gone(world: World) -> None:
    goes_in(world, "501KZA03")
    world.whole_way(PLATES[0], start=15)
    assert unseen(world, 43) == []
    assert unseen(world, 45) == ["501KZA03"]
    assert inside_now(world.checkpoint, OUT, clock(45)) == 0
    board = board_state(world.checkpoint, OUT, clock(45))
    assert [truck.plate for truck in board.unseen] == ["501KZA03"]
    assert (board.inside, board.breaches) == (0, ())


def test_a_truck_under_a_long_examination_is_inside_whoever_passes(world: World) -> None:
    goes_in(world, "501KZA03", lane="7")
    for number, plate in enumerate(PLATES):
        world.whole_way(plate, start=10 + 8 * number)
    assert unseen(world, 180) == []
    board = board_state(world.checkpoint, OUT, clock(180))
    assert [truck.plate for truck in board.breaches] == ["501KZA03"]
    assert inside_now(world.checkpoint, OUT, clock(180)) == 1


def test_a_truck_between_stages_is_gone_when_three_of_its_kind_overtook_it(world: World) -> None:
    goes_in(world, "501KZA03", out=True)
    for plate in PLATES[:2]:
        world.whole_way(plate, start=15)
    assert unseen(world, 60) == []
    world.whole_way(PLATES[2], start=40)
    assert unseen(world, 70) == ["501KZA03"]


def test_trucks_of_another_channel_overtake_without_a_sign(world: World) -> None:
    goes_in(world, "501KZA03", out=True)
    for plate in PLATES[:3]:
        world.whole_way(plate, start=15)
    match_pending(clock(60))
    Passage.objects.filter(plate="501KZA03").update(channel="amber")
    assert unseen(world, 60) == []


def test_the_current_wait_inside_is_of_trucks_that_are_there(world: World) -> None:
    goes_in(world, "501KZA03")
    world.whole_way(PLATES[0], start=15)
    match_pending(clock(60))
    waits = current_waits(world.checkpoint, OUT, clock(60))
    assert waits["inside"].wait.n == 1
    assert waits["inside"].wait.wait_s == pytest.approx(8 * 60)
    assert waits["outside"].wait.n == 2


def test_a_late_reading_of_the_exit_settles_it(world: World) -> None:
    goes_in(world, "501KZA03")
    world.whole_way(PLATES[0], start=15)
    assert unseen(world, 60) == ["501KZA03"]
    world.seen("501KZA03", "exit", 30)
    assert unseen(world, 61) == []
    assert Passage.objects.get(plate="501KZA03").phase == "left"
