"""The code lists of a crossing, the same in files, tables, API and pages. Pure: no Django."""

from __future__ import annotations

from typing import Final

OUTBOUND: Final = "outbound"
"""Leaving the checkpoint's country."""
INBOUND: Final = "inbound"
"""Coming into the checkpoint's country."""
DIRECTIONS: Final = (OUTBOUND, INBOUND)

SIDES: Final = ("A", "B")
MODES: Final = ("road",)

VEHICLE_CLASSES: Final = (
    "laden",
    "empty",
    "perishable",
    "livestock",
    "dangerous",
    "oversize",
    "humanitarian",
    "bus",
)
CHANNELS: Final = ("green", "amber", "red")
SHARES: Final = ("booked", "live", "priority")

STAGE_KINDS: Final = (
    "entry",
    "border",
    "transport",
    "weighing",
    "xray",
    "customs",
    "veterinary",
    "phytosanitary",
    "exit",
)

FAMILIES: Final = ("lognormal", "gamma", "weibull", "exponential", "fixed")
"""Shapes of a time with a given mean and cv. ``gamma`` with cv 1/sqrt(k) is Erlang-k; ``exponential`` has cv
1, ``fixed`` 0 (whatever cv is given)."""
SERVICE_FAMILIES: Final = (*FAMILIES, "empirical")
"""Shapes of a service time; ``empirical`` is one as observed, by its quantiles."""

LANGUAGES: Final = ("en", "ru", "zh")
WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
"""In the order of ``datetime.weekday()``: Monday is 0."""
