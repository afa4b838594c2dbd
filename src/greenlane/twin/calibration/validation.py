"""The twin held against the record: the same trucks at the same times, and what became of their clocks.

Trucks come to the simulated checkpoint when they came to the real one, with their slots, channels and
classes; what is simulated is how long they take. Distances are those between the two distributions of a
clock, over all trucks and over those who entered in each local hour.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Final

import numpy as np
from scipy import stats

from greenlane.registry.crossing import Checkpoint
from greenlane.twin.calibration.arrivals import local_hours
from greenlane.twin.calibration.observations import (
    UNKNOWN,
    Bools,
    CalibrationError,
    Floats,
    Observations,
)
from greenlane.twin.demand import Recorded
from greenlane.twin.described import model_of
from greenlane.twin.model import Model
from greenlane.twin.scenario import Scenario
from greenlane.twin.simulation import Simulator

OUTSIDE, INSIDE, STAGE = "outside", "inside", "at "
LEAST_IN_HOUR: Final = 30
"""Fewer recorded clocks of an hour are not compared."""
LEVELS: Final = (np.arange(50) + 0.5) / 50
REPLICATIONS: Final = 10


@dataclass(frozen=True, slots=True, eq=False)
class Clocks:
    """Minutes of clocks by name, each with the local hour in which its truck entered."""

    minutes: Mapping[str, Floats]
    hour: Mapping[str, Floats]


@dataclass(frozen=True, slots=True, eq=False)
class Compared:
    """One clock, recorded and simulated.

    Attributes:
        hour: in which the trucks entered; None for all.
        recorded, simulated: how many.
        distance: greatest difference of the shares done within a time (Kolmogorov and Smirnov), 0 to 1.
        minutes_apart: mean distance of the two in minutes (Wasserstein): by how much trucks would have to be
            moved to make one of the other.
        quantiles: shape (2, 50): of the record and of the twin at `LEVELS`.
    """

    clock: str
    hour: int | None
    recorded: int
    simulated: int
    distance: float
    minutes_apart: float
    quantiles: Floats

    @property
    def means(self) -> tuple[float, float]:
        """Of the record and of the twin, by their quantiles."""
        return float(self.quantiles[0].mean()), float(self.quantiles[1].mean())

    def at(self, level: float) -> tuple[float, float]:
        """A quantile of the record and of the twin."""
        first, second = (float(np.interp(level, LEVELS, each)) for each in self.quantiles)
        return first, second


def recorded_clocks(seen: Observations) -> Clocks:
    """Those of which both readings are there."""
    entry_hour = local_hours(seen.epoch, seen.entry)
    due = np.fmax(seen.arrival, seen.slot_start)
    due = np.where(np.isnan(seen.arrival), np.nan, due)
    minutes = {OUTSIDE: seen.entry - due, INSIDE: seen.exit - seen.entry}
    hour = {OUTSIDE: entry_hour, INSIDE: entry_hour}
    for number, code in enumerate(seen.stages):
        here = seen.stage == number
        minutes[STAGE + code] = (seen.left - seen.entered)[here]
        hour[STAGE + code] = entry_hour[seen.passage[here]]
    return _sound(minutes, hour)


def simulated_clocks(
    checkpoint: Checkpoint,
    direction: str,
    seen: Observations,
    *,
    replications: int = REPLICATIONS,
    seed: int = 1,
    progress: Callable[[int], None] | None = None,
) -> Clocks:
    """Those of the trucks that came, on the twin, in several replications.

    Raises:
        CalibrationError: nobody came.
        ModelError: the checkpoint cannot be simulated.
    """
    midnight = datetime.combine(seen.epoch.date(), time.min, seen.epoch.tzinfo)
    offset = (seen.epoch - midnight) / timedelta(minutes=1)
    known = seen.came & np.isfinite(seen.first)
    if not known.any():
        raise CalibrationError("events", "No truck came.", "Give a period in which some did.")
    came = seen.first[known]
    slots = seen.slot_start[known] + offset
    days = int((came.max() + offset) // 1440) + 1
    model = model_of(checkpoint, direction, seen.epoch.date(), days)
    kinds = _kinds(model, seen, known, seed)
    demand = (Recorded(tuple((came + offset).tolist()), kinds, tuple(slots.tolist())),)
    simulator = Simulator(Scenario(model, demand, float(came.max() + offset + 1.0)))
    parts = []
    for number in range(replications):
        parts.append(_of_run(simulator, seed, number, seen.epoch, offset))
        if progress is not None:
            progress(number + 1)
    return Clocks(
        {name: np.concatenate([part.minutes[name] for part in parts]) for name in parts[0].minutes},
        {name: np.concatenate([part.hour[name] for part in parts]) for name in parts[0].hour},
    )


def compared(recorded: Clocks, simulated: Clocks) -> tuple[Compared, ...]:
    """Every clock that both have: over all trucks, then by hour where the record has enough."""
    found = []
    for clock in recorded.minutes:
        if clock not in simulated.minutes:
            continue
        ours, theirs = recorded.minutes[clock], simulated.minutes[clock]
        for hour in (None, *range(24)):
            first = ours if hour is None else ours[recorded.hour[clock] == hour]
            second = theirs if hour is None else theirs[simulated.hour[clock] == hour]
            if len(first) >= LEAST_IN_HOUR and len(second):
                found.append(_compare(clock, hour, first, second))
    return tuple(found)


def _compare(clock: str, hour: int | None, recorded: Floats, simulated: Floats) -> Compared:
    return Compared(
        clock,
        hour,
        len(recorded),
        len(simulated),
        _greatest(np.sort(recorded), np.sort(simulated)),
        float(stats.wasserstein_distance(recorded, simulated)),
        np.stack([np.quantile(recorded, LEVELS), np.quantile(simulated, LEVELS)]),
    )


def _greatest(first: Floats, second: Floats) -> float:
    at = np.concatenate([first, second])
    shares = [np.searchsorted(each, at, side="right") / len(each) for each in (first, second)]
    return float(np.abs(shares[0] - shares[1]).max())


def _of_run(simulator: Simulator, seed: int, number: int, epoch: datetime, offset: float) -> Clocks:
    run = simulator.run(seed, number)
    trucks, visits, model = run.drawn.trucks, run.visits, simulator.scenario.model
    entry = visits["start"][:, 0]
    hour_of_entry = local_hours(epoch, entry - offset)
    ends = np.where(np.isnan(visits["end"]), -np.inf, visits["end"]).max(axis=1)
    minutes = {OUTSIDE: np.maximum(entry - run.drawn.due, 0.0), INSIDE: ends - entry}
    hour = {OUTSIDE: hour_of_entry, INSIDE: hour_of_entry}
    took = visits["end"] - visits["start"]
    for stage in model.stages:
        here = np.zeros(took.shape, dtype=np.bool_)
        for kind_number, kind in enumerate(model.kinds):
            if stage.code in kind.route:
                here[trucks["kind"] == kind_number, kind.route.index(stage.code)] = True
        minutes[STAGE + stage.code] = took[here]
        hour[STAGE + stage.code] = hour_of_entry[np.nonzero(here)[0]]
    return _sound(minutes, hour)


def _sound(minutes: Mapping[str, Floats], hour: Mapping[str, Floats]) -> Clocks:
    kept = {name: np.isfinite(each) & (each >= 0.0) for name, each in minutes.items()}
    return Clocks(
        {name: minutes[name][kept[name]] for name in minutes},
        {name: hour[name][kept[name]] for name in minutes},
    )


def _kinds(model: Model, seen: Observations, known: Bools, seed: int) -> tuple[str, ...]:
    """The kind of each truck; where channel or class is unknown, drawn among those that fit, by share."""
    dice = np.random.default_rng(seed)
    share = {kind.code: kind.share for kind in model.kinds}
    split = [code.split("/") for code in share]
    weights = np.array(list(share.values()))
    fitting: dict[tuple[int, int], tuple[list[str], Floats]] = {}
    kinds = []
    pairs = zip(seen.channel[known].tolist(), seen.vehicle_class[known].tolist(), strict=True)
    for pair in pairs:
        if pair not in fitting:
            channel = seen.channels[pair[0]] if pair[0] != UNKNOWN else ""
            vehicle_class = seen.classes[pair[1]] if pair[1] != UNKNOWN else ""
            fits = np.array([channel in ("", a) and vehicle_class in ("", b) for a, b in split])
            fits = fits if (weights * fits).sum() > 0.0 else np.ones(len(split), dtype=np.bool_)
            chances = weights * fits
            fitting[pair] = (list(share), np.cumsum(chances / chances.sum()))
        codes, reached = fitting[pair]
        kinds.append(codes[min(int(np.searchsorted(reached, dice.random(), side="right")), len(codes) - 1)])
    return tuple(kinds)
