"""The public board, read by many, beside a static file of the same server."""

from __future__ import annotations

from collections.abc import Iterator

from bench import cpu, load
from bench.ground import Ground, Web, number, warm
from bench.passages import CODE, DIRECTION, batches, make_gate, readings_of, work_through
from bench.report import Check, Figure, Section
from bench.sizes import Sizes

CONNECTIONS = 32


def measure(ground: Ground, sizes: Sizes) -> Section:
    """The whole section."""
    trucks = sizes.board_days * sizes.board_trucks
    section = Section(
        "board", f"The public board, {sizes.board_days} days of {sizes.board_trucks} trucks rolled up"
    )
    workers = sizes.workers[-1]
    with ground.database() as database:
        _open_slots(sizes.board_crossings)
        gate = make_gate(1)
        readings = readings_of(trucks, sizes.board_days)
        with ground.web(database, workers) as web:
            load.run(web.port, batches(gate, readings, 2000), connections=1)
            worked = work_through(len(readings))
            limit = _figure(ground, web, sizes, section, "static file", _static_file(), None)
            section.figures.append(limit)
            section.figures += [
                _figure(ground, web, sizes, section, name, path, limit)
                for name, path in (
                    ("GET /board/", "/board/"),
                    ("GET /board/ for its script, the part alone", "/board/?part=1&lang=en"),
                    ("GET /board/CHECKPOINT/DIRECTION/", f"/board/{CODE}/{DIRECTION}/"),
                    ("GET /api/v1/public/board", "/api/v1/public/board"),
                )
            ]
        rolled = "SELECT coalesce(sum(within + over + undecided), 0) FROM standard_hourlyhistogram"
        section.checks += [
            Check("behind the board", "passages measured", trucks, worked.passages),
            Check("behind the board", "passages in the roll-ups", trucks, number(database, rolled)),
        ]
    section.remarks.append(f"{CONNECTIONS} connections, {workers} web workers; answers as gzip where smaller")
    return section


def _open_slots(crossings: int) -> None:
    """Slots up to the horizon, as the jobs worker keeps them: the board shows the next free one."""
    from greenlane.registry.models import Crossing
    from greenlane.site.courses import open_slots

    for code in Crossing.objects.order_by("code").values_list("code", flat=True)[:crossings]:
        open_slots(code)


def _figure(
    ground: Ground, web: Web, sizes: Sizes, section: Section, name: str, path: str, limit: Figure | None
) -> Figure:
    data = load.get(path)
    warm(web, data, 32)
    with cpu.watched(web=web.pid, database=ground.postgres_pid) as spent:
        ran = load.run(web.port, _always(data), connections=CONNECTIONS, seconds=sizes.seconds)
    section.checks.append(
        Check(name, "other answers than 200", 0, ran.answered + ran.broken - ran.count(200))
    )
    return Figure(
        name,
        ran.rate_of(200),
        "requests",
        ran.quantile_ms(0.5),
        ran.quantile_ms(0.99),
        ratio=ran.rate_of(200) / limit.rate if limit else None,
        peer=limit.name if limit else "",
        cpu=spent.each(ran.answered),
    )


def _always(data: bytes) -> Iterator[load.Request]:
    while True:
        yield load.Request(data)


def _static_file() -> str:
    """The address of the style sheet, as pages name it."""
    from django.templatetags.static import static

    return static("greenlane/app.css")
