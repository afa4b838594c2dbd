"""Reads stages, lanes and routes from their sections of a crossing file. Pure: no Django."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from greenlane.registry.codes import CHANNELS, STAGE_KINDS, VEHICLE_CLASSES
from greenlane.registry.crossing_hours import read_shifts
from greenlane.registry.crossing_parts import Lane, Stage
from greenlane.registry.crossing_scalars import nearest, read_code
from greenlane.registry.crossing_sections import known_codes, note_doubles, read_names
from greenlane.registry.crossing_service import Service
from greenlane.registry.crossing_times import read_failures, read_service
from greenlane.registry.crossing_yaml import Section


@dataclass(frozen=True, slots=True)
class StageRead:
    """A stage with the sections it was read from: its own, and that of the group of each of its lanes."""

    section: Section
    stage: Stage
    groups: tuple[Section, ...]


def read_stage(section: Section) -> StageRead:
    """A step of control with its lanes."""
    code, kind, names = section.code(), section.choice("kind", STAGE_KINDS), read_names(section)
    plan_s = section.whole("plan_s", least=1)
    room, classes = section.whole_or_none("room", least=0), section.choices("classes", VEHICLE_CLASSES)
    officers = section.code("officers") if "officers" in section.given() else None
    service = section.section("service", sourced=True)
    groups = section.sections("lanes", sourced=True, optional=True)
    lanes = [(group, lane) for group in groups for lane in _lanes(group, section)]
    note_doubles((group, lane.code) for group, lane in lanes)
    section.close()
    times = read_service(service) if service else Service(1.0, 0.0, "fixed")
    stage = Stage(code, kind, names, plan_s, times, tuple(lane for _, lane in lanes), room, classes, officers)
    return StageRead(section, stage, tuple(group for group, _ in lanes))


def _lanes(group: Section, stage: Section) -> list[Lane]:
    """Lanes that share their shifts; the group as a whole is one figure for each lane."""
    codes = (group.code(),) if "code" in group.given() else _codes(group, "codes")
    node = group.take("shifts")
    shifts = () if node is None else read_shifts(node, group.where("shifts"), group.report)
    channels, classes = group.choices("channels", CHANNELS), group.choices("classes", VEHICLE_CLASSES)
    also = _codes(group, "also", optional=True)
    breakdown = group.section("failures", sourced=True, optional=True)
    failures = read_failures(breakdown) if breakdown else None
    if group.provenance is None:
        group.report.add(
            group.node,
            group.path,
            "has neither source nor assumed",
            "Add 'source: address or citation' or 'assumed: reason' to it or its stage.",
        )
    else:
        lane_paths = [f"{stage.path}.lanes.{code}" for code in codes]
        stage.report.sources.update(dict.fromkeys(lane_paths, group.provenance))
        if breakdown:
            _note_failures(breakdown, lane_paths)
    group.close()
    return [Lane(code, shifts, channels, classes, also, failures) for code in codes]


def _note_failures(section: Section, lane_paths: Iterable[str]) -> None:
    """The figures are read once for a group; where they come from is kept for each of its lanes."""
    sources = section.report.sources
    found = {key: sources.pop(section.where(key)) for key in section.given() if section.where(key) in sources}
    for lane in lane_paths:
        sources.update({f"{lane}.failures.{key}": provenance for key, provenance in found.items()})


def _codes(section: Section, key: str, *, optional: bool = False) -> tuple[str, ...]:
    if section.take(key, optional=optional) is None:
        return ()
    return section.list_of(key, lambda node, path: read_code(node, path, section.report))


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
