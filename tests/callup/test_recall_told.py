"""A recall reaches everybody who was told of the call, over real mail, HTTP and files."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from call_world import parked, rules
from gate_world import OUT, World, clock
from message_world import choose, make_driver
from pytest_django import Settings
from sinks import Sinks, running_sinks

from greenlane.booking.models import Booking
from greenlane.callup.commands import recall_all, release, send_messages
from greenlane.callup.models import Call, Channel, Message, Webhook
from greenlane.callup.queries import calls_told
from greenlane.registry.models import Role

pytestmark = [pytest.mark.db, pytest.mark.django_db]
TRUCKS = 24


@pytest.fixture
def sinks(settings: Settings, tmp_path: Path) -> Iterator[Sinks]:
    with running_sinks() as running:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", running.smtp
        given: dict[str, dict[str, Any]] = {
            "webhook": {"options": {"allow_private": True}},
            "sms": {"options": {"path": str(tmp_path / "sms.jsonl")}},
            "push": {"options": {"path": str(tmp_path / "push.jsonl")}},
        }
        settings.GREENLANE_CHANNELS = {
            channel: setting | given.get(channel, {})
            for channel, setting in settings.GREENLANE_CHANNELS.items()
        }
        yield running


def called(world: World, sinks: Sinks) -> None:
    """Trucks on their way, each with a driver; every third driver has a device for push."""
    rules(world, inside_limit=TRUCKS, mass_call=TRUCKS, calls_per_minute=TRUCKS)
    Webhook.objects.create(carrier=world.carrier, url=sinks.url("/ok"), secret="whs_secret", made_at=clock(0))
    for number, passage in enumerate(parked(world, TRUCKS)):
        driver = make_driver(world, ("en", "ru", "zh-hans")[number % 3], f"+7701{number:07d}")
        Booking.objects.filter(pk=passage.booking_id).update(driver=driver.driver)
        if number % 3 == 0:
            choose(driver, "push", True, f"device-token-{number:04d}")
    assert len(release(world.checkpoint, OUT, clock(0))) == TRUCKS


def bring_out(minute: float) -> None:
    for channel in Channel.values:
        while send_messages(channel, clock(minute)):
            pass


def test_a_recall_reaches_all_that_were_told_of_the_call(world: World, sinks: Sinks, tmp_path: Path) -> None:
    called(world, sinks)
    bring_out(0.5)
    recall_all(world.staff(Role.SHIFT_LEAD), world.checkpoint, OUT, "the barrier is broken", clock(1))
    bring_out(1.5)
    told_of_calls = set(Message.objects.filter(kind="call").values_list("call", "channel", "address"))
    arrived = Message.objects.filter(kind="recall").exclude(state__in=["waiting", "failed", "overtaken"])
    assert set(arrived.values_list("call", "channel", "address")) == told_of_calls
    assert Counter(channel for _, channel, _ in told_of_calls) == {
        "email": TRUCKS,
        "sms": TRUCKS,
        "webhook": TRUCKS,
        "push": TRUCKS // 3,
    }
    assert set(arrived.exclude(channel="email").values_list("state", flat=True)) == {"delivered"}
    received = Counter(one["channel"] for one in sinks.received())
    lines = [json.loads(line) for line in (tmp_path / "sms.jsonl").read_text().splitlines()]
    assert received == {"email": 2 * TRUCKS, "webhook": 2 * TRUCKS}
    assert Counter(line["kind"] for line in lines) == {"call": TRUCKS, "recall": TRUCKS}
    shown = calls_told(world.checkpoint, OUT, clock(-1), clock(2))
    assert len(shown) == TRUCKS
    assert all(call.recalled_at == clock(1) and call.reached_at is not None for call in shown)


def test_a_call_that_was_taken_back_at_once_is_never_sent(world: World, sinks: Sinks, tmp_path: Path) -> None:
    called(world, sinks)
    recall_all(world.staff(Role.SHIFT_LEAD), world.checkpoint, OUT, "a wrong call", clock(0.1))
    bring_out(0.5)
    lines = [json.loads(line) for line in (tmp_path / "sms.jsonl").read_text().splitlines()]
    assert Counter(line["kind"] for line in lines) == {"recall": TRUCKS}
    assert set(Message.objects.filter(kind="call").values_list("state", flat=True)) == {"overtaken"}
    assert Call.objects.filter(recalled_at__gte=clock(0.1) - timedelta(seconds=1)).count() == TRUCKS
