"""When a driver may drive on, by the law of driving and rest times. Pure: no Django.

Regulation (EC) No 561/2006 as amended by (EU) 2020/1054, cited as *561*, and the AETR (UNECE, the European
agreement on crews of vehicles in international road transport), cited as *AETR*, have the same figures for
what is asked here:

- a break of 45 minutes after 4 h 30 of driving, or of 15 and then 30: 561 Art. 7, AETR Art. 7;
- at most 9 h of driving in a day, 10 h twice a week: 561 Art. 6 (1), AETR Art. 6;
- a daily rest of 11 h, or of 9 h three times between weekly rests, within 24 h of the end of the last rest:
  561 Art. 4 (g), 8 (2), 8 (4), AETR Art. 8; for two drivers 9 h within 30 h: 561 Art. 8 (5);
- a weekly rest of 45 h, or reduced of 24 h, after six times 24 h at the latest: 561 Art. 4 (h), 8 (6), AETR
  Art. 8.

The limits of a week's driving (56 h, 90 h in two: 561 Art. 6 (2, 3)) are the carrier's to plan by; a drive of
minutes through a checkpoint does not decide them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

BREAK_AFTER: Final = timedelta(hours=4, minutes=30)
DAY: Final = timedelta(hours=24)
TEAM_DAY: Final = timedelta(hours=30)
DRIVING_DAY: Final = timedelta(hours=9)
LONG_DRIVING_DAY: Final = timedelta(hours=10)
WEEK: Final = 6 * DAY

BREAK, SECOND_BREAK = "break", "second_break"
DAILY, DAILY_REDUCED = "daily", "daily_reduced"
WEEKLY, WEEKLY_REDUCED = "weekly", "weekly_reduced"
LENGTHS: Final[Mapping[str, timedelta]] = {
    BREAK: timedelta(minutes=45),
    SECOND_BREAK: timedelta(minutes=30),
    DAILY: timedelta(hours=11),
    DAILY_REDUCED: timedelta(hours=9),
    WEEKLY: timedelta(hours=45),
    WEEKLY_REDUCED: timedelta(hours=24),
}
"""The least that each rest lasts; `second_break` is the rest of a break of which 15 minutes were taken."""
ARTICLES: Final[Mapping[str, str]] = {
    BREAK: "561 Art. 7, AETR Art. 7",
    SECOND_BREAK: "561 Art. 7, AETR Art. 7",
    DAILY: "561 Art. 8 (2), AETR Art. 8",
    DAILY_REDUCED: "561 Art. 8 (4), AETR Art. 8",
    WEEKLY: "561 Art. 8 (6), AETR Art. 8",
    WEEKLY_REDUCED: "561 Art. 8 (6), AETR Art. 8",
}


@dataclass(frozen=True, slots=True)
class Tachograph:
    """What a driver tells of the day, or a tachograph sends.

    Attributes:
        driven: driving since the last break of 45 minutes, or rest.
        driven_today: driving since the last daily or weekly rest.
        day_began: when that rest ended; aware.
        week_began: when the last weekly rest ended; None where it is not told.
        standing_since: since when the truck stands without a break in that; None while it drives.
        break_begun: whether a break of at least 15 minutes was taken, so that 30 minutes complete it.
        long_days_left: days of 10 h of driving that are left this week.
        reduced_left: reduced daily rests that are left before the weekly rest.
        owes_whole_week: the next weekly rest must be of 45 h, for the last was reduced.
        is_team: two drivers.
    """

    driven: timedelta
    driven_today: timedelta
    day_began: datetime
    week_began: datetime | None = None
    standing_since: datetime | None = None
    break_begun: bool = False
    long_days_left: int = 0
    reduced_left: int = 0
    owes_whole_week: bool = False
    is_team: bool = False


@dataclass(frozen=True, slots=True)
class Rest:
    """A rest that the law asks for: its kind, when it must begin and when it ends at the earliest."""

    kind: str
    starts_at: datetime
    ends_at: datetime

    @property
    def article(self) -> str:
        """Where the law says so."""
        return ARTICLES[self.kind]


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a drive fits before the next rest is due.

    Attributes:
        departs_at: the earliest lawful departure.
        rest: the rest that must be taken before it; where the drive fits, the next rest whose time is fixed
            by the clock, so that nobody is called into it. None where no such rest is known.
    """

    fits: bool
    departs_at: datetime
    rest: Rest | None


def verdict(known: Tachograph, drive: timedelta, at: datetime) -> Verdict:
    """Whether a drive of that length may begin at `at` (aware), and when it may at the earliest.

    The longest rest that is needed counts: it holds the shorter ones.
    """
    since = min(known.standing_since or at, at)
    due = _due_by_clock(known)
    needed = [kind for kind, must_begin in due.items() if at + drive > must_begin]
    if known.driven_today + drive > (LONG_DRIVING_DAY if known.long_days_left > 0 else DRIVING_DAY):
        needed.append(_daily(known))
    if known.driven + drive > BREAK_AFTER:
        needed.append(SECOND_BREAK if known.break_begun else BREAK)
    rests = [Rest(kind, since, since + LENGTHS[kind]) for kind in needed]
    rest = max((one for one in rests if one.ends_at > at), key=lambda one: one.ends_at, default=None)
    if rest is not None:
        return Verdict(False, rest.ends_at, rest)
    kind, must_begin = min(due.items(), key=lambda item: item[1])
    coming = Rest(kind, must_begin, must_begin + LENGTHS[kind]) if must_begin > at else None
    return Verdict(True, at, coming)


def is_lawful(kind: str, starts_at: datetime, ends_at: datetime) -> bool:
    """Whether a rest of that kind may last so long: never less than the law asks."""
    return ends_at - starts_at >= LENGTHS[kind]


def _due_by_clock(known: Tachograph) -> dict[str, datetime]:
    """Rests that must begin at a fixed time, whether the truck drives or not."""
    daily = _daily(known)
    # The rest must be over within the day.
    due = {daily: known.day_began + (TEAM_DAY if known.is_team else DAY) - LENGTHS[daily]}
    if known.week_began is not None:
        due[WEEKLY if known.owes_whole_week else WEEKLY_REDUCED] = known.week_began + WEEK
    return due


def _daily(known: Tachograph) -> str:
    return DAILY_REDUCED if known.is_team or known.reduced_left > 0 else DAILY
