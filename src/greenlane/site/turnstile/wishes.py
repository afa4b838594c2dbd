"""What a client of POST /api/v1/places sends: its form, and what is wrong with it."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import msgspec

from greenlane.booking.places import PlaceRequest
from greenlane.errors import GreenlaneError
from greenlane.registry.codes import VEHICLE_CLASSES
from greenlane.site.turnstile.identity import AccountIdentity

MOST_IN_LIST: Final = 500
MOST_IN_KEY: Final = 80
_CLASSES: Final = (
    "laden",
    "empty",
    "perishable",
    "livestock",
    "dangerous",
    "oversize",
    "humanitarian",
    "bus",
)
_SHARES: Final = ("booked",)


class Wish(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One place wanted, as a client sends it."""

    slot: int
    truck: int | None = None
    vehicle_class: str = "laden"
    share: str = "booked"
    park: int | None = None
    trailer: int | None = None
    driver: int | None = None
    confirm: bool = False
    key: str = ""
    asked_for: datetime | None = None


_WISHES: msgspec.json.Decoder[Wish | list[Wish]] = msgspec.json.Decoder(Wish | list[Wish])


def decode(body: bytes) -> Wish | list[Wish]:
    """One wish, or a list of 1 to 500.

    Raises:
        GreenlaneError: ``not_json`` (400), ``bad_list`` or ``bad_request`` (422), with the field.
    """
    try:
        wishes = _WISHES.decode(body)
    except msgspec.ValidationError as error:
        what, _, where = str(error).partition(" - at `")
        mend = "See POST /places in the API description."
        raise _bad(f"{what}.", where.strip("`$.") or "body", mend) from error
    except msgspec.DecodeError as error:
        message = f"The body is not JSON: {error}."
        raise GreenlaneError(
            "not_json", message, field="body", mend="Send JSON in UTF-8.", status=400
        ) from error
    if isinstance(wishes, Wish):
        _check(wishes, "")
        return wishes
    if not 0 < len(wishes) <= MOST_IN_LIST:
        message, mend = f"The list has {len(wishes)} requests.", f"Send 1 to {MOST_IN_LIST} at a time."
        raise GreenlaneError("bad_list", message, field="body", mend=mend, status=422)
    for number, wish in enumerate(wishes):
        _check(wish, f"[{number}].")
    return wishes


def checked_key(key: str, field: str) -> str:
    """An idempotency key as it came: never cut short, for two long keys would become one."""
    if len(key) > MOST_IN_KEY or not key.isprintable():
        message = f"The key has over {MOST_IN_KEY} characters, or some that cannot be printed."
        raise _bad(message, field, "Use a UUID.")
    return key


def request_of(wish: Wish, account: AccountIdentity, key: str) -> PlaceRequest:
    """The wish of an account in the terms of booking."""
    return PlaceRequest(
        slot=wish.slot,
        account=account.account,
        carrier=account.carrier,
        truck=wish.truck,
        trailer=wish.trailer,
        driver=wish.driver,
        vehicle_class=wish.vehicle_class,
        share=wish.share,
        park=wish.park,
        confirm=wish.confirm,
        key=key,
        asked_for=wish.asked_for,
    )


def _check(wish: Wish, where: str) -> None:
    for field, value, known in (
        ("vehicle_class", wish.vehicle_class, VEHICLE_CLASSES),
        ("share", wish.share, _SHARES),
    ):
        if value not in known:
            raise _bad(f"{value!r} is not known.", where + field, f"Use one of: {', '.join(known)}.")
    for field in ("slot", "truck", "park", "trailer", "driver"):
        number = getattr(wish, field)
        if number is not None and not 0 <= number < 2**63:
            raise _bad("The number is out of range.", where + field, "Use ids as given.")
    checked_key(wish.key, where + "key")
    if wish.asked_for is not None and wish.asked_for.tzinfo is None:
        mend = "Write it as 2026-11-24T06:00:00+00:00."
        raise _bad("The time asked for has no offset.", where + "asked_for", mend)
    if wish.confirm and wish.truck is None:
        mend = "Name a truck, or send confirm false to hold the place."
        raise _bad("A booking needs its truck.", where + "truck", mend)


def _bad(message: str, field: str, mend: str) -> GreenlaneError:
    return GreenlaneError("bad_request", message, field=field, mend=mend, status=422)
