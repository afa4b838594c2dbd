"""One thing set otherwise than described, such as ``lanes.customs@18:00-24:00=4``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final, NoReturn

from greenlane.errors import GreenlaneError
from greenlane.registry.hours import ALL_WEEK, DAY_MINUTES, Shift, clock_text

_SHAPE: Final = re.compile(
    r"\s*(?P<path>[a-z_]+(?:\.[\w-]+)*)\s*"
    r"(?:@\s*(?P<from_h>\d\d?):(?P<from_m>\d\d)-(?P<to_h>\d\d?):(?P<to_m>\d\d))?\s*=\s*(?P<value>\S+)\s*"
)
RULES: Final = ("none", "slot", "limit", "predicted")
ROOTS: Final = {
    "lanes": "lanes.STAGE: how many lanes there are; with hours, how many are open then",
    "arrivals": "arrivals: times as many trucks; with hours, then",
    "channels": "channels.CHANNEL: share of all trucks; the others keep their proportions",
    "classes": "classes.CLASS: share of all trucks; the others keep their proportions",
    "service": "service.STAGE: times as long; service.STAGE.mean_s: mean seconds",
    "room": "room.STAGE: trucks that may wait before it, or none for any number",
    "call_up": "call_up.rule: none, slot, limit or predicted; call_up.limit; call_up.target; call_up.lead",
    "turnout": "turnout.no_show_share, turnout.unbooked_share",
    "slots": "slots.capacity: bookings of a slot",
}
"""What can be set, with words for people."""
_WITH_HOURS: Final = ("lanes", "arrivals")
_KEYS: Final = {
    "call_up": ("rule", "limit", "target", "lead"),
    "turnout": ("no_show_share", "unbooked_share"),
    "slots": ("capacity",),
}


class SettingError(GreenlaneError):
    """A setting that cannot be made; ``field`` is its path."""

    def __init__(self, field: str, message: str, mend: str) -> None:
        super().__init__("setting_unsound", message, field=field, mend=mend, status=422)


@dataclass(frozen=True, slots=True)
class Setting:
    """A path, the hours of every day for which it holds, and a value.

    Attributes:
        path: its parts, such as ``("lanes", "customs")``.
        value: a number, or a word where the path takes one.
        hours: minutes of the day [from, to), ``to`` above 1440 over midnight; None for the whole time.
    """

    path: tuple[str, ...]
    value: float | str
    hours: tuple[int, int] | None = None

    @property
    def name(self) -> str:
        """The path as text."""
        return ".".join(self.path)

    @property
    def shift(self) -> Shift:
        """Its hours as a shift of every day."""
        begin, end = self.hours or (0, DAY_MINUTES)
        return Shift(ALL_WEEK, begin, end)

    def number(self, least: float = 0.0, most: float = float("inf")) -> float:
        """Its value as a number of that range; SettingError for another."""
        if isinstance(self.value, str) or not least <= self.value <= most:
            span = f"{least:g} to {most:g}" if most < float("inf") else f"{least:g} or more"
            raise SettingError(self.name, f"{self.value} does not fit.", f"Give {span}.")
        return self.value

    def whole(self, least: int = 0) -> int:
        """Its value as a whole number; SettingError for another."""
        value = self.number(float(least))
        if value != int(value):
            raise SettingError(self.name, f"{value:g} is not a whole number.", "Give a whole number.")
        return int(value)

    def __str__(self) -> str:
        value = self.value if isinstance(self.value, str) else f"{self.value:g}"
        if self.hours is None:
            return f"{self.name}={value}"
        begin, end = self.hours
        to = clock_text(end - DAY_MINUTES if end > DAY_MINUTES else end)
        return f"{self.name}@{clock_text(begin)}-{to}={value}"


def read_setting(text: str) -> Setting:
    """A setting from ``PATH=VALUE`` or ``PATH@HH:MM-HH:MM=VALUE``.

    Raises:
        SettingError: it has another form, or there is nothing of that name.
    """
    found = _SHAPE.fullmatch(text)
    if found is None:
        raise SettingError(
            text.split("=")[0].strip() or "set", f"{text!r} is not a setting.", "Write PATH=VALUE, "
            "or PATH@HH:MM-HH:MM=VALUE, such as lanes.customs@18:00-24:00=4."
        )  # fmt: skip
    path = tuple(found["path"].split("."))
    _check_path(path, has_hours=found["from_h"] is not None)
    return Setting(path, _value(path, found["value"]), _hours(found, path))


def read_settings(texts: Iterable[str]) -> tuple[Setting, ...]:
    """Settings from texts; one text may hold several, with commas or spaces between them."""
    parts = (part for text in texts for part in re.split(r"[,\s]+", text))
    return tuple(read_setting(part) for part in parts if part)


def _check_path(path: tuple[str, ...], *, has_hours: bool) -> None:
    name, root = ".".join(path), path[0]
    if root not in ROOTS:
        refuse_unknown(name, root, ROOTS)
    sizes = {"arrivals": (1,), "service": (2, 3)}.get(root, (2,))
    if len(path) not in sizes or (len(path) == 3 and path[2] != "mean_s"):
        raise SettingError(name, "This is not a thing that can be set.", f"Write {ROOTS[root]}.")
    if root in _KEYS and path[1] not in _KEYS[root]:
        refuse_unknown(name, path[1], _KEYS[root])
    if has_hours and root not in _WITH_HOURS:
        raise SettingError(name, "It cannot change by the hour.", "Leave out the hours.")


def refuse_unknown(field: str, code: str, known: Iterable[str]) -> NoReturn:
    """Raise a SettingError that names the nearest of the known codes."""
    names: Sequence[str] = list(known)
    near = get_close_matches(code, names, 1)
    mend = f"Did you mean {near[0]!r}?" if near else f"Use one of: {', '.join(names)}."
    raise SettingError(field, f"There is no {code!r}.", mend)


def _value(path: tuple[str, ...], text: str) -> float | str:
    if path == ("call_up", "rule"):
        if text not in RULES:
            refuse_unknown("call_up.rule", text, RULES)
        return text
    if path[0] == "room" and text == "none":
        return text
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not abs(value) < float("inf"):
        raise SettingError(".".join(path), f"{text!r} is not a number.", "Give a number.")
    return value


def _hours(found: re.Match[str], path: tuple[str, ...]) -> tuple[int, int] | None:
    if found["from_h"] is None:
        return None
    begin = int(found["from_h"]) * 60 + int(found["from_m"])
    end = int(found["to_h"]) * 60 + int(found["to_m"])
    if begin >= DAY_MINUTES or end > DAY_MINUTES or int(found["from_m"]) > 59 or int(found["to_m"]) > 59:
        raise SettingError(".".join(path), "These are not hours of a day.", "Write them as 18:00-24:00.")
    return begin, end if end > begin else end + DAY_MINUTES
