"""What anybody may ask of the public log: that it hangs together, and that every call is explained."""

from __future__ import annotations

from fair_queue import FairQueue
from gate_world import OUT

from greenlane.callup.commands.sealing import seal_order
from greenlane.callup.order.judging import judge
from greenlane.callup.order.log_file import read_log
from greenlane.callup.order.verifying import chain_fault
from greenlane.callup.queries.order import log_lines, span_of
from greenlane.callup.queries.order_check import check_order


def assert_order_is_proved(here: FairQueue) -> None:
    """The chain is whole, no call took another than the first without a reason, and the tables are as the log
    says.
    """
    seal_order(here.at)
    log = read_log(log_lines(here.checkpoint, OUT, span_of(here.checkpoint, OUT, None, None)))
    assert chain_fault(log) is None
    judged = judge(log)
    assert judged.faults == []
    assert judged.unjudged == 0
    assert list(check_order()) == []
