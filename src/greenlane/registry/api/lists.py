"""Long lists over HTTP, a page at a time."""

from __future__ import annotations

from typing import Annotated, Any

from django.db.models import QuerySet
from ninja import Schema
from pydantic import Field

MOST_ROWS = 500


class PageOf(Schema):
    """Which page of a list is asked for."""

    page: Annotated[int, Field(ge=1, le=1_000_000)] = 1
    page_size: Annotated[int, Field(ge=1, le=MOST_ROWS)] = 100


class Page(Schema):
    """How many rows there are in all, and which page this is."""

    count: int
    page: int
    page_size: int


def page_of(rows: QuerySet[Any], asked: PageOf) -> dict[str, Any]:
    """The rows of one page as `items`, beside the fields of `Page`."""
    first = (asked.page - 1) * asked.page_size
    items = list(rows[first : first + asked.page_size])
    return {"count": rows.count(), "page": asked.page, "page_size": asked.page_size, "items": items}
