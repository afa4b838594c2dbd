"""The carrier's webhooks: added, tested, their secrets renewed, the last deliveries."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from greenlane.callup.commands import webhooks as commands
from greenlane.callup.models import Webhook
from greenlane.callup.queries.messages import deliveries_of, webhooks_of
from greenlane.errors import GreenlaneError
from greenlane.registry.clock import now
from greenlane.registry.models import Account
from greenlane.registry.queries import carrier_of

View = Callable[..., HttpResponse]


def dispatcher_page(view: View) -> View:
    """Open the page to a carrier's dispatchers only."""

    @login_required
    @wraps(view)
    def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        account = _account(request)
        if account.carrier_id is None or account.carrier_role != Account.CarrierRole.DISPATCHER:
            return render(request, "403.html", status=403)
        return view(request, *args, **kwargs)

    return checked


@require_http_methods(["GET", "POST"])
@dispatcher_page
def webhooks(request: HttpRequest) -> HttpResponse:
    """The carrier's webhooks, and a form that adds one."""
    refusal, shown, url = None, None, ""
    if request.method == "POST":
        url = request.POST.get("url", "")
        try:
            shown, url = commands.add_webhook(_account(request), url, now()), ""
        except GreenlaneError as error:
            refusal = error
    return _page(request, refusal, shown, url)


@require_POST
@dispatcher_page
def change(request: HttpRequest, pk: int, word: str) -> HttpResponse:
    """Test, renew, switch or remove one of them."""
    account, refusal = _account(request), None
    try:
        if word == "renew":
            return _page(request, None, commands.renew_secret(account, pk), "")
        if word == "test":
            commands.try_webhook(account, pk, now())
            messages.success(request, _("A test is on its way. Load the page again to see whether it came."))
        elif word == "switch":
            commands.switch_webhook(account, pk, request.POST.get("on") == "1")
        elif word == "remove":
            commands.remove_webhook(account, pk)
            messages.success(request, _("Taken off the list."))
        else:
            raise Http404(word)
    except GreenlaneError as error:
        refusal = error
        messages.error(request, f"{refusal.message} {refusal.mend or ''}")
    return redirect("callup:webhooks")


def _page(
    request: HttpRequest, refusal: GreenlaneError | None, shown: Webhook | None, url: str
) -> HttpResponse:
    listed = [(hook, deliveries_of(hook, 5)) for hook in webhooks_of(carrier_of(_account(request)))]
    context = {"listed": listed, "refusal": refusal, "shown": shown, "url": url, "zone": "UTC"}
    response = render(request, "callup/webhooks.html", context, status=refusal.status if refusal else 200)
    response["Cache-Control"] = "no-store"
    return response


def _account(request: HttpRequest) -> Account:
    return cast(Account, request.user)
