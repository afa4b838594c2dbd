"""A real Chromium, the site served live, and a crossing at work."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

if TYPE_CHECKING:
    from scene import Scene

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PHONE = {"width": 360, "height": 800}
LANGUAGES = {"en": "en-GB", "ru": "ru-RU", "zh-hans": "zh-CN"}

OpenPage = Callable[..., Page]


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[Browser]:
    """One Chromium for all tests."""
    # Playwright keeps an event loop in this thread, which Django takes for asynchronous code.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=chromium, args=list(FLAGS))
        yield launched
        launched.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def scene(transactional_db: None) -> Scene:
    """A crossing with slots, a driver and a dispatcher."""
    # This file is read before Django knows its settings.
    from scene import crossing_at_work

    return crossing_at_work()


@pytest.fixture
def open_page(browser: Browser, live_server: object) -> Iterator[OpenPage]:
    """Opens a page of the site: ``open_page(language="ru", javascript=False, viewport=...)``.

    At the end of the test no page may have written an error to its console, and no request is still answered:
    it would use tables that are being emptied for the next test.
    """
    contexts = []
    complaints: list[str] = []

    def opened(language: str = "en", javascript: bool = True, viewport: dict[str, int] = PHONE) -> Page:
        context = browser.new_context(
            base_url=str(live_server),
            viewport=viewport,  # type: ignore[arg-type]  # a literal dict in the stub
            locale=LANGUAGES[language],
            java_script_enabled=javascript,
        )
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        return page

    yield opened
    for context in contexts:
        context.close()
    until_all_requests_are_answered()
    assert complaints == []


def until_all_requests_are_answered(seconds: float = 20) -> None:
    """Wait for the threads of the live server, one per connection."""
    deadline = time.monotonic() + seconds
    for thread in threading.enumerate():
        if "process_request_thread" in thread.name:
            thread.join(max(0.0, deadline - time.monotonic()))
            assert not thread.is_alive(), "the live server is still answering a request"
