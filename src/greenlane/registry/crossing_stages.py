"""Reads stages, lanes, service times and routes from their sections of a crossing file. Pure: no Django."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from greenlane.registry.codes import CHANNELS, SERVICE_FAMILIES, STAGE_KINDS, VEHICLE_CLASSES
from greenlane.registry.crossing_hours import read_shifts
from greenlane.registry.crossing_parts import Lane, Service, Stage
from greenlane.registry.crossing_scalars import nearest, read_code
from greenlane.registry.crossing_sections import known_codes, note_doubles, read_map, read_names
from greenlane.registry.crossing_yaml import Section


def read_stage(section: Section) -> Stage:
    """A step of control with its lanes."""
    code, kind, names = section.code(), section.choice("kind", STAGE_KINDS), read_names(section)
    plan_s = section.whole("plan_s", least=1)
    room, classes = section.whole_or_none("room"), section.choices("classes", VEHICLE_CLASSES)
    service = section.section("service", sourced=True)
    groups = section.sections("lanes", sourced=True)
    lanes = [(group, lane) for group in groups for lane in _lanes(group, section)]
    note_doubles((group, lane.code) for group, lane in lanes)
    section.close()
    times = read_service(service) if service else Service(1.0, 0.0, "fixed")
    return Stage(code, kind, names, plan_s, times, tuple(lane for _, lane in lanes), room, classes)


def _lanes(group: Section, stage: Section) -> list[Lane]:
    """Lanes that share their shifts; the group as a whole is one figure for each lane."""
    codes = (group.code(),) if "code" in group.given() else _codes(group, "codes")
    node = group.take("shifts")
    shifts = () if node is None else read_shifts(node, group.where("shifts"), group.report)
    channels, classes = group.choices("channels", CHANNELS), group.choices("classes", VEHICLE_CLASSES)
    if group.provenance is None:
        group.report.add(
            group.node,
            group.path,
            "has neither source nor assumed",
            "Add 'source: address or citation' or 'assumed: reason' to it or its stage.",
        )
    else:
        stage.report.sources.update({f"{stage.path}.lanes.{code}": group.provenance for code in codes})
    group.close()
    return [Lane(code, shifts, channels, classes) for code in codes]


def _codes(section: Section, key: str) -> tuple[str, ...]:
    if section.take(key) is None:
        return ()
    return section.list_of(key, lambda node, path: read_code(node, path, section.report))


def read_service(section: Section) -> Service:
    """Service time of a stage."""
    service = Service(
        section.number("mean_s", least=0.1),
        section.number("cv"),
        section.choice("family", SERVICE_FAMILIES),
        section.number("least_s", default=0.0),
        read_map(section, "channel_mean_s", CHANNELS),
        read_map(section, "channel_cv", CHANNELS),
        read_map(section, "class_factor", VEHICLE_CLASSES),
    )
    section.close()
    if section.sound and service.least_s > service.mean_s:
        section.fault("least_s", "is above mean_s", "Give the least time of a truck, below the mean.")
    return service


def read_routes(parent: Section, stages: Sequence[Stage], key: str = "routes") -> dict[str, tuple[str, ...]]:
    """The stages that each channel visits, in order."""
    section = parent.section(key)
    if section is None:
        return {}
    routes = {
        channel: tuple(code for code in _codes(section, channel) if code)
        for channel in known_codes(section, CHANNELS)
    }
    for channel, route in routes.items():
        _check_route(section, channel, route, stages)
    section.close()
    return routes


def _check_route(section: Section, channel: str, route: Sequence[str], stages: Sequence[Stage]) -> None:
    codes = [stage.code for stage in stages]
    if not route:
        section.fault(channel, "visits no stage", "List its stages from entry to exit.")
    for code in route:
        if code not in codes:
            near = nearest(code, codes)
            mend = f"Did you mean {near!r}?" if near else f"Stages: {', '.join(codes)}."
            section.fault(channel, f"visits the unknown stage {code!r}", mend)
    named = [code for code in route if code in codes]
    if len(named) == len(route) and route:
        _check_ends(section, channel, {code: stages[codes.index(code)] for code in named})


def _check_ends(section: Section, channel: str, route: Mapping[str, Stage]) -> None:
    """The inside clock runs from the entry barrier to the exit barrier, so every route needs both."""
    visited = tuple(route.values())
    for stage, kind, place in ((visited[0], "entry", "begin"), (visited[-1], "exit", "end")):
        if stage.kind != kind:
            message = f"must {place} at a stage of kind {kind}, not at {stage.code!r}"
            section.fault(channel, message, f"Let the route {place} at the {kind} barrier.")


def check_stages(read: Iterable[tuple[Section, Stage]], routes: Mapping[str, Sequence[str]]) -> None:
    """Every stage must be visited, and have a lane for each channel that visits it."""
    for section, stage in read:
        visiting = [channel for channel, route in routes.items() if stage.code in route]
        if routes and stage.code and not visiting:
            message = "no channel visits it"
            section.report.add(section.node, section.path, message, "Name it in a route or remove it.")
        for channel in visiting:
            if stage.lanes and not any(channel in (lane.channels or (channel,)) for lane in stage.lanes):
                message = f"no lane takes the channel {channel!r} that visits it"
                section.fault("lanes", message, f"Add {channel} to a lane's channels.")
