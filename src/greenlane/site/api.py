"""The HTTP API under /api/v1: who calls, how refusals are told, and the rooms' routes.

The hot paths of the same address (places, readings, streams) are served by the turnstile, not here.
"""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import Any, Final

from django.db import DataError
from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.openapi.schema import OpenAPISchema
from ninja.operation import Operation

from greenlane.errors import GreenlaneError
from greenlane.site.api_auth import AccountToken, SignedIn
from greenlane.site.api_openapi import with_common_parts

ROOMS: Final = ("registry", "booking", "callup", "gate", "standard", "planning")
"""The rooms that may have an `api` module with a `router`."""


class GreenlaneAPI(NinjaAPI):
    """Ninja's API, with what all operations share written into its OpenAPI document."""

    def get_openapi_schema(self, **kwargs: Any) -> OpenAPISchema:
        schema = super().get_openapi_schema(**kwargs)
        with_common_parts(schema)
        return schema

    def get_openapi_operation_id(self, operation: Operation) -> str:
        """The room and the function, as in ``booking_make_booking``."""
        return f"{operation.view_func.__module__.split('.')[1]}_{operation.view_func.__name__}"


api = GreenlaneAPI(
    title="Greenlane",
    version="1",
    urls_namespace="api",
    description=(
        "Book a place at a border checkpoint, follow the truck, read the clocks. Every POST takes an "
        "`Idempotency-Key`: a retry with the same key gets the first answer. Every refusal names what is "
        "wrong, in which field, and the mend."
    ),
    auth=[AccountToken(), SignedIn()],
)


def refused(request: HttpRequest, error: GreenlaneError) -> HttpResponse:
    """The response that carries a refusal."""
    return api.create_response(request, error.as_dict(), status=error.status)


@api.exception_handler(GreenlaneError)
def _greenlane(request: HttpRequest, error: GreenlaneError) -> HttpResponse:
    return refused(request, error)


@api.exception_handler(AuthenticationError)
def _not_signed_in(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
    mend = "Send a valid account token, as in `Authorization: Bearer glt_…`, or sign in."
    return refused(
        request,
        GreenlaneError(
            "not_signed_in", "This needs a signed-in account.", field="Authorization", mend=mend, status=401
        ),
    )


@api.exception_handler(HttpError)
def _http(request: HttpRequest, error: HttpError) -> HttpResponse:
    code = "bad_request" if error.status_code == 400 else f"http_{error.status_code}"
    return refused(request, GreenlaneError(code, f"{error.message}.", status=error.status_code))


@api.exception_handler(Http404)
def _not_found(request: HttpRequest, error: Http404) -> HttpResponse:
    return refused(request, GreenlaneError("not_found", "There is nothing at this address.", status=404))


@api.exception_handler(ValidationError)
def _invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """The first fault of the request; the others show when it is mended."""
    fault = error.errors[0]
    place = [str(part) for part in fault["loc"]]
    message = f"{fault['msg']}."
    mend = "See the form of the request at /api/v1/docs."
    field = ".".join(place[1:]) or place[0]
    return refused(request, GreenlaneError("bad_request", message, field=field, mend=mend, status=422))


@api.exception_handler(DataError)
@api.exception_handler(UnicodeEncodeError)
def _unstorable(request: HttpRequest, error: Exception) -> HttpResponse:
    """A value that no column can hold: the character NUL, half a character, a number too great."""
    message = "A value has a character or a size that cannot be stored."
    mend = "Remove control characters; keep numbers within 64 bits."
    return refused(request, GreenlaneError("bad_request", message, mend=mend, status=422))


for _room in ROOMS:
    _module = f"greenlane.{_room}.api"
    if (_spec := find_spec(_module)) and _spec.origin:
        api.add_router("", import_module(_module).router)
