"""The log at its doors: the file over HTTP and by command, pages, and the verification that anyone can do."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client
from gate_world import OUT, World, clock
from order_world import make_order_world, told
from typer.testing import CliRunner

from greenlane.booking.models import Booking, LiveTicket, WaitingGroup
from greenlane.callup.commands import seal_order, sign_roots
from greenlane.callup.models import OrderRoot
from greenlane.callup.order.chain import mask
from greenlane.callup.order_cli import app
from greenlane.errors import GreenlaneError
from greenlane.gate.pass_keys import generate_key, public_key_pem

pytestmark = pytest.mark.django_db
LOG = "/api/v1/public/order/zabaikalsk/outbound"
PAGE = Path(__file__).parent.parent.parent / "docs/reference/order-log.md"


@pytest.fixture
def scene(world: World) -> World:
    make_order_world(world)
    seal_order(clock(100))
    sign_roots(clock(24 * 60))
    seal_order(clock(24 * 60))
    return world


@pytest.fixture
def files(scene: World, client: Client, tmp_path: Path) -> tuple[Path, Path]:
    """The log and the keys, downloaded as anyone can."""
    log, keys = tmp_path / "log.jsonl", tmp_path / "keys.json"
    log.write_bytes(body(client, f"{LOG}/log"))
    keys.write_bytes(client.get("/api/v1/public/order/keys").content)
    return log, keys


def body(client: Client, address: str) -> bytes:
    answer = client.get(address)
    assert answer.status_code == 200
    return b"".join(answer.streaming_content)  # type: ignore[attr-defined]


def verify(*arguments: object) -> tuple[int, str]:
    ran = CliRunner().invoke(app, ["verify", *(str(each) for each in arguments)])
    return ran.exit_code, ran.output


def test_the_file_verifies_with_its_roots(files: tuple[Path, Path]) -> None:
    log, keys = files
    code, output = verify(log, "--keys", keys)
    assert code == 0
    assert "Roots: 1 signed, the last of 2026-05-04" in output
    assert "Calls: 3 in the order of the rules" in output


def test_whoever_has_the_code_finds_its_way(files: tuple[Path, Path]) -> None:
    booking = Booking.objects.get(plate="501KZA03")
    code, output = verify(files[0], "--code", booking.code)
    assert code == 0
    assert mask(booking.code) in output
    for kind in ("booking.confirmed", "truck.waiting", "call.made", "truck.inside"):
        assert kind in output


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (lambda lines: [*lines[:5], *lines[6:]], "line 6: it has the number 6, where 5 was to come"),
        (lambda lines: [line.replace('"confirmed"', '"cancelled"') for line in lines], "does not follow"),
        (lambda lines: [*lines[:-3], lines[-2]], "signs lines up to"),
        (
            lambda lines: [*lines[:4], "{", *lines[4:]],
            "line 5: not JSON. A log is downloaded from ",
        ),
    ],
)
def test_the_first_fault_is_named_with_its_line(files: tuple[Path, Path], change: object, what: str) -> None:
    log, keys = files
    lines = log.read_text().splitlines()
    log.write_text("\n".join(change(lines)) + "\n")  # type: ignore[operator]
    code, output = verify(log, "--keys", keys)
    assert code == 1
    assert what in output


def test_another_key_signs_nothing_here(files: tuple[Path, Path], tmp_path: Path) -> None:
    other = tmp_path / "other.pem"
    other.write_bytes(public_key_pem(generate_key().public_key()))
    code, output = verify(files[0], "--keys", other)
    assert code == 1
    assert "not among the public keys" in output


def test_an_older_file_finds_a_chain_written_anew(files: tuple[Path, Path], tmp_path: Path) -> None:
    log, _ = files
    older = tmp_path / "older.jsonl"
    lines = log.read_text().splitlines()
    older.write_text("\n".join(line for line in lines if '"root":' not in line))
    assert verify(log, "--since", older)[0] == 0
    anew = tmp_path / "anew.jsonl"
    anew.write_text("\n".join(written_anew(lines)))
    code, output = verify(anew, "--since", older)
    assert code == 1
    assert "was another line in the older file" in output


def written_anew(lines: list[str]) -> list[str]:
    """The log with a booking taken out, every hash right again, and no roots."""
    from greenlane.callup.order.chain import canonical, next_hash

    header = json.loads(lines[0])
    previous, kept = header["previous"], [lines[0]]
    for line in lines[1:]:
        row = json.loads(line)
        if "entry" not in row:
            continue
        if row["entry"]["kind"] == "booking.confirmed":
            row["entry"]["facts"]["share"] = "priority"
        previous = next_hash(previous, canonical(row["entry"]))
        kept.append(json.dumps({"hash": previous, "entry": row["entry"]}))
    return kept


def test_a_day_and_a_part_hang_on_a_signature(scene: World, client: Client, tmp_path: Path) -> None:
    keys = tmp_path / "keys.json"
    keys.write_bytes(client.get("/api/v1/public/order/keys").content)
    whole = body(client, f"{LOG}/log").decode().splitlines()
    day = body(client, f"{LOG}/log?day=2026-05-04").decode().splitlines()
    assert day == [line for line in whole if "root.signed" not in line]
    root = OrderRoot.objects.get(checkpoint=scene.checkpoint, direction=OUT)
    after = tmp_path / "after.jsonl"
    after.write_bytes(body(client, f"{LOG}/log?from={root.last_seq + 1}"))
    code, output = verify(after, "--keys", keys)
    assert (code, "Roots: 1 signed" in output) == (0, True)


@pytest.mark.parametrize(
    ("asked", "status", "field"),
    [
        ("from=9999", 422, "from"),
        ("to=9999", 422, "to"),
        ("from=5&to=2", 422, "to"),
        ("from=0", 422, "from"),
        ("day=2020-01-01", 404, "day"),
        ("day=x", 422, "day"),
    ],
)
def test_lines_that_are_not_there_are_refused(
    scene: World, client: Client, asked: str, status: int, field: str
) -> None:
    answer = client.get(f"{LOG}/log?{asked}")
    assert answer.status_code == status
    assert answer.json()["field"] == field


def test_the_state_and_the_own_place_over_http(scene: World, client: Client) -> None:
    state = client.get(LOG).json()
    assert state["unsealed"] == 0
    assert [root["day"] for root in state["roots"]] == ["2026-05-04"]
    for code, kinds in (
        (Booking.objects.get(plate="501KZA03").code, {"booking.confirmed", "call.made"}),
        (LiveTicket.objects.get().code, {"ticket.joined", "call.made"}),
        (WaitingGroup.objects.get().number, {"waiting.joined"}),
    ):
        way = client.get(f"/api/v1/public/order/places/{code}").json()
        assert kinds <= {moment["kind"] for moment in way["moments"]}
        assert way["subject"] == mask(code)
    assert client.get("/api/v1/public/order/places/GL-NOTHI-NG000").status_code == 404


def test_the_pages_show_roots_and_the_own_place(scene: World, client: Client) -> None:
    page = client.get("/order/zabaikalsk/outbound/").content.decode()
    assert OrderRoot.objects.get(checkpoint=scene.checkpoint, direction=OUT).head in page
    booking = Booking.objects.get(plate="502KZA03")
    assert client.get(f"/order/zabaikalsk/outbound/?code={booking.code}").status_code == 302
    own = client.get(f"/order/place/{booking.code}/").content.decode()
    assert f"--code {booking.code}" in own
    assert "Waits in the park" in own
    assert "502KZA03" not in own
    assert client.get("/order/place/GL-NOTHI-NG000/").status_code == 404


def test_the_exported_file_is_that_of_the_api(scene: World, client: Client) -> None:
    assert body(client, f"{LOG}/log").decode().splitlines() == told(scene)


def test_an_export_of_no_direction_is_refused(scene: World) -> None:
    refused = CliRunner().invoke(app, ["export", scene.checkpoint.code, "sideways"])
    assert isinstance(refused.exception, GreenlaneError)
    assert (refused.exception.field, refused.exception.mend) == ("direction", "Use outbound or inbound.")
    assert not refused.stdout


def test_a_third_party_checks_the_file_with_the_lines_of_the_documentation(
    files: tuple[Path, Path], tmp_path: Path
) -> None:
    log, keys = files
    (program,) = re.findall(r"```python\n(# check_order\.py.*?)```", PAGE.read_text(), re.S)
    script = tmp_path / "check_order.py"
    script.write_text(program)

    def run() -> subprocess.CompletedProcess[str]:
        command = [sys.executable, str(script), str(log), str(keys)]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    good = run()
    assert (good.returncode, good.stderr) == (0, "")
    assert "1 root" in good.stdout
    log.write_text(log.read_text().replace('"confirmed"', '"cancelled"'))
    assert run().returncode != 0


def test_the_root_is_signed_once_and_after_the_day(world: World) -> None:
    make_order_world(world)
    seal_order(clock(100))
    assert sign_roots(clock(100) - timedelta(days=0))[0].day.isoformat() == "2026-05-03"
    seal_order(clock(101))
    assert sign_roots(clock(102)) == []
    (first, *_) = OrderRoot.objects.filter(checkpoint=world.checkpoint, direction=OUT)
    sign_roots(clock(24 * 60))
    second = OrderRoot.objects.filter(checkpoint=world.checkpoint, direction=OUT).latest("day")
    assert (second.day.isoformat(), second.first_seq) == ("2026-05-04", first.last_seq + 1)
