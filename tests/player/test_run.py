"""Whole runs against a small server in memory: history, live play, and what the person is told."""

from __future__ import annotations

import json
import threading
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import msgspec
import pytest
from fake_greenlane import FakeGreenlane
from typer.testing import CliRunner

from greenlane.errors import GreenlaneError
from greenlane.player import cli, history, live
from greenlane.player.run import Options, Report, play
from greenlane.player.tally import Tally
from greenlane.registry.crossing_finding import find_crossing

pytestmark = pytest.mark.slow
CROSSING = find_crossing("yahodyn-dorohusk")
NOW = datetime(2026, 5, 5, 15, 0, tzinfo=UTC)
DAY = date(2026, 5, 4)


@pytest.fixture(autouse=True, scope="module")
def _short_waits() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(history, "PATIENCE_S", 0.0)
        patch.setattr(live, "PRE_ROLL_WAIT_S", 0.0)
        yield


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Few trucks: five an hour."""
    path = tmp_path_factory.mktemp("arrivals") / "arrivals.csv"
    path.write_text("hour,trucks\n" + "".join(f"{hour},5\n" for hour in range(24)))
    return path


@pytest.fixture(scope="module")
def past(small: Path) -> tuple[FakeGreenlane, dict[str, Any]]:
    """A server to which one past day was played both ways, and what the run told."""
    server = FakeGreenlane(CROSSING, NOW)
    return server, _play(server, _options(server, small.parent, arrivals=small, day=DAY)).as_dict()


@pytest.fixture(scope="module")
def present(small: Path) -> tuple[FakeGreenlane, Hours]:
    """A server to which two hours were played live, and the readings by point after each minute."""
    server = FakeGreenlane(CROSSING, NOW)
    server.calls_when_parked = True
    with pytest.MonkeyPatch.context() as patch:
        return server, _live(server, _options(server, small.parent, arrivals=small), 2, patch)


def _credentials(server: FakeGreenlane, directory: Path) -> Path:
    path = directory / "player.json"
    path.write_text(json.dumps(server.credentials()))
    return path


def _play(server: FakeGreenlane, options: Options, report: Report | None = None) -> Tally:
    return play(options, report or Report(), threading.Event(), server.transport)


def test_a_past_day_is_booked_and_passed_at_both_checkpoints(
    past: tuple[FakeGreenlane, dict[str, Any]],
) -> None:
    server, told = past
    assert 180 < told["trucks"] < 300
    assert told["passages"] == 2 * told["trucks"], "every truck passes both checkpoints"
    assert told["readings_accepted"] == len(server.readings)
    assert told["readings_sent"] == told["readings_accepted"] + told["readings_duplicate"]
    assert told["readings_rejected"] == 0
    assert told["bookings_taken"] == len(server.bookings)
    entered = {booking["truck"] for booking in server.bookings.values() if booking["state"] == "entered"}
    twice = Counter(b["truck"] for b in server.bookings.values() if b["state"] == "entered")
    assert sum(count == 2 for count in twice.values()) > 0.7 * len(entered), "one booking a checkpoint"


def test_the_same_truck_comes_to_the_facing_checkpoint_minutes_after_it_left(
    past: tuple[FakeGreenlane, dict[str, Any]],
) -> None:
    server, _ = past
    left, came = _times(server, "yahodyn", "exit"), _times(server, "dorohusk", "queue_end")
    gaps = [came[plate] - left[plate] for plate in came.keys() & left.keys()]
    assert len(gaps) > 80
    assert all(0.5 < gap / 60 < 12 for gap in gaps)


def test_past_bookings_state_their_own_time_and_keys(past: tuple[FakeGreenlane, dict[str, Any]]) -> None:
    server, _ = past
    assert all(booking["at"] < "2026-05-04" for booking in server.bookings.values())
    posts = [request for request in server.requests if request.method == "POST"]
    assert all(request.headers["idempotency-key"] for request in posts)
    lists = [json.loads(request.content) for request in posts if request.url.path.endswith("/places")]
    assert max(map(len, lists)) > 1, "dispatchers book in lists"
    assert all(len(json.loads(r.content)) <= 2000 for r in posts if r.url.path.endswith("/readings"))


def test_each_trucks_channel_is_decided_before_it_enters(
    past: tuple[FakeGreenlane, dict[str, Any]], present: tuple[FakeGreenlane, Hours]
) -> None:
    told = past[1]
    assert told["channels_decided"] == 2 * told["trucks"]
    assert told["channels_refused"] == 0
    for server in (past[0], present[0]):
        plates = {number: plate for (_, plate), number in server.trucks.items()}
        entered = {point: _times(server, point, "entry") for point in ("yahodyn", "dorohusk")}
        shares: Counter[str] = Counter()
        for row in server.channels:
            shares[row["channel"]] += 1
            plate = row["plate"] or plates[server.bookings[row["booking"]]["truck"]]
            decided = datetime.fromisoformat(row["decided_at"]).timestamp()
            assert decided < entered[row["checkpoint"]].get(plate, decided + 1)
        assert shares["green"] > 10 * shares["red"]


def test_a_run_repeated_enters_nothing_twice(small: Path, tmp_path: Path) -> None:
    server = FakeGreenlane(CROSSING, NOW)
    options = _options(server, tmp_path, arrivals=small, day=DAY)
    first = _play(server, options).as_dict()
    readings, bookings = dict(server.readings), len(server.bookings)
    second = _play(server, options).as_dict()
    assert len(server.bookings) == bookings
    assert second["bookings_taken"] == 0
    assert second["bookings_again"] == first["bookings_taken"]
    assert second["readings_accepted"] == 0
    assert second["trucks"] == first["trucks"]
    assert server.readings == readings


def test_two_seeds_are_two_days(
    past: tuple[FakeGreenlane, dict[str, Any]], small: Path, tmp_path: Path
) -> None:
    other = FakeGreenlane(CROSSING, NOW)
    options = _options(
        other, tmp_path, arrivals=small, day=DAY, seed=2, checkpoint="yahodyn", direction="outbound"
    )
    assert _play(other, options)["passages"] > 80
    assert not set(past[0].readings) & set(other.readings)


def test_a_truck_whose_entry_was_not_matched_crosses_the_second_checkpoint_unbooked(
    small: Path, tmp_path: Path
) -> None:
    server = FakeGreenlane(CROSSING, NOW, matches=False)
    told = _play(server, _options(server, tmp_path, arrivals=small, day=DAY)).as_dict()
    assert told["passages"] == 2 * told["trucks"]
    assert told["refused_because"]["truck_busy"] > 0.8 * told["trucks"]


def test_a_truck_that_is_booked_elsewhere_still_came_in_the_past(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("greenlane.player.fleet.RETURN_DAYS", 1)
    server = FakeGreenlane(CROSSING, NOW, matches=False)
    options = _options(
        server, tmp_path, arrivals=small, day=DAY, days=2, checkpoint="yahodyn", direction="outbound"
    )
    told = _play(server, options).as_dict()
    assert told["refused_because"]["truck_busy"] > 30, "the first day's bookings are not over"
    assert told["passages"] == told["trucks"] > 190


def test_live_a_busy_truck_is_asked_for_again_until_it_is_free(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("greenlane.player.fleet.RETURN_DAYS", 1)
    server = FakeGreenlane(CROSSING, NOW)
    server.calls_when_parked = True
    options = _options(server, tmp_path, arrivals=small, checkpoint="yahodyn", direction="outbound")
    _live(server, options, 3, monkeypatch)
    keys = Counter(booking["key"] for booking in server.bookings.values())
    assert max(keys.values()) == 1
    again = [wish["key"] for wish in _wishes(server)]
    busy = {key for key, count in Counter(again).items() if count > 3}
    assert busy, "tomorrow's trip of a truck that is booked today waits"


def test_full_slots_send_dispatchers_to_the_nearest_free_one(small: Path, tmp_path: Path) -> None:
    server = FakeGreenlane(CROSSING, NOW, capacity=1)
    told = _play(server, _options(server, tmp_path, arrivals=small, day=DAY)).as_dict()
    taken = Counter(b["slot"] for b in server.bookings.values() if b["state"] != "cancelled")
    assert max(taken.values()) == 1
    assert told["bookings_asked"] > told["bookings_taken"]
    assert told["bookings_taken"] > 200
    assert set(told["refused_because"]) <= {"full", "truck_busy", "no_slot"}


def test_thirty_days_begin_with_today_and_go_back(small: Path, tmp_path: Path) -> None:
    server = FakeGreenlane(CROSSING, NOW)
    _play(
        server,
        _options(server, tmp_path, arrivals=small, days=2, checkpoint="dorohusk", direction="outbound"),
    )
    zone = ZoneInfo("Europe/Warsaw")
    entries = [reading for reading in server.readings.values() if reading["point"] == "entry"]
    days = [str(datetime.fromisoformat(entry["event_time"]).astimezone(zone).date()) for entry in entries]
    order = [day for day in dict.fromkeys(days) if days.count(day) > 20]
    assert order == ["2026-05-05", "2026-05-04", "2026-05-03"]
    latest = max(datetime.fromisoformat(reading["event_time"]) for reading in server.readings.values())
    assert latest < NOW - timedelta(hours=1), "the last hours are left to live play"


def test_a_day_that_is_not_over_is_refused(tmp_path: Path) -> None:
    server = FakeGreenlane(CROSSING, NOW)
    with pytest.raises(GreenlaneError, match="2026-05-05 is not over yet"):
        _play(server, _options(server, tmp_path, day=NOW.date()))


class Hours(Report):
    """Moves the server's clock on by a minute a step, and stops after some."""

    def __init__(self, server: FakeGreenlane, hours: float, monkeypatch: pytest.MonkeyPatch) -> None:
        self.server, self.until = server, server.now + timedelta(hours=hours)
        self.stop = threading.Event()
        self.boards: list[Counter[str]] = []
        monkeypatch.setattr("greenlane.player.pace.SYNC_S", -1.0)
        monkeypatch.setattr(live, "BOOK_EVERY_S", 0.0)
        monkeypatch.setattr(live, "SHORTEST_POLL_S", 0.0)
        monkeypatch.setattr(live, "POLL_EVERY_S", 0.0)
        monkeypatch.setattr(self.stop, "wait", lambda seconds=None: self.stop.is_set())

    def progress(self, line: str) -> None:
        if " live: " not in line:
            return
        self.boards.append(Counter(reading["point"] for reading in self.server.readings.values()))
        self.server.now += timedelta(minutes=1)
        if self.server.now > self.until:
            self.stop.set()


def _live(server: FakeGreenlane, options: Options, hours: float, monkeypatch: pytest.MonkeyPatch) -> Hours:
    report = Hours(server, hours, monkeypatch)
    play(options, report, report.stop, server.transport)
    return report


def test_live_begins_with_the_last_hours_and_goes_on_by_the_servers_clock(
    present: tuple[FakeGreenlane, Hours],
) -> None:
    server, report = present
    first, last = report.boards[0], report.boards[-1]
    assert first["exit"] > 15, "the pre-roll fills the board at once"
    assert last["exit"] > first["exit"] + 15
    times = [datetime.fromisoformat(reading["event_time"]) for reading in server.readings.values()]
    assert NOW - timedelta(hours=3, minutes=1) < min(times)
    assert max(times) <= server.now + timedelta(seconds=20)


def test_live_no_booked_truck_enters_that_the_platform_has_not_called(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = FakeGreenlane(CROSSING, NOW)
    options = _options(server, tmp_path, arrivals=small, checkpoint="yahodyn", direction="outbound")
    _live(server, options, 3, monkeypatch)
    plates = {number: plate for (_, plate), number in server.trucks.items()}
    waiting = {plates[b["truck"]]: b for b in server.bookings.values() if b["state"] == "confirmed"}
    parked = _times(server, "yahodyn", "park_in")
    stuck = [plate for plate, at in parked.items() if plate in waiting and at > NOW.timestamp() + 60]
    assert len(stuck) > 5, "the platform calls nobody here, so who came after the start still waits"
    assert not set(stuck) & set(_times(server, "yahodyn", "exit"))


def test_live_and_history_send_the_points_of_a_passage_in_the_same_order(
    past: tuple[FakeGreenlane, dict[str, Any]], present: tuple[FakeGreenlane, Hours]
) -> None:
    for server in (past[0], present[0]):
        complete = 0
        for points in _passages(server).values():
            way = ["queue_end", "park_in", "park_out", "entry", "stage_in", "exit"]
            places = [way.index(point) for point in points if point in way]
            assert places == sorted(places)
            complete += "exit" in points
        assert complete > 40


def test_live_again_after_a_break_goes_on_with_the_same_bookings(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = FakeGreenlane(CROSSING, NOW)
    server.calls_when_parked = True
    options = _options(server, tmp_path, arrivals=small)
    _live(server, options, 0.3, monkeypatch)
    keys = Counter(booking["key"].rsplit("-", 1)[0] for booking in server.bookings.values())
    _live(server, options, 0.3, monkeypatch)
    after = Counter(booking["key"].rsplit("-", 1)[0] for booking in server.bookings.values())
    assert max(after.values()) == 1, "no trip is booked twice at one checkpoint"
    assert keys.keys() <= after.keys()


def test_a_trip_that_an_earlier_run_booked_in_another_slot_keeps_that_booking(
    small: Path, tmp_path: Path
) -> None:
    server = FakeGreenlane(CROSSING, NOW)
    options = _options(server, tmp_path, arrivals=small, day=DAY, checkpoint="yahodyn", direction="outbound")
    first = _play(server, options).as_dict()
    for booking in server.bookings.values():
        booking["slot"] += 15 * 10
    second = _play(server, options).as_dict()
    assert second["bookings_again"] == first["bookings_taken"] == len(server.bookings)
    assert second["trucks"] == first["trucks"]
    assert not second["refused_because"]


def test_a_past_day_is_paced(small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "BOOK_EVERY_S", 0.0)
    server = FakeGreenlane(CROSSING, NOW)
    options = _options(
        server, tmp_path, arrivals=small, day=DAY, speed=100_000.0, checkpoint="yahodyn", direction="outbound"
    )
    told = _play(server, options).as_dict()
    assert 80 < told["trucks"] < 160
    assert told["passages"] == told["trucks"]
    assert not [request for request in server.requests if "state=called" in str(request.url)]


def test_a_server_that_is_away_is_waited_for_and_told_of_once(small: Path, tmp_path: Path) -> None:
    server = FakeGreenlane(CROSSING, NOW)
    fails = iter([True] * 3 + [False] * 1_000_000)

    def handle(request: httpx.Request) -> httpx.Response:
        if next(fails):
            raise httpx.ConnectError("refused")
        return server.handle(request)

    said: list[str] = []

    class Said(Report):
        def say(self, line: str) -> None:
            said.append(line)

    options = _options(server, tmp_path, arrivals=small, day=DAY, checkpoint="yahodyn", direction="outbound")
    tally = play(options, Said(), threading.Event(), httpx.MockTransport(handle))
    assert tally["passages"] > 80
    assert [line.partition("8000")[2][:22] for line in said] == [" does not answer (refu", " answers again."]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (None, "cannot be read: no such file"),
        ("{", "is no credentials file"),
        ({"crossing": "otay-mesa", "carriers": [], "devices": {}}, "is for 'otay-mesa', not for"),
        ({"crossing": "yahodyn-dorohusk", "carriers": [], "devices": {}}, "names no carrier"),
        (
            {
                "crossing": "yahodyn-dorohusk",
                "carriers": [{"name": "Invented", "token": "t", "country": "PL"}],
                "devices": {"yahodyn": {"outbound": {"entry": "t"}}},
            },
            "has no device of dorohusk inbound",
        ),
    ],
)
def test_credentials_that_cannot_be_used_are_one_clear_line(content: Any, told: str, tmp_path: Path) -> None:
    path = tmp_path / "player.json"
    if content is not None:
        path.write_text(content if isinstance(content, str) else json.dumps(content))
    with pytest.raises(GreenlaneError, match=told) as caught:
        play(Options("yahodyn-dorohusk", credentials=path), Report(), threading.Event())
    assert str(path) in str(caught.value)


def test_a_refused_token_names_the_credentials_file(small: Path, tmp_path: Path) -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        return httpx.Response(401, json={"code": "not_signed_in", "message": "The token is unknown."})

    server = FakeGreenlane(CROSSING, NOW)
    with pytest.raises(
        GreenlaneError, match=r"player\.json: the server refuses a token: The token is unknown"
    ):
        play(_options(server, tmp_path), Report(), threading.Event(), httpx.MockTransport(refuse))


def test_an_unknown_crossing_lists_the_known_ones() -> None:
    with pytest.raises(GreenlaneError, match=r"there is no crossing 'brest'.*yahodyn-dorohusk"):
        find_crossing("brest")


def test_a_crossing_is_found_by_its_path_too(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text((Path(__file__).parents[2] / "crossings" / "otay-mesa.yaml").read_text(encoding="utf-8"))
    assert find_crossing(str(path)).code == "otay-mesa"


def test_the_command_line_refuses_what_contradicts_itself() -> None:
    runner = CliRunner()
    both = runner.invoke(cli.app, ["yahodyn-dorohusk", "--live", "--days", "3"])
    assert isinstance(both.exception, GreenlaneError)
    assert "--live plays now" in str(both.exception)
    speed = runner.invoke(cli.app, ["yahodyn-dorohusk", "--days", "3", "--speed", "fast"])
    assert "'fast' is not a speed" in str(speed.exception)
    shown = runner.invoke(cli.app, ["--help"])
    assert shown.exit_code == 0
    assert "--arrivals" in shown.output


def test_the_summary_is_told_in_words_and_in_json() -> None:
    tally = Tally()
    tally.add("readings_sent", 12)
    tally.refuse("full")
    assert tally.as_dict()["refused_because"] == {"full": 1}
    assert any("1 refusals (full 1)" in line for line in tally.lines())
    assert msgspec.json.decode(msgspec.json.encode(tally.as_dict()))["readings_sent"] == 12


def _wishes(server: FakeGreenlane) -> list[dict[str, Any]]:
    """Every place asked for, in order."""
    lists = [json.loads(r.content) for r in server.requests if r.url.path.endswith("/places")]
    return [wish for wishes in lists for wish in wishes]


def _options(server: FakeGreenlane, directory: Path, **more: Any) -> Options:
    return Options(server.crossing.code, credentials=_credentials(server, directory), **more)


def _times(server: FakeGreenlane, checkpoint: str, point: str) -> dict[str, float]:
    """When each plate was read at the point."""
    return {
        reading["value"]: datetime.fromisoformat(reading["event_time"]).timestamp()
        for reading in server.readings.values()
        if (reading["checkpoint"], reading["point"]) == (checkpoint, point)
    }


def _passages(server: FakeGreenlane) -> dict[tuple[str, str, str], list[str]]:
    """Points in order of time, by checkpoint, direction and plate; only plates that the trucks have."""
    plates = {plate for _, plate in server.trucks}
    seen = sorted(server.readings.values(), key=lambda reading: str(reading["event_time"]))
    found: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for reading in seen:
        if reading["value"] in plates:
            found[reading["checkpoint"], reading["direction"], reading["value"]].append(reading["point"])
    return found
