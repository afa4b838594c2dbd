"""A plan as tables for a terminal, as a document for programs, and as plots. Pure: no Django."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Final

import altair as alt
import vl_convert
from rich.console import Console
from rich.table import Table

from greenlane.planning.levers import Worth
from greenlane.planning.plan import Plan
from greenlane.planning.rehearsal import Kept
from greenlane.planning.staffing.posts import DAY, Staffing
from greenlane.registry.hours import clock_text

TODAY: Final = "as described"
PLANNED: Final = "planned"


def show(plan: Plan, title: str, levers: Sequence[Worth] = ()) -> None:
    """Print a plan, and what single changes would be worth."""
    console = Console(width=None if Console().is_terminal else 120, highlight=False)
    goal = plan.wanted.goal
    console.print(
        f"{title}: {goal.quantile:.1%} within {goal.target:g} min on {' and '.join(goal.clocks)}, "
        f"with {goal.confidence:.0%} confidence"
    )
    console.print(verdict(plan))
    console.print(_kept_table(plan))
    if plan.roster is not None:
        console.print(_staffing_table(plan))
        console.print(_shift_table(plan))
    if plan.frontier:
        console.print(_frontier_table(plan))
    if plan.quotas is not None:
        console.print(quota_words(plan))
    if levers:
        console.print(_lever_table(levers))


def verdict(plan: Plan) -> str:
    """In words whether a roster keeps the standard, what it costs, and what binds."""
    binds = plan.binding[0] if plan.binding else None
    where = (
        f"{binds.stage} around {clock_text(binds.minute)} ({binds.late:.2%} of trucks)"
        if binds
        else "nothing"
    )
    if plan.roster is None:
        return (
            f"No roster keeps it: with all lanes open {plan.kept.share:.2%} are within the target. "
            f"Most are late for {where}. The nearest that can be had is on the frontier below."
        )
    saved = "" if plan.today_cost is None else f", {plan.today_cost:,.0f} for the lanes as described"
    proof = (
        "proved the cheapest" if plan.roster.cost <= plan.bound + 1e-6 else f"none below {plan.bound:,.0f}"
    )
    kept = "kept" if plan.holds else "not surely kept"
    return f"{kept}: {plan.roster.cost:,.0f} a day{saved} ({proof} on the search's luck). Most late: {where}."


def _kept_table(plan: Plan) -> Table:
    table = Table("", *plan.wanted.goal.clocks, "surely", "lane-hours", box=None)
    hours = plan.wanted.blocks.hours
    rows: list[tuple[str, Kept, Staffing | None]] = [(TODAY, plan.today_kept, plan.today)]
    if plan.roster is not None:
        rows.append((PLANNED, plan.kept, plan.roster.staffing))
        rows.append(("planned, all trucks", plan.kept_by_all, plan.roster.staffing))
    else:
        rows.append(("all lanes open", plan.kept, None))
        rows.append(("all lanes, all trucks", plan.kept_by_all, None))
    for name, kept, staffing in rows:
        table.add_row(
            name,
            *(f"{share:.2%}" for share in kept.shares),
            f"{kept.surely:.2%}",
            "" if staffing is None else f"{float((staffing * hours).sum()):,.0f}",
        )
    return table


def _staffing_table(plan: Plan) -> Table:
    """Lanes open through the day; in brackets what is described, where it differs."""
    assert plan.roster is not None
    edges = plan.wanted.blocks.edges
    table = Table(
        "lanes open", *(clock_text(edge)[:5] for edge in edges[:-1]), box=None, padding=(0, 1, 0, 0)
    )
    for post, planned, today in zip(plan.wanted.posts, plan.roster.staffing, plan.today, strict=True):
        cells = [f"{new}" if new == old else f"{new}({old})" for new, old in zip(planned, today, strict=True)]
        table.add_row(post.code, *cells)
    return table


def _shift_table(plan: Plan) -> Table:
    table = Table("shift", "break", *(post.code for post in plan.wanted.posts), "officers", box=None)
    for shift in shifts_of(plan):
        table.add_row(
            f"{shift['begins']}-{shift['ends']}",
            shift["break"] or "",
            *(str(shift["lanes"].get(post.code, "")) for post in plan.wanted.posts),
            str(shift["officers"]),
        )
    return table


def _frontier_table(plan: Plan) -> Table:
    table = Table("within the target", "cost of a day", box=None, title="Frontier", title_justify="left")
    for point in plan.frontier:
        table.add_row(f"{point.share:.2%}", f"{point.cost:,.0f}")
    return table


def _lever_table(levers: Sequence[Worth]) -> Table:
    title = "Levers: what a day gains from one change alone"
    table = Table(
        "change", "minutes a truck", "within the target", "money", box=None, title=title, title_justify="left"
    )
    for each in levers:
        table.add_row(
            f"{each.lever.kind} {each.lever.stage}".strip() + f" ({each.lever.setting})",
            f"{each.minutes.value:+.3f} ± {each.minutes.half_width:.3f}",
            f"{each.within.value * 100:+.2f} ± {each.within.half_width * 100:.2f} %",
            f"{each.money.value:+,.1f} ± {each.money.half_width:,.1f}",
        )
    return table


def lever_documents(levers: Sequence[Worth]) -> list[dict[str, Any]]:
    """Levers as JSON-able data, the one worth most first."""
    return [
        {
            "kind": each.lever.kind,
            "stage": each.lever.stage,
            "setting": str(each.lever.setting),
            **{
                name: {
                    "value": _finite(figure.value),
                    "low": _finite(figure.low),
                    "high": _finite(figure.high),
                }
                for name, figure in (
                    ("minutes", each.minutes),
                    ("within", each.within),
                    ("money", each.money),
                )
            },
        }
        for each in levers
    ]


def quota_words(plan: Plan) -> str:
    """In words how many bookings the plan carries, and what allows no more."""
    quotas = plan.quotas
    if quotas is None:
        return ""
    counted = [number for _, number in _counted_slots(plan)]
    return (
        f"Quotas: {sum(counted)} bookings in {len(counted)} slots a day "
        f"({min(counted)} to {max(counted)} a slot, shape {quotas.shape}), "
        f"bound by the {quotas.bound_by}; {quotas.shows:.0%} of them come; "
        f"parks overflow on {quotas.overflow:.1%} of days."
    )


def _counted_slots(plan: Plan) -> list[tuple[float, int]]:
    """Slots of the day that is planned, by minute of that day."""
    assert plan.quotas is not None
    begin = plan.quotas.starts[-1] // DAY * DAY
    return [
        (start - begin, number)
        for start, number in zip(plan.quotas.starts, plan.quotas.bookings, strict=True)
        if start >= begin
    ]


def shifts_of(plan: Plan) -> list[dict[str, Any]]:
    """The roster's shifts: begin, end, break, lanes by post, officers."""
    if plan.roster is None:
        return []
    found = []
    for pattern, row in zip(plan.roster.patterns, plan.roster.shifts, strict=True):
        lanes = {
            post.code: int(number) for post, number in zip(plan.wanted.posts, row, strict=True) if number
        }
        if lanes:
            officers = sum(
                int(number) * post.officers for post, number in zip(plan.wanted.posts, row, strict=True)
            )
            found.append(
                {
                    "begins": clock_text(pattern.begins),
                    "ends": clock_text((pattern.begins + pattern.hours * 60) % 1440),
                    "break": None if pattern.break_at is None else clock_text(pattern.break_at),
                    "lanes": lanes,
                    "officers": officers,
                }
            )
    return found


def as_document(plan: Plan) -> dict[str, Any]:
    """The plan as JSON-able data; shares 0 to 1, times of the day as text."""
    goal, roster, quotas = plan.wanted.goal, plan.roster, plan.quotas
    return {
        "goal": {
            "target": goal.target, "quantile": goal.quantile, "clocks": list(goal.clocks),
            "kinds": list(goal.kinds), "confidence": goal.confidence,
        },
        "seed": plan.wanted.seed,
        "holds": plan.holds,
        "cost": None if roster is None else roster.cost,
        "bound": _finite(plan.bound),
        "today_cost": plan.today_cost,
        "blocks": [clock_text(edge) for edge in plan.wanted.blocks.edges[:-1]],
        "staffing": None if roster is None else _staffing_document(plan, roster.staffing),
        "today": _staffing_document(plan, plan.today),
        "shifts": shifts_of(plan),
        "kept": _kept_document(plan.kept),
        "kept_by_all": _kept_document(plan.kept_by_all),
        "today_kept": _kept_document(plan.today_kept),
        "binding": [
            {"stage": each.stage, "at": clock_text(each.minute), "late": each.late} for each in plan.binding
        ],
        "frontier": [{"share": point.share, "cost": point.cost} for point in plan.frontier],
        "quotas": None if quotas is None else {
            "shape": quotas.shape, "bound_by": quotas.bound_by, "overflow": quotas.overflow,
            "shows": quotas.shows, "holds": quotas.holds,
            "neighbour_per_hour": plan.wanted.limits.per_hour if plan.wanted.limits else None,
            "slots": [
                {"at": clock_text(round(start)), "bookings": number} for start, number in _counted_slots(plan)
            ],
        },
        "evaluations": plan.evaluations,
    }  # fmt: skip


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _staffing_document(plan: Plan, staffing: Staffing) -> dict[str, list[int]]:
    return {post.code: row.tolist() for post, row in zip(plan.wanted.posts, staffing, strict=True)}


def _kept_document(kept: Kept) -> dict[str, Any]:
    shares = dict(zip(kept.goal.clocks, (float(share) for share in kept.shares), strict=True))
    return {"shares": shares, "surely": kept.surely, "trucks": float(kept.trucks.sum())}


def pictures_of(plan: Plan) -> dict[str, str]:
    """SVG texts by name: ``lanes`` through the day, and the ``frontier`` where there is one."""
    pictures = {} if plan.roster is None else {"lanes": _lanes(plan, plan.roster.staffing)}
    if plan.frontier:
        pictures["frontier"] = _frontier(plan)
    return pictures


def _lanes(plan: Plan, planned: Staffing) -> str:
    rows = [
        {"post": post.code, "from": begin / 60, "to": end / 60, "lanes": int(number), "of": name}
        for name, staffing in ((TODAY, plan.today), (PLANNED, planned))
        for post, row in zip(plan.wanted.posts, staffing, strict=True)
        for (begin, end), number in zip(pairwise(plan.wanted.blocks.edges), row, strict=True)
    ]
    chart = (
        alt.Chart(alt.InlineData(values=rows), width=320, height=70)
        .mark_rule(strokeWidth=3)
        .encode(
            x=alt.X("from:Q", title="hour", scale=alt.Scale(domain=[0, 24]), axis=alt.Axis(tickCount=8)),
            x2="to:Q",
            y=alt.Y("lanes:Q", title="lanes", axis=alt.Axis(tickMinStep=1), scale=alt.Scale(zero=True)),
            color=alt.Color(
                "of:N", title=None, scale=alt.Scale(domain=[TODAY, PLANNED], range=["#94a3b8", "#0b6b4f"]),
                legend=alt.Legend(orient="top"),
            ),
        )
    )  # fmt: skip
    order = [post.code for post in plan.wanted.posts]
    return _drawn(chart.facet(facet=alt.Facet("post:N", title=None, sort=order), columns=2))


def _frontier(plan: Plan) -> str:
    rows = [{"share": point.share, "cost": point.cost} for point in plan.frontier]
    base = alt.Chart(alt.InlineData(values=rows), width=420, height=240)
    axis = {
        "x": alt.X("cost:Q", title="cost of a day", scale=alt.Scale(zero=False)),
        "y": alt.Y(
            "share:Q", title="within the target", axis=alt.Axis(format="%"), scale=alt.Scale(zero=False)
        ),
    }
    wanted = alt.Chart(alt.InlineData(values=[{"share": plan.wanted.goal.quantile}])).mark_rule(
        color="#b91c1c", strokeDash=[5, 4]
    )
    return _drawn(
        base.mark_line(color="#0b6b4f").encode(**axis)
        + base.mark_point(color="#0b6b4f", filled=True, size=60).encode(**axis)
        + wanted.encode(y="share:Q")
    )


def _drawn(chart: Any) -> str:
    spec = chart.properties(background="white", padding=8).configure_view(stroke=None).to_dict(validate=False)
    return str(vl_convert.vegalite_to_svg(spec))
