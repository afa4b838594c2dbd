"""A carrier's drivers over HTTP."""

from __future__ import annotations

from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Body, Query, Router, Schema
from pydantic import Field

from greenlane.registry import commands
from greenlane.registry.api.lists import Page, PageOf, page_of
from greenlane.registry.api.rows import (
    CSV_BODY,
    MOST_ROWS,
    ImportedFile,
    Retired,
    SavedRows,
    import_file,
    retire_row,
    save_rows,
)
from greenlane.registry.queries import call_of, carrier_of, drivers_of

router = Router(tags=["fleet"])


class DriverIn(Schema):
    """A driver to add, or to change by document, else by name; what is left out stays as it is."""

    full_name: str
    phone: str = ""
    document: Annotated[str, Field(description="Passport or licence number.")] = ""


class DriverOut(Schema):
    """A driver of the carrier."""

    id: int
    full_name: str
    phone: str
    document: str


class DriverPage(Page):
    items: list[DriverOut]


@router.get("/drivers", response=DriverPage, summary="The carrier's drivers")
def drivers(request: HttpRequest, asked: Query[PageOf]) -> dict[str, Any]:
    """The carrier's drivers, by name."""
    return page_of(drivers_of(carrier_of(call_of(request).account)), asked)


@router.post("/drivers", response=SavedRows, summary="Add or change drivers")
def save_drivers(
    request: HttpRequest,
    given: Annotated[DriverIn | Annotated[list[DriverIn], Field(max_length=MOST_ROWS)], Body()],
) -> dict[str, Any]:
    """One driver, or a list of at most 1000: good rows are kept, bad rows told by index, field and mend."""
    return save_rows(request, "save_drivers", given, commands.save_drivers)


@router.post("/drivers/csv", response=ImportedFile, summary="Import drivers", openapi_extra=CSV_BODY)
def import_drivers(request: HttpRequest) -> dict[str, Any]:
    """A CSV file as the body: full_name, phone, document. Good lines are kept, bad lines told."""
    return import_file(request, "import_drivers", commands.import_drivers_csv)


@router.post("/drivers/{int:driver_id}/retire", response=Retired, summary="Take a driver off the list")
def retire_driver(request: HttpRequest, driver_id: int) -> dict[str, Any]:
    """Bookings that name the driver stay as they are."""
    return retire_row(request, "retire_driver", driver_id, commands.retire_driver)
