"""The event loop against two other simulators, truck by truck."""

from __future__ import annotations

import math

import ciw
import numpy as np
import pytest
from hypothesis import given, settings
from random_checkpoints import MEAN, Case, cases, run
from simpy_checkpoint import simulate

from greenlane.twin.arrays import some_trucks, some_visits
from greenlane.twin.model import CallUpPolicy, Kind, Lane, Model, Pool, Stage


@pytest.mark.slow
@settings(max_examples=120)
@given(cases())
def test_simpy_agrees(case: Case) -> None:
    """Each truck enters, begins and ends at the same moments in SimPy."""
    visits = run(case)
    for name, expected in zip(
        ("enter", "start", "end"),
        simulate(case.model, case.trucks, case.visits, case.outages),
        strict=True,
    ):
        np.testing.assert_allclose(visits[name], expected, rtol=0.0, atol=1e-9, equal_nan=True, err_msg=name)


def test_an_officer_goes_to_the_truck_blocked_longest() -> None:
    """Two trucks are blocked before lanes of their own that share one officer; the first of them is next."""
    model = Model(
        (Stage("s0"), Stage("s1", 0, "p")),
        (
            *(Lane(code, ("s0",)) for code in ("l0", "l1", "l2")),
            *(Lane(code, ("s1",), kinds=(kind,)) for code, kind in (("l3", "a"), ("l4", "b"), ("l5", "a"))),
        ),
        (Kind("a", ("s0", "s1"), (MEAN, MEAN)), Kind("b", ("s0", "s1"), (MEAN, MEAN))),
        (Pool("p", ((0.0, 1),)),),
    )
    trucks = some_trucks(3)
    trucks["arrival"], trucks["kind"] = (0.0, 0.1, 0.2), (0, 1, 0)
    visits = run(Case(model, trucks, some_visits(np.array([[1.0, 10.0], [2.0, 1.0], [3.0, 1.0]]))))
    np.testing.assert_allclose(visits["start"][:, 1], [1.0, 11.0, 12.0])


def test_a_convoy_is_called_up_whole_whatever_the_limit() -> None:
    """Were only one of two called, it would wait for the other inside, for ever."""
    model = Model(
        (Stage("s0"), Stage("s1")),
        (Lane("l0", ("s0",)), Lane("l1", ("s1",))),
        (Kind("k", ("s0", "s1"), (MEAN, MEAN)),),
        call_up=CallUpPolicy("limit", 1),
    )
    trucks = some_trucks(3)
    trucks["convoy"][1:] = 0
    visits = run(Case(model, trucks, some_visits(np.ones((3, 2)))))
    np.testing.assert_allclose(visits["end"], [[1.0, 2.0], [3.0, 5.0], [4.0, 6.0]])


@pytest.mark.parametrize(
    ("lanes", "rooms"),
    [
        ((1, 1), (None,)),
        ((3, 2), (None,)),
        ((2, 2), (0,)),
        ((1, 1), (1,)),
        ((3, 2), (2,)),
        ((1, 1, 1), (None, None)),
        ((2, 3, 1), (None, None)),
        ((1, 1, 1), (0, 0)),
        ((3, 2, 2), (1, 0)),
        ((2, 3, 2), (3, None)),
        ((2, 1, 3), (None, 1)),
    ],
)
@pytest.mark.parametrize("seed", [1, 2])
def test_ciw_agrees(lanes: tuple[int, ...], rooms: tuple[int | None, ...], seed: int) -> None:
    """Stages in a row with lanes alike; Ciw says how long each truck was served, and when they came out."""
    count, rng = 200, np.random.default_rng(seed)
    gaps, minutes = rng.exponential(2.5, count), rng.exponential(4.0, (len(lanes), count))
    records = _ciw_records(gaps, minutes, lanes, rooms)
    service = np.full((count, len(lanes)), np.nan)
    for record in records:
        service[record.id_number - 1, record.node - 1] = record.service_time
    stages = [Stage(f"s{number}", room) for number, room in enumerate((None, *rooms))]
    model = Model(
        tuple(stages),
        tuple(
            Lane(f"{stage.code}-{number}", (stage.code,))
            for stage, many in zip(stages, lanes, strict=True)
            for number in range(many)
        ),
        (Kind("k", tuple(stage.code for stage in stages), (MEAN,) * len(stages)),),
    )
    trucks = some_trucks(count)
    trucks["arrival"] = np.cumsum(gaps)
    visits = run(Case(model, trucks, some_visits(service)))
    exits = sorted(record.exit_date for record in records if record.node == len(lanes))
    np.testing.assert_allclose(np.sort(visits["end"][:, -1]), exits, rtol=0.0, atol=1e-9)


def _ciw_records(
    gaps: np.ndarray, minutes: np.ndarray, lanes: tuple[int, ...], rooms: tuple[int | None, ...]
) -> list[ciw.data_record.DataRecord]:
    """What Ciw saw of every truck at every stage."""
    following = np.eye(len(lanes), k=1).tolist()
    network = ciw.create_network(
        arrival_distributions=[ciw.dists.Sequential([*gaps.tolist(), math.inf]), *[None] * len(rooms)],
        service_distributions=[ciw.dists.Sequential(row.tolist()) for row in minutes],
        routing=following,
        number_of_servers=list(lanes),
        queue_capacities=[math.inf, *[math.inf if room is None else room for room in rooms]],
    )
    simulation = ciw.Simulation(network)
    simulation.simulate_until_max_time(1e6)
    return simulation.get_all_records()
