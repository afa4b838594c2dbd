"""Pages of staff, opened without the forms of signing in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.test import Client
from playwright.sync_api import Page

from greenlane.registry.clock import now
from greenlane.registry.models import Account, Checkpoint, Grant


def member_of_staff(checkpoint: Checkpoint, role: str) -> Account:
    """An account with one role at a checkpoint, and a second factor."""
    account = Account.objects.create(username=f"{role}@example.org", email=f"{role}@example.org")
    Grant.objects.create(account=account, checkpoint=checkpoint, role=role, given_at=now())
    TOTP.activate(account, generate_totp_secret())
    return account


def page_of(account: Account, open_page: Callable[..., Page], site: object, **how: Any) -> Page:
    """A page of a browser in which the account is signed in; `how` is that of `open_page`."""
    client = Client()
    client.force_login(account, backend="django.contrib.auth.backends.ModelBackend")
    page = open_page(**how)
    page.context.add_cookies(
        [{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": str(site)}]
    )
    return page
