"""The demonstration accounts: made once, usable, with a real second factor; the player's tokens work."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from greenlane.gate.models import Device
from greenlane.registry.clock import now
from greenlane.registry.commands import load_crossing
from greenlane.registry.crossing_file import read_crossing
from greenlane.registry.models import Account, ApiToken, Carrier, Checkpoint, Truck
from greenlane.registry.queries import account_of_token, may
from greenlane.site.demo import demo_accounts, demo_lines, ensure_demo

pytestmark = pytest.mark.django_db
CROSSING = Path(__file__).parents[2] / "crossings" / "yahodyn-dorohusk.yaml"


@pytest.fixture
def var(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Settings) -> Path:
    """A var directory of its own, and one crossing in force."""
    monkeypatch.setenv("GREENLANE_VAR", str(tmp_path))
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    load_crossing(read_crossing(CROSSING), None, now())
    ensure_demo(now())
    return tmp_path


def test_making_it_again_changes_nothing(var: Path) -> None:
    files = {path.name: path.read_bytes() for path in var.iterdir()}
    counts = [model.objects.count() for model in (Account, Carrier, Truck, ApiToken, Device)]
    ensure_demo(now())
    assert {path.name: path.read_bytes() for path in var.iterdir()} == files
    assert [model.objects.count() for model in (Account, Carrier, Truck, ApiToken, Device)] == counts


def test_the_secrets_are_for_their_owner_alone(var: Path) -> None:
    assert {path.name for path in var.iterdir()} == {"demo.json", "player-yahodyn-dorohusk.json"}
    assert {stat.S_IMODE(path.stat().st_mode) for path in var.iterdir()} == {0o600}


def test_staff_sign_in_with_password_and_code(var: Path) -> None:
    lead = next(account for account in demo_accounts() if account.role == "shift lead")
    client = Client()
    asked = client.post("/accounts/login/", {"login": lead.email, "password": lead.password})
    assert asked.headers["Location"].startswith("/accounts/2fa/authenticate/")
    assert client.post("/accounts/2fa/authenticate/", {"code": lead.totp_code}).status_code == 302
    assert client.get("/api/v1/tokens").status_code == 200


def test_carrier_people_sign_in_with_the_password_alone(var: Path) -> None:
    for account in demo_accounts():
        if not account.totp_code:
            client = Client()
            client.post("/accounts/login/", {"login": account.email, "password": account.password})
            assert client.get("/api/v1/trucks").json()["count"] == 8


def test_staff_have_their_role_at_every_checkpoint(var: Path) -> None:
    for checkpoint in Checkpoint.objects.all():
        for role in ("shift_lead", "officer", "planner"):
            account = Account.objects.get(email=f"{role.replace('_', '-')}@example.org")
            assert may(account, checkpoint, role)


def test_a_lost_file_gives_new_secrets_that_work(var: Path) -> None:
    before = demo_accounts()[0].password
    (var / "demo.json").unlink()
    (var / "player-yahodyn-dorohusk.json").unlink()
    ensure_demo(now())
    driver = demo_accounts()[0]
    assert driver.password != before
    assert Account.objects.get(email=driver.email).check_password(driver.password)


def test_the_player_gets_working_tokens_of_carriers_and_devices(var: Path) -> None:
    player = json.loads((var / "player-yahodyn-dorohusk.json").read_text())
    assert len({carrier["token"] for carrier in player["carriers"]}) == 40
    caller = account_of_token(player["carriers"][0]["token"], now())
    assert caller is not None
    assert caller.scopes == {"bookings", "backfill"}
    assert caller.account.carrier is not None
    assert caller.account.carrier.name == player["carriers"][0]["name"]
    for checkpoint, directions in player["devices"].items():
        for direction, points in directions.items():
            assert set(points) >= {"park_in", "entry", "stage_in", "stage_out", "exit", "call"}
            assert Device.objects.filter(checkpoint__code=checkpoint, direction=direction).count() == 10


def test_everything_printed_is_needed_to_sign_in(var: Path) -> None:
    printed = "\n".join(demo_lines())
    for account in demo_accounts():
        assert account.email in printed
    assert demo_accounts()[-1].password in printed
    assert demo_accounts()[-1].email == "administrator@example.org"
