"""The what-if page and its answer: who may see them, that they say what the twin says, scripts or none."""

from __future__ import annotations

import json
import re
from datetime import datetime

import pytest
from django.test import Client
from planning_world import DAY, LINE, World, signed_in

from greenlane.planning.models import Scenario
from greenlane.registry.models import Role
from greenlane.twin.described_scenario import scenario_of
from greenlane.twin.result import Result
from greenlane.twin.setting import read_settings
from greenlane.twin.simulation import simulate

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon", "ready")]
FEW = "replications=4"


def told_by_the_twin(world: World, *settings: str, seed: int = 1, replications: int = 4) -> Result:
    scenario = scenario_of(world.described, "outbound", DAY, settings=read_settings(settings))
    return simulate(scenario, replications, seed)


@pytest.mark.parametrize("role", [Role.PLANNER, Role.SHIFT_LEAD, Role.ADMINISTRATOR])
def test_those_who_plan_see_the_pages(world: World, role: str) -> None:
    client = signed_in(world.staff(role))
    assert client.get(f"{LINE}?{FEW}").status_code == 200
    assert client.get(f"{LINE}answer?{FEW}").status_code == 200
    assert client.get(f"{LINE}day/").status_code == 200
    assert client.get(f"{LINE}day/events").status_code == 200
    assert client.get(f"{LINE}compare/?{FEW}").status_code == 200
    assert "/what-if/" in client.get("/board/").content.decode()


PAGES = ("", "answer", "day/", "day/events", "compare/")


@pytest.mark.parametrize("role", [Role.OFFICER, None])
def test_others_do_not(world: World, role: str | None) -> None:
    client = signed_in(world.staff(role))
    assert [client.get(LINE + page).status_code for page in PAGES] == [403] * len(PAGES)
    assert client.get("/what-if/").status_code == 403
    assert 'href="/what-if/"' not in client.get("/board/").content.decode()


def test_a_planner_of_another_checkpoint_does_not(world: World) -> None:
    client = signed_in(world.staff(Role.PLANNER, world.there))
    assert [client.get(LINE + page).status_code for page in PAGES] == [403] * len(PAGES)


def test_nobody_who_is_not_signed_in_does(world: World) -> None:
    assert [Client().get(LINE + page).status_code for page in PAGES] == [302] * len(PAGES)


def test_where_there_is_no_checkpoint_or_direction_there_is_no_page(world: World) -> None:
    client = signed_in(world.staff(Role.PLANNER))
    assert client.get("/what-if/nowhere/outbound/").status_code == 404
    assert client.get("/what-if/yahodyn/sideways/").status_code == 404


def test_the_list_leads_to_both_directions(world: World) -> None:
    page = signed_in(world.staff(Role.PLANNER)).get("/what-if/").content.decode()
    assert LINE in page
    assert "/what-if/yahodyn/inbound/" in page
    assert "dorohusk" not in page


def test_the_answer_is_what_the_twin_says(world: World) -> None:
    sets = "lanes.customs@06:00-24:00=4,arrivals=1.2"
    told = signed_in(world.staff(Role.PLANNER)).get(f"{LINE}answer?{FEW}&seed=7&set={sets}").json()
    today, changed = told_by_the_twin(world, seed=7), told_by_the_twin(world, sets, seed=7)
    assert told["day"] == DAY.isoformat()
    assert [run["set"] for run in told["runs"]] == [[], sets.split(",")]
    for run, result in zip(told["runs"], (today, changed), strict=True):
        assert run["trucks"] == result.trucks / 4
        assert run["engine"] == result.engine
        for clock in ("inside", "outside"):
            for statistic in ("mean", "p50", "p95", "within"):
                figure = result.figure(clock, statistic)
                shown = run["figures"][f"{clock}.{statistic}"]
                assert (shown["value"], shown["low"], shown["high"]) == (
                    figure.value,
                    figure.low,
                    figure.high,
                )
            by_hour = result.by_hour(clock, 0.95)
            assert run["hours"][clock]["p95"] == pytest.approx(by_hour.tolist(), abs=5e-4)
        assert run["stages"]["customs"]["wait"] == result.figure("wait:customs", "mean").value
        assert run["stages"]["customs"]["busy"] == result.figure("busy:customs", "mean").value
    above = changed.above(today, "inside", "p95")
    difference = told["runs"][1]["differences"]["inside.p95"]
    assert (difference["value"], difference["low"], difference["high"]) == (
        above.value,
        above.low,
        above.high,
    )


def test_a_cumulative_curve_counts_the_trucks_within_each_edge(world: World) -> None:
    told = signed_in(world.staff(Role.PLANNER)).get(f"{LINE}answer?{FEW}").json()
    minutes = told_by_the_twin(world).minutes("inside")
    edges, shares = told["edges"]["inside"], told["runs"][0]["cumulative"]["inside"]
    assert edges[0] == 0.0
    assert edges[-1] >= 10.0
    for at in (10, 40, 80, len(edges) - 1):
        assert shares[at] == pytest.approx((minutes <= edges[at]).mean(), abs=2e-3)
    assert shares == sorted(shares)


def test_an_answer_may_be_kept_by_the_browser_that_asked(world: World) -> None:
    answer = signed_in(world.staff(Role.PLANNER)).get(f"{LINE}answer?{FEW}")
    assert "private" in answer["Cache-Control"]
    assert "max-age" in answer["Cache-Control"]


def test_the_same_setting_shows_no_difference_and_fewer_lanes_a_sure_one(world: World) -> None:
    client = signed_in(world.staff(Role.PLANNER))
    same = client.get(f"{LINE}answer?{FEW}").json()["runs"][1]["differences"]["inside.p95"]
    assert (same["value"], same["verdict"]) == (0.0, "same")
    fewer = client.get(f"{LINE}answer?{FEW}&set=lanes.customs=1,call_up.rule=slot").json()["runs"][1]
    assert fewer["differences"]["inside.p95"]["verdict"] == "worse"
    assert fewer["differences"]["inside.within"]["verdict"] == "worse"
    assert fewer["differences"]["inside.within"]["value"] < 0
    assert fewer["binds"] == "customs"


def test_trucks_that_never_get_out_are_told_as_such(world: World) -> None:
    told = signed_in(world.staff(Role.PLANNER)).get(f"{LINE}answer?{FEW}&set=lanes.exit@00:00-24:00=0").json()
    run = told["runs"][1]
    assert run["figures"]["inside.p50"]["value"] == "never"
    assert run["differences"]["inside.p50"]["verdict"] == "unknown"
    assert "never" in told["tables"]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("day=yesterday", "day"),
        ("set=lanes.custom=4", "lanes.custom"),
        ("set=nonsense", "nonsense"),
        ("set=lanes.customs=9999", "lanes.customs"),
        ("set=arrivals=1000", "arrivals"),
        ("replications=1", "replications"),
        ("replications=100000", "replications"),
        ("seed=-1", "seed"),
        ("set=" + "arrivals=1," * 300, "set"),
    ],
)
def test_what_cannot_be_answered_is_refused_by_its_field(world: World, query: str, field: str) -> None:
    client = signed_in(world.staff(Role.PLANNER))
    answer = client.get(f"{LINE}answer?{query}")
    assert answer.status_code == 422
    assert answer.json()["field"] == field
    assert answer.json()["mend"]
    page = client.get(f"{LINE}?{query}")
    assert page.status_code == 422
    assert answer.json()["message"] in _text(page.content.decode())


def test_the_page_shows_todays_lanes_by_period_and_what_the_address_sets(world: World) -> None:
    page = signed_in(world.staff(Role.PLANNER)).get(
        f"{LINE}?{FEW}&set=lanes.customs@06:00-24:00=5,arrivals=1.5,service.customs=0.9"
    )
    html = page.content.decode()
    assert _value(html, "lanes.customs@00:00-06:00") == ("2", "2")
    assert _value(html, "lanes.customs@06:00-24:00") == ("3", "5")
    assert _value(html, "arrivals") == ("100", "150")
    assert _value(html, "channels.red") == ("4", "4")
    assert _value(html, "call_up.limit") == ("14", "14")
    assert re.search(r'name="set" value="service\.customs=0\.9"', html)


def test_without_scripts_the_form_is_answered_by_the_same_tables(world: World) -> None:
    client = signed_in(world.staff(Role.PLANNER))
    html = client.get(f"{LINE}?{FEW}").content.decode()
    sent = dict(re.findall(r'<input type="number"[^>]* name="([^"]+)" value="([^"]+)"', html))
    assert len(sent) >= 15
    sent |= {"day": "2026-11-26", "set": "", "call_up.rule": "predicted", "replications": "4"}
    sent |= {"lanes.border@07:00-22:00": "4", "channels.red": "6.5"}
    answer = client.get(LINE, sent)
    assert answer.status_code == 302
    address = answer["Location"]
    assert "day=2026-11-26" in address
    assert (
        "set=channels.red=0.065,call_up.rule=predicted,lanes.border"
        in address.replace("lanes.border@07:00-22:00=4,", "")
        or "lanes.border@07:00-22:00=4,channels.red=0.065,call_up.rule=predicted" in address
    )
    page = client.get(address).content.decode()
    told = client.get(address.replace(LINE, f"{LINE}answer")).json()
    assert _without_seconds(told["tables"]) in _without_seconds(page)
    assert "surely" in told["tables"] or "no difference shown" in told["tables"]


def test_until_the_twin_is_compiled_no_page_waits_for_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("greenlane.planning.queries.readiness.is_ready", lambda: False)

    def compiled(*_: object) -> None:
        raise AssertionError("the web process must not compile")

    monkeypatch.setattr("greenlane.twin.simulation.Simulator.__init__", compiled)
    client = signed_in(world.staff(Role.PLANNER))
    for page in ("answer", "day/events"):
        answer = client.get(LINE + page)
        assert (answer.status_code, answer.json()["code"]) == (503, "twin_preparing")
        assert int(answer["Retry-After"]) > 0
        assert answer["Cache-Control"] == "no-store"
    html = client.get(LINE).content.decode()
    assert re.search(r"data-preparing>", html)
    assert client.get(LINE, headers={"Accept-Language": "ru"}).status_code == 200


def test_the_answer_is_in_the_language_of_its_address(world: World) -> None:
    client = signed_in(world.staff(Role.PLANNER))
    told = {lang: client.get(f"{LINE}answer?{FEW}&lang={lang}").json() for lang in ("en", "ru", "zh-hans")}
    assert "Customs" in told["en"]["tables"]
    assert "Таможенный контроль" in told["ru"]["tables"]
    assert "海关" in told["zh-hans"]["tables"]


def test_a_new_version_of_the_crossing_has_another_address_for_its_answers(world: World) -> None:
    page = signed_in(world.staff(Role.PLANNER)).get(f"{LINE}?{FEW}").content.decode()
    assert re.search(r'data-answer="/what-if/yahodyn/outbound/answer\?v=1&amp;lang=en"', page)


def _value(html: str, name: str) -> tuple[str, str]:
    """Today's value and the one set."""
    control = re.search(
        rf'data-name="{re.escape(name)}" data-today="([^"]+)".*?<input [^>]*?value="([^"]+)"', html, re.S
    )
    assert control is not None, name
    return control[1], control[2]


def _text(html: str) -> str:
    from html import unescape

    return unescape(re.sub(r"<[^>]+>", " ", html))


def _without_seconds(html: str) -> str:
    return re.sub(r"computed in [\d.]+ s\.", "", html).strip()


def test_the_answer_is_json_that_any_reader_takes(world: World) -> None:
    answer = signed_in(world.staff(Role.PLANNER)).get(f"{LINE}answer?{FEW}&set=lanes.exit@00:00-24:00=0")

    def refuse(constant: str) -> None:
        raise AssertionError(constant)

    told = json.loads(answer.content, parse_constant=refuse)
    assert told["day"] == "2026-11-25"


def test_the_clock_of_the_page_is_the_checkpoints(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    late = datetime.fromisoformat("2026-11-25T23:30:00+00:00")
    monkeypatch.setattr("greenlane.planning.pages.questions.now", lambda: late)
    told = signed_in(world.staff(Role.PLANNER)).get(f"{LINE}answer?{FEW}").json()
    assert told["day"] == "2026-11-26"


@pytest.mark.parametrize("language", ["ru", "zh-hans"])
def test_pages_hold_no_english(world: World, language: str) -> None:
    planner = world.staff(Role.PLANNER)
    client = signed_in(planner)
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = language
    client.post(f"{LINE}keep/", {"name": "№ 1", "set": "arrivals=1.5", "day": "2026-11-25"})
    token = Scenario.objects.get().token
    pages = [
        f"{LINE}?{FEW}&set=arrivals=1.5",
        f"{LINE}day/",
        f"{LINE}compare/?{FEW}&kept={Scenario.objects.get().pk}",
    ]
    for address in (*pages, f"/what-if/kept/{token}/?{FEW}", "/what-if/"):
        html = client.get(address).content.decode()
        html = re.sub(r"<(script|style|code)\b.*?</\1>|<form class=\"langs.*?</form>", " ", html, flags=re.S)
        said = re.findall(r'\b(?:title|aria-label|placeholder|alt)="([^"]*)"', html)
        words = set(re.findall(r"[A-Za-z]{3,}", " ".join([_text(html), *said])))
        words -= {"Greenlane", "API", "UTC", "example", "org", "JavaScript", "planner"}
        assert {word for word in words if not word.startswith("planner")} == set(), address
