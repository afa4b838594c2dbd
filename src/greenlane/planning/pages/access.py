"""Who may see the pages of planning."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse

from greenlane.errors import GreenlaneError
from greenlane.planning.queries import PLANNING_ROLES
from greenlane.registry.models import Account
from greenlane.registry.queries import checkpoint, checkpoint_document, may

View = Callable[..., HttpResponse]


def account_of(request: HttpRequest) -> Account:
    """Who is signed in, on a page that asks for it."""
    account = request.user
    assert isinstance(account, Account)
    return account


def for_planners(view: View) -> View:
    """Only for planners, shift leads and administrators of the checkpoint; gives the view the checkpoint."""

    @wraps(view)
    @login_required
    def guarded(
        request: HttpRequest, checkpoint_code: str, direction: str, *arguments: Any, **named: Any
    ) -> HttpResponse:
        try:
            here = checkpoint(checkpoint_code)
        except GreenlaneError as error:
            raise Http404(str(error)) from error
        if direction not in checkpoint_document(here).directions:
            raise Http404(direction)
        if not may(account_of(request), here, *PLANNING_ROLES):
            raise PermissionDenied
        return view(request, here, direction, *arguments, **named)

    return guarded
