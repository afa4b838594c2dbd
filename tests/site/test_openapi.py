"""The whole API does what its OpenAPI document says, whatever is sent to it.

No failure of the server, and no status, content type or body of which the document does not tell.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid4

import pytest
import schemathesis
from django.core.management import call_command
from django.db import connection
from django.test import Client
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from pytest_django.plugin import DjangoDbBlocker
from schemathesis.checks import CHECKS, load_all_checks

from greenlane.booking.commands import book
from greenlane.booking.queries import free_slots
from greenlane.gate.commands import match_pending, register_device
from greenlane.gate.models import Device, Event, Reading
from greenlane.registry.clock import now
from greenlane.registry.commands import make_account, make_administrator, make_token, save_trucks
from greenlane.registry.models import Checkpoint, Lane
from greenlane.site.api import api
from greenlane.site.database_url import DatabaseAddress
from scene import crossing_at_work
from web_process import web_process

pytestmark = [pytest.mark.django_db, pytest.mark.db, pytest.mark.slow]

EXAMPLES: Final = 3
"""Requests to each operation of each kind: fitting and spoiled ones, and both at places that exist."""
POINTS: Final = ["queue_end", "park_in", "park_out", "call", "entry", "stage_in", "stage_out", "exit"]
CSRF: Final = "a" * 32
ENDINGS: Final = ("/cancel", "/retire", "/renew", "/disable", "/revoke")
ENDLESS: Final = "/api/v1/stream/{code}/{direction}"

load_all_checks()
PROMISES: Final = CHECKS.get_by_names(
    [
        "not_a_server_error",
        "status_code_conformance",
        "content_type_conformance",
        "response_headers_conformance",
        "response_schema_conformance",
    ]
)


def document() -> dict[str, Any]:
    """The OpenAPI document as a client reads it."""
    read: dict[str, Any] = json.loads(json.dumps(api.get_openapi_schema()))
    return read


SCHEMA = schemathesis.openapi.from_dict(document())
OPERATIONS = {
    operation.label: operation
    for operation in sorted(
        (result.ok() for result in SCHEMA.get_all_operations()),
        key=lambda operation: operation.path.endswith(ENDINGS),
    )
    if operation.path != ENDLESS
}
"""What is ended comes last: until then the others find it at work."""


CARRIERS = (
    *("bookings", "places", "trucks", "trailers", "drivers"),
    *("ballot-entries", "credits", "live", "waiting", "webhooks"),
)
"""Kinds of operations that are a dispatcher's."""


@dataclass(frozen=True)
class Served:
    """The site at work, who may call it, and things that exist there."""

    address: str
    administrator: str
    dispatcher: str
    device: str
    session: str
    existing: dict[str, Any]

    def sign_in(self, case: schemathesis.Case) -> dict[str, Any]:
        """The credentials with which an operation can be used, as arguments of a call."""
        kind = kind_of(case)
        if kind == "tokens":
            # A token, even a wrong one, goes before the session.
            case.headers.pop("Authorization", None)
            cookies = {"sessionid": self.session, "csrftoken": CSRF}
            return {"headers": {"X-CSRFToken": CSRF}, "cookies": cookies}
        if kind == "readings":
            token = self.device
        elif kind in CARRIERS:
            token = self.dispatcher
        else:
            token = self.administrator
        return {"headers": {"Authorization": f"Bearer {token}"}}

    def at_what_exists(self, case: schemathesis.Case) -> schemathesis.Case:
        """The same request, made now, for a place, booking, truck or passage that exists."""
        for name in case.path_parameters:
            known = self.existing.get(f"{kind_of(case)}.{name}", self.existing.get(name))
            if known is not None:
                case.path_parameters[name] = known
        if {"from", "to"} <= case.query.keys():
            case.query |= {name: self.existing[name] for name in ("from", "to")}
        if isinstance(case.body, dict):
            case.body |= {name: self.existing[name] for name in ("slot", "truck") if name in case.body}
        case.headers.pop("Greenlane-At", None)
        return case


def kind_of(case: schemathesis.Case) -> str:
    """The first part of an address after the version, as in ``bookings``."""
    return str(case.operation.path.split("/")[3])


def make_world() -> dict[str, Any]:
    """A crossing with slots, a booking, a device, and accounts; names and plates are invented."""
    at, scene = now(), crossing_at_work()
    root = make_account("administrator@example.org", at)
    make_administrator(root)
    dispatcher = scene.dispatcher
    saved = save_trucks(dispatcher, [{"plate": "123ABC02", "country": "KZ", "vehicle_class": "laden"}], at)
    slot, *_ = free_slots(
        scene.checkpoint, "outbound", at + timedelta(hours=6), at + timedelta(days=1), "laden"
    )
    truck = saved.ids[0]
    assert truck is not None
    booking = book(dispatcher, slot.id, truck, at, "first")
    lane = Lane.objects.filter(stage__checkpoint=scene.checkpoint)[0]
    device = register_device(scene.checkpoint, "outbound", "camera", "camera", POINTS, at)
    passage, event = make_passage(scene.checkpoint, at)
    browser = Client()
    browser.force_login(dispatcher, backend="django.contrib.auth.backends.ModelBackend")
    return {
        "administrator": make_token(root, root, "test", ["bookings", "backfill"], at)[1],
        "dispatcher": make_token(dispatcher, dispatcher, "test", ["bookings"], at)[1],
        "device": device,
        "session": browser.cookies["sessionid"].value,
        "existing": {
            "crossings.code": scene.checkpoint.crossing.code,
            "bookings.code": booking.code,
            "code": scene.checkpoint.code,
            "direction": "outbound",
            "lane_id": lane.pk,
            "truck_id": truck,
            "passage_id": passage,
            "event_id": str(event),
            "slot": slot.id,
            "truck": truck,
            "from": (at - timedelta(hours=2)).isoformat(),
            "to": (at + timedelta(hours=2)).isoformat(),
        },
    }


def make_passage(checkpoint: Checkpoint, at: datetime) -> tuple[int, UUID]:
    """A truck that was seen at both barriers: its passage, and one of its events."""
    for minutes, point in ((-30, "park_in"), (-12, "entry"), (-4, "exit")):
        seen = at + timedelta(minutes=minutes)
        Reading.objects.create(
            event_id=uuid4(),
            device=Device.objects.get(checkpoint=checkpoint),
            checkpoint=checkpoint,
            direction="outbound",
            point=point,
            event_time=seen,
            zone_offset="+05:00",
            record_time=seen,
            kind="plate",
            value="777INV07",
            country="KZ",
            confidence=0.97,
        )
    (passage,) = match_pending(at)
    return passage, Event.objects.filter(passage=passage).values_list("pk", flat=True)[0]


@pytest.fixture(scope="module")
def served(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Served]:
    """The web server on the test database, with a crossing at work; emptied at the end."""
    log = tmp_path_factory.mktemp("web") / "log"
    with django_db_blocker.unblock():
        database = replace(
            DatabaseAddress.parse(os.environ["DATABASE_URL"]), name=str(connection.settings_dict["NAME"])
        )
        try:
            world = make_world()
            with web_process(log, {"DATABASE_URL": database.url()}, workers=1) as web:
                yield Served(web.address, **world)
        finally:
            call_command("flush", verbosity=0, interactive=False)


@pytest.mark.parametrize("label", OPERATIONS)
def test_an_operation_keeps_what_its_description_promises(label: str, served: Served) -> None:
    operation = OPERATIONS[label]
    fitting = operation.as_strategy(schemathesis.GenerationMode.POSITIVE)
    cases = [fitting, fitting.map(served.at_what_exists)]
    if can_be_spoiled(operation):
        spoiled = operation.as_strategy(schemathesis.GenerationMode.NEGATIVE)
        cases += [spoiled, spoiled.map(served.at_what_exists)]

    statuses = set()

    @given(case=st.one_of(cases))
    @settings(
        max_examples=EXAMPLES * len(cases),
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
        database=None,
    )
    def check(case: schemathesis.Case) -> None:
        response = case.call(base_url=served.address, timeout=20, **served.sign_in(case))
        statuses.add(response.status_code)
        case.validate_response(response, checks=PROMISES)

    check()
    assert statuses - {401, 403}, "nobody was let in, so nothing was tested"


def can_be_spoiled(operation: Any) -> bool:
    """Whether a request can be wrong at all: it has a body, a query or a place that is not free text."""
    return bool(operation.body or operation.query or operation.path_parameters)
