"""A crossing that is written reads back as it was, each figure with where it came from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from random import Random
from typing import Any

import pytest
import yaml
from crossing_texts import FULL, GOOD
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from greenlane.registry.crossing import (
    Crossing,
    Names,
    Provenance,
    Service,
    Shift,
    observed_time,
)
from greenlane.registry.crossing_file import read_crossing
from greenlane.registry.crossing_nodes import number
from greenlane.registry.crossing_writer import FigureUnsourcedError, crossing_text

SHIPPED = sorted((Path(__file__).parents[2] / "crossings").glob("*.yaml"))
BOOTH = "checkpoints.A.directions.outbound.stages.booth"


def read_back(crossing: Crossing) -> Crossing:
    return read_crossing(crossing_text(crossing))


def same(one: Crossing, other: Crossing) -> bool:
    """Equal, with the same sources: ``==`` of crossings compares both, told apart here for the report."""
    assert one.sources == other.sources
    return one == other


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: str(file.stem))
def test_a_shipped_crossing_reads_back_as_it_was(file: Path) -> None:
    crossing = read_crossing(file)
    assert same(read_back(crossing), crossing)


@pytest.mark.parametrize("text", [GOOD, FULL], ids=["good", "full"])
def test_every_optional_part_reads_back(text: str) -> None:
    crossing = read_crossing(text)
    assert same(read_back(crossing), crossing)


def test_what_is_written_twice_is_the_same_text() -> None:
    text = crossing_text(read_crossing(FULL))
    assert crossing_text(read_crossing(text)) == text


def test_a_section_says_once_where_its_figures_come_from() -> None:
    text = crossing_text(read_crossing(GOOD))
    assert text.count("Example counts 2020") == 3, "once for the arrivals of each of three directions"
    assert 'mean_s: {value: 100, source: "Example study 2020, p. 3"}' in text
    assert "- {codes: [B1, B2], shifts: always}" in text
    assert '- {code: B3, shifts: [{days: mon-fri, hours: "22:00-06:00"}]}' in text


def test_neighbouring_lanes_with_different_sources_stay_apart() -> None:
    crossing = read_crossing(FULL)
    gate = f"{BOOTH.removesuffix('booth')}gate.lanes.G2"
    for path in (gate, f"{gate}.failures.repair_minutes"):
        other = replace(crossing, sources={**crossing.sources, path: Provenance("source", "another log")})
        assert same(read_back(other), other)


def test_a_long_source_stays_on_one_line() -> None:
    crossing, long = read_crossing(GOOD), "a study of many words " * 20 + "in all"
    sources = {**crossing.sources, f"{BOOTH}.service.cv": Provenance("source", long)}
    assert any(long in line for line in crossing_text(replace(crossing, sources=sources)).splitlines())


def test_a_figure_without_a_source_is_named() -> None:
    crossing = read_crossing(GOOD)
    known = {path: each for path, each in crossing.sources.items() if path != f"{BOOTH}.service.cv"}
    with pytest.raises(FigureUnsourcedError) as caught:
        crossing_text(replace(crossing, sources=known))
    assert caught.value.field == f"{BOOTH}.service.cv"


def test_sources_of_figures_that_are_gone_are_left_out() -> None:
    crossing = read_crossing(GOOD)
    stale = {**crossing.sources, f"{BOOTH}.service.gone_s": Provenance("assumed", "of a figure that is gone")}
    assert same(read_back(replace(crossing, sources=stale)), crossing)


def test_a_direction_may_be_given_fitted_times() -> None:
    """What a calibration does: a group and observed times, each with its evidence."""
    evidence = Provenance("source", "calibrated from 12,345 passages")
    crossing = read_crossing(GOOD)
    checkpoint = crossing.checkpoint("A")
    direction = checkpoint.directions["outbound"]
    fitted = observed_time([20.0, 40.5, 70.0, 133.25])
    stages = tuple(
        replace(stage, service=Service(fitted.mean_s, fitted.cv, fitted.family, values_s=fitted.values_s))
        if stage.code == "booth"
        else stage
        for stage in direction.stages
    )
    kept = {path: each for path, each in crossing.sources.items() if not path.startswith(f"{BOOTH}.service")}
    changed = replace(
        crossing,
        checkpoints=(
            replace(
                checkpoint,
                directions={**checkpoint.directions, "outbound": replace(direction, stages=stages)},
            ),
            crossing.checkpoints[1],
        ),
        sources={**kept, f"{BOOTH}.service.quantiles_s": evidence},
    )
    assert same(read_back(changed), changed)


@pytest.mark.parametrize("value", [0, 1, 24, 0.1, 1e-5, 3e22, 1 / 3, 123456.789, 1e15, 2.0, -81.5])
def test_a_number_is_written_so_that_it_reads_back(value: float) -> None:
    text = number(value).value
    assert yaml.safe_load(text) == value, text
    assert float(text) == value


Chance = Random
LETTERS = "aZ09 :#-&*!|>%@`,[]{}\"'\\\n\t\x07\x85\u2028\ufeffяЖ国é\U0001f69a"


def words(chance: Chance) -> str:
    """Some text that YAML may stumble over; a text is read without blanks around it."""
    plain = chance.choice(
        ["NO", "~", "12", "0x1F", "null", "2020-01-01", "a: b", "- a", "x #y", "<<", "'", "="]
    )
    text = "".join(chance.choices(LETTERS, k=chance.randint(1, 12))).strip()
    return text if text and chance.random() < 0.7 else plain


def shift(chance: Chance) -> Shift:
    opens = chance.randint(0, 1439)
    days = tuple(sorted(chance.sample(range(7), chance.randint(1, 7))))
    return Shift(days, opens, opens + chance.choice([1, 600, 1440 - opens or 1440, 1440]))


def rarely(chance: Chance) -> bool:
    return chance.random() < 0.2


FIGURES: dict[str, Callable[[Chance], Any]] = {
    "plan_s": lambda chance: chance.randint(1, 60),
    "room": lambda chance: chance.choice([None, 0, 7]),
    "travel_minutes": lambda chance: chance.choice([0.0, 1e-7, 1 / 3, 1e6, chance.random()]),
    "places": lambda chance: chance.randint(1, 10**6),
    "hour_capacity": lambda chance: chance.choice([None, 9]),
    "misread_share": Random.random,
    "quantile": Random.random,
    "inside_s": lambda chance: chance.uniform(1e5, 1e7),
    "hourly": lambda chance: tuple(chance.uniform(0, 1e4) for _ in range(24)),
    "weekday_factor": lambda chance: tuple(chance.uniform(0, 9) for _ in range(7)),
    "offset_minutes": lambda chance: tuple(sorted(chance.uniform(-600, 600) for _ in range(40))),
    "parks": lambda _: (),
    "priority_classes": lambda chance: chance.choice([(), ("bus",), ("laden", "empty")]),
}


def changed(value: Any, chance: Chance) -> Any:
    """The same description with other figures, names and shifts here and there."""
    if isinstance(value, Names):
        return Names(words(chance), words(chance), words(chance))
    if isinstance(value, Shift):
        return shift(chance) if rarely(chance) else value
    if isinstance(value, Service) and rarely(chance):
        return replace(value, channel_mean_s={}, channel_cv={}, class_factor={}, groups=())
    if is_dataclass(value) and not isinstance(value, type):
        parts = {each.name: getattr(value, each.name) for each in fields(value)}
        return replace(value, **{name: changed_part(name, part, chance) for name, part in parts.items()})
    if isinstance(value, tuple):
        return tuple(changed(item, chance) for item in value)
    return value


def changed_part(name: str, part: Any, chance: Chance) -> Any:
    if name == "room" and part is None:
        return None  # a limit of room is not allowed everywhere
    if name in FIGURES and rarely(chance):
        return FIGURES[name](chance)
    if name == "directions" and isinstance(part, dict):
        return {code: changed(direction, chance) for code, direction in part.items()}
    return changed(part, chance)


class Sourced(dict[str, Provenance]):
    """An answer for every figure."""

    def __contains__(self, path: object) -> bool:
        return True

    def __missing__(self, path: str) -> Provenance:
        return Provenance("assumed", "guess")


OPTIONAL = (".least_s", ".weekday_factor", ".convoy_share", ".convoy_size", ".failures.cv")


def without_some(crossing: Crossing, chance: Chance) -> Crossing:
    """Less the sources of some figures that are at their default, which are then left out of the file."""
    for path in [path for path in crossing.sources if path.endswith(OPTIONAL) and rarely(chance)]:
        less = {other: each for other, each in crossing.sources.items() if other != path}
        try:
            crossing_text(replace(crossing, sources=less))
        except FigureUnsourcedError:
            continue
        crossing = replace(crossing, sources=less)
    return crossing


@settings(max_examples=5, deadline=None, phases=[Phase.generate])
@given(seed=st.integers(0, 2**32), text=st.sampled_from([GOOD, FULL]))
def test_a_crossing_with_other_figures_and_sources_reads_back(seed: int, text: str) -> None:
    chance = Random(seed)
    crossing = changed(read_crossing(text), chance)
    read = read_back(replace(crossing, sources=Sourced()))
    assert read.checkpoints == crossing.checkpoints
    some = [Provenance(chance.choice(("source", "assumed")), words(chance)) for _ in range(3)]
    read = without_some(replace(read, sources={path: chance.choice(some) for path in read.sources}), chance)
    assert same(read_back(read), read)
