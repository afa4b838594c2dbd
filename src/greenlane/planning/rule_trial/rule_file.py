"""Reads and writes a file of booking rules; every fault with its line, field and mend.

The form of the file is told in docs/reference/rules.md.
"""

from __future__ import annotations

from dataclasses import fields
from datetime import date
from pathlib import Path
from typing import Any, Final

import yaml

from greenlane.planning.rule_trial.rules import RuleBook
from greenlane.registry.codes import DIRECTIONS
from greenlane.registry.crossing import SlotRules
from greenlane.registry.crossing_parts import Provenance
from greenlane.registry.crossing_problems import CrossingFileError, Problem
from greenlane.registry.crossing_scalars import Report, describe
from greenlane.registry.crossing_sections import read_slots
from greenlane.registry.crossing_yaml import Section

_FORM: Final = "See docs/reference/rules.md, or take the file of `greenlane rules show`."
_RULE: Final = Provenance("source", "the rules themselves")
"""A rule is what it says; nobody has measured it."""
_HEAD: Final = "# Booking rules of {checkpoint}, {direction}: see docs/reference/rules.md.\n"


class RuleFileError(CrossingFileError):
    """A file of rules cannot be used. ``problems`` holds every fault, in the order of the file."""

    def __init__(self, file: str, problems: list[Problem]) -> None:
        super().__init__(file, problems)
        self.code = "rule_file"


def read_rules(path_or_text: str | Path) -> RuleBook:
    """The rules that a file, or a text of more than one line, holds.

    Raises:
        RuleFileError: with all faults found; the file may be absent, empty or not YAML.
    """
    file, text = _load(path_or_text)
    report = Report()
    book = _book(Section(_root(file, text), "", report, _RULE))
    if report.problems or book is None:
        raise RuleFileError(file, report.problems)
    return book


def rules_text(book: RuleBook) -> str:
    """The rules as YAML, which `read_rules` reads back to equal rules."""
    slots: dict[str, Any] = {}
    for each in fields(SlotRules):
        value = getattr(book.slots, each.name)
        if each.name == "class_per_hour":
            value = dict(value)
        if value not in (None, {}):
            slots[each.name] = value
    document: dict[str, Any] = {
        "checkpoint": book.checkpoint,
        "direction": book.direction,
        "effective": book.effective,
        "slots": slots,
    }
    head = _HEAD.format(checkpoint=book.checkpoint, direction=book.direction)
    return head + yaml.safe_dump(document, sort_keys=False, allow_unicode=True)


def _load(path_or_text: str | Path) -> tuple[str, str]:
    if isinstance(path_or_text, str) and "\n" in path_or_text:
        return "text", path_or_text
    path = Path(path_or_text)
    try:
        return str(path), path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise _broken(str(path), 1, "is not UTF-8", "Save the file as UTF-8.") from None
    except OSError as error:
        reason = (error.strerror or "cannot be read").lower()
        raise _broken(str(path), 1, f"cannot be read: {reason}", "Check the path and its rights.") from None


def _root(file: str, text: str) -> yaml.MappingNode:
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        message = f"is not YAML: {error.problem or error.context}"
        raise _broken(
            file, mark.line + 1 if mark else 1, message, "Mend the line or the one above it."
        ) from None
    except (yaml.YAMLError, RecursionError):
        raise _broken(file, 1, "is not YAML", _FORM) from None
    if not isinstance(node, yaml.MappingNode):
        raise _broken(file, 1, "is empty" if node is None else "must be a mapping at the top", _FORM)
    return node


def _broken(file: str, line: int, message: str, mend: str) -> RuleFileError:
    return RuleFileError(file, [Problem(line, 1, "file", message, mend)])


def _book(section: Section) -> RuleBook | None:
    """The rules; None where they have no slots, which is noted as a fault."""
    checkpoint = section.code("checkpoint")
    direction = section.choice("direction", DIRECTIONS)
    effective = _date(section, "effective")
    slots = section.section("slots")
    section.close()
    return None if slots is None else RuleBook(checkpoint, direction, effective, read_slots(slots))


def _date(section: Section, key: str) -> date:
    node = section.take(key)
    if node is None:
        return date.min
    try:
        return date.fromisoformat(str(node.value))
    except ValueError:
        section.fault(key, f"must be a date, found {describe(node)}", "Write it as 2026-12-07.")
        return date.min
