"""Days of a checkpoint whose true figures are known, as its cameras would have read them."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from functools import cache
from zoneinfo import ZoneInfo

import numpy as np

from greenlane.twin import event_loop
from greenlane.twin.arrays import some_trucks, some_visits
from greenlane.twin.calibration.observations import Observations
from greenlane.twin.calibration.readings import Readings, observations_of
from greenlane.twin.compiling import compile_network
from greenlane.twin.distributions import Distribution
from greenlane.twin.model import Kind, Lane, Model, Stage

EPOCH = datetime(2026, 10, 5, tzinfo=ZoneInfo("Asia/Chita"))
DOCUMENTS = Distribution("lognormal", 1.5, 0.6)
CUSTOMS_GREEN = Distribution("gamma", 2.0, 0.5)
CUSTOMS_RED = Distribution("gamma", 5.0, 0.4, 1.0)
XRAY = Distribution("weibull", 4.0, 0.3)
INSPECTION = Distribution("exponential", 12.0)
SCAN = Distribution("fixed", 0.75, 0.0)
SHARES = {"green": 0.8, "red": 0.2}
CLASSES = {"laden": 0.7, "empty": 0.3}
SLOT_MINUTES = 30.0


def checkpoint() -> Model:
    """Two channels and two classes; laden trucks are scanned, red ones X-rayed and inspected."""
    kinds = []
    for channel, share in SHARES.items():
        for vehicle_class, part in CLASSES.items():
            way = [("documents", DOCUMENTS)]
            way += [("scan", SCAN)] if vehicle_class == "laden" else []
            way += [("customs", CUSTOMS_GREEN if channel == "green" else CUSTOMS_RED)]
            way += [("xray", XRAY), ("inspection", INSPECTION)] if channel == "red" else []
            codes, services = zip(*way, strict=True)
            kinds.append(Kind(f"{channel}/{vehicle_class}", codes, services, share=share * part))
    lanes = {"documents": 3, "scan": 2, "customs": 4, "xray": 2, "inspection": 4}
    return Model(
        tuple(Stage(code) for code in lanes),
        tuple(Lane(f"{code}-{n}", (code,)) for code, count in lanes.items() for n in range(count)),
        tuple(kinds),
    )


@cache
def recorded(
    trucks: int,
    seed: int,
    *,
    missing: float = 0.0,
    stop_at: float = np.inf,
    resolution: float = 0.0,
    clumsy: bool = False,
) -> Observations:
    """What was read of so many trucks of `checkpoint`.

    Args:
        missing: chance of each reading to be missing.
        stop_at: minute after which nothing was read.
        resolution: step to which times are cut off.
        clumsy: readings in random order, and each of them twice, 20 s apart.
    """
    dice = np.random.default_rng(seed)
    model = checkpoint()
    shares = np.array([kind.share for kind in model.kinds])
    kind = dice.choice(len(shares), trucks, p=shares)
    rows = some_trucks(trucks)
    rows["arrival"] = np.cumsum(dice.exponential(1.0, trucks))
    rows["kind"] = kind
    network = compile_network(model)
    service = np.zeros((trucks, network.steps.shape[1]))
    for number, each in enumerate(model.kinds):
        here = np.flatnonzero(kind == number)
        for position, distribution in enumerate(each.service):
            service[here, position] = distribution.quantile(dice.random(len(here)))
    visits = some_visits(service)
    event_loop.run(network, rows, visits)
    table = _rows(model, kind, rows["arrival"], visits, dice)
    keep = (dice.random(len(table)) >= missing) | np.array([row[1] == "no_show" for row in table])
    keep &= np.array([not row[2] > stop_at for row in table])
    table = [row for row, kept in zip(table, keep, strict=True) if kept]
    if clumsy:
        table += [(*row[:2], row[2] + _again(row[1]), *row[3:]) for row in table if row[1] != "no_show"]
        table = [table[at] for at in dice.permutation(len(table))]
    columns = list(zip(*table, strict=True))
    minutes = np.array(columns[2])
    if resolution:
        minutes = np.floor(minutes / resolution) * resolution
    return observations_of(
        Readings(EPOCH, columns[0], columns[1], minutes, *columns[3:7], np.array(columns[7]))
    )


Row = tuple[str, str, float, str, str, str, str, float]


def _rows(
    model: Model, kind: np.ndarray, arrival: np.ndarray, visits: np.ndarray, dice: np.random.Generator
) -> list[Row]:
    """Readings: passage, point, minute, stage, lane, channel, class, slot. One truck in ten has no slot, one
    booking in twenty is a no-show."""
    rows: list[Row] = []
    lanes = [lane.code for lane in model.lanes]
    for truck, number in enumerate(kind):
        each = model.kinds[number]
        channel, vehicle_class = each.code.split("/")
        came, visit = float(arrival[truck]), visits[truck]
        # Parked a quarter of an hour before the barrier; slots are such that offsets are normal(-10, 12).
        parked = came - 15.0
        slot = np.nan if dice.random() < 0.1 else parked + 10.0 - 12.0 * dice.standard_normal()
        about = (channel, vehicle_class, slot)
        rows.append((str(truck), "park_in", parked, "", "", *about))
        rows.append((str(truck), "entry", came, "", "", *about))
        for position, stage in enumerate(each.route):
            lane = lanes[visit["lane"][position]]
            rows.append((str(truck), "stage_in", float(visit["start"][position]), stage, lane, *about))
            rows.append((str(truck), "stage_out", float(visit["end"][position]), stage, lane, *about))
        rows.append((str(truck), "exit", float(visit["end"][len(each.route) - 1]) + 0.5, "", "", *about))
        if dice.random() < 0.05:
            rows.append((f"no-show {truck}", "no_show", np.nan, "", "", "", "", came))
    return rows


def _again(point: str) -> float:
    """A repeated read comes after the first on the way in and before the last on the way out."""
    return -1.0 / 3.0 if point in ("stage_out", "exit") else 1.0 / 3.0


def only(seen: Observations, **changes: object) -> Observations:
    """The observations with some columns replaced."""
    return replace(seen, **changes)
