"""A carrier's trucks over HTTP."""

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
from greenlane.registry.queries import call_of, carrier_of, trucks_of

router = Router(tags=["fleet"])


class TruckIn(Schema):
    """A truck to add, or to change by its country and plate; what is left out stays as it is."""

    plate: Annotated[str, Field(description="As on the vehicle, at most 16 characters.")]
    country: Annotated[str, Field(description="Two letters, ISO 3166-1.")]
    vin: Annotated[str, Field(description="17 letters and digits (ISO 3779).")] = ""
    vehicle_class: Annotated[
        str,
        Field(description="laden, empty, perishable, livestock, dangerous, oversize, humanitarian or bus."),
    ] = ""
    length_m: float | None = None
    height_m: float | None = None
    gross_kg: int | None = None


class TruckOut(Schema):
    """A truck in use."""

    id: int
    plate: str
    country: str
    vin: str
    vehicle_class: str
    length_m: float | None
    height_m: float | None
    gross_kg: int | None


class TruckPage(Page):
    items: list[TruckOut]


@router.get("/trucks", response=TruckPage, summary="The carrier's trucks")
def trucks(request: HttpRequest, asked: Query[PageOf]) -> dict[str, Any]:
    """The trucks in use, by country and plate."""
    return page_of(trucks_of(carrier_of(call_of(request).account)), asked)


@router.post("/trucks", response=SavedRows, summary="Add or change trucks")
def save_trucks(
    request: HttpRequest,
    given: Annotated[TruckIn | Annotated[list[TruckIn], Field(max_length=MOST_ROWS)], Body()],
) -> dict[str, Any]:
    """One truck, or a list of at most 1000: good rows are kept, bad rows told by index, field and mend."""
    return save_rows(request, "save_trucks", given, commands.save_trucks)


@router.post("/trucks/csv", response=ImportedFile, summary="Import trucks", openapi_extra=CSV_BODY)
def import_trucks(request: HttpRequest) -> dict[str, Any]:
    """A CSV file as the body: plate, country, vin, vehicle_class, length_m, height_m, gross_kg.

    Good lines are kept, bad lines told by line, field and mend.
    """
    return import_file(request, "import_trucks", commands.import_trucks_csv)


@router.post("/trucks/{int:truck_id}/retire", response=Retired, summary="Take a truck out of use")
def retire_truck(request: HttpRequest, truck_id: int) -> dict[str, Any]:
    """Its plate is free for another carrier then."""
    return retire_row(request, "retire_truck", truck_id, commands.retire_truck)
