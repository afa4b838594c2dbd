"""What pure modules found wrong, in the reader's language."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.utils.translation import gettext

from greenlane.registry.fleet import FieldProblem
from greenlane.registry.trucks_csv import LineProblem, SheetError
from greenlane.registry.worded import Worded


def told(text: str) -> str:
    """A sentence of `worded` in the language in force; any other text as it is."""
    return gettext(text.template) % text.values if isinstance(text, Worded) else text


def told_problem(problem: FieldProblem) -> FieldProblem:
    """A fault of a field in the language in force."""
    return FieldProblem(problem.field, told(problem.message), told(problem.mend))


def told_line(problem: LineProblem) -> LineProblem:
    """A fault of a line in the language in force."""
    return LineProblem(problem.line, problem.field, told(problem.message), told(problem.mend))


@contextmanager
def refusals_told() -> Iterator[None]:
    """Raise what a file is refused for in the language in force."""
    try:
        yield
    except SheetError as refusal:
        mend = told(refusal.mend) if refusal.mend else None
        raise SheetError(refusal.code, told(refusal.message), field=refusal.field, mend=mend) from refusal
