"""A scenario from a moment of it on, for runs that begin with the state of a checkpoint."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import replace

from greenlane.twin.demand import Booked, Demand, Live, Recorded, Source
from greenlane.twin.model import Lane, Model, Pool
from greenlane.twin.scenario import Scenario
from greenlane.twin.start import Start


def from_now(scenario: Scenario, now: float, minutes: float, start: Start) -> Scenario:
    """The scenario's next minutes.

    Args:
        now: minutes from the start of the scenario's run; the new one begins there.
        minutes: how long trucks are counted.
        start: who is there then. Slots that have begun send nobody more: their trucks are there, or late.
    """
    return replace(
        scenario,
        model=_later_model(scenario.model, now),
        demand=_later_demand(scenario.demand, now),
        minutes=minutes,
        warm_up=0.0,
        start=start,
    )


def _later_model(model: Model, now: float) -> Model:
    return replace(
        model,
        lanes=tuple(_later_lane(lane, now) for lane in model.lanes),
        pools=tuple(_later_pool(pool, now) for pool in model.pools),
    )


def _later_lane(lane: Lane, now: float) -> Lane:
    spans = ((max(opens - now, 0.0), closes - now) for opens, closes in lane.hours if closes > now)
    return replace(lane, hours=tuple(spans))


def _later_pool(pool: Pool, now: float) -> Pool:
    at_now = max((at, number) for at, number in pool.officers if at <= now)[1]
    later = tuple((at - now, number) for at, number in pool.officers if at > now)
    return replace(pool, officers=((0.0, at_now), *later))


def _later_demand(demand: Demand, now: float) -> Demand:
    sources = (_later_source(source, now) for source in demand)
    return tuple(source for source in sources if source is not None)


def _later_source(source: Source, now: float) -> Source | None:
    if isinstance(source, Live):
        if now >= source.edges[-1]:
            return None
        span = max(bisect_right(source.edges, now) - 1, 0)
        edges = (0.0, *(edge - now for edge in source.edges[span + 1 :]))
        return replace(source, edges=edges, per_hour=source.per_hour[span:])
    if isinstance(source, Booked):
        slots = [place for place, start in enumerate(source.starts) if start >= now]
        return replace(
            source,
            starts=tuple(source.starts[place] - now for place in slots),
            bookings=tuple(source.bookings[place] for place in slots),
        )
    return _later_recorded(source, now)


def _later_recorded(source: Recorded, now: float) -> Recorded:
    places = [place for place, at in enumerate(source.at) if at >= now]

    return Recorded(
        tuple(source.at[place] - now for place in places),
        tuple(source.kinds[place] for place in places) if source.kinds else (),
        tuple(source.slots[place] - now for place in places) if source.slots else (),
        tuple(source.convoys[place] for place in places) if source.convoys else (),
    )
