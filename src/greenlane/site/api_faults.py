"""What Django answers where no view does: a page for people, a refusal in JSON for clients of the API."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views import defaults

from greenlane.errors import GreenlaneError

API = "/api/"


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400: a host that is not served, or a body over the limit."""
    if request.path.startswith(API):
        return _refused(
            GreenlaneError(
                "bad_request", "The request cannot be read.", mend="Check its address, headers and size."
            )
        )
    return defaults.bad_request(request, exception)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404: no such address."""
    if request.path.startswith(API):
        mend = "See the addresses at /api/v1/docs."
        return _refused(
            GreenlaneError("not_found", "There is nothing at this address.", mend=mend, status=404)
        )
    return defaults.page_not_found(request, exception)


def failed(request: HttpRequest) -> HttpResponse:
    """500: a fault of the site itself; the log tells which."""
    if request.path.startswith(API):
        mend = "Send it again with the same key."
        return _refused(GreenlaneError("failed", "The request failed.", mend=mend, status=500))
    return defaults.server_error(request)


def _refused(error: GreenlaneError) -> JsonResponse:
    return JsonResponse(error.as_dict(), status=error.status)
