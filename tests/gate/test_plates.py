"""Plates: one truck is one plate however it was typed or read, and no public page gives it away."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenlane.gate.plates import (
    CONFUSABLE_COST,
    CONFUSABLE_PAIRS,
    EDIT_PENALTY,
    EQUAL_KEY,
    MASK,
    mask,
    match_key,
    normalise,
    similarity,
    weighted_distance,
)

PLATES = st.text("ABCDEHKMOPTXYIQSZG0123456789АВЕКМНОРСТУХ京黑", min_size=1, max_size=10)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("a 123-bc 77", "A123BC77"),
        ("京A·12345", "京A12345"),
        ("ＡＢ １２３４", "AB1234"),
        ("1234 уба", "1234УБА"),
        (" \t-·", ""),
    ],
)
def test_normalise_drops_case_width_and_separators(typed: str, kept: str) -> None:
    assert normalise(typed) == kept


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("А123ВС77", "A123BC77"),  # Cyrillic, Latin
        ("ΑΒΕ 1234", "ABE 1234"),  # Greek, Latin
        ("A O123", "A Q123"),
        ("8B-I1-S5", "B8-1I-5S"),
        ("Z2 G6", "2Z 6G"),
        ("MÜ 1234", "MU 1234"),
        ("١٢٣ AB", "123 AB"),
    ],
)
def test_look_alikes_share_a_key(one: str, other: str) -> None:
    assert match_key(one) == match_key(other)


@pytest.mark.parametrize(("one", "other"), [("京A12345", "黑A12345"), ("D123", "0123"), ("A123", "A124")])
def test_other_plates_do_not_share_a_key(one: str, other: str) -> None:
    assert match_key(one) != match_key(other)


def test_the_province_of_a_chinese_plate_stays_in_the_key() -> None:
    assert match_key("京A·12345").startswith("京")


@given(st.text(max_size=20))
def test_folding_twice_changes_nothing(text: str) -> None:
    assert normalise(normalise(text)) == normalise(text)
    assert match_key(match_key(text)) == match_key(text)
    assert match_key(normalise(text)) == match_key(text)


@given(PLATES, PLATES)
def test_similarity_is_symmetric_and_between_0_and_1(one: str, other: str) -> None:
    assert similarity(one, other) == similarity(other, one)
    assert 0.0 <= similarity(one, other) <= 1.0


@given(PLATES)
def test_a_plate_is_wholly_similar_to_itself_only(plate: str) -> None:
    assert similarity(plate, plate.lower()) == 1.0
    assert similarity(plate, plate + "7") < 1.0


@pytest.mark.parametrize(
    ("read", "expected", "score"),
    [
        ("A123BC77", "A123BC77", 1.0),
        ("A123BC77", "А123ВС77", EQUAL_KEY),
        ("A123BC71", "A123BC77", EQUAL_KEY - CONFUSABLE_COST * EDIT_PENALTY),
        ("A123BC97", "A123BC77", EQUAL_KEY - EDIT_PENALTY),
        ("A123BC7", "A123BC77", EQUAL_KEY - EDIT_PENALTY),
        ("X999YY00", "A123BC77", 0.0),
        ("", "A123BC77", 0.0),
    ],
)
def test_similarity_falls_with_each_weighted_edit(read: str, expected: str, score: float) -> None:
    assert similarity(read, expected) == pytest.approx(score)


def test_two_cheap_substitutions_weigh_as_much_as_one_dear() -> None:
    assert weighted_distance("A117", "A771") is None
    assert weighted_distance("A711", "A177") is None
    assert weighted_distance("A131", "A737") == 1.0


@pytest.mark.parametrize("pair", CONFUSABLE_PAIRS)
def test_confusable_pairs_are_pairs_of_key_characters(pair: str) -> None:
    assert len(pair) == 2
    assert match_key(pair) == pair


@pytest.mark.parametrize(
    ("plate", "shown"),
    [("A123BC77", "A•••77"), ("京A12345", "京•••45"), ("AB1234", "A•••4"), ("AB12", "•••"), ("", "•••")],
)
def test_mask_shows_the_ends_only(plate: str, shown: str) -> None:
    assert mask(plate) == shown


@given(PLATES, PLATES)
def test_mask_hides_the_middle_and_the_length(plate: str, middle: str) -> None:
    plain = normalise(plate)
    shown = mask(plate).replace(MASK, "")
    assert len(shown) <= 3
    assert len(plain) - len(shown) >= min(3, len(plain))
    if len(plain) >= 7:
        assert mask(plain[0] + "XXXX" + middle + plain[-2:]) == mask(plate)
