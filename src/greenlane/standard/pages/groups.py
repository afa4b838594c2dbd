"""Summaries as lines of a page's tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _

from greenlane.gate.models import Channel
from greenlane.registry.models import VehicleClass
from greenlane.standard.columns import STAGE
from greenlane.standard.outcomes import NOT_OWED
from greenlane.standard.quantiles import QuantileFigure
from greenlane.standard.summary import ClockSummary
from greenlane.standard.templatetags.standard_figures import CLOCK_SPANS, cause_name, clock_name


@dataclass(frozen=True, slots=True)
class ClockLine:
    """One clock of the table.

    Attributes:
        has_standard: whether the checkpoint promises a time for it.
        not_owed: why nothing was measured, where no reading is owed (in words); else empty.
    """

    name: str
    span: str
    has_standard: bool
    is_stage: bool
    summary: ClockSummary
    not_owed: str

    @property
    def quantiles(self) -> tuple[QuantileFigure, ...]:
        return self.summary.quantiles


def clock_lines(clocks: Mapping[str, ClockSummary], stages: dict[str, str]) -> list[ClockLine]:
    """The clocks in order, the stages in the order in which trucks pass them."""
    order = [*CLOCK_SPANS, *(STAGE + code for code in stages)]
    known = sorted(clocks, key=lambda clock: order.index(clock) if clock in order else len(order))
    return [
        ClockLine(
            name=clock_name(clock, stages),
            span=str(CLOCK_SPANS.get(clock, "")),
            has_standard=clock in ("outside", "inside"),
            is_stage=clock.startswith(STAGE),
            summary=summary,
            not_owed="" if summary.n else _not_owed(summary),
        )
        for clock, summary in ((clock, clocks[clock]) for clock in known)
    ]


def _not_owed(summary: ClockSummary) -> str:
    reasons = [reason for reason in summary.missing if reason in NOT_OWED]
    if not reasons:
        return ""
    words = {
        "no_slot": _("no truck had a slot"),
        "not_asked": _("not known which time was asked for"),
        "no_partner": _("not measured: the other side sends no readings of these trips"),
    }
    most = max(reasons, key=lambda reason: summary.missing[reason])
    return words.get(str(most), "")


@dataclass(frozen=True, slots=True)
class GroupLine:
    """One channel or class of the table."""

    code: str
    name: str
    summary: ClockSummary


def group_lines(groups: Mapping[str, ClockSummary], by: str) -> list[GroupLine]:
    """Channels or classes in the order of their code lists; trucks without one come last."""
    names = dict(Channel.choices if by == "channel" else VehicleClass.choices)
    order = [code for code in names if code] + [""]
    return [
        GroupLine(code, str(names[code]) if code else _("Not known"), groups[code])
        for code in order
        if code in groups and groups[code].n
    ]


@dataclass(frozen=True, slots=True)
class CauseLine:
    """A cause of breaches: how many, and how much of the most frequent one's number."""

    name: str
    count: int
    part: float


def breach_lines(causes: Mapping[str, int], stages: dict[str, str]) -> list[CauseLine]:
    """Causes, the most frequent first."""
    most = max(causes.values(), default=1)
    return [CauseLine(cause_name(cause, stages), count, count / most) for cause, count in causes.items()]
