"""Pages of booking for a checkpoint's staff: who may see them."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse

from greenlane.booking.pages.access import View, account_of, refused
from greenlane.errors import GreenlaneError
from greenlane.registry.queries import checkpoints_of, may


def staff_page(*roles: str) -> Callable[[View], View]:
    """Open a page to who has one of the roles at some checkpoint; the view shows what is of those."""

    def guard(view: View) -> View:
        @login_required
        @wraps(view)
        def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            account = account_of(request)
            if not any(may(account, each, *roles) for each in checkpoints_of(account)):
                raise PermissionDenied
            try:
                return view(request, *args, **kwargs)
            except GreenlaneError as refusal:
                return refused(request, refusal)

        return checked

    return guard
