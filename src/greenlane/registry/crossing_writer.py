"""Writes a crossing as the text of a crossing file, which ``read_crossing`` reads back. Pure: no Django.

In the order and style of the shipped files, without anchors: a section that both directions share stands in
each.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields, replace
from itertools import groupby
from typing import Any

from greenlane.errors import GreenlaneError
from greenlane.registry.crossing import Checkpoint, Crossing, Direction
from greenlane.registry.crossing_nodes import Entry, Figure, Part, line, number, quoted, row, word, yaml_text
from greenlane.registry.crossing_parts import (
    CALL_BY_LIMIT,
    EXPONENTIAL,
    FIRST_CLICK,
    Failures,
    Lane,
    Names,
    Park,
    Provenance,
    SlotRules,
    Stage,
)
from greenlane.registry.crossing_scalars import Node
from greenlane.registry.crossing_service import EMPIRICAL, Service, ServiceTime
from greenlane.registry.crossing_week import shifts_node, staffing_node

_FILE_KEYS = {"offset_minutes": "offset_quantiles_minutes"}


class FigureUnsourcedError(GreenlaneError):
    """A figure of the crossing has no entry in its ``sources``; ``field`` is its dotted path."""

    def __init__(self, field: str) -> None:
        super().__init__(
            "figure_unsourced",
            f"{field} has neither source nor assumed.",
            field=field,
            mend="Put a Provenance for it into the sources of the crossing.",
        )


def crossing_text(crossing: Crossing) -> str:
    """The crossing as YAML, which ``read_crossing`` reads back to an equal crossing with equal ``sources``.

    Sources of figures that the crossing does not have are left out. A mean or cv of observed times is
    written where ``sources`` has it, since without it is worked out from the quantiles.

    Raises:
        FigureUnsourcedError: a figure has no source.
    """
    return yaml_text(_Writer(crossing.sources).crossing(crossing))


class _Writer:
    """Makes the parts of a file; ``path`` is always the dotted path of what is written."""

    def __init__(self, sources: Mapping[str, Provenance]) -> None:
        self._sources = sources

    def crossing(self, crossing: Crossing) -> Part:
        sides = {
            checkpoint.side: self._checkpoint(checkpoint, f"checkpoints.{checkpoint.side}")
            for checkpoint in crossing.checkpoints
        }
        return _plain(
            code=word(crossing.code),
            names=_names(crossing.names),
            mode=word(crossing.mode),
            checkpoints=Part(dict(sides), carries=False),
        )

    def _checkpoint(self, checkpoint: Checkpoint, path: str) -> Part:
        directions: dict[str, Entry] = {
            code: self._direction(direction, f"{path}.directions.{code}")
            for code, direction in checkpoint.directions.items()
        }
        shifts = self._figure(f"{path}.opening.shifts", shifts_node(checkpoint.opening))
        return _plain(
            code=word(checkpoint.code),
            names=_names(checkpoint.names),
            country=word(checkpoint.country),
            zone=word(checkpoint.zone),
            position=Part(
                {
                    "lat": self._figure(f"{path}.position.lat", number(checkpoint.lat)),
                    "lon": self._figure(f"{path}.position.lon", number(checkpoint.lon)),
                }
            ),
            opening=Part({"shifts": shifts}),
            standard=self._figures(f"{path}.standard", checkpoint.standard),
            parks=[self._park(park, f"{path}.parks.{park.code}") for park in checkpoint.parks],
            directions=Part(directions, carries=False),
        )

    def _park(self, park: Park, path: str) -> Part:
        return _part(
            code=word(park.code),
            names=_names(park.names),
            places=self._number(f"{path}.places", park.places),
            travel_minutes=self._number(f"{path}.travel_minutes", park.travel_minutes),
            directions=_words(park.directions),
        )

    def _direction(self, direction: Direction, path: str) -> Part:
        routes: dict[str, Entry] = {
            channel: row(map(word, route)) for channel, route in direction.routes.items()
        }
        officers = [
            _part(
                code=word(pool.code),
                shifts=self._figure(f"{path}.officers.{pool.code}.shifts", staffing_node(pool.shifts)),
            )
            for pool in direction.officers
        ]
        return _plain(
            routes=Part(routes, carries=False),
            channel_shares=self._map(f"{path}.channel_shares", direction.channel_shares),
            class_shares=self._map(f"{path}.class_shares", direction.class_shares),
            priority_classes=_words(direction.priority_classes),
            officers=officers,
            stages=[self._stage(stage, f"{path}.stages.{stage.code}") for stage in direction.stages],
            arrivals=self._figures(f"{path}.arrivals", direction.arrivals),
            turnout=self._figures(f"{path}.turnout", direction.turnout),
            cameras=self._figures(f"{path}.cameras", direction.cameras),
            slots=self._slots(direction.slots, f"{path}.slots"),
        )

    def _slots(self, slots: SlotRules, path: str) -> Part:
        part = self._figures(path, slots)
        for key, default in (("allocation", FIRST_CLICK), ("call_up", CALL_BY_LIMIT)):
            if getattr(slots, key) != default:
                part.entries[key] = word(getattr(slots, key))
        return part

    def _stage(self, stage: Stage, path: str) -> Part:
        return _part(
            code=word(stage.code),
            kind=word(stage.kind),
            names=_names(stage.names),
            plan_s=self._number(f"{path}.plan_s", stage.plan_s),
            room=None if stage.room is None else self._number(f"{path}.room", stage.room),
            classes=_words(stage.classes),
            officers=word(stage.officers) if stage.officers else None,
            service=self._service(stage.service, f"{path}.service"),
            lanes=self._lanes(stage.lanes, f"{path}.lanes"),
        )

    def _service(self, service: Service, path: str) -> Part:
        own = ServiceTime(service.mean_s, service.cv, service.family, service.least_s, service.values_s)
        groups = [
            _part(
                **{"channel": word(group.channel) if group.channel else None},
                **{"class": word(group.vehicle_class) if group.vehicle_class else None},
                **self._time(group.time, f"{path}.groups.{group.code}"),
            )
            for group in service.groups
        ]
        for part in groups:
            part.inline = "quantiles_s" not in part.entries
        maps = {
            key: self._map(f"{path}.{key}", getattr(service, key), inline=True)
            for key in ("channel_mean_s", "channel_cv", "class_factor")
        }
        return _part(**self._time(own, path), **maps, groups=groups)

    def _time(self, time: ServiceTime, path: str) -> dict[str, Entry | None]:
        is_drawn = time.family != EMPIRICAL
        return {
            "mean_s": self._number(f"{path}.mean_s", time.mean_s, written=is_drawn),
            "cv": self._number(f"{path}.cv", time.cv, written=is_drawn),
            "family": word(time.family),
            "least_s": self._number(f"{path}.least_s", time.least_s, written=time.least_s != 0)
            if is_drawn
            else None,
            "quantiles_s": self._row(f"{path}.quantiles_s", time.values_s) if time.values_s else None,
        }

    def _lanes(self, lanes: Iterable[Lane], path: str) -> list[Part]:
        """Neighbours that differ in their code alone make one group."""

        def alike(lane: Lane) -> tuple[Lane, list[Provenance | None]]:
            figures = ("", *(f".failures.{key}" for key in _names_of(Failures)))
            return replace(lane, code=""), [
                self._sources.get(f"{path}.{lane.code}{each}") for each in figures
            ]

        return [self._lane_group(list(group), path) for _, group in groupby(lanes, key=alike)]

    def _lane_group(self, lanes: Sequence[Lane], path: str) -> Part:
        lane, codes = lanes[0], [word(lane.code) for lane in lanes]
        place = f"{path}.{lane.code}"
        part = _part(
            code=codes[0] if len(codes) == 1 else None,
            codes=row(codes) if len(codes) > 1 else None,
            shifts=shifts_node(lane.shifts),
            channels=_words(lane.channels),
            classes=_words(lane.classes),
            also=_words(lane.also),
            failures=self._failures(lane.failures, f"{place}.failures") if lane.failures else None,
        )
        part.own, part.inline = self._provenance(place), True
        return part

    def _failures(self, failures: Failures, path: str) -> Part:
        part = self._figures(path, failures)
        if failures.family != EXPONENTIAL:
            part.entries["family"] = word(failures.family)
        part.inline = True
        return part

    def _figures(self, path: str, described: Any) -> Part:
        """All figures of a dataclass, in the order of its fields; at its default one with a source only."""
        part = Part()
        for each in fields(described):
            key, value = _FILE_KEYS.get(each.name, each.name), getattr(described, each.name)
            where = f"{path}.{key}"
            entry: Entry | None = None
            if isinstance(value, Mapping):
                entry = self._map(where, value, inline=True)
            elif isinstance(value, tuple):
                is_told = bool(value) and (value != each.default or where in self._sources)
                entry = self._row(where, value) if is_told else None
            elif isinstance(value, int | float):
                entry = self._number(where, value, written=value != each.default)
            if entry is not None:
                part.entries[key] = entry
        return part

    def _map(self, path: str, figures: Mapping[str, float], *, inline: bool = False) -> Part | None:
        """Figures by code; None where there are none."""
        entries: dict[str, Entry] = {
            code: self._figure(f"{path}.{code}", number(value)) for code, value in figures.items()
        }
        return Part(entries, inline=inline) if entries else None

    def _row(self, path: str, values: Iterable[float]) -> Figure:
        return self._figure(path, row(map(number, values)))

    def _number(self, path: str, value: float, *, written: bool = True) -> Figure | None:
        """A figure; one that need not be ``written`` only where it has a source."""
        return self._figure(path, number(value)) if written or path in self._sources else None

    def _figure(self, path: str, node: Node) -> Figure:
        return Figure(node, self._provenance(path))

    def _provenance(self, path: str) -> Provenance:
        if path not in self._sources:
            raise FigureUnsourcedError(path)
        return self._sources[path]


def _names_of(described: type[Failures]) -> tuple[str, ...]:
    return tuple(each.name for each in fields(described))


def _part(**entries: Entry | None) -> Part:
    """A part of the entries that are there."""
    return Part({key: entry for key, entry in entries.items() if entry is not None and entry != []})


def _plain(**entries: Entry | None) -> Part:
    """A part that cannot say where its figures come from."""
    part = _part(**entries)
    part.carries = False
    return part


def _names(names: Names) -> Node:
    return line(en=quoted(names.en), ru=quoted(names.ru), zh=quoted(names.zh))


def _words(codes: Sequence[str]) -> Node | None:
    return row(map(word, codes)) if codes else None
