"""The checkpoint of `planning_world`, and a twin that is ready."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from planning_world import World


@pytest.fixture
def world(db: None) -> World:
    """A checkpoint with staff."""
    # Not at the top: Django has no settings yet when this file is read.
    from planning_world import make_world

    return make_world()


@pytest.fixture
def noon(monkeypatch: pytest.MonkeyPatch) -> datetime:
    """The pages' clock shows noon."""
    from planning_world import NOON

    from greenlane.planning.pages import kept, questions

    for module in (kept, questions):
        monkeypatch.setattr(module, "now", lambda: NOON)
    return NOON


@pytest.fixture
def ready(monkeypatch: pytest.MonkeyPatch) -> None:
    """The twin is compiled, or may be by this very process."""
    monkeypatch.setattr("greenlane.planning.queries.readiness.is_ready", lambda: True)
