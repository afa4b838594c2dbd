"""Open data: what everyone may read, how caches may keep it, and what never leaves the house."""

from __future__ import annotations

import csv
import io
import json

import pytest
from django.core.cache import cache
from django.test import Client

from border import Border, at, make_border, plate
from greenlane.gate.plates import mask
from greenlane.standard import commands

pytestmark = pytest.mark.django_db
API = "/api/v1/public"
HERE = f"{API}/checkpoints/zabaikalsk/outbound"
DAYS = "from=2026-05-04&to=2026-05-04"


@pytest.fixture
def border(db: None, monkeypatch: pytest.MonkeyPatch) -> Border:
    """Twelve trucks of one day, half of them over ten minutes; now is a little later."""
    cache.clear()
    made = make_border()
    for number in range(12):
        made.trip(plate(number), at(2 + number * 0.2), 8 if number % 2 else 13)
    made.work(at(4.8))
    for module in ("standard.api.public", "standard.pages.board", "standard.pages.clocks"):
        monkeypatch.setattr(f"greenlane.{module}.now", lambda: at(4.8))
    return made


def test_the_board_shows_every_checkpoint_and_direction(border: Border, client: Client) -> None:
    rows = client.get(f"{API}/board").json()["rows"]

    assert {(row["checkpoint"], row["direction"]) for row in rows} == {
        (code, way) for code in ("zabaikalsk", "manzhouli") for way in ("outbound", "inbound")
    }
    (row,) = [one for one in rows if (one["checkpoint"], one["direction"]) == ("zabaikalsk", "outbound")]
    assert (row["today"]["n"], row["today"]["share"], row["today"]["match_rate"]) == (12, 0.5, 1.0)
    assert row["today"]["low"] < 0.5 < row["today"]["high"]
    assert row["today"]["verdict"] == "broken"
    assert row["outside"]["wait_s"] == 300
    assert row["outside"]["kind"] == "current"
    assert row["outside"]["valid_until"] > row["outside"]["measured_at"]
    (silent,) = [one for one in rows if (one["checkpoint"], one["direction"]) == ("manzhouli", "inbound")]
    assert (silent["outside"]["wait_s"], silent["month"]["n"], silent["month"]["share"]) == (None, 0, None)


def test_the_board_is_a_table_too(border: Border, client: Client) -> None:
    answer = client.get(f"{API}/board.csv")

    assert answer["Content-Type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode())))
    (row,) = [one for one in rows if (one["checkpoint"], one["direction"]) == ("zabaikalsk", "outbound")]
    assert (row["today_n"], row["today_share"], row["today_verdict"]) == ("12", "0.5", "broken")


@pytest.mark.parametrize(
    "by", ["all", "hour", "day", "weekday", "week_hour", "class", "channel", "direction"]
)
def test_figures_come_by_every_group_with_match_rate(border: Border, client: Client, by: str) -> None:
    answer = client.get(f"{HERE}/figures?{DAYS}&by={by}&exact=true").json()

    assert sum(group["figures"]["n"] for group in answer["groups"]) == 12
    assert all(group["figures"]["match_rate"] == 1.0 for group in answer["groups"])
    assert answer["relative_error"] == 0
    assert (answer["limit_s"], answer["promised"]) == (600, 0.95)


def test_figures_name_the_published_revision(border: Border, client: Client) -> None:
    commands.publish(at(20))
    (revision,) = client.get(f"{HERE}/figures?{DAYS}").json()["revisions"]
    assert (revision["day"], revision["number"], revision["provisional"]) == ("2026-05-04", 1, True)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("by=colour", "by"),
        ("clock=sundial", "clock"),
        ("channel=blue", "channel"),
        ("class=bicycle", "class"),
        ("from=yesterday", "from"),
        ("to=2026-13-01", "to"),
        ("from=2026-05-05&to=2026-05-01", "from"),
        ("from=2020-01-01", "from"),
        ("exact=perhaps", "exact"),
    ],
)
def test_a_bad_parameter_is_named_with_its_mend(
    border: Border, client: Client, query: str, field: str
) -> None:
    answer = client.get(f"{HERE}/figures?{query}")
    assert answer.status_code == 422
    assert answer.json()["field"].endswith(field)
    assert answer.json()["mend"]


@pytest.mark.parametrize("where", ["nowhere/outbound", "zabaikalsk/upwards"])
def test_what_is_not_there_is_not_found(border: Border, client: Client, where: str) -> None:
    answer = client.get(f"{API}/checkpoints/{where}/figures")
    assert answer.status_code == 404
    assert answer.json()["mend"]


def test_breaches_name_their_stage_and_mask_the_plates(border: Border, client: Client) -> None:
    answer = client.get(f"{HERE}/breaches?{DAYS}").json()
    assert answer["causes"] == {"customs": 6}
    assert {one["plate"] for one in answer["latest"]} == {mask(plate(number)) for number in range(0, 12, 2)}
    assert all(one["over_s"] > 0 and one["inside_s"] == 780 for one in answer["latest"])


def test_no_plate_leaves_the_house(border: Border, client: Client) -> None:
    public = [
        f"{API}/board",
        f"{API}/board.csv",
        f"{API}/waits/cbp.json",
        f"{HERE}/figures?{DAYS}&by=hour",
        f"{HERE}/breaches?{DAYS}",
        f"{HERE}/waits.csv",
        f"{HERE}/release-study.json?{DAYS}",
        f"{HERE}/release-study.csv?{DAYS}",
        "/board/",
        "/board/zabaikalsk/outbound/",
        "/clocks/",
        "/clocks/zabaikalsk/outbound/",
    ]
    for address in public:
        answer = client.get(address)
        assert answer.status_code == 200, address
        shown = answer.content.decode()
        assert not [one for number in range(12) if (one := plate(number)) in shown], address


def test_open_data_may_be_kept_by_any_cache(border: Border, client: Client) -> None:
    for address in (f"{API}/board", f"{HERE}/figures?{DAYS}", f"{HERE}/waits.csv"):
        first = client.get(address)
        assert "public" in first["Cache-Control"]
        assert "max-age=" in first["Cache-Control"]
        assert "Cookie" not in first.get("Vary", "")
        assert not first.cookies
        again = client.get(address, headers={"If-None-Match": f"W/{first['ETag']}"})
        assert (again.status_code, again.content) == (304, b"")
        assert client.get(address, headers={"If-None-Match": '"other"'}).status_code == 200


def test_a_changed_figure_changes_the_etag(border: Border, client: Client) -> None:
    before = client.get(f"{HERE}/figures?{DAYS}")["ETag"]
    border.trip("999ZZ02", at(4.5), 9)
    border.work(at(4.8))
    cache.clear()
    assert client.get(f"{HERE}/figures?{DAYS}", headers={"If-None-Match": before}).status_code == 200


def test_many_who_ask_cost_one_answer(
    border: Border, client: Client, django_assert_num_queries: object
) -> None:
    client.get(f"{API}/board")
    with django_assert_num_queries(0):  # type: ignore[operator]  # a fixture without a public type
        assert client.get(f"{API}/board").status_code == 200


def test_waits_as_open_rows(border: Border, client: Client) -> None:
    text = client.get(f"{HERE}/waits.csv").content.decode()
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [(row["clock"], row["kind"], row["wait_time"]) for row in rows] == [
        ("outside", "current", "300.0"),
        ("inside", "current", "480.0"),
    ]


def test_waits_in_the_shape_of_the_cbp_feed(border: Border, client: Client) -> None:
    ports = {port["port_number"]: port for port in client.get(f"{API}/waits/cbp.json").json()}
    port = ports["zabaikalsk:outbound"]
    assert (port["border"], port["date"]) == ("RU - CN", "5/4/2026")
    lanes = port["commercial_vehicle_lanes"]["standard_lanes"]
    assert (lanes["operational_status"], lanes["delay_minutes"]) == ("delay", 5)
    assert lanes["update_time"].endswith("UTC+09:00")
    silent = ports["manzhouli:inbound"]["commercial_vehicle_lanes"]["standard_lanes"]
    assert (silent["operational_status"], silent["delay_minutes"]) == ("Update Pending", None)


def test_a_time_release_study(border: Border, client: Client) -> None:
    answer = client.get(f"{HERE}/release-study.json?{DAYS}").json()
    assert answer["trucks"] == 12
    whole = {row["activity"]: row for row in answer["rows"] if row["channel"] == row["hour"] == "all"}
    assert whole["inside"]["n"] == 12
    assert whole["release"]["median_s"] == whole["inside"]["median_s"] + 300
    assert "Tukey" in answer["outlier_rule"]
    table = client.get(f"{HERE}/release-study.csv?{DAYS}").content.decode()
    assert len(list(csv.DictReader(io.StringIO(table)))) == len(answer["rows"])


def test_every_address_is_documented(border: Border, client: Client) -> None:
    paths = json.loads(client.get("/api/v1/openapi.json").content)["paths"]
    documented = {path for path in paths if path.startswith(f"{API}/")}
    figures = f"{API}/checkpoints/{{code}}/{{direction}}"
    assert documented >= {
        f"{API}/board",
        f"{API}/board.csv",
        f"{API}/waits/cbp.json",
        f"{figures}/figures",
        f"{figures}/breaches",
        f"{figures}/waits.csv",
        f"{figures}/release-study.json",
        f"{figures}/release-study.csv",
    }
