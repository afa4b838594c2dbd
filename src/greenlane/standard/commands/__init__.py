"""What changes the figures: measuring passages, rolling up hours, publishing days, recomputing."""

from greenlane.standard.commands.measuring import measure, refresh
from greenlane.standard.commands.recomputing import Recomputed, recompute
from greenlane.standard.commands.revising import publish
from greenlane.standard.commands.rolling import roll_up

__all__ = ["Recomputed", "measure", "publish", "recompute", "refresh", "roll_up"]
