"""Small scenarios that between them reach every compiled function of the twin."""

from __future__ import annotations

from greenlane.twin.demand import Booked, Live
from greenlane.twin.distributions import Distribution
from greenlane.twin.model import CallUpPolicy, Failures, Kind, Lane, Model, Pool, Stage
from greenlane.twin.scenario import Scenario
from greenlane.twin.start import InsideNow, OutsideNow, Start

_SHORT = Distribution("gamma", 1.0, 0.5)
_LIVE = Live((0.0, 30.0, 60.0), (60.0, 40.0))


def small_days() -> tuple[Scenario, ...]:
    """Without call-up; and with both rules of it that look inside, from a state on."""
    begun = Start((InsideNow("green", "desk", "D1", 1.0, 2.0),), (OutsideNow("green", 3.0),))
    rules = (CallUpPolicy("limit", 3, travel=_SHORT), CallUpPolicy("predicted", travel=_SHORT))
    return (
        Scenario(_plain(), (_LIVE, Booked((0.0, 15.0), (3, 3), _SHORT, 0.1)), 60.0),
        Scenario(_plain(), (Live((0.0, 60.0), (30.0,), convoy=2),), 60.0),
        *(Scenario(_full(rule), (_LIVE,), 60.0, start=begun) for rule in rules),
    )


def _plain() -> Model:
    lanes = (Lane("D1", ("desk",)), Lane("D2", ("desk",), ((5.0, 40.0),)), Lane("X1", ("exit",)))
    return Model((Stage("desk"), Stage("exit")), lanes, _kinds())


def _full(rule: CallUpPolicy) -> Model:
    often = Failures(Distribution("exponential", 20.0), _SHORT)
    lanes = (
        Lane("D1", ("desk",)),
        Lane("D2", ("desk",), ((5.0, 200.0),), failures=often),
        Lane("X1", ("exit",)),
    )
    stages = (Stage("desk", pool="officers"), Stage("exit", room=2))
    return Model(stages, lanes, _kinds(), (Pool("officers", ((0.0, 2), (30.0, 1))),), rule)


def _kinds() -> tuple[Kind, ...]:
    return (
        Kind("green", ("desk", "exit"), (_SHORT, _SHORT), share=0.8),
        Kind("red", ("desk", "exit"), (_SHORT, _SHORT), rank=1, share=0.2),
    )
