"""What is read of the figures, shaped for pages, the API and the other rooms."""

from greenlane.standard.queries.board import BoardCrossing, BoardRow, board
from greenlane.standard.queries.breaches import PublicBreach, breach_causes, breaches
from greenlane.standard.queries.choice import BY, Chosen, check_chosen, check_direction
from greenlane.standard.queries.exact import exact, exact_figures
from greenlane.standard.queries.figures import (
    Headline,
    all_clocks,
    clock_histogram,
    figures,
    headline,
    headlines,
)
from greenlane.standard.queries.passages import unmeasured
from greenlane.standard.queries.periods import asked_period, named_period
from greenlane.standard.queries.promises import Promise, promise_of
from greenlane.standard.queries.revised import latest_revisions
from greenlane.standard.queries.study import study
from greenlane.standard.queries.waits import WaitNow, cbp_ports, current_waits, open_waits

__all__ = [
    "BY",
    "BoardCrossing",
    "BoardRow",
    "Chosen",
    "Headline",
    "Promise",
    "PublicBreach",
    "WaitNow",
    "all_clocks",
    "asked_period",
    "board",
    "breach_causes",
    "breaches",
    "cbp_ports",
    "check_chosen",
    "check_direction",
    "clock_histogram",
    "current_waits",
    "exact",
    "exact_figures",
    "figures",
    "headline",
    "headlines",
    "latest_revisions",
    "named_period",
    "open_waits",
    "promise_of",
    "study",
    "unmeasured",
]
