"""The database for tests in which other connections take part."""

from __future__ import annotations

import pytest


@pytest.fixture
def committed(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> str:
    """The address of the test database, in which what is written is seen by all and emptied after the test.

    It is in DATABASE_URL meanwhile, so that the turnstile, here or in a child process, uses it too.
    """
    # Not at the top: Django has no settings yet when this file is read.
    from doors import database_url_of_tests

    address = database_url_of_tests()
    monkeypatch.setenv("DATABASE_URL", address)
    return address
