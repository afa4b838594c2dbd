"""Devices at the gate, and their tokens. A token is shown once; only its SHA-256 is kept."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.core.exceptions import ValidationError
from django.core.validators import validate_slug
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from greenlane.errors import GreenlaneError
from greenlane.gate.models import Device, Point
from greenlane.registry.models import Checkpoint
from greenlane.registry.tokens import DEVICE, make_token


def register_device(
    checkpoint: Checkpoint, direction: str, name: str, kind: str, points: Sequence[str], at: datetime
) -> str:
    """Enter a device; the text of its token.

    Raises:
        GreenlaneError: ``name_malformed``, ``kind_unknown``, ``points_unknown`` (422), ``name_taken`` (409).
    """
    _sound(name, kind, points)
    token = make_token(DEVICE)
    try:
        with transaction.atomic():
            Device.objects.create(
                checkpoint=checkpoint,
                direction=direction,
                name=name,
                kind=kind,
                points=list(points),
                prefix=token.prefix,
                digest=token.digest,
                made_at=at,
            )
    except IntegrityError:
        raise GreenlaneError(
            "name_taken",
            _("There is a device %(name)s in this direction already.") % {"name": name},
            field="name",
            mend=_("Choose another name, or renew that device's token."),
            status=409,
        ) from None
    return token.text


def renew_token(device: Device) -> str:
    """A new token for a device; the old one is good no more."""
    token = make_token(DEVICE)
    Device.objects.filter(pk=device.pk).update(prefix=token.prefix, digest=token.digest, enabled=True)
    return token.text


def set_enabled(device: Device, enabled: bool) -> None:
    """Obey a device's token, or no more."""
    Device.objects.filter(pk=device.pk).update(enabled=enabled)


def _sound(name: str, kind: str, points: Sequence[str]) -> None:
    try:
        validate_slug(name)
    except ValidationError:
        raise GreenlaneError(
            "name_malformed",
            _("“%(name)s” is not a name for a device.") % {"name": name},
            field="name",
            mend=_("Use letters, digits, hyphens and underscores."),
            status=422,
        ) from None
    if kind not in Device.Kind.values:
        raise GreenlaneError(
            "kind_unknown",
            _("“%(kind)s” is not a kind of device.") % {"kind": kind},
            field="kind",
            mend=_("Use one of: %(known)s.") % {"known": ", ".join(Device.Kind.values)},
            status=422,
        )
    if not points or not set(points) <= set(Point.values):
        raise GreenlaneError(
            "points_unknown",
            _("A device stands at one point or more that exist."),
            field="points",
            mend=_("Use one or more of: %(known)s.") % {"known": ", ".join(Point.values)},
            status=422,
        )
