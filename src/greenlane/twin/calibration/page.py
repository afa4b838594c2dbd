"""What was found, as one page: tables and pictures, no scripts, nothing from elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import Final

import numpy as np

from greenlane.registry.crossing import Direction
from greenlane.twin.calibration.calibration import Calibration, StageFound
from greenlane.twin.calibration.drawing import (
    against_picture,
    arrivals_picture,
    density_picture,
    hours_picture,
    offsets_picture,
    quantile_picture,
    shares_picture,
)
from greenlane.twin.calibration.figures import Figures, period_of
from greenlane.twin.calibration.fitting import Fit
from greenlane.twin.calibration.groups import times_of
from greenlane.twin.calibration.validation import Compared

_STYLE: Final = """
:root{color-scheme:light}
body{font:16px/1.5 system-ui,sans-serif;margin:0 auto;max-width:62rem;padding:1rem;color:#1b1f1d}
h1{font-size:1.5rem}h2{font-size:1.2rem;margin-top:2rem}h3{font-size:1rem}
.wide{overflow-x:auto}table{border-collapse:collapse;font-size:.9rem}
th,td{padding:.25rem .6rem;border-bottom:1px solid #ddd;text-align:left;vertical-align:top}
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
.row{display:flex;flex-wrap:wrap;gap:1rem}figure{margin:0;flex:0 1 26rem;min-width:17rem}
figure svg{width:100%;height:auto}figcaption{font-size:.85rem;color:#555}
.note{color:#555;font-size:.9rem}
@media(max-width:44rem){.told th{display:none}.told td{display:block;border:0;padding:.1rem 0}
.told tr{display:block;border-bottom:1px solid #ddd;padding:.5rem 0}.told td:first-child{font-weight:600}}
"""
_UNTOLD: Final = (
    "Service is read from entering a lane to leaving it: where the next stage has little room, waiting with "
    "the lane blocked is in it."
)
Row = Sequence[str]


def page(
    title: str,
    described: Direction,
    found: Calibration,
    figures: Figures,
    validated: Sequence[Compared] = (),
) -> str:
    """The whole report.

    Args:
        described: the direction as it was before.
        validated: empty where nothing was simulated.
    """
    parts = [
        f"<h1>{escape(title)}</h1>",
        f"<p>{found.passages:,} trucks, {period_of(found)}; {found.seen.missing_share:.1%} of the "
        "readings at stages are missing.</p>",
        *_changes(figures),
        *_stages(found),
        *_arrivals(described, found),
        *_punctuality(described, found),
        *_validation(validated),
    ]
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<style>{_STYLE}</style></head><body>\n" + "\n".join(parts) + "\n</body></html>\n"
    )


def _changes(figures: Figures) -> Iterable[str]:
    yield "<h2>What was found against what was described</h2>"
    rows = [[each.path, each.before, each.after, each.evidence] for each in figures.changes]
    yield _table(["figure", "described", "found", "evidence"], rows)
    if figures.kept:
        yield "<h3>Left as it was</h3>"
        yield _table(["figure", "why"], [[each.path, each.why] for each in figures.kept])


def _stages(found: Calibration) -> Iterable[str]:
    yield f'<h2>Service times</h2><p class="note">{_UNTOLD}</p>'
    for code, stage in found.stages.items():
        yield f"<h3>{escape(code)}</h3>"
        yield _counts(stage)
        if stage.whole is None:
            continue
        yield _pictures(f"{code}, all", stage.whole, stage, None)
        for at, (group, fit) in enumerate(stage.groups):
            name = ", ".join(" ".join(part for part in pair if part) for pair in group.names)
            yield _pictures(f"{code}, {name}", fit, stage, at)
        yield _fits(stage)


def _counts(stage: StageFound) -> str:
    times = stage.times
    return (
        f'<p class="note">{times.visits:,} visits: {times.complete:,} with both readings, {times.running:,} '
        f"still under way at the end, {times.unread:,} with a reading missing and left out, "
        f"{times.unsound:,} that end before they begin and left out.</p>"
    )


def _pictures(name: str, fit: Fit, stage: StageFound, group: int | None) -> str:
    times = stage.times.all if group is None else times_of(stage.groups[group][0], stage.times.cells)
    shape = fit.family if not fit.refused else f"as observed, since {fit.refused} is too far off"
    drawn = [_figure(density_picture(times, fit), f"{name}: {shape}, mean {fit.distribution.mean:.2f} min")]
    if fit.family != "fixed":
        words = f"{name}: quantiles; greatest distance {fit.distance:.3f}"
        drawn.append(_figure(quantile_picture(times, fit.distribution), words))
    return _row(drawn)


def _fits(stage: StageFound) -> str:
    named = [("all", stage.whole), *((_names(group.names), fit) for group, fit in stage.groups)]
    rows = []
    for name, fit in named:
        if fit is None:
            continue
        found = fit.distribution
        rest = sorted(fit.criteria.items(), key=lambda each: each[1])
        others = ", ".join(f"{family} +{value - rest[0][1]:,.0f}" for family, value in rest[1:4])
        rows.append(
            [
                name,
                found.family,
                f"{found.mean:.3f} ± {fit.mean_error:.3f}",
                f"{found.cv:.3f}" + (f" ± {fit.cv_error:.3f}" if np.isfinite(fit.cv_error) else ""),
                f"{found.least:.3f}",
                f"{fit.n:,}",
                f"{fit.censored:,}",
                f"{fit.distance:.3f}",
                others,
            ]
        )
    head = [
        "trucks",
        "family",
        "mean, min",
        "cv",
        "least, min",
        "n",
        "under way",
        "distance",
        "BIC of others",
    ]
    return _table(head, rows, numbers=range(2, 8))


def _names(names: Iterable[tuple[str, str]]) -> str:
    return ", ".join(" ".join(part for part in pair if part) for pair in names)


def _arrivals(described: Direction, found: Calibration) -> Iterable[str]:
    if found.profile is None:
        return
    yield "<h2>Arrivals</h2>"
    yield _row(
        [
            _figure(
                arrivals_picture(found.profile, described.arrivals),
                "Trucks an hour with 95 % intervals; the marks are what was described",
            )
        ]
    )
    if found.profile.left_out:
        days = ", ".join(f"{day} ({why})" for day, why in found.profile.left_out)
        yield f'<p class="note">Days left out: {escape(days)}.</p>'
    yield (
        f'<p class="note">Variance over mean of an hour\'s count: {found.profile.dispersion:.2f}; 1 if '
        "trucks come independently of one another, so the intervals hold for that.</p>"
    )


def _punctuality(described: Direction, found: Calibration) -> Iterable[str]:
    if not found.punctuality.offsets:
        return
    yield "<h2>Punctuality</h2>"
    picture = offsets_picture(found.punctuality.offsets, described.slots.slot_minutes)
    yield _row([_figure(picture, "Booked trucks that came; the slot is shaded")])


def _validation(validated: Sequence[Compared]) -> Iterable[str]:
    if not validated:
        return
    yield "<h2>The twin against the record</h2>"
    yield (
        '<p class="note">The trucks come as they came; the figures above say how long they take. '
        "The figures are fitted to these same days, so this shows whether the description holds together, "
        "not how well it foretells other days.</p>"
    )
    whole = [each for each in validated if each.hour is None]
    rows = []
    for each in whole:
        means, late = each.means, each.at(0.95)
        rows.append(
            [
                each.clock,
                f"{each.recorded:,}",
                *(f"{value:.2f}" for value in (*means, *late)),
                f"{each.distance:.3f}",
                f"{each.minutes_apart:.2f}",
            ]
        )
    head = ["clock", "trucks", "mean", "simulated", "p95", "simulated", "distance", "minutes apart"]
    yield _table(head, rows, numbers=range(1, 8))
    for each in whole:
        yield f"<h3>{escape(each.clock)}</h3>"
        drawn = [
            _figure(shares_picture(each), f"{each.clock}: share of trucks within a time"),
            _figure(
                against_picture(
                    each.quantiles[0], each.quantiles[1], "recorded minutes", "simulated minutes"
                ),
                f"{each.clock}: quantiles",
            ),
        ]
        hours = [row for row in validated if row.clock == each.clock and row.hour is not None]
        if len(hours) > 1:
            drawn += [
                _figure(hours_picture(hours, level), f"by hour, p{level * 100:g}") for level in (0.5, 0.95)
            ]
        yield _row(drawn)
        if hours and each.clock in ("outside", "inside"):
            yield _hour_table(hours)


def _hour_table(hours: Iterable[Compared]) -> str:
    rows = [
        [f"{row.hour:02d}", f"{row.recorded:,}", f"{row.distance:.3f}", f"{row.minutes_apart:.2f}"]
        for row in hours
    ]
    return _table(["hour", "trucks", "distance", "minutes apart"], rows, numbers=range(1, 4))


def _table(head: Row, rows: Iterable[Row], numbers: range = range(0)) -> str:
    def cells(row: Row, tag: str) -> str:
        kinds = [" class=n" if at in numbers else "" for at in range(len(row))]
        return "".join(f"<{tag}{kind}>{escape(cell)}</{tag}>" for kind, cell in zip(kinds, row, strict=True))

    body = "".join(f"<tr>{cells(row, 'td')}</tr>" for row in rows)
    kind = "" if numbers else " class=told"
    return f'<div class="wide"><table{kind}><tr>{cells(head, "th")}</tr>{body}</table></div>'


def _figure(svg: str, words: str) -> str:
    caption = f"<figcaption>{escape(words)}</figcaption>"
    return f'<figure role="img" aria-label="{escape(words)}">{svg}{caption}</figure>'


def _row(figures: Iterable[str]) -> str:
    return f'<div class="row">{"".join(figures)}</div>'
