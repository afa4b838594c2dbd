"""Dataclasses to and from JSON-able dicts whose keys are the field names. Pure: no Django."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from types import UnionType
from typing import Any, TypeVar, cast, get_args, get_origin, get_type_hints

Described = TypeVar("Described")


def to_document(described: Any) -> dict[str, Any]:
    """Dataclasses become dicts and tuples become lists; figures stay as they are."""
    return cast("dict[str, Any]", _plain(described))


def of_document(kind: type[Described], document: Mapping[str, Any]) -> Described:
    """The reverse of ``to_document``. KeyError, TypeError or ValueError where the dict has another shape."""
    return cast("Described", _dataclass(kind, document))


def _plain(value: Any) -> Any:
    if is_dataclass(value):
        return {part.name: _plain(getattr(value, part.name)) for part in fields(value)}
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return value


def _typed(hint: Any, value: Any) -> Any:
    """``value`` as the type that ``hint`` names; JSON may turn 1.0 into 1, so floats become floats again."""
    if is_dataclass(hint):
        return _dataclass(hint, value)
    origin, inner = get_origin(hint), get_args(hint)
    if origin is UnionType:
        return None if value is None else _typed(inner[0], value)
    if origin is tuple:
        hints = [inner[0]] * len(value) if inner[-1] is Ellipsis else list(inner)
        return tuple(_typed(part, item) for part, item in zip(hints, value, strict=True))
    if origin is Mapping:
        return {key: _typed(inner[1], item) for key, item in value.items()}
    return float(value) if hint is float else value


def _dataclass(kind: Any, value: Mapping[str, Any]) -> Any:
    hints = get_type_hints(kind)
    given: dict[str, Any] = {}
    for part in fields(kind):
        if part.name in value:
            given[part.name] = _typed(hints[part.name], value[part.name])
        elif part.default is MISSING and part.default_factory is MISSING:
            raise KeyError(f"{kind.__name__}.{part.name}")
    return kind(**given)
