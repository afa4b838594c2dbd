"""Readings: a bad one is named with its field and the mend, and costs no good one."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenlane.gate.readings import MOST_READINGS, BatchRefused, Reading, check, decode_batch

NOW = datetime(2026, 5, 4, 10, 0, tzinfo=UTC)
ID = "0196a5c0-7c00-7000-8000-000000000001"


def raw(**changes: Any) -> dict[str, Any]:
    """A good raw reading with some fields changed; a field set to ``...`` is left out."""
    fields: dict[str, Any] = {
        "event_id": ID,
        "device": "entry-cam-1",
        "point": "entry",
        "event_time": "2026-05-04T18:59:30.250+09:00",
        "event_time_zone_offset": "+09:00",
        "kind": "plate",
        "value": "A123BC77",
        "confidence": 0.97,
    } | changes
    return {name: value for name, value in fields.items() if value is not ...}


def encoded(*items: Any) -> bytes:
    return json.dumps({"readings": items}).encode()


def test_a_good_reading_is_typed() -> None:
    reading = check(raw(lane="2", country="RU", skew_s=0.4), NOW)
    assert isinstance(reading, Reading)
    assert reading.event_id == UUID(ID)
    assert reading.event_time == datetime(2026, 5, 4, 9, 59, 30, 250_000, tzinfo=UTC)
    assert (reading.lane, reading.country, reading.skew_s, reading.stage) == ("2", "RU", 0.4, None)


FAULTS = [
    ("event_id", ..., "missing"),
    ("event_id", 7, "wrong_type"),
    ("event_id", "not-a-uuid", "bad_uuid"),
    ("device", ..., "missing"),
    ("device", "", "empty"),
    ("device", "x" * 61, "too_long"),
    ("point", ..., "missing"),
    ("point", "entri", "unknown"),
    ("point", ["entry"], "wrong_type"),
    ("kind", "smell", "unknown"),
    ("event_time", ..., "missing"),
    ("event_time", 1_777_777_777, "wrong_type"),
    ("event_time", "yesterday", "unreadable_time"),
    ("event_time", "2026-05-04T09:59:30", "naive_time"),
    ("event_time", "2026-05-04T10:02:01Z", "in_future"),
    ("event_time", "2025-03-01T00:00:00Z", "too_old"),
    ("event_time_zone_offset", ..., "missing"),
    ("event_time_zone_offset", "+9", "bad_offset"),
    ("event_time_zone_offset", "+14:01", "bad_offset"),
    ("event_time_zone_offset", "+08:60", "bad_offset"),
    ("event_time_zone_offset", "09:00+", "bad_offset"),
    ("value", ..., "missing"),
    ("value", " ", "empty"),
    ("value", "--·--", "empty"),
    ("value", "9" * 65, "too_long"),
    ("value", "A1\x0023", "unprintable"),
    ("value", "A1\ud800", "unprintable"),
    ("confidence", ..., "missing"),
    ("confidence", True, "wrong_type"),
    ("confidence", "0.9", "wrong_type"),
    ("confidence", 97, "out_of_range"),
    ("confidence", -0.01, "out_of_range"),
    ("confidence", float("nan"), "out_of_range"),
    ("confidence", 10**400, "wrong_type"),
    ("skew_s", "fast", "wrong_type"),
    ("skew_s", float("inf"), "out_of_range"),
    ("lane", 2, "wrong_type"),
    ("lane", "x" * 41, "too_long"),
    ("country", "RUS", "unknown"),
    ("country", "ru", "unknown"),
]


@pytest.mark.parametrize(("field", "value", "code"), FAULTS)
def test_a_fault_names_its_field_and_the_mend(field: str, value: Any, code: str) -> None:
    problems = check(raw(**{field: value}), NOW)
    assert isinstance(problems, list)
    assert [(problem.field, problem.code) for problem in problems] == [(field, code)]
    assert problems[0].message
    assert problems[0].mend


@pytest.mark.parametrize("point", ["stage_in", "stage_out"])
def test_a_stage_reading_needs_its_stage(point: str) -> None:
    problems = check(raw(point=point), NOW)
    assert isinstance(problems, list)
    assert [(problem.field, problem.code) for problem in problems] == [("stage", "missing")]


def test_a_stage_of_another_checkpoint_is_refused() -> None:
    assert isinstance(check(raw(point="stage_in", stage="customs"), NOW, stages=["customs"]), Reading)
    problems = check(raw(point="stage_in", stage="sauna"), NOW, stages=["customs"])
    assert isinstance(problems, list)
    assert problems[0].mend == "Use one of: customs."


def test_every_fault_of_a_reading_is_named_at_once() -> None:
    problems = check({"point": "entri", "stage": 3, "confidence": 7}, NOW)
    assert isinstance(problems, list)
    assert {(problem.field, problem.code) for problem in problems} == {
        ("event_id", "missing"),
        ("device", "missing"),
        ("point", "unknown"),
        ("stage", "wrong_type"),
        ("event_time", "missing"),
        ("event_time_zone_offset", "missing"),
        ("kind", "missing"),
        ("value", "missing"),
        ("confidence", "out_of_range"),
    }


@pytest.mark.parametrize(
    "time", [NOW + timedelta(minutes=2), NOW - timedelta(days=400), NOW - timedelta(hours=72)]
)
def test_times_up_to_the_bounds_are_kept(time: datetime) -> None:
    assert isinstance(check(raw(event_time=time.isoformat()), NOW), Reading)


def test_a_device_speaks_for_itself_only() -> None:
    filled = check(raw(device=...), NOW, device="entry-cam-1")
    assert isinstance(filled, Reading)
    assert filled.device == "entry-cam-1"
    problems = check(raw(device="exit-cam-1"), NOW, device="entry-cam-1")
    assert isinstance(problems, list)
    assert problems[0].code == "other_device"


@pytest.mark.parametrize("wrap", [lambda items: items, lambda items: {"readings": items}])
def test_a_batch_without_fault_is_kept_whole_in_order(wrap: Any) -> None:
    items = [raw(value=f"A{n:03d}BC77") for n in range(20)]
    batch = decode_batch(json.dumps(wrap(items)).encode(), NOW)
    assert [reading.value for reading in batch.readings] == [item["value"] for item in items]
    assert batch.bad == ()


def test_one_bad_reading_costs_no_good_one() -> None:
    batch = decode_batch(encoded(raw(value="A1"), raw(confidence=9), "text", raw(value="A2")), NOW)
    assert [reading.value for reading in batch.readings] == ["A1", "A2"]
    assert [(bad.index, bad.event_id, bad.problems[0].field) for bad in batch.bad] == [
        (1, ID, "confidence"),
        (2, None, ""),
    ]


def test_a_number_that_cannot_be_decoded_costs_its_own_reading_only() -> None:
    body = encoded(raw(), raw()).replace(b'"confidence": 0.97', b'"confidence": 1e999', 1)
    batch = decode_batch(body, NOW)
    assert len(batch.readings) == 1
    assert [(bad.index, bad.problems[0].code) for bad in batch.bad] == [(0, "illegible")]


def test_absent_null_and_empty_optional_fields_are_the_same() -> None:
    batch = decode_batch(encoded(raw(), raw(lane=None, stage=None), raw(lane="", stage="")), NOW)
    assert len(set(batch.readings)) == 1


def test_a_maker_s_own_fields_are_ignored() -> None:
    batch = decode_batch(encoded(raw(firmware="7.1", image={"width": 1920})), NOW)
    assert len(batch.readings) == 1


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "not_json"),
        (b"[1, 2", "not_json"),
        (b"\xff\xfe", "not_json"),
        (b'"text"', "not_a_batch"),
        (b"{}", "not_a_batch"),
        (b'{"readings": 3}', "not_a_batch"),
    ],
)
def test_what_is_no_batch_is_refused_whole(body: bytes, code: str) -> None:
    with pytest.raises(BatchRefused) as refused:
        decode_batch(body, NOW)
    assert refused.value.code == code
    assert refused.value.mend


def test_a_batch_has_a_bound() -> None:
    with pytest.raises(BatchRefused, match="more than") as refused:
        decode_batch(encoded(*[raw()] * (MOST_READINGS + 1)), NOW)
    assert refused.value.status == 413


JSON_NUMBERS = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
JSON_VALUES = st.none() | st.booleans() | JSON_NUMBERS | st.text(max_size=5)


@given(
    st.sampled_from(["event_id", "point", "stage", "event_time", "kind", "value", "confidence", "skew_s"]),
    JSON_VALUES,
)
def test_the_fast_and_the_slow_way_judge_alike(field: str, value: Any) -> None:
    item = raw(**{field: value})
    alone = check(item, NOW)
    batch = decode_batch(encoded(item), NOW)
    assert (list(batch.readings) == [alone]) == isinstance(alone, Reading)
    if not isinstance(alone, Reading):
        assert batch.bad[0].problems == tuple(alone)


def test_a_batch_may_leave_its_device_to_the_token() -> None:
    body = json.dumps([raw(device=...), raw(device="entry-cam-1")]).encode()
    batch = decode_batch(body, NOW, device="entry-cam-1")
    assert [reading.device for reading in batch.readings] == ["entry-cam-1", "entry-cam-1"]
    assert [(bad.index, bad.problems[0].field) for bad in decode_batch(body, NOW).bad] == [(0, "device")]
