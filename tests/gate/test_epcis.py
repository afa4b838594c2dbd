"""EPCIS: events that others can read, and that give no plate away."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from epcis_schema import DOCUMENT, EVENT
from jsonschema import Draft202012Validator, ValidationError

from greenlane.gate.epcis import ErrorDeclaration, GateEvent, document, to_epcis, vehicle_pseudonym
from greenlane.gate.readings import POINTS

BASE = "https://queue.example.org/"
SECRET = b"an invented secret"
NOW = datetime(2026, 5, 4, 10, 0, 0, 250_000, tzinfo=UTC)
EVENT_AT_ENTRY = GateEvent(
    event_id=UUID(int=1),
    point="entry",
    event_time=NOW,
    offset="+09:00",
    record_time=NOW + timedelta(seconds=2),
    checkpoint="zabaikalsk",
    device="entry-cam-1",
    passage="4711",
    booking="GL-7K3M-Q9XD",
    vehicle=vehicle_pseudonym(SECRET, "RU", "A123BC77"),
    lane="2",
    channel="green",
)


def variants() -> list[GateEvent]:
    """Every point, with and without what is optional."""
    wrong = ErrorDeclaration(NOW, "incorrect_data", (UUID(int=2), UUID(int=3)))
    never = ErrorDeclaration(NOW, "did_not_occur")
    made = []
    for point in POINTS:
        stage = "customs" if point.startswith("stage") else None
        full = replace(EVENT_AT_ENTRY, point=point, stage=stage)
        bare = replace(full, booking=None, lane=None, channel=None)
        trailer = replace(full, trailer=vehicle_pseudonym(SECRET, "RU", "BX123477"))
        made += [full, bare, trailer, replace(full, error=wrong), replace(trailer, error=never)]
    return made


def test_every_event_keeps_the_rules_of_epcis() -> None:
    Draft202012Validator.check_schema(DOCUMENT)
    made = document(variants(), base=BASE, created_at=NOW)
    Draft202012Validator(DOCUMENT).validate(json.loads(json.dumps(made)))
    assert len(made["epcisBody"]["eventList"]) == 5 * len(POINTS)


@pytest.mark.parametrize("field", ["eventTime", "eventTimeZoneOffset", "action", "epcList", "eventID"])
def test_the_rules_notice_a_field_left_out(field: str) -> None:
    told = to_epcis(EVENT_AT_ENTRY, base=BASE)
    del told[field]
    with pytest.raises(ValidationError):
        Draft202012Validator(EVENT).validate(told)


def test_an_event_is_told_in_the_words_of_the_standard() -> None:
    assert to_epcis(EVENT_AT_ENTRY, base=BASE) == {
        "type": "ObjectEvent",
        "eventID": "urn:uuid:00000000-0000-0000-0000-000000000001",
        "eventTime": "2026-05-04T19:00:00.250+09:00",
        "eventTimeZoneOffset": "+09:00",
        "recordTime": "2026-05-04T10:00:02.250Z",
        "action": "OBSERVE",
        "bizStep": "arriving",
        "disposition": "in_progress",
        "readPoint": {"id": "https://queue.example.org/id/checkpoint/zabaikalsk/device/entry-cam-1"},
        "bizLocation": {"id": "https://queue.example.org/id/checkpoint/zabaikalsk"},
        "bizTransactionList": [
            {"type": "greenlane:passage", "bizTransaction": "https://queue.example.org/id/passage/4711"},
            {
                "type": "greenlane:booking",
                "bizTransaction": "https://queue.example.org/id/booking/GL-7K3M-Q9XD",
            },
        ],
        "epcList": [f"https://queue.example.org/id/vehicle/{EVENT_AT_ENTRY.vehicle}"],
        "greenlane:point": "entry",
        "greenlane:lane": "2",
        "greenlane:channel": "green",
    }


def test_what_the_vocabulary_lacks_is_said_in_our_own_words() -> None:
    assert to_epcis(replace(EVENT_AT_ENTRY, point="call"), base=BASE)["bizStep"] == "greenlane:call_up"


def test_a_trailer_seen_with_its_truck_is_an_association() -> None:
    told = to_epcis(replace(EVENT_AT_ENTRY, trailer="f" * 32), base=BASE)
    assert told["type"] == "AssociationEvent"
    assert told["parentID"].endswith(EVENT_AT_ENTRY.vehicle)
    assert told["childEPCs"] == [f"https://queue.example.org/id/vehicle/{'f' * 32}"]


def test_a_wrong_event_keeps_its_id_and_names_those_that_hold() -> None:
    wrong = replace(EVENT_AT_ENTRY, error=ErrorDeclaration(NOW, "incorrect_data", (UUID(int=2),)))
    told = to_epcis(wrong, base=BASE)
    assert told["eventID"] == "urn:uuid:00000000-0000-0000-0000-000000000001"
    assert told["errorDeclaration"] == {
        "declarationTime": "2026-05-04T10:00:00.250Z",
        "reason": "incorrect_data",
        "correctiveEventIDs": ["urn:uuid:00000000-0000-0000-0000-000000000002"],
    }


@pytest.mark.parametrize(("offset", "local"), [("-07:00", "03:00"), ("+05:30", "15:30"), ("+00:00", "10:00")])
def test_times_are_shown_at_the_offset_of_the_checkpoint(offset: str, local: str) -> None:
    told = to_epcis(replace(EVENT_AT_ENTRY, offset=offset), base=BASE)
    assert told["eventTime"] == f"2026-05-04T{local}:00.250{offset}"
    assert datetime.fromisoformat(told["eventTime"]) == NOW


def test_a_pseudonym_names_the_vehicle_and_hides_the_plate() -> None:
    name = vehicle_pseudonym(SECRET, "RU", "A123BC77")
    assert name == vehicle_pseudonym(SECRET, "RU", "а 123-вс 77")
    assert name != vehicle_pseudonym(SECRET, "RU", "A124BC77")
    assert name != vehicle_pseudonym(SECRET, "KZ", "A123BC77")
    assert name != vehicle_pseudonym(b"another", "RU", "A123BC77")
    told = json.dumps(document(variants(), base=BASE, created_at=NOW))
    assert "123BC77" not in told.upper()


def test_codes_are_made_safe_for_an_address() -> None:
    told = to_epcis(replace(EVENT_AT_ENTRY, device="кам 1/вх"), base=BASE)
    assert "кам" not in told["readPoint"]["id"]
    assert told["readPoint"]["id"].count("/") == 7
