"""Call-up over HTTP."""

from ninja import Router

from greenlane.callup.api import calls, hindrances, live, messages, order, receipts, webhooks

router = Router()
for part in (calls, hindrances, live, messages, order, receipts, webhooks):
    router.add_router("", part.router)
