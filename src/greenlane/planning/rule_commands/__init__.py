"""Versions of booking rules: kept, reported on, adopted, and put in force at their date."""

from greenlane.planning.rule_commands.adopting import adopt_rules, put_in_force
from greenlane.planning.rule_commands.versions import keep_report, keep_version

__all__ = ["adopt_rules", "keep_report", "keep_version", "put_in_force"]
