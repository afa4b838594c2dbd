"""What the traffic player needs to act as carriers and devices: invented carriers, devices, their tokens.

These are written to ``player-<crossing>.json`` in the var directory::

    {"crossing": code,
     "carriers": [{"name", "country", "token"}, ...],
     "devices": {checkpoint: {direction: {point: token}}},
     "staff_devices": {checkpoint: {direction: {"kiosk": token, "handset": token}}}}
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

from greenlane.gate.commands import register_device, renew_token
from greenlane.gate.models import Device
from greenlane.registry import commands
from greenlane.registry.models import Account, ApiToken, Checkpoint
from greenlane.registry.queries import carrier_of, checkpoint, crossing_document, working_tokens
from greenlane.registry.tokens import parse_token
from greenlane.site.demo_files import read_secrets, write_secrets
from greenlane.site.var import var_directory

CARRIERS: Final = 40
CAMERA_POINTS: Final = ("queue_end", "park_in", "park_out", "entry", "stage_in", "stage_out", "exit")
ALL_POINTS: Final = (*CAMERA_POINTS, "call")

Devices = dict[str, dict[str, dict[str, str]]]


def ensure_player(crossing_code: str, administrator: Account, at: datetime) -> None:
    """Make the carriers, devices and tokens of one crossing; tokens that still work are kept."""
    path = var_directory() / f"player-{crossing_code}.json"
    kept = read_secrets(path)
    carriers = _carriers(crossing_code, administrator, kept, at)
    devices, staff_devices = _devices(crossing_code, kept, at)
    made = {
        "crossing": crossing_code,
        "carriers": carriers,
        "devices": devices,
        "staff_devices": staff_devices,
    }
    if made != kept:
        write_secrets(path, made)


def _carriers(
    crossing_code: str, administrator: Account, kept: dict[str, Any], at: datetime
) -> list[dict[str, str]]:
    tokens = {each["name"]: each["token"] for each in kept.get("carriers", ())}
    countries = [each.country for each in crossing_document(crossing_code).checkpoints]
    working = working_tokens(tokens.values(), at)
    made = []
    for number in range(1, CARRIERS + 1):
        name = f"Example Carrier {number:02d} of {crossing_code} (invented)"
        country = countries[number % 2]
        token = tokens.get(name, "")
        if token not in working:
            account = _carrier_account(f"carrier-{number:02d}.{crossing_code}@example.org", name, country, at)
            commands.verify_carrier(
                administrator, carrier_of(account), "none: invented for the demonstration", at
            )
            scopes = (ApiToken.Scope.BOOKINGS, ApiToken.Scope.BACKFILL)
            token = commands.make_token(administrator, account, "traffic player", scopes, at)[1]
        made.append({"name": name, "country": country, "token": token})
    return made


def _carrier_account(email: str, name: str, country: str, at: datetime) -> Account:
    account = Account.objects.filter(email=email).first()
    if account is None:
        account = commands.make_account(email, at, full_name=name)
        commands.verify_account(account, at)
    if account.carrier is None:
        commands.register_carrier(account, name, country, at)
    return account


def _devices(crossing_code: str, kept: dict[str, Any], at: datetime) -> tuple[Devices, Devices]:
    made: dict[str, Devices] = {"devices": {}, "staff_devices": {}}
    for described in crossing_document(crossing_code).checkpoints:
        place = checkpoint(described.code)
        for direction in described.directions:
            known = _devices_of(place, direction)
            for section, key, name, kind, points in _wanted():
                token = kept.get(section, {}).get(place.code, {}).get(direction, {}).get(key, "")
                device = known.get(name)
                if device is None:
                    token = register_device(place, direction, name, kind, points, at)
                elif not _still_works(device, token):
                    token = renew_token(device)
                made[section].setdefault(place.code, {}).setdefault(direction, {})[key] = token
    return made["devices"], made["staff_devices"]


def _wanted() -> Iterator[tuple[str, str, str, str, tuple[str, ...]]]:
    """Section of the file, key in it, name, kind and points of each device of a checkpoint and direction."""
    for point in CAMERA_POINTS:
        yield "devices", point, f"camera-{point.replace('_', '-')}", "camera", (point,)
    yield "devices", "call", "sign-call", "sign", ("call",)
    yield "staff_devices", "kiosk", "kiosk", "kiosk", ("park_in",)
    yield "staff_devices", "handset", "handset", "handset", ALL_POINTS


def _devices_of(place: Checkpoint, direction: str) -> dict[str, Device]:
    return {device.name: device for device in Device.objects.filter(checkpoint=place, direction=direction)}


def _still_works(device: Device, token: str) -> bool:
    parsed = parse_token(token)
    return device.enabled and parsed is not None and parsed.digest == device.digest
