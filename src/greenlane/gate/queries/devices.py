"""Devices, and whose token it is."""

from __future__ import annotations

import hmac

from django.db.models import QuerySet

from greenlane.gate.models import Device
from greenlane.registry.models import Checkpoint
from greenlane.registry.tokens import DEVICE, parse_token


def device_of_token(text: str) -> Device | None:
    """The device whose token it is, or None when it is unknown or disabled."""
    token = parse_token(text)
    if token is None or token.kind != DEVICE:
        return None
    device = Device.objects.select_related("checkpoint").filter(prefix=token.prefix, enabled=True).first()
    if device is None or not hmac.compare_digest(device.digest, token.digest):
        return None
    return device


def devices_of(checkpoint: Checkpoint) -> QuerySet[Device]:
    """The devices of a checkpoint, by direction and name."""
    return Device.objects.filter(checkpoint=checkpoint).order_by("direction", "name")
