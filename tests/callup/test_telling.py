"""Who is told of a call, in which words, and that nobody is told twice or of what is no longer true."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import translation
from gate_world import World, clock
from message_world import choose, make_call, make_driver, make_ticket

from greenlane.booking.commands.news import tell_holder
from greenlane.booking.models import Booking, WaitingGroup
from greenlane.callup.commands import tell_calls
from greenlane.callup.messages.segments import segments
from greenlane.callup.models import Message, Webhook
from greenlane.callup.queries.recipients import language_of
from greenlane.registry.models import Account, Driver

pytestmark = [pytest.mark.db, pytest.mark.django_db]


def told() -> set[tuple[str, str, str]]:
    return set(Message.objects.values_list("kind", "channel", "address"))


def test_the_driver_is_told_by_mail_and_phone_and_the_carrier_by_webhook(world: World) -> None:
    driver = make_driver(world)
    hook = Webhook.objects.create(
        carrier=world.carrier, url="https://tms.example/hook", secret="s" * 43, made_at=clock(0)
    )
    call = make_call(world, driver=driver)
    tell_calls([call], "call", clock(0))
    assert told() == {
        ("call", "email", driver.email),
        ("call", "sms", "+77010000001"),
        ("call", "webhook", hook.url),
    }
    message = Message.objects.get(channel="webhook")
    assert call.booking is not None
    assert message.payload["booking"] == call.booking.code
    assert call.passage.plate not in str(message.payload)


def test_whoever_booked_is_told_where_the_driver_has_no_account(world: World) -> None:
    driver = Driver.objects.create(
        carrier=world.carrier, full_name="Invented Person", phone="+7 702 000 00 02"
    )
    call = make_call(world)
    Booking.objects.filter(pk=call.booking_id).update(driver=driver)
    tell_calls([call], "call", clock(0))
    assert told() == {("call", "sms", "+77020000002"), ("call", "email", world.holder.email)}


def test_choices_are_kept(world: World) -> None:
    driver = make_driver(world)
    choose(driver, "email", False)
    choose(driver, "sms", False, "+77010000001")
    choose(driver, "push", True, "token-of-a-device")
    choose(world.holder, "email", True)
    tell_calls([make_call(world, driver=driver)], "call", clock(0))
    assert told() == {("call", "push", "token-of-a-device"), ("call", "email", world.holder.email)}


def test_another_carrier_hears_nothing(world: World) -> None:
    other = Account.objects.create(username="other@example.org", email="other@example.org")
    choose(other, "email", True)
    tell_calls([make_call(world, driver=make_driver(world))], "call", clock(0))
    assert not Message.objects.filter(account=other).exists()


def test_a_ticket_of_the_kiosk_is_told_by_its_phone_in_its_language(world: World) -> None:
    ticket = make_ticket(world, "902NEW11", "+86 138 0000 0000", "zh-hans")
    tell_calls([make_call(world, "902NEW11", ticket=ticket)], "call", clock(0))
    message = Message.objects.get()
    assert (message.channel, message.address) == ("sms", "+8613800000000")
    assert (message.language, message.ticket) == ("zh-hans", ticket)
    assert f"/live/t/{ticket.code}/" in message.body


def test_nobody_is_told_twice_of_the_same(world: World) -> None:
    call = make_call(world, driver=make_driver(world))
    for _ in range(3):
        tell_calls([call], "call", clock(0))
    assert Message.objects.count() == 2


def test_messages_go_with_the_change_or_not_at_all(world: World) -> None:
    call = make_call(world, driver=make_driver(world))
    with transaction.atomic():
        tell_calls([call], "call", clock(0))
        transaction.set_rollback(True)
    assert Message.objects.count() == 0


def test_a_recall_overtakes_its_call_that_was_not_sent(world: World) -> None:
    driver = make_driver(world)
    call = make_call(world, driver=driver)
    tell_calls([call], "call", clock(0))
    Message.objects.filter(channel="email").update(state="sent")
    tell_calls([call], "recall", clock(1))
    states = set(Message.objects.values_list("kind", "channel", "state"))
    assert states == {
        ("call", "sms", "overtaken"),
        ("call", "email", "sent"),
        ("recall", "sms", "waiting"),
        ("recall", "email", "waiting"),
    }


def test_a_new_call_overtakes_a_recall_that_was_not_sent(world: World) -> None:
    driver = make_driver(world)
    first = make_call(world, driver=driver)
    tell_calls([first], "recall", clock(1))
    first.recalled_at = clock(1)
    first.save()
    second = first
    second.pk = None
    second.recalled_at, second.called_at, second.gate_by = None, clock(5), clock(35)
    second.save()
    tell_calls([second], "call", clock(5))
    assert set(Message.objects.filter(state="waiting").values_list("kind", flat=True)) == {"call"}
    assert set(Message.objects.filter(kind="recall").values_list("state", flat=True)) == {"overtaken"}


def test_a_call_is_good_until_shortly_after_its_time_at_the_barrier(world: World) -> None:
    call = make_call(world, driver=make_driver(world))
    tell_calls([call], "call", clock(0))
    good = Message.objects.filter(channel="sms").values_list("good_until", flat=True).get()
    assert good is not None
    assert call.gate_by < good < call.gate_by + timedelta(hours=1)


def test_the_text_shows_the_time_of_the_checkpoint_the_end_of_the_plate_and_the_page(world: World) -> None:
    call = make_call(world, "501KZA03", driver=make_driver(world, language="en"))
    assert call.booking is not None
    tell_calls([call], "call", clock(0))
    body = Message.objects.get(channel="sms").body
    assert "18:30 UTC+9" in body
    assert "*ZA03" in body
    assert "501KZA03" not in body
    assert body.endswith(f"/bookings/{call.booking.code}/")


def test_each_is_written_to_in_the_own_language(world: World) -> None:
    for number, language in enumerate(("en", "ru", "zh-hans")):
        driver = make_driver(world, language, f"+7701000001{number}")
        tell_calls([make_call(world, f"50{number}KZA03", driver=driver)], "recall", clock(0))
    texts = dict(Message.objects.filter(channel="sms").values_list("language", "body"))
    letters = {"en": r"[A-Z]{4}", "ru": r"[А-Яа-я]{4}", "zh-hans": r"[\u4e00-\u9fff]{4}"}
    for language, pattern in letters.items():
        with translation.override(language):
            said = texts[language].partition("http")[0].replace(world.checkpoint.name, "")
        assert re.search(pattern, said), language
        assert segments(texts[language]) <= 2
    assert segments(texts["en"]) == 1


def test_an_unknown_language_is_english() -> None:
    assert [language_of(code) for code in ("zh", "ru-KZ", "de", "")] == ["zh-hans", "ru", "en", "en"]


def group_of(world: World) -> WaitingGroup:
    return WaitingGroup.objects.create(
        number="W-1",
        checkpoint=world.checkpoint,
        direction="outbound",
        account=world.holder,
        carrier=world.carrier,
        earliest=clock(0),
        latest=clock(600),
        made_at=clock(0),
        state="offered",
        offer_until=clock(30),
    )


def test_booking_tells_and_it_becomes_a_message(world: World) -> None:
    booking = world.booked("501KZA03", clock(600), driver=make_driver(world, "en").driver)
    for kind in ("drawn", "moved_by_guarantee", "credited", "strike", "appeal_decided", "priority_granted"):
        for _ in range(2):
            tell_holder(kind, booking, clock(1))
    assert Message.objects.count() == 6 * 2
    assert "5 May 04:00 UTC+9" in Message.objects.get(channel="sms", kind="drawn").body


def test_an_offer_says_until_when_and_is_not_sent_after(world: World) -> None:
    tell_holder("offered", group_of(world), clock(0))
    message = Message.objects.get()
    assert message.good_until == clock(30)
    assert "18:30 UTC+9" in message.body
