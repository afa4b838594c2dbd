"""What the three lists of a fleet share over HTTP: rows in, their fate out."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any, Final

from django.http import HttpRequest
from ninja import Schema

from greenlane.registry.commands import Imported, Saved, answer_once
from greenlane.registry.models import Account
from greenlane.registry.queries import call_of

MOST_ROWS: Final = 1000

CSV_BODY: Final[dict[str, Any]] = {
    "requestBody": {"required": True, "content": {"text/csv": {"schema": {"type": "string"}}}}
}
"""How OpenAPI tells that the body is a CSV file."""


class RowProblem(Schema):
    """One fault of one row (its index from 0), and its mend."""

    index: int
    field: str
    message: str
    mend: str


class LineFault(Schema):
    """One fault on one line of a file (counted from 1, the header is line 1), and its mend."""

    line: int
    field: str
    message: str
    mend: str


class SavedRows(Schema):
    """What became of the rows: ids in their order, null where a row was rejected."""

    ids: list[int | None]
    made: int
    changed: int
    rejected: list[RowProblem]
    warnings: list[RowProblem]


class ImportedFile(Schema):
    """What became of a file: lines kept, the lines that were not kept and why, and warnings."""

    saved: int
    made: int
    changed: int
    problems: list[LineFault]
    warnings: list[LineFault]


class Retired(Schema):
    """What was taken out of use."""

    id: int
    retired: bool = True


def save_rows(
    request: HttpRequest,
    command: str,
    given: Schema | Sequence[Schema],
    save: Callable[[Account, list[dict[str, object]], datetime], Saved],
) -> dict[str, Any]:
    """Save one row or many, once a key. A bad row alone is refused; among many it is told beside the good."""
    call = call_of(request)
    is_one = isinstance(given, Schema)
    rows = [row.model_dump(exclude_none=True) for row in ([given] if isinstance(given, Schema) else given)]

    def do() -> dict[str, Any]:
        saved = save(call.account, rows, call.at)
        if is_one:
            saved.only()
        return {
            "ids": list(saved.ids),
            "made": saved.made,
            "changed": saved.changed,
            "rejected": [{"index": index, **asdict(problem)} for index, problem in saved.rejected],
            "warnings": [{"index": index, **asdict(problem)} for index, problem in saved.warnings],
        }

    return answer_once(call.account, call.key, command, {"rows": rows}, do, call.at)


def import_file(
    request: HttpRequest, command: str, load: Callable[[Account, bytes, datetime], Imported]
) -> dict[str, Any]:
    """Import the CSV file that is the request's body, once a key."""
    call, content = call_of(request), request.body
    digest = {"sha256": hashlib.sha256(content).hexdigest()}

    def do() -> dict[str, Any]:
        imported = asdict(load(call.account, content, call.at))
        return imported | {name: list(imported[name]) for name in ("problems", "warnings")}

    return answer_once(call.account, call.key, command, digest, do, call.at)


def retire_row(
    request: HttpRequest, command: str, row_id: int, retire: Callable[[Account, int, datetime], None]
) -> dict[str, Any]:
    """Take a row out of use, once a key."""
    call = call_of(request)

    def do() -> dict[str, Any]:
        retire(call.account, row_id, call.at)
        return {"id": row_id, "retired": True}

    return answer_once(call.account, call.key, command, {"id": row_id}, do, call.at)
