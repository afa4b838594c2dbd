"""Passes from booking to barrier, devices and their tokens, and the offline check at the command line."""

from __future__ import annotations

import json
import stat
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from gate_world import OUT, World, clock
from typer.testing import CliRunner

from greenlane.booking.models import State
from greenlane.errors import GreenlaneError
from greenlane.gate import passes
from greenlane.gate.cli import app
from greenlane.gate.commands import issue_pass, register_device, renew_token, set_enabled
from greenlane.gate.models import Device, SigningKey
from greenlane.gate.queries import device_of_token, public_keys

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def own_keys(settings: Any, tmp_path: Path) -> Path:
    settings.GREENLANE_KEYS = tmp_path / "keys"
    return tmp_path / "keys"


def test_a_pass_opens_the_barrier_for_its_truck_alone(world: World) -> None:
    booking = world.booked("501KZA03", clock(60))
    issued = issue_pass(booking, clock(0))
    keys = passes.key_set(*(passes.public_key_from_pem(key["pem"].encode()) for key in public_keys(clock(0))))
    good = passes.verify(
        issued.token, keys, plate="501 кzа 03", checkpoint="zabaikalsk", at=clock(60), direction=OUT
    )
    assert good.booking == booking.code
    assert (good.valid_from, good.valid_until) == (issued.valid_from, issued.valid_until)
    with pytest.raises(passes.PassRefused) as refusal:
        passes.verify(issued.token, keys, plate="501KZA04", checkpoint="zabaikalsk", at=clock(60))
    assert refusal.value.code == "pass_other_vehicle"


def test_the_key_is_made_once_and_kept_from_others(world: World, own_keys: Path) -> None:
    booking = world.booked("501KZA03", clock(60))
    assert issue_pass(booking, clock(0)) == issue_pass(booking, clock(1))
    (file,) = own_keys.glob("pass-*.pem")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert SigningKey.objects.count() == 1


@pytest.mark.parametrize("state", [State.CANCELLED, State.NO_SHOW])
def test_a_booking_that_is_over_gets_no_pass(world: World, state: str) -> None:
    booking = world.booked("501KZA03", clock(60), state=state, ended_at=clock(0))
    with pytest.raises(GreenlaneError) as refusal:
        issue_pass(booking, clock(1))
    assert refusal.value.code == "no_pass"


def test_the_holder_fetches_the_pass_and_nobody_else(world: World, client: Client) -> None:
    booking = world.booked("501KZA03", clock(60))
    client.force_login(world.holder, backend="django.contrib.auth.backends.ModelBackend")
    answer = client.get(f"/api/v1/bookings/{booking.code}/pass")
    assert answer.status_code == 200
    assert set(answer.json()) == {"token", "valid_from", "valid_until"}
    picture = client.get(f"/api/v1/bookings/{booking.code}/pass.svg")
    assert picture["Content-Type"] == "image/svg+xml"
    assert picture.content.startswith(b"<svg")
    other = world.staff("officer")
    client.force_login(other, backend="django.contrib.auth.backends.ModelBackend")
    assert client.get(f"/api/v1/bookings/{booking.code}/pass").status_code in (302, 404)


def test_a_pass_is_checked_offline_with_the_published_keys(
    world: World, client: Client, tmp_path: Path
) -> None:
    issued = issue_pass(world.booked("501KZA03", clock(60)), clock(0))
    file = tmp_path / "keys.json"
    file.write_bytes(client.get("/api/v1/public/keys").content)
    assert json.loads(file.read_text())["keys"][0]["crv"] == "Ed25519"
    options = ["--checkpoint", "zabaikalsk", "--keys", str(file), "--at", clock(60).isoformat()]
    good = CliRunner().invoke(app, ["verify-pass", issued.token, "--plate", "501KZA03", *options])
    assert good.exit_code == 0
    assert good.output.startswith("Good: booking GL-")
    bad = CliRunner().invoke(app, ["verify-pass", issued.token, "--plate", "777BCD09", *options])
    assert isinstance(bad.exception, GreenlaneError)
    assert bad.exception.code == "pass_other_vehicle"


def test_events_are_exported_at_the_command_line(world: World) -> None:
    options = ["--from", clock(0).isoformat(), "--to", (clock(0) + timedelta(days=1)).isoformat()]
    told = CliRunner().invoke(app, ["export-epcis", "zabaikalsk", *options])
    assert told.exit_code == 0
    assert json.loads(told.output)["type"] == "EPCISDocument"


def test_a_device_is_known_by_its_token_until_it_is_renewed_or_disabled(world: World) -> None:
    first = register_device(world.checkpoint, OUT, "gate-2", "camera", ["entry"], clock(0))
    device = device_of_token(first)
    assert device is not None
    assert first.startswith("gld_")
    assert first not in (device.prefix, device.digest)
    second = renew_token(device)
    assert device_of_token(first) is None
    assert device_of_token(second) == device
    set_enabled(device, False)
    assert device_of_token(second) is None


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"name": "camera"}, "name_taken"),
        ({"name": "gate 2"}, "name_malformed"),
        ({"kind": "ear"}, "kind_unknown"),
        ({"points": ["roof"]}, "points_unknown"),
        ({"points": []}, "points_unknown"),
    ],
)
def test_a_device_that_cannot_be_entered_is_refused(
    world: World, changes: dict[str, object], code: str
) -> None:
    fields = {"name": "gate-2", "kind": "camera", "points": ["entry"]} | changes
    with pytest.raises(GreenlaneError) as refusal:
        register_device(world.checkpoint, OUT, at=clock(0), **fields)  # type: ignore[arg-type]
    assert refusal.value.code == code
    assert Device.objects.count() == 1
