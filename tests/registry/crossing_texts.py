"""A small crossing to spoil: every test changes one thing in it."""

from __future__ import annotations

import textwrap
from typing import Any

_DIRECTION = """
routes:
  green: [gate, booth, out]
  red: [gate, booth, search, out]
channel_shares: {green: 0.9, red: 0.1, assumed: guess}
class_shares: {laden: 0.6, empty: 0.4, assumed: guess}
priority_classes: [livestock]
stages:
  - code: gate
    kind: entry
    names: {en: Gate, ru: Ворота, zh: 门}
    plan_s: 30
    assumed: guess
    service: {mean_s: 20, cv: 0, family: fixed}
    lanes: [{code: G1, shifts: always}]
  - code: booth
    kind: border
    names: {en: Booth, ru: Будка, zh: 亭}
    plan_s: {value: 120, source: "Example study 2020"}
    room: 4
    assumed: guess
    service:
      mean_s: {value: 100, source: "Example study 2020, p. 3"}
      cv: 0.5
      family: gamma
      channel_mean_s: {red: 200}
      class_factor: {empty: 0.5}
    lanes:
      - {codes: [B1, B2], shifts: always}
      - {code: B3, shifts: [{days: mon-fri, hours: "22:00-06:00"}]}
  - code: search
    kind: customs
    names: {en: Search, ru: Досмотр, zh: 查验}
    plan_s: 600
    classes: [laden]
    assumed: guess
    service: {mean_s: 600, cv: 0.5, family: lognormal, least_s: 120}
    lanes: [{code: S1, shifts: always, channels: [red]}]
  - code: out
    kind: exit
    names: {en: Out, ru: Выезд, zh: 出口}
    plan_s: 30
    assumed: guess
    service: {mean_s: 20, cv: 0, family: fixed}
    lanes: [{code: X1, shifts: always}]
arrivals:
  hourly: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23]
  weekday_factor: [2, 1, 1, 1, 1, 1, 0]
  source: "Example counts 2020"
turnout:
  early_share: 0.1
  punctual_share: 0.8
  late_share: 0.05
  no_show_share: 0.05
  early_mean_minutes: 40
  late_mean_minutes: 20
  cancel_share: 0.1
  unbooked_share: 0.1
  assumed: guess
cameras: {misread_share: 0.02, missed_share: 0.01, assumed: guess}
slots:
  horizon_days: 14
  slot_minutes: 30
  step_minutes: 15
  hold_minutes: 5
  early_minutes: 180
  late_minutes: 30
  void_minutes: 120
  move_cutoff_minutes: 180
  moves_per_trip: 1
  carrier_share: 0.1
  priority_share: 0.05
  live_share: 0.1
  slot_capacity: 8
  hour_capacity: 30
  day_capacity: null
  neighbour_per_hour: 25
  class_per_hour: {empty: 12}
  no_show_limit: 2
  no_show_window_days: 90
  no_show_block_days: 14
  grace_behind_minutes: 30
  inside_limit: 12
  release_lead_minutes: 10
  assumed: starting default
"""

_HEAD = """\
code: example
names: {en: Example, ru: Пример, zh: 例子}
mode: road
checkpoints:
  A:
    code: left
    names: {en: Left, ru: Левый, zh: 左}
    country: UA
    zone: Europe/Kyiv
    position: {lat: 51.19, lon: 23.81, assumed: guess}
    opening: {shifts: always, assumed: guess}
    standard: {inside_s: 600, outside_s: 600, quantile: 0.95, assumed: guess}
    parks:
      - code: yard
        names: {en: Yard, ru: Двор, zh: 场}
        places: 100
        travel_minutes: 12
        directions: [outbound]
        assumed: guess
    directions:
      outbound: &way
"""

_TAIL = """
      inbound: *way
  B:
    code: right
    names: {en: Right, ru: Правый, zh: 右}
    country: PL
    zone: Europe/Warsaw
    position: {lat: 51.18, lon: 23.80, assumed: guess}
    opening: {shifts: [{days: daily, hours: "06:00-22:00"}], assumed: guess}
    standard: {inside_s: 600, outside_s: 600, quantile: 0.95, assumed: guess}
    directions:
      inbound: *way
"""

GOOD = _HEAD + textwrap.indent(_DIRECTION.strip(), " " * 8) + _TAIL

_PARTS = {
    "stages:\n  - code: gate\n": """officers:
  - code: team
    shifts:
      - {days: daily, hours: "06:00-22:00", number: 3}
      - {days: "mon,wed,sat", hours: "22:00-06:00", number: 1}
    source: "Example roster 2020"
stages:
  - code: gate
    officers: team
""",
    "    room: 4\n": "    room: 4\n    officers: team\n",
    "[{code: G1, shifts: always}]": """
      - codes: [G1, G2]
        shifts: always
        failures: {between_hours: 200, repair_minutes: {value: 30, source: "Example log 2020"}}
      - code: G3
        shifts: always
        failures: {between_hours: 100, repair_minutes: 20, family: weibull, cv: 0.8}""",
    "      class_factor: {empty: 0.5}\n": """      class_factor: {empty: 0.5}
      groups:
        - {channel: red, class: laden, mean_s: 300, cv: 0.4, family: weibull, least_s: 60}
        - {channel: red, family: empirical, quantiles_s: [90, 150, 160.5, 400], source: "Example log 2020"}
        - {class: empty, mean_s: 40, cv: 0, family: fixed}
""",
    "{mean_s: 600, cv: 0.5, family: lognormal, least_s: 120}": "{mean_s: 601, family: empirical, "
    "quantiles_s: {value: [200, 500, 700, 1000], source: Example log 2020}}",
    "channels: [red]}]": "channels: [red], also: [out]}]",
    "  weekday_factor: [2, 1, 1, 1, 1, 1, 0]\n": "  convoy_share: 0.2\n  convoy_size: 6\n",
    "  unbooked_share: 0.1\n": "  unbooked_share: 0.1\n"
    "  offset_quantiles_minutes: {value: [-30, 0, 0, 45.5], source: Example counts 2020}\n",
}


def _full() -> str:
    direction = _DIRECTION
    for old, new in _PARTS.items():
        assert direction.count(old) == 1, old
        direction = direction.replace(old, new)
    return _HEAD + textwrap.indent(direction.strip(), " " * 8) + _TAIL


FULL = _full()
"""The good text with every optional part."""


def spoiled(old: str, new: str, text: str = GOOD) -> str:
    """The good text, or another, with the first ``old`` replaced; fails when the text does not hold it."""
    assert old in text, f"{old!r} is not in the example"
    return text.replace(old, new, 1)


NEW_KEYS = {
    "officers",
    "also",
    "failures",
    "values_s",
    "groups",
    "offset_minutes",
    "convoy_share",
    "convoy_size",
}


def older(document: Any) -> Any:
    """A document as it was kept before there were these parts."""
    if isinstance(document, dict):
        return {key: older(item) for key, item in document.items() if key not in NEW_KEYS}
    return [older(item) for item in document] if isinstance(document, list) else document


def line_of(text: str, part: str) -> int:
    """The number of the first line that holds ``part``, from 1."""
    return text[: text.index(part)].count("\n") + 1
