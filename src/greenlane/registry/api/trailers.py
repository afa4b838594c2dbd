"""A carrier's trailers over HTTP."""

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
from greenlane.registry.queries import call_of, carrier_of, trailers_of

router = Router(tags=["fleet"])


class TrailerIn(Schema):
    """A trailer to add, or to change by its country and plate; what is left out stays as it is."""

    plate: Annotated[str, Field(description="As on the vehicle, at most 16 characters.")]
    country: Annotated[str, Field(description="Two letters, ISO 3166-1.")]
    vin: Annotated[str, Field(description="17 letters and digits (ISO 3779).")] = ""


class TrailerOut(Schema):
    """A trailer in use."""

    id: int
    plate: str
    country: str
    vin: str


class TrailerPage(Page):
    items: list[TrailerOut]


@router.get("/trailers", response=TrailerPage, summary="The carrier's trailers")
def trailers(request: HttpRequest, asked: Query[PageOf]) -> dict[str, Any]:
    """The trailers in use, by country and plate."""
    return page_of(trailers_of(carrier_of(call_of(request).account)), asked)


@router.post("/trailers", response=SavedRows, summary="Add or change trailers")
def save_trailers(
    request: HttpRequest,
    given: Annotated[TrailerIn | Annotated[list[TrailerIn], Field(max_length=MOST_ROWS)], Body()],
) -> dict[str, Any]:
    """One trailer, or a list of at most 1000: good rows are kept, bad rows told by index, field and mend."""
    return save_rows(request, "save_trailers", given, commands.save_trailers)


@router.post("/trailers/csv", response=ImportedFile, summary="Import trailers", openapi_extra=CSV_BODY)
def import_trailers(request: HttpRequest) -> dict[str, Any]:
    """A CSV file as the body: plate, country, vin. Good lines are kept, bad lines told."""
    return import_file(request, "import_trailers", commands.import_trailers_csv)


@router.post("/trailers/{int:trailer_id}/retire", response=Retired, summary="Take a trailer out of use")
def retire_trailer(request: HttpRequest, trailer_id: int) -> dict[str, Any]:
    """Its plate is free for another carrier then."""
    return retire_row(request, "retire_trailer", trailer_id, commands.retire_trailer)
