"""Where providers of channels tell what became of messages."""

from __future__ import annotations

import hmac
from typing import Any, Literal

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Router, Schema
from pydantic import Field

from greenlane.callup.commands import record_receipts
from greenlane.callup.commands.channels import adapter_of, receipt_secret
from greenlane.errors import GreenlaneError
from greenlane.registry.clock import now

router = Router(tags=["messages"])

ChannelName = Literal["email", "webhook", "sms", "push"]
_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "As the channel's adapter reads it; without one of its own, this form.",
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "required": ["receipts"],
                    "properties": {
                        "receipts": {
                            "type": "array",
                            "maxItems": 1000,
                            "items": {
                                "type": "object",
                                "required": ["state"],
                                "properties": {
                                    "state": {"enum": ["delivered", "failed", "read"]},
                                    "reference": {"type": "string"},
                                    "key": {"type": "string"},
                                    "at": {"type": "string", "format": "date-time"},
                                    "error": {"type": "string"},
                                },
                            },
                        }
                    },
                }
            }
        },
    }
}


class ReceiptsOut(Schema):
    known: int = Field(description="Messages of which something was noted.")


@router.post("/receipts/{channel}", response=ReceiptsOut, auth=None, openapi_extra=_BODY)
def take_receipts(request: HttpRequest, channel: ChannelName) -> dict[str, Any]:
    """Note receipts, with the channel's secret as ``Authorization: Bearer …``; twice is as once."""
    secret = receipt_secret(channel)
    if not secret:
        raise GreenlaneError(
            "receipts_closed",
            _("No receipts are taken for this channel."),
            field="channel",
            mend=_("Set its receipt_secret in GREENLANE_CHANNELS."),
            status=404,
        )
    given = request.headers.get("Authorization", "").removeprefix("Bearer ").strip()
    if not hmac.compare_digest(given.encode(), secret.encode()):
        raise GreenlaneError(
            "secret_wrong",
            _("The secret is not that of the channel."),
            field="Authorization",
            mend=_("Send it as “Authorization: Bearer …”."),
            status=401,
        )
    receipts = adapter_of(channel).read_receipts(request.body, request.headers)
    return {"known": record_receipts(channel, receipts, now())}
