"""Signing in by hand."""

from __future__ import annotations

from playwright.sync_api import Page

from scene import PASSWORD


def sign_in(page: Page, email: str) -> None:
    """Fill in the sign-in form that is shown and wait for the page behind it."""
    page.fill("[name=login]", email)
    page.fill("[name=password]", PASSWORD)
    with page.expect_navigation():
        page.click("main form button")
