"""Booking codes: random, and forgiving to those who type them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenlane.booking.codes import ALPHABET, new_code, read_code


def test_a_code_is_two_groups_of_five_unmistakable_letters() -> None:
    prefix, first, second = new_code().split("-")
    assert prefix == "GL"
    assert len(first) == len(second) == 5
    assert set(first + second) <= set(ALPHABET)
    assert not set("ILOU") & set(ALPHABET)


def test_codes_do_not_repeat() -> None:
    assert len({new_code() for _ in range(5000)}) == 5000


@pytest.mark.parametrize(
    "typed",
    ["GL-7K3MQ-9XDPA", "gl-7k3mq-9xdpa", "7K3MQ9XDPA", " gl 7k3mq 9xdpa ", "GL7K3MQ9XDPA", "gl-7k3mq9xdpa"],
)
def test_a_code_is_read_however_it_is_typed(typed: str) -> None:
    assert read_code(typed) == "GL-7K3MQ-9XDPA"


def test_look_alike_letters_are_read_as_what_they_look_like() -> None:
    assert read_code("GL-OIL00-11111") == "GL-01100-11111"


@given(st.text(ALPHABET, min_size=10, max_size=10))
def test_every_code_reads_as_itself(letters: str) -> None:
    code = f"GL-{letters[:5]}-{letters[5:]}"
    assert read_code(code) == code
    assert read_code(code.lower().replace("-", " ")) == code


@given(st.text(max_size=20))
def test_any_text_is_read_without_an_error_and_twice_as_once(text: str) -> None:
    assert read_code(read_code(text)) == read_code(text)
