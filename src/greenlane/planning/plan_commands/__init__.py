"""Plans of days: asked for, made, accepted, taken back; new times where a checkpoint falls behind."""

from greenlane.planning.plan_commands.asking import PATIENCE, ask_plan, make_asked
from greenlane.planning.plan_commands.lanes import open_as_planned
from greenlane.planning.plan_commands.publishing import accept_plan, return_plan
from greenlane.planning.plan_commands.throttling import accept_time, decline_time, propose_new_times

__all__ = [
    "PATIENCE",
    "accept_plan",
    "accept_time",
    "ask_plan",
    "decline_time",
    "make_asked",
    "open_as_planned",
    "propose_new_times",
    "return_plan",
]
