"""Whether a page fits its screen."""

from __future__ import annotations

from playwright.sync_api import Page


def fits(page: Page) -> bool:
    """Whether nothing sticks out sideways, once the page's styles have come."""
    page.wait_for_load_state("load")
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))
