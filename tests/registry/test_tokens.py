"""Tokens: of one form, random, and kept only as a digest."""

from __future__ import annotations

import hashlib

import pytest

from greenlane.registry.tokens import ACCOUNT, DEVICE, make_token, parse_token


@pytest.mark.parametrize("kind", [ACCOUNT, DEVICE])
def test_a_token_reads_back_as_it_was_made(kind: str) -> None:
    token = make_token(kind)
    assert token.text.startswith(f"{kind}_{token.prefix}_")
    assert token.digest == hashlib.sha256(token.text.encode()).hexdigest()
    assert parse_token(token.text) == token


def test_no_two_tokens_are_alike() -> None:
    assert len({make_token(ACCOUNT).digest for _ in range(50)}) == 50


def test_the_secret_does_not_show_in_logs() -> None:
    token = make_token(ACCOUNT)
    assert token.text not in repr(token)


@pytest.mark.parametrize(
    "text", ["", "glt_", "glt_short_secret", "xyz_abcdefghij_" + "a" * 43, "gld_abcdefghij_" + "a" * 44]
)
def test_what_is_no_token_is_told_apart(text: str) -> None:
    assert parse_token(text) is None
