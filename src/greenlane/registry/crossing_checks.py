"""Checks what stages, lanes, officers and routes of a direction demand of one another. Pure: no Django.

What the twin could not simulate is refused here, with its line: see ``greenlane.twin.model``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise

from greenlane.registry.crossing_parts import Lane, OfficerPool, Stage
from greenlane.registry.crossing_scalars import nearest
from greenlane.registry.crossing_stages import StageRead
from greenlane.registry.crossing_yaml import Section

Routes = Mapping[str, Sequence[str]]
Shares = Mapping[str, float]


def check_stages(
    read: Sequence[StageRead], routes: Routes, channel_shares: Shares, class_shares: Shares
) -> None:
    """Every stage must be visited, and have a lane for each sort of trucks that visits it."""
    for part in read:
        section, stage = part.section, part.stage
        visiting = [channel for channel, route in routes.items() if stage.code in route]
        if routes and stage.code and not visiting:
            message = "no channel visits it"
            section.report.add(section.node, section.path, message, "Name it in a route or remove it.")
        lanes = [lane for other in read for lane in other.stage.lanes if _works_for(lane, other.stage, stage)]
        if not lanes:
            if not section.has("lanes"):
                mend = "Add 'lanes', or name it under 'also' at the lanes of another stage."
                section.fault("lanes", "is missing", mend)
            continue
        _check_takers(section, stage, lanes, visiting, channel_shares, class_shares)


def _works_for(lane: Lane, own: Stage, stage: Stage) -> bool:
    return own is stage or stage.code in lane.also


def _check_takers(
    section: Section,
    stage: Stage,
    lanes: Sequence[Lane],
    visiting: Sequence[str],
    channel_shares: Shares,
    class_shares: Shares,
) -> None:
    for channel in visiting:
        if not any(channel in (lane.channels or (channel,)) for lane in lanes):
            message = f"no lane takes the channel {channel!r} that visits it"
            section.fault("lanes", message, f"Add {channel} to a lane's channels.")
            continue
        for vehicle_class, share in class_shares.items():
            comes = share > 0 and channel_shares.get(channel, 0.0) > 0 and stage.visited_by(vehicle_class)
            if comes and not any(lane.takes(channel, vehicle_class) for lane in lanes):
                message = f"no lane takes {channel} trucks of the class {vehicle_class!r}, which visit it"
                section.fault("lanes", message, f"Add {vehicle_class} to a lane's classes.")


def check_officers(read: Sequence[StageRead], pools: Sequence[tuple[Section, OfficerPool]]) -> None:
    """Each pool must be drawn on, and each that a stage names must be described."""
    codes = [pool.code for _, pool in pools if pool.code]
    named = {part.stage.officers for part in read}
    for part in read:
        _check_known(part.section, "officers", part.stage.officers or "", codes, "pool of officers")
    for section, pool in pools:
        if pool.code and pool.code not in named:
            message = "no stage draws on it"
            mend = f"Write 'officers: {pool.code}' at a stage, or remove the pool."
            section.report.add(section.node, section.path, message, mend)


def check_shared_lanes(read: Sequence[StageRead]) -> None:
    """A lane of several stages: of one pool, none of them the entry, none with little room before it."""
    stages = {part.stage.code: part.stage for part in read}
    seen: set[int] = set()
    for group, own, lane in _shared(read):
        if id(group) in seen:
            continue
        seen.add(id(group))
        for code in lane.also:
            if _check_known(group, "also", code, list(stages), "stage"):
                _check_pair(group, own, stages[code], lane)


def _shared(read: Sequence[StageRead]) -> Iterator[tuple[Section, Stage, Lane]]:
    for part in read:
        for group, lane in zip(part.groups, part.stage.lanes, strict=True):
            if lane.also:
                yield group, part.stage, lane


def _check_pair(group: Section, own: Stage, other: Stage, lane: Lane) -> None:
    if own is other:
        group.fault("also", f"names {own.code!r}, its own stage", "Name the further stages only.")
    elif "entry" in (own.kind, other.kind):
        message = "the entry barrier shuts with the checkpoint, the other stage does not"
        group.fault("also", message, "Give the entry lanes of its own.")
    elif any(lane.code == each.code for each in other.lanes):
        message = f"{other.code!r} has a lane {lane.code!r} of its own"
        group.fault("also", message, "Give the two lanes different codes.")
    elif own.officers != other.officers:
        message = f"{own.code!r} and {other.code!r} draw on different pools of officers"
        group.fault("also", message, "Let a lane work for stages of one pool.")
    elif own.room is not None or other.room is not None:
        tight = own.code if own.room is not None else other.code
        message = f"{tight!r} has a limit of room: the lane could wait for itself"
        group.fault("also", message, f"Leave out the room of {tight}.")


def check_rooms(
    read: Sequence[StageRead], routes: Routes, channel_shares: Shares, class_shares: Shares
) -> None:
    """No truck may wait for the room that it takes up itself, nor two for each other's."""
    tight = [part for part in read if part.stage.room is not None]
    for part in tight:
        first = any(route and route[0] == part.stage.code for route in routes.values())
        if first and part.stage.kind == "entry":  # a route that begins elsewhere is a fault of its own
            message = "trucks come to it from outside, where nothing bounds the line"
            part.section.fault("room", message, "Leave out the room of the first stage.")
    if not tight:
        return
    stages = {part.stage.code: part.stage for part in read}
    order: TopologicalSorter[str] = TopologicalSorter()
    for channel, route in routes.items():
        for vehicle_class, share in class_shares.items():
            if share > 0 and channel_shares.get(channel, 0.0) > 0:
                known = (stages[code] for code in route if code in stages)
                way = [stage.code for stage in known if stage.visited_by(vehicle_class)]
                for earlier, later in pairwise(way):
                    order.add(later, earlier)
    try:
        order.prepare()
    except CycleError:
        message = "trucks may block each other: two routes go opposite ways"
        mend = "Let every route go the same way, or leave out the room."
        tight[0].section.fault("room", message, mend)


def _check_known(section: Section, key: str, code: str, known: Sequence[str], sort: str) -> bool:
    if not code or code in known:
        return bool(code)
    near = nearest(code, known)
    mend = f"Did you mean {near!r}?" if near else f"Known here: {', '.join(known) or 'none'}."
    section.fault(key, f"names the unknown {sort} {code!r}", mend)
    return False
