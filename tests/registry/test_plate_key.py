"""The plate key: one key for one plate in whatever script, different keys for different plates."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenlane.registry.plates import plate_key


@pytest.mark.parametrize(
    ("typed", "also_typed"),
    [
        ("А123ВС 77", "a123bc77"),
        ("123 ABC-02", "123АВС02"),
        ("ΑΒ1234", "AB1234"),
        ("ＡＢ１２３４", "AB1234"),
        ("٠١٢AB", "012AB"),
        ("京A·12345", "京 a12345"),
        ("Ё777КХ", "E777KX"),
    ],
)
def test_one_plate_typed_in_two_ways_has_one_key(typed: str, also_typed: str) -> None:
    assert plate_key(typed) == plate_key(also_typed)


@pytest.mark.parametrize(
    ("one", "other"), [("AO123", "A0123"), ("B8123", "88123"), ("I1234", "11234"), ("京A123", "沪A123")]
)
def test_plates_that_a_camera_may_confuse_stay_two_plates(one: str, other: str) -> None:
    assert plate_key(one) != plate_key(other)


@given(st.text(max_size=20))
def test_a_key_is_its_own_key(text: str) -> None:
    assert plate_key(plate_key(text)) == plate_key(text)
