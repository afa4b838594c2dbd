"""The twin against Otay Mesa, northbound trucks of 2017: fitted to the odd hours, tried on the even.

`python tools/otay_mesa_2017.py OBSERVED.csv LANE_RATES.csv [--picture FILE.svg]` with the two files of the
SANDAG SR 11 Otay Mesa East study: trucks by hour, and open lanes and trucks per lane-hour by hour. What is
compared, and what that shows, stands in docs/reference/calibration.md.
"""

from __future__ import annotations

import argparse
import csv
from pathlib import Path

import altair as alt
import numpy as np
import vl_convert

from greenlane.twin.calibration.hourly_counts import (
    HOURS,
    Foretold,
    HourlyCounts,
    agreement,
    fluid,
    foretell,
    one_service_time,
    service_time_by_hour,
)

FIRST, LAST = 6, 20
"""Hours in which trucks came."""
SUSPECT = (6, 7)
"""Hours whose trucks per lane-hour, 5 and 6, are a quarter of those an hour later with the same lanes."""
FITTED = np.arange(HOURS) % 2 == 1
FORETOLD = [hour for hour in range(FIRST, LAST + 1) if hour % 2 == 0]
NAMES = ("record", "one service time", "service time by hour")
TONES = ("#1b1f1d", "#c2410c", "#0b6b4f")


def counts_of(observed: Path, rates: Path) -> HourlyCounts:
    """Arrivals, lanes (general and FAST together) and trucks per lane-hour (by lanes), hours 0 to 23."""
    arrivals, lanes, per_lane = np.zeros(HOURS), np.zeros(HOURS), np.zeros(HOURS)
    with observed.open(encoding="utf-8-sig", newline="") as stream:
        for row in csv.DictReader(stream):
            if row["port_name"] == "Otay Mesa" and row["vehicle_type"] == "Commercial":
                arrivals[int(row["hour"]) % HOURS] = float(row["volume"])
    with rates.open(encoding="utf-8-sig", newline="") as stream:
        for row in csv.DictReader(stream):
            general, fast = float(row["OMC_GP_OPEN"]), float(row["OMC_SP_OPEN"])
            taken = general * float(row["OMC_GP_VEH"]) + fast * float(row["OMC_SP_VEH"])
            hour = int(row["TIME"]) % HOURS
            lanes[hour], per_lane[hour] = general + fast, taken / (general + fast)
    return HourlyCounts(arrivals, lanes, per_lane)


def without_suspects(counts: HourlyCounts) -> HourlyCounts:
    """The suspect hours at the rate of the hour after them."""
    per_lane = counts.per_lane_hour.copy()
    per_lane[list(SUSPECT)] = per_lane[SUSPECT[-1] + 1]
    return HourlyCounts(counts.arrivals, counts.lanes, per_lane)


def compare(counts: HourlyCounts, replications: int) -> dict[str, Foretold]:
    """The record and the twin with both ways of calibrating."""
    return {
        NAMES[0]: fluid(counts),
        NAMES[1]: foretell(counts, one_service_time(counts, FITTED), replications=replications),
        NAMES[2]: foretell(counts, service_time_by_hour(counts, FITTED), replications=replications),
    }


def show(title: str, found: dict[str, Foretold]) -> None:
    """The queue at the end of each hour that was not fitted, and how far apart."""
    print(f"\n{title}\n{'hour':>4} {'record':>8} {'one time':>10} {'90 % of runs':>14} {'by hour':>10}")
    record, one, hourly = (found[name] for name in NAMES)
    for hour in FORETOLD:
        band = f"{one.low[hour]:.0f} to {one.high[hour]:.0f}"
        queues = (record.queue[hour], one.queue[hour], hourly.queue[hour])
        print(f"{hour:>4} {queues[0]:>8.0f} {queues[1]:>10.0f} {band:>14} {queues[2]:>10.0f}")
    for name in NAMES[1:]:
        close = agreement(record, found[name], FORETOLD)
        print(
            f"{name}: queue {close.queue_apart:.0f} trucks apart of {close.mean_queue:.0f}, waits "
            f"{close.wait_apart:.0f} min apart of {close.mean_wait:.0f}, greatest difference of shares "
            f"{close.distance:.2f}"
        )


def picture(parts: dict[str, dict[str, Foretold]]) -> str:
    """The queue through the day, one panel a part; the hours that were foretold have points."""
    panels = [_panel(title, found) for title, found in parts.items()]
    chart = alt.hconcat(*panels).resolve_scale(y="shared").properties(background="white", padding=8)
    return str(vl_convert.vegalite_to_svg(chart.configure_view(stroke=None).to_dict(validate=False)))


def _panel(title: str, found: dict[str, Foretold]) -> alt.LayerChart:
    rows = [
        {"hour": hour + 1, "queue": float(each.queue[hour]), "low": float(each.low[hour]),
         "high": float(each.high[hour]), "of": name, "foretold": hour in FORETOLD}
        for name, each in found.items()
        for hour in range(FIRST, LAST + 2)
    ]  # fmt: skip
    tone = alt.Color(
        "of:N",
        title=None,
        scale=alt.Scale(domain=list(NAMES), range=list(TONES)),
        legend=alt.Legend(orient="top", columns=1, symbolOpacity=1),
    )
    base = alt.Chart(alt.InlineData(values=rows), title=title, width=330, height=240).encode(
        x=alt.X("hour:Q", title="end of hour", scale=alt.Scale(domain=[FIRST, LAST + 2], nice=False)),
        color=tone,
    )
    band = base.mark_area(opacity=0.15).encode(y=alt.Y("low:Q", title="trucks in line"), y2="high:Q")
    line = base.mark_line().encode(y="queue:Q")
    dots = base.transform_filter("datum.foretold").mark_point(filled=True, size=36).encode(y="queue:Q")
    return band + line + dots


def main() -> None:
    """Print the comparison, and draw it where asked to."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("observed", type=Path)
    parser.add_argument("rates", type=Path)
    parser.add_argument("--picture", type=Path)
    parser.add_argument("--replications", type=int, default=200)
    given = parser.parse_args()
    counts = counts_of(given.observed, given.rates)
    parts = {
        "all hours as counted": compare(counts, given.replications),
        "hours 6 and 7 at the rate of hour 8": compare(without_suspects(counts), given.replications),
    }
    for title, found in parts.items():
        show(title, found)
    if given.picture:
        given.picture.write_text(picture(parts), encoding="utf-8")


if __name__ == "__main__":
    main()
