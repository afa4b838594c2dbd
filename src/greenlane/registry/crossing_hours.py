"""Reads shifts of a crossing file: ``always``, or a list of ``days`` and ``hours``. Pure: no Django."""

from __future__ import annotations

import re

import yaml

from greenlane.registry.codes import WEEKDAYS
from greenlane.registry.crossing_parts import Staffing
from greenlane.registry.crossing_scalars import Node, Report, describe, read_number, read_text
from greenlane.registry.crossing_yaml import Section
from greenlane.registry.hours import ALL_WEEK, ALWAYS, DAY_MINUTES, Shift

_HOURS = re.compile(r"((?:[01]\d|2[0-3]):[0-5]\d)-((?:[01]\d|2[0-3]):[0-5]\d|24:00)")
_HOURS_MEND = 'Write "06:00-22:00", "22:00-06:00" over midnight, or "00:00-24:00".'
_DAYS_MEND = "Write daily, mon-fri, or days such as mon,wed,sat."


STAFFING_MEND = 'Write - {days: mon-fri, hours: "06:00-22:00", number: 2}.'


def read_shifts(node: Node, path: str, report: Report) -> tuple[Shift, ...]:
    """The shifts at a node; none after a fault."""
    if isinstance(node, yaml.ScalarNode) and node.value == "always":
        return ALWAYS
    if not isinstance(node, yaml.SequenceNode) or not node.value:
        message = f"must be 'always' or a list of shifts, found {describe(node)}"
        report.add(node, path, message, 'Write always, or - {days: mon-fri, hours: "06:00-22:00"}.')
        return ()
    read = (_shift(item, f"{path}[{place}]", report) for place, item in enumerate(node.value))
    return tuple(shift for shift in read if shift is not None)


def read_staffing(node: Node, path: str, report: Report) -> tuple[Staffing, ...]:
    """The shifts of a pool of officers, each with their number; none after a fault."""
    if not isinstance(node, yaml.SequenceNode) or not node.value:
        report.add(node, path, f"must be a list of shifts, found {describe(node)}", STAFFING_MEND)
        return ()
    read = (_staffing(item, f"{path}[{place}]", report) for place, item in enumerate(node.value))
    return tuple(staffing for staffing in read if staffing is not None)


def _staffing(node: Node, path: str, report: Report) -> Staffing | None:
    section = _shift_section(node, path, report)
    if section is None:
        return None
    number_node = section.take("number")
    number = read_number(number_node, section.where("number"), report, 1, whole=True) if number_node else 1.0
    shift = _times(section)
    return None if shift is None else Staffing(shift, int(number))


def _shift(node: Node, path: str, report: Report) -> Shift | None:
    section = _shift_section(node, path, report)
    return None if section is None else _times(section)


def _shift_section(node: Node, path: str, report: Report) -> Section | None:
    if isinstance(node, yaml.MappingNode):
        return Section(node, path, report)
    message = f"a shift must be a mapping, found {describe(node)}"
    report.add(node, path, message, 'Write {days: mon-fri, hours: "06:00-22:00"}.')
    return None


def _times(section: Section) -> Shift | None:
    """Days and hours of a shift; closes its section."""
    report = section.report
    days_node, hours_node = section.take("days"), section.take("hours")
    section.close()
    days = _days(days_node, section.where("days"), report) if days_node else ()
    hours = _hours(hours_node, section.where("hours"), report) if hours_node else None
    return Shift(days, *hours) if days and hours else None


def _hours(node: Node, path: str, report: Report) -> tuple[int, int] | None:
    text = read_text(node, path, report)
    match = _HOURS.fullmatch(text)
    if match is None:
        if text:
            report.add(node, path, f"{text!r} is not a span of hours", _HOURS_MEND)
        return None
    opens, closes = (int(clock[:2]) * 60 + int(clock[3:]) for clock in match.groups())
    return opens, closes if closes > opens else closes + DAY_MINUTES


def _days(node: Node, path: str, report: Report) -> tuple[int, ...]:
    text = read_text(node, path, report).replace(" ", "").lower()
    if not text:
        return ()
    if text == "daily":
        return ALL_WEEK
    found: set[int] = set()
    for part in text.split(","):
        first, _, last = part.partition("-")
        if first not in WEEKDAYS or (last or first) not in WEEKDAYS:
            report.add(node, path, f"{part!r} is not a day or a span of days", _DAYS_MEND)
            return ()
        start, end = WEEKDAYS.index(first), WEEKDAYS.index(last or first)
        found.update((start + step) % 7 for step in range((end - start) % 7 + 1))
    return tuple(sorted(found))
