"""A plan of a day made by hand: the document that the planner would give."""

from __future__ import annotations

from typing import Any


def document(bookings: dict[str, int], **changes: Any) -> dict[str, Any]:
    """A plan in which customs has two lanes to noon and three from then on, with bookings by slot."""
    blocks = [f"{hour:02d}:00" for hour in range(0, 24, 2)]
    kept = {"shares": {"inside": 0.97, "outside": 0.99}, "surely": 0.96, "trucks": 900.0}
    customs = [2] * 6 + [3] * 6
    return {
        "goal": {"target": 10.0, "quantile": 0.95, "clocks": ["inside", "outside"], "kinds": ["green/laden"],
                 "confidence": 0.95},
        "seed": 1, "holds": True, "cost": 400.0, "bound": 390.0, "today_cost": 500.0, "blocks": blocks,
        "posts": [{"code": "customs", "stages": ["customs"], "lanes": 3, "officers": 1}],
        "staffing": {"customs": customs}, "today": {"customs": [3] * 12},
        "shifts": [
            {"begins": "00:00", "ends": "12:00", "break": None, "lanes": {"customs": 2}, "officers": 2}
        ],
        "kept": kept, "kept_by_all": kept, "today_kept": kept,
        "binding": [{"stage": "customs", "at": "11:00", "late": 0.02}], "frontier": [],
        "lanes": [
            {"stage": "customs", "lane": "C1", "open": [[0, 1440]]},
            {"stage": "customs", "lane": "C2", "open": [[0, 1440]]},
            {"stage": "customs", "lane": "C3", "open": [[720, 1440]]},
        ],
        "quotas": {"shape": "even", "bound_by": "standard", "overflow": 0.0, "shows": 0.97, "holds": True,
                   "slots": [{"at": at, "bookings": number} for at, number in bookings.items()]},
        "levers": [], "evaluations": 100, **changes,
    }  # fmt: skip
