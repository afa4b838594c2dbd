"""Reads service times and failures from their sections of a crossing file. Pure: no Django."""

from __future__ import annotations

from greenlane.registry.codes import CHANNELS, FAMILIES, SERVICE_FAMILIES, VEHICLE_CLASSES
from greenlane.registry.crossing_parts import EXPONENTIAL, Failures
from greenlane.registry.crossing_sections import read_map
from greenlane.registry.crossing_service import EMPIRICAL, Service, ServiceGroup, ServiceTime, observed_time
from greenlane.registry.crossing_yaml import Section

AGREEMENT = 0.01
"""How far a mean or cv that is given may be from that of the quantiles beside it, as a share of it."""


def read_service(section: Section) -> Service:
    """Service time of a stage."""
    time = _read_time(section)
    service = Service(
        time.mean_s,
        time.cv,
        time.family,
        time.least_s,
        read_map(section, "channel_mean_s", CHANNELS),
        read_map(section, "channel_cv", CHANNELS),
        read_map(section, "class_factor", VEHICLE_CLASSES),
        time.values_s,
        _read_groups(section),
    )
    section.close()
    if service.family == EMPIRICAL and service.channel_cv:
        message = "does not apply to observed times"
        section.fault("channel_cv", message, "Remove it, or give the channel a group of its own.")
    return service


def _read_groups(service: Section) -> tuple[ServiceGroup, ...]:
    seen: set[str] = set()
    groups: list[ServiceGroup] = []
    for section in service.sections("groups", sourced=True, optional=True, named_by=("channel", "class")):
        group = ServiceGroup(
            section.choice_or_none("channel", CHANNELS),
            section.choice_or_none("class", VEHICLE_CLASSES),
            _read_time(section),
        )
        section.close()
        if not section.sound:
            continue
        if not group.code:
            message = "names neither channel nor class"
            section.report.add(section.node, section.path, message, "Name a channel, a class or both.")
        elif group.code in seen:
            message = f"the group {group.code!r} stands twice"
            section.report.add(section.node, section.path, message, "Make one of the two.")
        seen.add(group.code)
        groups.append(group)
    return tuple(groups)


def _read_time(section: Section) -> ServiceTime:
    """A service time by its family, or by quantiles."""
    family = section.choice("family", SERVICE_FAMILIES)
    if family == EMPIRICAL:
        return _read_observed(section)
    if section.take("quantiles_s", optional=True) is not None:
        message = f"stands beside the family {family}"
        section.fault("quantiles_s", message, "Write 'family: empirical' or remove the quantiles.")
    before = section.report.faults
    time = ServiceTime(
        section.number("mean_s", least=0.1),
        section.number("cv"),
        family,
        section.number("least_s", default=0.0),
    )
    if section.report.faults == before and section.has("mean_s") and time.least_s > time.mean_s:
        section.fault("least_s", "is above mean_s", "Give the least time of a truck, below the mean.")
    return time


def _read_observed(section: Section) -> ServiceTime:
    values_s = section.ascending("quantiles_s", least=0.0)
    if section.take("least_s", optional=True) is not None:
        message = "stands beside quantiles_s, which have their own"
        section.fault("least_s", message, "Remove it.")
    if not values_s or values_s[-1] <= 0.0:
        if values_s:
            section.fault("quantiles_s", "are all 0", "Give the seconds that trucks took.")
        section.number("mean_s", default=0.0)
        section.number("cv", default=0.0)
        return ServiceTime(1.0, 0.0, EMPIRICAL, values_s=(1.0, 1.0))
    drawn = observed_time(values_s)
    mean_s = _agreeing(section, "mean_s", drawn.mean_s)
    return ServiceTime(mean_s, _agreeing(section, "cv", drawn.cv), EMPIRICAL, values_s=values_s)


def _agreeing(section: Section, key: str, drawn: float) -> float:
    """The figure that is given, which must agree with that of the quantiles; theirs where none is given."""
    before = section.report.faults
    given = section.number(key, default=drawn)
    if section.report.faults == before and abs(given - drawn) > AGREEMENT * drawn:
        message = f"is {given:g}, but that of quantiles_s is {drawn:.6g}"
        section.fault(key, message, "Leave it out: it is worked out from quantiles_s.")
    return given


def read_failures(section: Section) -> Failures:
    """How a lane breaks down."""
    failures = Failures(
        section.number("between_hours", least=0.01),
        section.number("repair_minutes"),
        section.choice("family", FAMILIES, default=EXPONENTIAL),
        section.number("cv", default=1.0),
    )
    section.close()
    return failures
