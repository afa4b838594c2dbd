"""Many rows at once by COPY: several times as fast as INSERT with its arguments quoted one by one."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection
from django.db.models import JSONField, Model


def copy_in(rows: Sequence[Model]) -> None:
    """Add rows of one model that are new; their ids come from the database."""
    if rows:
        with connection.cursor() as cursor:
            _copy(cursor, rows, rows[0]._meta.db_table, with_key=False)


def copy_over(rows: Sequence[Model]) -> None:
    """Add rows of one model, or renew those of the same primary key."""
    if not rows:
        return
    table, key = rows[0]._meta.db_table, rows[0]._meta.pk
    columns = [field.column for field in _fields(rows[0], with_key=True)]
    renewed = ", ".join(f'"{name}" = EXCLUDED."{name}"' for name in columns if name != key.column)
    with connection.cursor() as cursor:
        cursor.execute(f'CREATE TEMPORARY TABLE copied (LIKE "{table}" INCLUDING DEFAULTS) ON COMMIT DROP')
        _copy(cursor, rows, "copied", with_key=True)
        cursor.execute(
            f'INSERT INTO "{table}" ({_listed(columns)}) SELECT {_listed(columns)} FROM copied '
            f'ON CONFLICT ("{key.column}") DO UPDATE SET {renewed}'
        )
        cursor.execute("DROP TABLE copied")


def _copy(cursor: Any, rows: Sequence[Model], table: str, *, with_key: bool) -> None:
    fields = _fields(rows[0], with_key=with_key)
    names = [(field.attname, isinstance(field, JSONField)) for field in fields]
    statement = f'COPY "{table}" ({_listed(field.column for field in fields)}) FROM STDIN'
    with cursor.copy(statement) as copy:
        for row in rows:
            values = row.__dict__
            copy.write_row([_TEXT(values[name]) if is_json else values[name] for name, is_json in names])


_TEXT = json.JSONEncoder(separators=(",", ":")).encode


def _fields(row: Model, *, with_key: bool) -> list[Any]:
    return [field for field in row._meta.concrete_fields if with_key or not field.primary_key]


def _listed(columns: Iterable[str]) -> str:
    return ", ".join(f'"{name}"' for name in columns)
