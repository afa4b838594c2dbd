"""Every refusal says what is wrong, where, and what to do."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import greenlane.booking
from greenlane.booking.places import REFUSALS, refusal

TAKE_SQL = (Path(greenlane.booking.__file__).parent / "sql" / "take.sql").read_text(encoding="utf-8")


@pytest.mark.parametrize("outcome", REFUSALS)
@pytest.mark.parametrize("detail", ["", "14"])
def test_a_refusal_names_the_fault_and_the_mend(outcome: str, detail: str) -> None:
    error = refusal(outcome, detail)
    assert error.code == outcome
    assert error.status in (404, 409, 422)
    assert error.message.endswith(".")
    assert "{" not in error.message + (error.mend or "")
    assert not {"  ", " .", "()"} & {error.message[i : i + 2] for i in range(len(error.message))}
    assert error.mend


def test_every_outcome_of_the_database_has_its_words() -> None:
    literals = re.findall(r"outcomes \|\| '(\w+)'|(?:THEN|ELSE) '(\w+)'", TAKE_SQL)
    outcomes = {first or second for first, second in literals} - {"taken", "again", "confirmed", "held"}
    assert {"full", "truck_busy", "key_reused", "hold_elsewhere"} <= outcomes <= set(REFUSALS)
