"""A carrier's webhooks over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import Field

from greenlane.callup.api.messages import MessageOut
from greenlane.callup.commands import webhooks as commands
from greenlane.callup.models import Webhook
from greenlane.callup.queries.messages import deliveries_of, webhook_of, webhooks_of
from greenlane.registry.commands import answer_once
from greenlane.registry.queries import call_of, caller_of, carrier_of

router = Router(tags=["webhooks"])
Key = Annotated[int, Field(ge=1, lt=2**63)]


class WebhookIn(Schema):
    url: Annotated[str, Field(min_length=1, max_length=500, description="https:// or http://, public.")]


class WebhookSwitch(Schema):
    is_on: bool


class WebhookOut(Schema):
    """A webhook, without its secret."""

    id: int
    url: str
    is_on: bool
    made_at: datetime


class NewWebhookOut(WebhookOut):
    """With the secret that signs deliveries. It is shown this once; a retry with the same key gets null."""

    secret: str | None


class WebhookTestOut(Schema):
    key: str = Field(description="Of the message that is on its way.")


class RemovedOut(Schema):
    id: int


@router.get("/webhooks", response=list[WebhookOut])
def list_webhooks(request: HttpRequest) -> Any:
    """The carrier's webhooks."""
    return webhooks_of(carrier_of(caller_of(request).account))


@router.post("/webhooks", response=NewWebhookOut)
def add_webhook(request: HttpRequest, given: WebhookIn) -> dict[str, Any]:
    """Tell the carrier's own system of every call, recall and other news of its trucks."""
    call = call_of(request)
    return _with_secret(
        request, "add", given.dict(), lambda: commands.add_webhook(call.account, given.url, call.at)
    )


@router.post("/webhooks/{webhook_id}/renew", response=NewWebhookOut)
def renew_webhook_secret(request: HttpRequest, webhook_id: Key) -> dict[str, Any]:
    """A new secret; everything is signed with it at once."""
    call = call_of(request)
    return _with_secret(
        request, "renew", {"id": webhook_id}, lambda: commands.renew_secret(call.account, webhook_id)
    )


@router.post("/webhooks/{webhook_id}/switch", response=WebhookOut)
def switch_webhook(request: HttpRequest, webhook_id: Key, given: WebhookSwitch) -> dict[str, Any]:
    """Switch it off or on."""
    call = call_of(request)

    def switch() -> dict[str, Any]:
        webhook = commands.switch_webhook(call.account, webhook_id, given.is_on)
        return WebhookOut.from_orm(webhook).model_dump(mode="json")

    asked = {"id": webhook_id} | given.dict()
    return answer_once(call.account, call.key, "webhook.switch", asked, switch, call.at)


@router.post("/webhooks/{webhook_id}/test", response=WebhookTestOut)
def test_webhook(request: HttpRequest, webhook_id: Key) -> dict[str, Any]:
    """Send it a message of kind ``test``, the same way as all others."""
    call = call_of(request)

    def send() -> dict[str, Any]:
        return {"key": commands.try_webhook(call.account, webhook_id, call.at).key}

    return answer_once(call.account, call.key, "webhook.test", {"id": webhook_id}, send, call.at)


@router.post("/webhooks/{webhook_id}/remove", response=RemovedOut)
def remove_webhook(request: HttpRequest, webhook_id: Key) -> dict[str, Any]:
    """Take it away."""
    call = call_of(request)

    def remove() -> dict[str, Any]:
        commands.remove_webhook(call.account, webhook_id)
        return {"id": webhook_id}

    return answer_once(call.account, call.key, "webhook.remove", {"id": webhook_id}, remove, call.at)


@router.get("/webhooks/{webhook_id}/deliveries", response=list[MessageOut])
def list_deliveries(request: HttpRequest, webhook_id: Key) -> Any:
    """The last messages to it, the newest first."""
    return deliveries_of(webhook_of(carrier_of(caller_of(request).account), webhook_id))


def _with_secret(
    request: HttpRequest, command: str, asked: dict[str, Any], make: Callable[[], Webhook]
) -> dict[str, Any]:
    """The webhook with its secret, which is not kept with the answer."""
    call, secrets = call_of(request), list[str]()

    def answer() -> dict[str, Any]:
        webhook = make()
        secrets.append(webhook.secret)
        return WebhookOut.from_orm(webhook).model_dump(mode="json")

    shown = answer_once(call.account, call.key, f"webhook.{command}", asked, answer, call.at)
    return shown | {"secret": secrets[0] if secrets else None}
