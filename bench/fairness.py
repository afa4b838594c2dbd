"""A bot farm before a scarce day, first click and ballot side by side; and what resale pays."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import msgspec
import numpy as np
from scipy import stats

from bench import counts, crowd
from bench.crowd import Actor
from bench.fairness_world import CAPPED, HOUR_PLACES, PLACES, Scene, Side, Wanting, make_scene
from bench.ground import Ground, connect, number
from bench.load import post
from bench.report import Check, Figure, Section
from bench.resale import measure_resale
from bench.sizes import Sizes
from greenlane.site.database_url import DatabaseAddress

TIMES_FASTER: Final = 100
TRIES: Final = 8
SURE: Final = 1e-6
"""A run is wrong where what was drawn would be as unlikely as that under the rule."""
ONE, MANY = "bot farm, one carrier", "bot farm, many carriers"
_OVER_POOL: Final = """
SELECT coalesce(sum(greatest(0, n - {most})), 0) FROM (
    SELECT count(*) AS n FROM booking_booking booking
      JOIN booking_slot slot ON slot.id = booking.slot_id
      JOIN registry_carrier carrier ON carrier.id = booking.carrier_id
     WHERE {which} GROUP BY date_trunc('hour', slot.starts_at){by}) hour
"""
_POOLED: Final = _OVER_POOL.format(most=CAPPED * HOUR_PLACES // PLACES, which="verified_at IS NULL", by="")
_CAPPED: Final = _OVER_POOL.format(most=CAPPED * HOUR_PLACES // PLACES, which="true", by=", carrier.id")


def measure(ground: Ground, sizes: Sizes) -> Section:
    """The whole section."""
    section = Section(
        "fairness",
        f"Fairness: {sizes.people} people and {sizes.farm:,} bots, {TIMES_FASTER} times as fast, "
        f"want {PLACES} places",
    )
    people = (
        Side("people", sizes.people * 9 // 10, max(sizes.people * 9 // 20, 1), verified=True),
        Side("people", sizes.people // 10, max(sizes.people // 20, 1), verified=False),
    )
    few = max(sizes.farm // 20, 1)
    farms = {
        ONE: (Side("farm", sizes.farm, 1, verified=True),),
        MANY: (
            Side("farm", sizes.farm - few, sizes.farm - few, verified=False),
            Side("farm", few, few, verified=True),
        ),
    }
    for name, farm in farms.items():
        given = Figure(f"{name}: its share by the rules", given_places((*people, *farm)), "places")
        runs = _Runs(ground, section, sizes, name, (*people, *farm), given)
        if name == ONE:
            runs.first_click(capped=False)
        runs.first_click(capped=True)
        runs.ballot()
        section.figures.append(given)
    measure_resale(section, sizes)
    return section


def given_places(sides: Sequence[Side]) -> float:
    """Places that the farm gets on average when every truck has one equal chance under the caps.

    All carriers not verified share at most the pool, each verified carrier has at most its cap; who is left
    shares the rest. Exact where a cap binds in every hour or in none, as here.
    """
    trucks = sum(side.trucks for side in sides)
    loose = sum(side.trucks for side in sides if not side.verified)
    pooled = min(float(CAPPED), PLACES * loose / trucks)
    given, rest = 0.0, PLACES - pooled
    for side in sides:
        if side.name == "farm" and not side.verified:
            given += pooled * side.trucks / loose
        elif side.name == "farm":
            share = rest * side.trucks / (trucks - loose)
            given += min(share, float(CAPPED * side.carriers), float(side.trucks))
    return given


@dataclass(frozen=True, slots=True)
class _Runs:
    """The runs of one farm beside the same people."""

    ground: Ground
    section: Section
    sizes: Sizes
    name: str
    sides: tuple[Side, ...]
    given: Figure

    def first_click(self, *, capped: bool) -> None:
        """Everyone clicks at the release: bots at the turnstile, people on the ordinary page's door."""
        name = f"{self.name}: first click" + ("" if capped else ", no cap of carriers")
        with self.ground.database() as database:
            scene = make_scene(database, self.sides, ballot=False, capped=capped)
            actors = _actors(scene, self.sizes, _clicks)
            with self.ground.web(database, 2) as web:
                ran = crowd.run(web.port, actors, lambda: _open(database))
            won = sum(each.side.name == "farm" for each in ran.granted)
            self.section.checks += counts.all_kept(database, name, len(ran.granted))
            self.section.checks.append(Check(name, "unexpected answers", 0, ran.unexpected.total()))
        self._figure(name, float(won))

    def ballot(self) -> None:
        """Everyone enters through the API; the list is drawn by the command, again and again."""
        name = f"{self.name}: ballot"
        with self.ground.database() as database:
            scene = make_scene(database, self.sides, ballot=True, capped=True)
            ballot = number(database, "SELECT id FROM booking_ballot")
            actors = _actors(scene, self.sizes, lambda scene, each, dice: _entries(scene, each, dice, ballot))
            with self.ground.web(database, 2) as web:
                ran = crowd.run(web.port, actors, lambda: None)
            entered = number(database, "SELECT count(*) FROM booking_ballotentry WHERE outcome = 'entered'")
            self.section.checks += [
                Check(name, "entries acknowledged and kept", len(ran.granted), entered),
                Check(name, "unexpected answers", 0, ran.unexpected.total()),
            ]
            drawn = [self._draw(database, ballot, scene) for _ in range(self.sizes.draws)]
            lists = _drawn_again(drawn[0].document, self.sizes.redraws)
            self.section.checks += _summed(f"{name}, all draws", [each.checks for each in drawn])
        self._judge(name, drawn, lists)

    def _draw(self, entered: DatabaseAddress, ballot: int, scene: Scene) -> _Drawn:
        """One draw with a seed of its own, in a copy of the database."""
        from greenlane.booking.ballot.tickets import commitment_to, new_seed
        from greenlane.booking.commands import draw_ballot
        from greenlane.booking.models import Ballot, BallotEntry

        name = f"{self.name}: ballot"
        with self.ground.database(entered) as database:
            seed = new_seed()
            Ballot.objects.filter(pk=ballot).update(seed=seed, commitment=commitment_to(seed))
            closes_at = Ballot.objects.get(pk=ballot).closes_at
            draw_ballot(ballot, closes_at + timedelta(seconds=1))
            placed = set(BallotEntry.objects.filter(outcome="placed").values_list("truck_id", flat=True))
            checks = [
                *counts.all_kept(database, name, PLACES),
                Check(name, "unverified carriers over their pool", 0, number(database, _POOLED)),
                Check(name, "carriers over their cap", 0, number(database, _CAPPED)),
            ]
            document = Ballot.objects.get(pk=ballot).document
            numbers = dict(BallotEntry.objects.values_list("number", "truck_id"))
        sides = {each.truck: each.side for each in scene.wanting}
        return _Drawn(
            Counter(sides[truck] for truck in placed),
            document,
            {entry: sides[truck] for entry, truck in numbers.items()},
            checks,
        )

    def _judge(self, name: str, drawn: Sequence[_Drawn], again: Sequence[set[str]]) -> None:
        sides = drawn[0].sides
        wins = [each.wins for each in drawn]
        wins += [Counter(sides[entry] for entry in placed) for placed in again]
        farm = np.array([sum(each[side] for side in each if side.name == "farm") for each in wins], float)
        half = 0.0
        if len(farm) > 1:
            half = float(farm.std(ddof=1) / np.sqrt(len(farm)) * stats.t.ppf(0.975, len(farm) - 1))
        self._figure(name, float(farm.mean()))
        bots, people = (
            next(side for side in self.sides if side.name == who and side.verified)
            for who in ("farm", "people")
        )
        told = f"{farm.mean():.2f} of {PLACES} places over {len(farm)} draws, 95 % interval ± {half:.2f}"
        remark = f"{name}: the farm has {told}; by the rules {self.given.rate:.2f}"
        if bots.carriers > 1:
            level = same_chance(
                [(each[bots], each[bots] + each[people]) for each in wins], bots.trucks, people.trucks
            )
            fast, slow = (
                sum(each[side] for each in wins) / len(wins) / side.trucks for side in (bots, people)
            )
            remark += (
                f"; of verified trucks a bot's has a chance of {fast:.3f} and a person's of {slow:.3f}; "
                f"exact test of equal chances, p = {level:.2f}"
            )
            self.section.checks.append(Check(name, "speed gives an advantage", 0, int(level < SURE)))
        over = farm.mean() - 5.0 * half / 1.96 > self.given.rate + 1e-9
        self.section.checks.append(Check(name, "farm surely over its share", 0, int(over)))
        self.section.remarks.append(remark)

    def _figure(self, name: str, won: float) -> None:
        # A rate of nothing would be no rate: a farm that gets no place is shown with the least that is one.
        self.section.figures.append(
            Figure(
                name, max(won, 1e-9), f"places of {PLACES}", ratio=won / self.given.rate, peer=self.given.name
            )
        )


@dataclass(frozen=True, slots=True)
class _Drawn:
    """A draw: places by side, the public file, the side of each entry, what was counted."""

    wins: Counter[Side]
    document: Any
    sides: dict[str, Side]
    checks: list[Check]


def _summed(run: str, draws: Sequence[Sequence[Check]]) -> list[Check]:
    """The same checks of several draws, each as one."""
    return [
        Check(run, same[0].name, sum(each.expected for each in same), sum(each.found for each in same))
        for same in zip(*draws, strict=True)
    ]


def same_chance(wins: Sequence[tuple[int, int]], ours: int, theirs: int) -> float:
    """Two-sided exact level of the hypothesis that each of two groups' trucks has the same chance.

    Args:
        wins: of each draw, our places, and all that went to the two groups.
        ours, theirs: trucks in each draw.
    """
    law, seen = np.ones(1), 0
    for own, both in wins:
        each = stats.hypergeom(ours + theirs, ours, both).pmf(np.arange(min(ours, both) + 1))
        law, seen = np.convolve(law, each), seen + own
    return float(min(1.0, law[law <= law[seen] * (1.0 + 1e-9)].sum()))


def _drawn_again(document: Any, times: int) -> list[set[str]]:
    """Who gets places when the same list is drawn with other seeds, by the product's own pure draw."""
    from greenlane.booking.ballot.document import read
    from greenlane.booking.ballot.draw import draw
    from greenlane.booking.ballot.tickets import new_seed

    closed = read(document).entry_list
    return [{turn.number for turn in draw(closed, new_seed()) if turn.slot is not None} for _ in range(times)]


def _open(database: DatabaseAddress) -> None:
    with connect(database) as connection:
        connection.execute(b"UPDATE booking_slot SET state = 'open' WHERE state = 'closed'")


def _actors(scene: Scene, sizes: Sizes, requests: Any) -> list[Actor]:
    """Each with a time of its own: a person's median is `Sizes.human_s`, a bot's a hundredth of it."""
    dice = random.Random(7)
    actors = []
    for each in scene.wanting:
        median = sizes.human_s / (TIMES_FASTER if each.side.name == "farm" else 1)
        after, pause = (median * dice.lognormvariate(0.0, 0.3) for _ in range(2))
        actors.append(Actor(each, after, pause, requests(scene, each, dice)))
    return actors


def _clicks(scene: Scene, each: Wanting, dice: random.Random) -> list[bytes]:
    """Some slots of the day one after the other: bots at the turnstile, people at the ordinary door."""
    requests = []
    for slot in dice.sample(scene.slots, TRIES):
        body: dict[str, object] = {"slot": slot, "truck": each.truck, "confirm": True}
        key = f"{each.truck}/{slot}"
        if each.side.name == "farm":
            data = post("/api/v1/places", msgspec.json.encode(body | {"key": key}), each.token)
        else:
            data = post("/api/v1/bookings", msgspec.json.encode(body), each.token, key)
        requests.append(data)
    return requests


def _entries(scene: Scene, each: Wanting, dice: random.Random, ballot: int) -> list[bytes]:
    """A wish for a time of the day, and as second best for any other."""
    body = {
        "truck": each.truck,
        "around": dice.choice(scene.starts).isoformat(),
        "tolerance_minutes": 24 * 60,
        "joins_list": False,
    }
    path = f"/api/v1/ballots/{ballot}/entries"
    return [post(path, msgspec.json.encode(body), each.token, f"enter/{each.truck}")]
