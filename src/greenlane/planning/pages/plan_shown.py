"""A plan's document as the planner's page shows it: charts, rows and words in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from greenlane.planning.models import DayPlan
from greenlane.planning.pages.figure_texts import share_text
from greenlane.planning.pages.plan_charts import StepChart, Steps, frontier_chart, step_chart
from greenlane.planning.queries.plans import SlotQuota, planned_quotas
from greenlane.registry.crossing import Checkpoint

LEAST_SHOWN: Final = 0.0005
"""A reason for fewer trucks than this share would be shown as none."""


@dataclass(frozen=True, slots=True)
class PostShown:
    """Lanes of one post through the day: the chart, and the same as a table."""

    name: str
    chart: StepChart
    rows: tuple[tuple[str, int, int | None], ...]
    differs: bool


@dataclass(frozen=True, slots=True)
class Compared:
    """A figure of today's plan and of the proposed one."""

    label: str
    today: str
    planned: str
    is_kept: bool | None = None


@dataclass(frozen=True, slots=True)
class QuotaRow:
    """A slot: bookings that fit in today, that the plan has, and that are taken."""

    starts_at: datetime
    today: int
    planned: int | None
    taken: int
    is_open: bool


def plan_shown(
    plan: DayPlan, described: Checkpoint, names: Mapping[str, str], quotas: Sequence[SlotQuota]
) -> dict[str, Any]:
    """The parts of the page that show a plan that is made."""
    document = plan.document or {}
    return {
        "posts": _posts(document, names),
        "figures": _figures(document),
        "binding": [
            (names.get(each["stage"], _reason(each["stage"])), each["at"], share_text(each["late"]))
            for each in document["binding"][:5]
            if each["late"] >= LEAST_SHOWN
        ],
        "shifts": [
            {**shift, "lanes": [(_post_name(document, code, names), n) for code, n in shift["lanes"].items()]}
            for shift in document["shifts"]
        ],
        "quotas": _quotas(plan, quotas, described),
        "quota_words": _bound_words(document["quotas"]),
        "frontier": _frontier(document["frontier"]),
        "levers": [_lever(each, names) for each in document["levers"]],
        "target": document["goal"]["target"],
        "share": share_text(document["goal"]["quantile"]),
        "has_roster": document["staffing"] is not None,
    }


def _posts(document: Mapping[str, Any], names: Mapping[str, str]) -> list[PostShown]:
    begins = [_minute(text) for text in document["blocks"]]
    planned, found = document["staffing"] or {}, []
    # In the order of the posts: a JSON column does not keep that of its keys.
    for code in (post["code"] for post in document["posts"]):
        today, new = document["today"][code], planned.get(code)
        steps = [Steps("s0", begins, today)] + ([Steps("s1", begins, new)] if new else [])
        rows = tuple(
            (at, old, new[place] if new else None)
            for place, (at, old) in enumerate(zip(document["blocks"], today, strict=True))
        )
        found.append(
            PostShown(_post_name(document, code, names), step_chart(steps), rows, bool(new) and new != today)
        )
    return found


def _figures(document: Mapping[str, Any]) -> list[Compared]:
    clocks = {"inside": _("Inside"), "outside": _("Outside")}
    today, planned, wanted = document["today_kept"], document["kept"], document["goal"]["quantile"]
    minutes = f"{document['goal']['target']:g}"
    rows = [
        Compared(
            _("%(clock)s within %(minutes)s min") % {"clock": clocks[clock], "minutes": minutes},
            share_text(share),
            share_text(planned["shares"][clock]),
            planned["shares"][clock] >= wanted,
        )
        for clock, share in today["shares"].items()
    ]
    rows.append(
        Compared(
            _("Surely at least, on the tighter clock"),
            share_text(today["surely"]),
            share_text(planned["surely"]),
            planned["surely"] >= wanted,
        )
    )
    everyone = [share_text(share) for share in document["kept_by_all"]["shares"].values()]
    rows.append(Compared(_("The same of all trucks"), "", " · ".join(everyone)))
    hours = _lane_hours(document, document["today"]), _lane_hours(document, document["staffing"])
    rows.append(Compared(_("Lane-hours"), *hours))
    rows.append(Compared(_("Cost of the day"), _number(document["today_cost"]), _number(document["cost"])))
    return rows


def _lane_hours(document: Mapping[str, Any], staffing: Mapping[str, Sequence[int]] | None) -> str:
    if staffing is None:
        return "–"
    begins = [_minute(text) for text in document["blocks"]]
    lengths = [(end - begin) / 60 for begin, end in zip(begins, [*begins[1:], 1440], strict=True)]
    return _number(sum(n * hours for row in staffing.values() for n, hours in zip(row, lengths, strict=True)))


def _quotas(plan: DayPlan, quotas: Sequence[SlotQuota], described: Checkpoint) -> dict[str, Any] | None:
    planned = planned_quotas(plan)
    if not planned:
        return None
    rows = [QuotaRow(each.starts_at, each.capacity, planned.get(each.starts_at), each.taken, each.is_open)
            for each in quotas]  # fmt: skip
    if not rows:
        rows = [QuotaRow(at, 0, number, 0, True) for at, number in planned.items()]
    locals_ = [described.local(row.starts_at) for row in rows]
    minutes = [at.hour * 60 + at.minute for at in locals_]
    lines = [
        Steps("taken", minutes, [row.taken for row in rows]),
        Steps("s0", minutes, [row.today for row in rows]),
        Steps("s1", minutes, [row.planned or 0 for row in rows]),
    ]
    return {
        "chart": step_chart(lines),
        "rows": rows,
        "today": sum(row.today for row in rows),
        "planned": sum(planned.values()),
        "taken": sum(row.taken for row in rows),
    }


def _bound_words(quotas: Mapping[str, Any] | None) -> str:
    if quotas is None:
        return ""
    reasons = {
        "standard": _("More would break the standard."),
        "slot": _("More do not fit in the slots."),
        "neighbour": _("The other side takes no more."),
        "park": _("More would overflow the parks."),
    }
    return reasons.get(quotas["bound_by"], "")


def _frontier(points: Sequence[Mapping[str, float]]) -> dict[str, Any] | None:
    if not points:
        return None
    path, places = frontier_chart([(point["cost"], point["share"]) for point in points])
    rows = [(share_text(point["share"]), _number(point["cost"])) for point in points]
    return {"path": path, "places": places, "rows": rows}


def _lever(lever: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, str]:
    stage = names.get(lever["stage"], lever["stage"])
    words = {
        "lane": _("One more lane all day: %(stage)s"),
        "faster": _("Each check a minute faster: %(stage)s"),
        "readiness": _("Ten of a hundred amber trucks come ready"),
        "examined": _("One truck in a hundred fewer is examined"),
    }
    return {
        "label": words[lever["kind"]] % {"stage": stage},
        "minutes": _interval(lever["minutes"], 2),
        "within": _interval(lever["within"], 2, 100.0),
        "money": _interval(lever["money"], 0),
    }


def _interval(figure: Mapping[str, float | None], places: int, factor: float = 1.0) -> str:
    if figure["value"] is None or figure["low"] is None:
        return "–"
    half = (figure["value"] - figure["low"]) * factor
    value = figure["value"] * factor
    sign = "+" if value > 0 else "−" if value < 0 else ""
    return f"{sign}{number_format(abs(value), places)} ± {number_format(abs(half), places)}"


def _reason(code: str) -> str:
    reasons = {"outside": _("the wait before entry"), "service": _("the checks by themselves")}
    return reasons.get(code, code)


def _post_name(document: Mapping[str, Any], code: str, names: Mapping[str, str]) -> str:
    for post in document["posts"]:
        if post["code"] == code:
            part = code.partition("/")[2]
            name = " + ".join(names.get(stage, stage) for stage in post["stages"])
            return f"{name} {part}".strip()
    return code


def _number(value: float | None) -> str:
    return "–" if value is None else str(number_format(round(value), 0, force_grouping=True))


def _minute(text: str) -> int:
    hours, _stroke, minutes = text.partition(":")
    return int(hours) * 60 + int(minutes)
