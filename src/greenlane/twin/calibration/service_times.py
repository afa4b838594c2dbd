"""From visits of a stage to the minutes that they took.

A visit of which both readings are there is one time. A visit that began and whose truck is still in the lane
when the observation ends has taken longer than so far: to leave it out would make slow services look rare.

A visit of which one reading was missed is left out and counted. The next reading of the truck does bound it
from above, but that bound is made of the very time that is sought and the way that follows: it is never too
short. A likelihood that takes it for a bound set by chance draws every fit down. Where a reading is missed
by a chance that has nothing to do with how long the service took, what is left is as good a sample.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from greenlane.twin.calibration.durations import Durations, durations, pooled
from greenlane.twin.calibration.observations import UNKNOWN, Bools, Floats, Ints, Observations

OVERTAKEN_BY: Final = 3
"""A truck that so many others of its kind have overtaken has left unseen."""
LONGEST: Final = 2.0

Cell = tuple[str, str]
"""Channel and class; empty where unknown."""


@dataclass(frozen=True, slots=True, eq=False)
class StageTimes:
    """The minutes of one stage.

    Attributes:
        cells: durations by channel and class.
        visits: seen in any way.
        complete: with both readings.
        running: still in their lane when the observation ended.
        unread: left out because a reading was missed.
        unsound: left out because they end before they begin.
        missing_share: of the readings, see `Observations.missing_share`.
        sample: the complete times themselves, for plots.
    """

    code: str
    cells: dict[Cell, Durations]
    visits: int
    complete: int
    running: int
    unread: int
    unsound: int
    missing_share: float
    sample: Floats

    @property
    def all(self) -> Durations:
        """Of every channel and class."""
        return pooled(list(self.cells.values()))


def stage_times(seen: Observations, code: str) -> StageTimes:
    """The minutes of the stage with that code, by channel and class; no cells where nothing was read."""
    at = seen.stages.index(code) if code in seen.stages else UNKNOWN - 1
    here = seen.stage == at
    took = seen.left - seen.entered
    has_both = here & np.isfinite(took)
    unsound = has_both & (took < -seen.resolution / 2.0)
    complete = has_both & ~unsound
    running = still_running(seen) & here
    unread = here & ~has_both & ~running
    so_far = seen.until - seen.entered
    cells = {}
    for cell, members in _cells(seen, here & (complete | running)).items():
        done, begun = members & complete, members & running
        cells[cell] = durations(np.maximum(took[done], 0.0), so_far[begun], seen.resolution)
    one, both = int(unread.sum()), int(has_both.sum())
    return StageTimes(
        code,
        cells,
        int(here.sum()),
        int(complete.sum()),
        int(running.sum()),
        one,
        int(unsound.sum()),
        one / (one + 2 * both) if one + both else 0.0,
        np.maximum(took[complete], 0.0),
    )


def still_running(seen: Observations) -> Bools:
    """Shape (m,): visits whose truck is in the lane at the end of the observation, by all signs.

    It was read going in and nowhere since. Where its lane is known, that has taken no other truck since, and
    the visit has lasted at most `LONGEST` times the longest that was seen to end there: a lane that closed
    takes no other truck, whose exit was missed. Where it is not, fewer than `OVERTAKEN_BY` trucks of its
    channel and class that entered after it have left since.
    """
    begun = np.isfinite(seen.entered) & np.isnan(seen.left) & (seen.entered < seen.until)
    running = begun & (seen.last[seen.passage] <= seen.entered)
    running &= ~_lane_taken_since(seen)
    took = seen.left - seen.entered
    for visit in np.flatnonzero(running):
        if seen.lane[visit] == UNKNOWN:
            running[visit] = _overtaken(seen, visit) < OVERTAKEN_BY
            continue
        ended = took[(seen.stage == seen.stage[visit]) & np.isfinite(took)]
        running[visit] = seen.until - seen.entered[visit] <= LONGEST * ended.max(initial=0.0)
    return running


def _overtaken(seen: Observations, visit: np.intp) -> int:
    passage, since = seen.passage[visit], seen.entered[visit]
    alike = (seen.channel == seen.channel[passage]) & (seen.vehicle_class == seen.vehicle_class[passage])
    own = seen.entry[passage] if np.isfinite(seen.entry[passage]) else since
    return int(np.count_nonzero(alike & (seen.entry > own) & (seen.exit > since)))


def _lane_taken_since(seen: Observations) -> Bools:
    """Shape (m,): whether a later visit of the same lane began; a lane holds one truck."""
    begun = np.where(np.isnan(seen.entered), -np.inf, seen.entered)
    pair = seen.stage.astype(np.int64) * (len(seen.lanes) + 1) + seen.lane
    order = np.argsort(pair, kind="stable")
    taken = np.zeros(len(pair), dtype=np.bool_)
    for group in np.split(order, np.flatnonzero(np.diff(pair[order])) + 1) if len(order) else []:
        if seen.lane[group[0]] != UNKNOWN:
            taken[group] = begun[group] < begun[group].max()
    return taken


def _cells(seen: Observations, members: Bools) -> dict[Cell, Bools]:
    """Visits by channel and class."""
    channel = seen.channel[seen.passage]
    vehicle_class = seen.vehicle_class[seen.passage]
    found: dict[Cell, Bools] = {}
    pairs = np.unique(np.stack([channel[members], vehicle_class[members]], axis=1), axis=0)
    for first, second in pairs:
        cell = (_name(seen.channels, first), _name(seen.classes, second))
        found[cell] = members & (channel == first) & (vehicle_class == second)
    return found


def _name(names: tuple[str, ...], number: np.int32 | Ints) -> str:
    return names[int(number)] if int(number) != UNKNOWN else ""
