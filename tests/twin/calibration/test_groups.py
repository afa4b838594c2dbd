"""As few groups of channels and classes as the readings ask for, and everyone in one of them."""

from __future__ import annotations

import numpy as np

from greenlane.registry.crossing import Service, ServiceTime
from greenlane.registry.crossing_service import ServiceGroup
from greenlane.twin.calibration.durations import Durations, durations
from greenlane.twin.calibration.groups import Group, groups
from greenlane.twin.calibration.service_times import Cell


def cells(means: dict[Cell, tuple[float, int]]) -> dict[Cell, Durations]:
    """Gamma times with a mean and a number of visits for each channel and class."""
    dice = np.random.default_rng(1)
    return {cell: durations(dice.gamma(4.0, mean / 4.0, n)) for cell, (mean, n) in means.items()}


def taken(found: tuple[Group, ...], channel: str, vehicle_class: str) -> int:
    """The number of the group whose time a crossing gives to trucks of a channel and class; -1 for none."""
    named = tuple(
        ServiceGroup(name[0] or None, name[1] or None, ServiceTime(float(number + 1), 0.5, "gamma"))
        for number, group in enumerate(found)
        for name in group.names
    )
    service = Service(0.0, 0.5, "gamma", groups=named)
    return int(service.time_for(channel, vehicle_class).mean_s) - 1


def test_alike_is_one_group() -> None:
    found = groups(cells({("green", "laden"): (2.0, 900), ("green", "empty"): (2.0, 900)}))
    assert len(found) == 1


def test_a_difference_of_channels_alone_is_named_by_channel() -> None:
    found = groups(
        cells(
            {
                ("green", "laden"): (2.0, 900),
                ("green", "empty"): (2.0, 900),
                ("red", "laden"): (5.0, 90),
                ("red", "empty"): (5.0, 60),
                ("red", "dangerous"): (5.0, 4),
            }
        )
    )
    assert [group.names for group in found] == [(("green", ""),), (("red", ""),)]
    assert taken(found, "red", "dangerous") == taken(found, "red", "laden") == 1


def test_a_difference_of_classes_alone_is_named_by_class_whatever_is_rare() -> None:
    found = groups(
        cells(
            {
                ("green", "laden"): (2.0, 900),
                ("green", "empty"): (1.0, 900),
                ("red", "laden"): (2.0, 90),
                ("red", "empty"): (1.0, 60),
                ("green", "oversize"): (2.0, 25),
                ("green", "dangerous"): (2.0, 25),
            }
        )
    )
    assert taken(found, "red", "empty") == taken(found, "green", "empty")
    assert taken(found, "red", "laden") == taken(found, "green", "laden") != taken(found, "green", "empty")
    assert all(channel == "" for group in found for channel, _ in group.names)


def test_rare_classes_go_with_the_rest_of_their_channel_and_not_with_all() -> None:
    found = groups(
        cells(
            {
                ("green", "laden"): (2.0, 1_200),
                ("green", "empty"): (1.0, 900),
                ("red", "laden"): (6.0, 25),
                ("red", "empty"): (6.0, 20),
                ("amber", "laden"): (6.0, 40),
                ("amber", "dangerous"): (6.0, 5),
            }
        )
    )
    slow = taken(found, "red", "laden")
    assert slow not in (-1, taken(found, "green", "laden"), taken(found, "green", "empty"))
    assert taken(found, "red", "empty") == taken(found, "amber", "laden") == slow
    assert taken(found, "amber", "dangerous") == slow
    assert taken(found, "green", "oversize") == taken(found, "green", "laden")
    names = [name for group in found for name in group.names]
    assert len(names) == len(set(names))


def test_a_channel_stands_for_what_most_of_it_takes_and_not_for_the_greatest_group() -> None:
    found = groups(
        cells(
            {
                ("green", "laden"): (2.0, 3_000),
                ("green", "empty"): (5.0, 300),
                ("red", "laden"): (5.0, 400),
                ("red", "empty"): (2.0, 200),
            }
        )
    )
    assert taken(found, "red", "oversize") == taken(found, "red", "laden") == taken(found, "green", "empty")
    assert taken(found, "green", "oversize") == taken(found, "green", "laden")


def test_parts_that_lie_between_by_chance_make_no_group_of_their_own() -> None:
    """Twenty rare kinds of two true times: some lie between, and belong to one or the other."""
    for seed in range(20):
        dice = np.random.default_rng(seed)
        found = groups(
            {
                (channel, f"{vehicle_class}{number}"): durations(dice.gamma(6.0, mean / 6.0, size))
                for channel in ("green", "amber", "red")
                for vehicle_class, mean, size in (("empty", 0.65, 45), ("laden", 0.78, 45))
                for number in range(4)
            }
        )
        assert len(found) <= 2


def test_trucks_of_unknown_channel_or_class_decide_nothing() -> None:
    known = {("green", "laden"): (2.0, 900), ("", "laden"): (9.0, 900), ("green", ""): (9.0, 900)}
    found = groups(cells(known))
    assert [group.cells for group in found] == [(("green", "laden"),)]
    assert groups(cells({("", ""): (2.0, 900)})) == ()
