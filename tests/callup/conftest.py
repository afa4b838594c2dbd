"""The checkpoint of the gate's tests."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

sys.path.extend(str(Path(__file__).parent.parent / room) for room in ("gate", "booking"))

if TYPE_CHECKING:
    from gate_world import World


@pytest.fixture
def world(db: None) -> World:
    """A checkpoint at work."""
    # Not at the top: Django has no settings yet when this file is read.
    from gate_world import make_world

    return make_world()
