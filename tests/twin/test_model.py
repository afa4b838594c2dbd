"""Models that do not hold together are refused, with the field at fault and what to do."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from greenlane.twin.distributions import Distribution
from greenlane.twin.model import Kind, Lane, Model, ModelError, Pool, Stage

MINUTE = Distribution("exponential", 1.0)
SOUND = Model(
    stages=(Stage("docs"), Stage("scan", pool="crew"), Stage("exit", room=2)),
    lanes=(Lane("D1", ("docs",)), Lane("S1", ("scan",)), Lane("E1", ("exit",), kinds=("green", "red"))),
    kinds=(
        Kind("green", ("docs", "exit"), (MINUTE, MINUTE)),
        Kind("red", ("docs", "scan", "exit"), (MINUTE,) * 3, rank=(1, 0, 0)),
    ),
    pools=(Pool("crew", ((0.0, 1), (60.0, 2))),),
)
DOCS, SCAN, EXIT = SOUND.stages
D1, S1, E1 = SOUND.lanes
GREEN, RED = SOUND.kinds
CREW = SOUND.pools[0]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"stages": (DOCS, DOCS, SCAN, EXIT)}, "stages"),
        ({"stages": ()}, "stages"),
        ({"lanes": (*SOUND.lanes, D1)}, "lanes"),
        ({"lanes": ()}, "lanes"),
        ({"kinds": (GREEN, GREEN, RED)}, "kinds"),
        ({"kinds": ()}, "kinds"),
        ({"pools": (CREW, CREW)}, "pools"),
        ({"pools": ()}, "stages.scan.pool"),
        ({"stages": (DOCS, SCAN, replace(EXIT, room=-1))}, "stages.exit.room"),
        ({"stages": (replace(DOCS, room=3), SCAN, EXIT)}, "stages.docs.room"),
        ({"pools": (Pool("crew", ((0.0, -1),)),)}, "pools.crew.officers"),
        ({"pools": (Pool("crew", ((5.0, 1),)),)}, "pools.crew.officers"),
        ({"kinds": (replace(GREEN, route=("docs", "gone")), RED)}, "kinds.green.route"),
        ({"kinds": (replace(GREEN, route=(), service=()), RED)}, "kinds.green.route"),
        ({"kinds": (replace(GREEN, route=("docs", "docs")), RED)}, "kinds.green.route"),
        ({"kinds": (replace(GREEN, service=(MINUTE,)), RED)}, "kinds.green.service"),
        ({"kinds": (replace(GREEN, rank=(0, 0, 0)), RED)}, "kinds.green.rank"),
        ({"kinds": (replace(GREEN, rank=-1), RED)}, "kinds.green"),
        ({"kinds": (replace(GREEN, rank=(0, -1)), RED)}, "kinds.green"),
        ({"kinds": (replace(GREEN, share=-0.1), RED)}, "kinds.green"),
        ({"lanes": (D1, S1, replace(E1, kinds=("red",)))}, "kinds.green.route"),
        ({"lanes": (D1, S1, replace(E1, stages=("gone",)))}, "kinds.green.route"),
        ({"lanes": (*SOUND.lanes, Lane("X", ("gone",)))}, "lanes.X.stages"),
        ({"lanes": (*SOUND.lanes, Lane("X", ()))}, "lanes.X.stages"),
        ({"lanes": (*SOUND.lanes, Lane("X", ("docs",), kinds=("blue",)))}, "lanes.X.kinds"),
        ({"lanes": (*SOUND.lanes, Lane("X", ("docs", "scan")))}, "lanes.X.stages"),
        ({"lanes": (*SOUND.lanes, Lane("X", ("docs", "exit")))}, "lanes.X.stages"),
        ({"lanes": (*SOUND.lanes, Lane("X", ("docs",), hours=((5.0, 2.0),)))}, "lanes.X.hours"),
        ({"lanes": (*SOUND.lanes, Lane("X", ("docs",), hours=((0.0, 5.0), (4.0, 9.0))))}, "lanes.X.hours"),
        ({"kinds": (replace(GREEN, route=("docs", "exit", "scan"), service=(MINUTE,) * 3), RED)}, "kinds"),
    ],
)
def test_a_bad_model_names_the_field_and_the_mend(wrong: dict[str, Any], field: str) -> None:
    with pytest.raises(ModelError) as refusal:
        replace(SOUND, **wrong)
    assert refusal.value.field == field
    assert refusal.value.message
    assert refusal.value.mend


def test_a_rank_for_all_stages_or_for_each() -> None:
    assert GREEN.ranks == (0, 0)
    assert [RED.rank_at(code) for code in RED.route] == [1, 0, 0]
