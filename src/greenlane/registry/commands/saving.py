"""Rows saved many at once: good rows kept, bad rows told."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from greenlane.errors import GreenlaneError
from greenlane.registry.commands.telling import told_problem
from greenlane.registry.fleet import FieldProblem, Given, Reader, Row
from greenlane.registry.models import Account, Carrier
from greenlane.registry.queries import carrier_of

IndexedProblem = tuple[int, FieldProblem]


@dataclass(frozen=True, slots=True)
class Saved:
    """What became of the rows, in their order.

    Attributes:
        ids: the key of each saved row, None where it was rejected.
        rejected: the index of each bad row and what is wrong with it; a row may have several faults.
        warnings: the same for what was saved all the same.
        made, changed: how many rows are new, and how many changed what was known.
    """

    ids: tuple[int | None, ...]
    rejected: tuple[IndexedProblem, ...] = ()
    warnings: tuple[IndexedProblem, ...] = ()
    made: int = 0
    changed: int = 0

    def only(self) -> int:
        """The key of the one row that was given.

        Raises:
            GreenlaneError: ``field_wrong`` (422), the first fault of the row.
        """
        (saved_id,) = self.ids
        if saved_id is None:
            problem = self.rejected[0][1]
            raise GreenlaneError(
                "field_wrong",
                _("%(fault)s.") % {"fault": problem.message[:1].upper() + problem.message[1:]},
                field=problem.field,
                mend=problem.mend,
                status=422,
            )
        return saved_id


def may_keep_fleet(account: Account) -> Carrier:
    """The carrier whose trucks, trailers and drivers the account may change.

    Raises:
        GreenlaneError: ``no_carrier`` or ``not_allowed`` (403).
    """
    carrier = carrier_of(account)
    if account.carrier_role != Account.CarrierRole.DISPATCHER:
        raise GreenlaneError(
            "not_allowed",
            _("Only a dispatcher of the carrier changes its trucks, trailers and drivers."),
            mend=_("Ask your dispatcher."),
            status=403,
        )
    return carrier


def save_given(rows: Sequence[Given], read_row: Reader[Row], keep: Callable[[Sequence[Row]], Saved]) -> Saved:
    """Check the fields of every row, keep the good ones, and tell of all by their index among the given."""
    good: list[Row] = []
    places: list[int] = []
    rejected: list[IndexedProblem] = []
    warnings: list[IndexedProblem] = []
    for index, given in enumerate(rows):
        row, checked = read_row(given)
        rejected += [(index, told_problem(problem)) for problem in checked.problems]
        if row is not None:
            good.append(row)
            places.append(index)
            warnings += [(index, told_problem(problem)) for problem in checked.warnings]
    kept = keep(good)
    ids: list[int | None] = [None] * len(rows)
    for place, saved_id in zip(places, kept.ids, strict=True):
        ids[place] = saved_id
    rejected += [(places[index], problem) for index, problem in kept.rejected]
    return Saved(tuple(ids), tuple(sorted(rejected, key=_index)), tuple(warnings), kept.made, kept.changed)


def _index(problem: IndexedProblem) -> int:
    return problem[0]
