"""What the load of a crossing file would change, field by field. Pure: no Django."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from greenlane.registry.crossing import Crossing


@dataclass(frozen=True)
class Change:
    """One figure or word that would change; ``before`` or ``after`` is None where it is added or removed."""

    kind: Literal["added", "removed", "changed"]
    field: str
    before: Any
    after: Any

    def __str__(self) -> str:
        sign = {"added": "+", "removed": "-", "changed": "~"}[self.kind]
        values = {
            "added": f"{self.after}",
            "removed": f"{self.before}",
            "changed": f"{self.before} -> {self.after}",
        }
        return f"{sign} {self.field}: {values[self.kind]}"


def changes(before: Crossing | None, after: Crossing) -> tuple[Change, ...]:
    """The differences, in the order of the new crossing, then what is gone; empty when nothing would change.

    Checkpoints are named by their side; stages, lanes, parks and officers by their code, groups of service
    times by channel and class, so that moving one in its list changes only its ``position``.
    """
    old = {} if before is None else dict(_flat(before.as_document()))
    new = dict(_flat(after.as_document()))
    found = [_change(path, old.get(path), value) for path, value in new.items() if old.get(path) != value]
    gone = [Change("removed", path, value, None) for path, value in old.items() if path not in new]
    return tuple(found + gone)


def _change(path: str, before: Any, after: Any) -> Change:
    return Change("added" if before is None else "changed", path, before, after)


def _flat(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Dotted paths and leaf values; lists of plain values stay whole, None counts as absent."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _flat(item, f"{path}.{key}" if path else key)
    elif isinstance(value, Sequence) and not isinstance(value, str) and value and all(map(_name, value)):
        for position, item in enumerate(value, start=1):
            name = f"{path}.{_name(item)}"
            yield f"{name}.position", position
            yield from _flat(item, name)
    elif value is not None:
        yield path, value


def _name(item: Any) -> str | None:
    """What names an item of a list; None where nothing does."""
    if not isinstance(item, Mapping):
        return None
    of_group = (item.get("channel"), item.get("vehicle_class"))
    return item.get("side") or item.get("code") or "/".join(part for part in of_group if part) or None
