"""Call-up over HTTP."""

from ninja import Router

router = Router()
