"""Taking a place through Django: the ordinary door, under the same rule as the turnstile."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta

from django.db import connection, transaction

from greenlane.booking import line as line_here
from greenlane.booking.commands.parts import own_parts
from greenlane.booking.commands.transactions import once_more_on_deadlock
from greenlane.booking.models import Booking
from greenlane.booking.places import TAKE, PlaceAnswer, PlaceRequest, as_json, read_answers, refusal
from greenlane.registry.clock import now
from greenlane.registry.models import Account

PRESENT = timedelta(seconds=5)
"""A request whose time is this near to now is one of the present."""


def take(requests: Sequence[PlaceRequest], at: datetime) -> list[PlaceAnswer]:
    """Take places in the order of the requests, in one transaction; one answer each, in the same order.

    Where a turnstile runs in this process, what is asked for now joins its line; without one, and for times
    past, the database is asked directly. The rule is the same.
    """
    line = line_here.open_now()
    if line is not None and not connection.in_atomic_block and abs(now() - at) < PRESENT:
        with suppress(line_here.LineAway):
            return list(line(requests))

    def in_one_transaction() -> list[PlaceAnswer]:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(TAKE.format("%s", "%s"), [as_json(requests), at])
            return read_answers(cursor.fetchall())

    return once_more_on_deadlock(in_one_transaction)


def hold(
    account: Account,
    slot_id: int,
    vehicle_class: str,
    at: datetime,
    key: str,
    *,
    park_id: int | None = None,
    asked_for: datetime | None = None,
) -> Booking:
    """Keep a place for the minutes that the rules give, while a form is filled.

    Raises:
        GreenlaneError: the refusal, see `places.refusal`.
    """
    return _take_one(
        PlaceRequest(
            slot=slot_id,
            account=account.pk,
            carrier=account.carrier_id,
            vehicle_class=vehicle_class,
            park=park_id,
            key=key,
            asked_for=asked_for,
        ),
        at,
    )


def book(
    account: Account,
    slot_id: int,
    truck_id: int,
    at: datetime,
    key: str,
    *,
    trailer_id: int | None = None,
    driver_id: int | None = None,
    park_id: int | None = None,
    asked_for: datetime | None = None,
    share: str = "booked",
) -> Booking:
    """Book a slot for a known truck at once, without a hold."""
    own_parts(account, None, trailer_id, driver_id)
    return _take_one(
        PlaceRequest(
            slot=slot_id,
            account=account.pk,
            carrier=account.carrier_id,
            truck=truck_id,
            trailer=trailer_id,
            driver=driver_id,
            share=share,
            park=park_id,
            confirm=True,
            key=key,
            asked_for=asked_for,
        ),
        at,
    )


def _take_one(request: PlaceRequest, at: datetime) -> Booking:
    (answer,) = take([request], at)
    if not answer.has_place:
        raise refusal(answer.outcome, answer.detail)
    return Booking.objects.get(code=answer.code)
