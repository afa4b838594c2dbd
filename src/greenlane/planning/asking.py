"""What a planner asks: a day, settings, replications and a seed, read from an address. Pure: no Django."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from greenlane.errors import GreenlaneError
from greenlane.planning.controls import Control, changed, controls_of, set_to
from greenlane.registry import crossing
from greenlane.twin.setting import read_settings

REPLICATIONS: Final = 30
MOST_REPLICATIONS: Final = 100
MOST_LANES: Final = 200
MOST_TIMES: Final = 10.0
"""Times as many trucks as described."""
LONGEST_SETTINGS: Final = 2000
"""Letters of all settings together."""


class AskedError(GreenlaneError):
    """A question that cannot be answered."""

    def __init__(self, field: str, message: str, mend: str) -> None:
        super().__init__("question_unsound", message, field=field, mend=mend, status=422)


@dataclass(frozen=True, slots=True)
class Asked:
    """A question to the twin.

    Attributes:
        settings: texts such as ``lanes.customs@06:00-24:00=4``; empty for a day as described.
    """

    day: date
    settings: tuple[str, ...] = ()
    replications: int = REPLICATIONS
    seed: int = 1

    @property
    def set_text(self) -> str:
        """The settings as one text, as it stands in an address."""
        return ",".join(self.settings)


def asked_of(values: Mapping[str, str], sets: Sequence[str], today: date) -> Asked:
    """A question from the values of an address and its ``set`` texts.

    Raises:
        AskedError: a value that is not of its kind or range.
        SettingError: a setting that cannot be read.
    """
    if sum(len(text) for text in sets) > LONGEST_SETTINGS:
        raise AskedError("set", "There are too many settings.", f"Give up to {LONGEST_SETTINGS} letters.")
    settings = read_settings(sets)
    for setting in settings:
        most = {"lanes": float(MOST_LANES), "arrivals": MOST_TIMES}.get(setting.path[0])
        if most is not None and not isinstance(setting.value, str) and setting.value > most:
            raise AskedError(setting.name, f"{setting.value:g} is too many.", f"Give {most:g} or fewer.")
    return Asked(
        _day(values.get("day", ""), today),
        tuple(str(setting) for setting in settings),
        _whole(values, "replications", REPLICATIONS, 2, MOST_REPLICATIONS),
        _whole(values, "seed", 1, 0, 2**32 - 1),
    )


def sent_by_form(
    checkpoint: crossing.Checkpoint, direction: str, day: date, values: Mapping[str, str], sets: Sequence[str]
) -> tuple[str, ...]:
    """The settings of a form that sends every control by its name, in the control's unit.

    Raises:
        AskedError: a control's value that is not a number.
        SettingError: a setting that cannot be read.
    """
    controls, others = set_to(controls_of(checkpoint, direction, day), read_settings(sets))
    return changed((_sent(control, values.get(control.name)) for control in controls), others)


def _sent(control: Control, text: str | None) -> Control:
    if text is None or text == "":
        return control
    value: float | str = text
    if not isinstance(control.today, str):
        try:
            value = round(float(text), 4)
        except ValueError:
            raise AskedError(control.name, f"{text!r} is not a number.", "Give a number.") from None
    return replace(control, value=value)


def _day(text: str, today: date) -> date:
    if not text:
        return today
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise AskedError("day", f"{text!r} is not a date.", "Write it as 2026-11-25.") from None


def _whole(values: Mapping[str, str], name: str, default: int, least: int, most: int) -> int:
    text = values.get(name, "")
    if not text:
        return default
    if not (text.isascii() and text.isdigit() and len(text) < 12 and least <= int(text) <= most):
        raise AskedError(name, f"{text!r} does not fit.", f"Give a whole number of {least} to {most}.")
    return int(text)
