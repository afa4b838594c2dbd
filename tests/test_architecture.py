"""The rules between rooms that follow from the names of their files; the others are in pyproject.toml.

A room's furniture (``models``, ``commands``, ``queries`` and its doors) may use Django. Every other module of
a room is its pure core, which a notebook can use without settings or a database.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import grimp

ROOMS = ("registry", "booking", "gate", "callup", "standard", "planning")
OPEN_FURNITURE = {"models", "commands", "plan_commands", "rule_commands", "queries"}
"""What other rooms may use besides the pure core: use cases, reads, and tables for foreign keys and joins."""
DOORS = {
    "api",
    "api_auth",
    "schemas",
    "pages",
    "forms",
    "admin",
    "urls",
    "cli",
    "calibrate_cli",
    "resale_cli",
    "rules_cli",
    "rules_line",
    "order_cli",
    "templatetags",
}
WIRING = {"apps", "receivers", "migrations"}
FURNITURE = OPEN_FURNITURE | DOORS | WIRING | {"signals"}
WEB_AND_DATABASE = {"django", "ninja", "allauth", "psycopg", "asyncpg", "procrastinate"}
PLAYER_MAY_USE = {
    "greenlane",
    "greenlane.errors",
    "greenlane.registry.codes",
    "greenlane.registry.hours",
    "greenlane.registry.crossing",
    "greenlane.registry.crossing_file",
    "greenlane.registry.crossing_finding",
    "greenlane.registry.crossing_hours",
}


@cache
def _imports() -> tuple[tuple[str, str], ...]:
    """Every direct import inside and out of the package, as importer and imported."""
    graph = grimp.build_graph(
        "greenlane", include_external_packages=True, exclude_type_checking_imports=True, cache_dir=None
    )
    return tuple(
        (importer, imported)
        for importer in sorted(graph.modules)
        if importer.startswith("greenlane")
        for imported in sorted(graph.find_modules_directly_imported_by(importer))
    )


def _place(module: str) -> tuple[str, str]:
    """The room of a module, and the name of its file or directory there; empty where it is in none."""
    parts = module.split(".")
    if len(parts) < 3 or parts[0] != "greenlane" or parts[1] not in ROOMS:
        return "", ""
    return parts[1], parts[2]


def _imports_from_rooms() -> Iterator[tuple[str, str]]:
    return ((importer, imported) for importer, imported in _imports() if _place(importer)[0])


def test_the_rules_see_every_room() -> None:
    assert {_place(importer)[0] for importer, _ in _imports_from_rooms()} == set(ROOMS)


def test_pure_cores_need_no_web_framework_and_no_database() -> None:
    wrong = [
        f"{importer} imports {imported}"
        for importer, imported in _imports_from_rooms()
        if _place(importer)[1] not in FURNITURE
        and (imported.split(".")[0] in WEB_AND_DATABASE or _place(imported)[1] in FURNITURE)
    ]
    assert wrong == []


def test_rooms_use_each_other_only_through_use_cases_tables_and_pure_cores() -> None:
    wrong = [
        f"{importer} imports {imported}"
        for importer, imported in _imports_from_rooms()
        if _place(imported)[0] not in {"", _place(importer)[0]} and _place(imported)[1] in DOORS | WIRING
    ]
    assert wrong == []


ASK_THE_TIME = {
    # Reads a request for the doors of all rooms: now, unless the request states the time of its fact.
    "greenlane.registry.queries.calls",
    # When an answer was kept, which no rule depends on.
    "greenlane.registry.commands.answers",
    # Whether a wish is one of the present, and so may join the turnstile's line. The rule gets `at`.
    "greenlane.booking.commands.take",
}


def test_only_doors_read_the_clock_of_the_platform() -> None:
    """Commands, queries and pure functions are told the time, so that a past day can be played again."""
    wrong = [
        importer
        for importer, imported in _imports_from_rooms()
        if imported == "greenlane.registry.clock"
        and _place(importer)[1] not in DOORS
        and importer not in ASK_THE_TIME
    ]
    assert wrong == []


def test_the_player_uses_only_the_descriptions_of_crossings() -> None:
    wrong = [
        f"{importer} imports {imported}"
        for importer, imported in _imports()
        if importer.startswith("greenlane.player")
        and imported.startswith("greenlane")
        and not imported.startswith("greenlane.player")
        and imported not in PLAYER_MAY_USE
    ]
    assert wrong == []


def test_queries_never_call_commands() -> None:
    wrong = [
        f"{importer} imports {imported}"
        for importer, imported in _imports_from_rooms()
        if _place(importer)[1] == "queries" and _place(imported)[1] == "commands"
    ]
    assert wrong == []
