"""Kept scenarios: who may keep, rename, remove and read them, and that they are compared as they are."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from planning_world import LINE, NOON, World, signed_in

from greenlane.errors import GreenlaneError
from greenlane.planning.commands import keep_scenario, remove_scenario, rename_scenario
from greenlane.planning.models import Scenario
from greenlane.registry.models import Account, Role

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon", "ready")]
FOUR = "lanes.customs@06:00-24:00=4"


def kept_by(account: Account, world: World, name: str = "Four desks", *settings: str) -> Scenario:
    return keep_scenario(account, world.here, "outbound", name, settings or (FOUR,), NOON)


def code_of(raised: pytest.ExceptionInfo[GreenlaneError]) -> str:
    return raised.value.code


@pytest.mark.parametrize("role", [Role.PLANNER, Role.SHIFT_LEAD, Role.ADMINISTRATOR])
def test_those_who_plan_keep_scenarios(world: World, role: str) -> None:
    account = world.staff(role)
    kept = kept_by(account, world, "  Four   desks ", f"{FOUR} , arrivals=1.20")
    assert (kept.name, kept.settings) == ("Four desks", f"{FOUR},arrivals=1.2")
    assert (kept.made_by, kept.made_at, kept.direction) == (account, NOON, "outbound")


@pytest.mark.parametrize("role", [Role.OFFICER, None])
def test_others_keep_none(world: World, role: str | None) -> None:
    with pytest.raises(GreenlaneError) as raised:
        kept_by(world.staff(role), world)
    assert code_of(raised) == "not_allowed"
    elsewhere = world.staff(Role.PLANNER, world.there)
    with pytest.raises(GreenlaneError) as raised:
        kept_by(elsewhere, world)
    assert code_of(raised) == "not_allowed"
    assert not Scenario.objects.exists()


def test_a_name_is_needed_and_taken_once_a_direction(world: World) -> None:
    planner = world.staff(Role.PLANNER)
    kept_by(planner, world)
    for name, code in (("", "name_missing"), ("x" * 81, "name_too_long"), ("Four desks", "name_taken")):
        with pytest.raises(GreenlaneError) as raised:
            kept_by(planner, world, name)
        assert (code_of(raised), raised.value.field) == (code, "name")
    keep_scenario(planner, world.here, "inbound", "Four desks", (FOUR,), NOON)
    assert Scenario.objects.count() == 2


def test_a_setting_that_cannot_be_read_is_not_kept(world: World) -> None:
    with pytest.raises(GreenlaneError) as raised:
        kept_by(world.staff(Role.PLANNER), world, "Odd", "lane=4")
    assert code_of(raised) == "setting_unsound"


def test_links_cannot_be_guessed(world: World) -> None:
    planner = world.staff(Role.PLANNER)
    tokens = {kept_by(planner, world, f"number {number}").token for number in range(20)}
    assert len(tokens) == 20
    assert min(len(token) for token in tokens) >= 32


def test_its_maker_and_the_administrators_change_it_and_nobody_else(world: World) -> None:
    maker, administrator = world.staff(Role.PLANNER), world.staff(Role.ADMINISTRATOR)
    kept = kept_by(maker, world)
    strangers = [
        world.staff(role, place)
        for role, place in (
            (Role.PLANNER, None), (Role.SHIFT_LEAD, None), (Role.OFFICER, None),
            (Role.ADMINISTRATOR, world.there), (None, None),
        )
    ]  # fmt: skip
    for stranger in strangers:
        for change in (
            lambda who: rename_scenario(who, kept, "Mine"),
            lambda who: remove_scenario(who, kept),
        ):
            with pytest.raises(GreenlaneError) as raised:
                change(stranger)
            assert code_of(raised) == "not_allowed"
    rename_scenario(maker, kept, "Renamed")
    rename_scenario(administrator, kept, "Renamed again")
    kept.refresh_from_db()
    assert kept.name == "Renamed again"
    remove_scenario(administrator, kept)
    assert not Scenario.objects.exists()


def test_who_no_longer_plans_there_changes_nothing_there(world: World) -> None:
    maker = world.staff(Role.PLANNER)
    kept = kept_by(maker, world)
    maker.grants.all().delete()
    with pytest.raises(GreenlaneError) as raised:
        remove_scenario(maker, kept)
    assert code_of(raised) == "not_allowed"


def test_a_name_taken_by_another_is_not_given(world: World) -> None:
    planner = world.staff(Role.PLANNER)
    first, _ = kept_by(planner, world, "first"), kept_by(planner, world, "second")
    with pytest.raises(GreenlaneError) as raised:
        rename_scenario(planner, first, "second")
    assert code_of(raised) == "name_taken"


def test_the_page_keeps_opens_renames_and_removes(world: World) -> None:
    client = signed_in(world.staff(Role.PLANNER))
    answer = client.post(f"{LINE}keep/", {"name": "Four desks", "set": FOUR, "day": "2026-11-26"})
    assert answer["Location"] == f"{LINE}?day=2026-11-26&set={FOUR}#kept"
    kept = Scenario.objects.get()
    html = client.get(f"{LINE}?replications=2").content.decode()
    assert "Four desks" in html
    assert f"&amp;set={FOUR}" in html
    client.post(f"/what-if/scenarios/{kept.pk}/rename/", {"name": "Five desks"})
    assert Scenario.objects.get().name == "Five desks"
    client.post(f"/what-if/scenarios/{kept.pk}/remove/")
    assert not Scenario.objects.exists()


def test_the_page_says_what_was_refused_and_keeps_the_setting(world: World) -> None:
    client = signed_in(world.staff(Role.PLANNER))
    page = client.post(f"{LINE}keep/", {"name": " ", "set": FOUR, "day": "2026-11-26"}, follow=True)
    assert "The scenario has no name. Give it one." in page.content.decode()
    assert f'name="set" value="{FOUR}"' in page.content.decode()


def test_pages_that_change_are_closed_to_others(world: World) -> None:
    kept = kept_by(world.staff(Role.PLANNER), world)
    addresses = [f"{LINE}keep/", *(f"/what-if/scenarios/{kept.pk}/{do}/" for do in ("rename", "remove"))]
    officer = signed_in(world.staff(Role.OFFICER))
    assert [officer.post(address, {"name": "x"}).status_code for address in addresses] == [403] * 3
    assert [Client().post(address, {"name": "x"}).status_code for address in addresses] == [302] * 3
    planner = signed_in(world.staff(Role.PLANNER))
    assert [planner.get(address).status_code for address in addresses] == [405] * 3
    planner.post(addresses[1], {"name": "Stolen"})
    kept.refresh_from_db()
    assert kept.name == "Four desks"


def test_a_link_opens_read_only_for_all_who_serve_the_checkpoint(world: World) -> None:
    kept = kept_by(world.staff(Role.PLANNER), world)
    address = f"/what-if/kept/{kept.token}/?replications=2"
    page = signed_in(world.staff(Role.OFFICER)).get(address)
    html = page.content.decode()
    assert page.status_code == 200
    assert FOUR in html
    assert "Lanes busy" in html
    assert "Open and change" not in html
    assert 'name="name"' not in html
    assert "Open and change" in signed_in(world.staff(Role.PLANNER)).get(address).content.decode()


def test_a_link_is_closed_to_others(world: World) -> None:
    kept = kept_by(world.staff(Role.PLANNER), world)
    address = f"/what-if/kept/{kept.token}/"
    assert signed_in(world.staff(Role.PLANNER, world.there)).get(address).status_code == 403
    assert signed_in(world.staff(None)).get(address).status_code == 403
    assert Client().get(address).status_code == 302
    wrong = f"/what-if/kept/{kept.token[:-1]}/"
    assert signed_in(world.staff(Role.PLANNER)).get(wrong).status_code == 404


def test_two_kept_ones_stand_beside_today_in_one_table(world: World) -> None:
    planner = world.staff(Role.PLANNER)
    first = kept_by(planner, world, "Four desks")
    second = kept_by(planner, world, "Half as many again", "arrivals=1.5")
    foreign = keep_scenario(planner, world.here, "inbound", "Elsewhere", (FOUR,), NOON)
    client = signed_in(planner)
    chosen = "&".join(f"kept={each.pk}" for each in (second, first, foreign))
    page = client.get(f"{LINE}compare/?replications=3&{chosen}")
    runs = page.context["data"]["runs"]
    assert [run["name"] for run in runs] == ["Today", "Half as many again", "Four desks"]
    assert [run["set"] for run in runs] == [[], ["arrivals=1.5"], [FOUR]]
    for run in runs[1:]:
        told = client.get(f"{LINE}answer?replications=3&set={','.join(run['set'])}").json()["runs"][1]
        assert told["figures"] == run["figures"]
        assert told["differences"] == run["differences"]
    head = re.search(r'<table class="figures"><thead>(.*?)</thead>', page.content.decode(), re.S)
    assert head is not None
    assert head[1].count("<th") == 4


def test_a_setting_that_the_crossing_no_longer_allows_says_so(world: World) -> None:
    planner = world.staff(Role.PLANNER)
    kept = kept_by(planner, world, "Old", "lanes.gone=4")
    page = signed_in(planner).get(f"/what-if/kept/{kept.token}/")
    assert page.status_code == 422
    assert "lanes.gone" in page.content.decode()
