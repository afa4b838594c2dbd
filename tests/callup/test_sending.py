"""Bringing messages out: the urgent first, each once, several workers at a time, and on failure."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import timedelta

import pytest
from django.db import connection, transaction
from gate_world import World, clock, make_world
from message_world import Recorder

from greenlane.callup.commands import record_receipts, send_messages
from greenlane.callup.messages.adapter import ChannelAdapter, ChannelDown, Outcome, Outgoing, Receipt, Result
from greenlane.callup.messages.file_channel import FileAdapter
from greenlane.callup.messages.retries import MOST_ATTEMPTS
from greenlane.callup.models import Message, Webhook

pytestmark = [pytest.mark.db, pytest.mark.django_db]


def make_messages(many: int, **given: object) -> list[Message]:
    fields = {
        "kind": "call",
        "channel": "sms",
        "language": "en",
        "subject": "s",
        "body": "b",
        "urgency": 5,
        "made_at": clock(0),
        "due_at": clock(0),
    } | given
    first = Message.objects.count()
    return Message.objects.bulk_create(
        Message(key=f"k{number}", **{"address": f"+7701{number:07d}"} | fields)
        for number in range(first, first + many)
    )


def states() -> Counter[str]:
    return Counter(Message.objects.values_list("state", flat=True))


def test_the_urgent_go_first_whatever_came_before() -> None:
    for urgency in (5, 1, 0, 3):
        make_messages(3, urgency=urgency)
    adapter = Recorder()
    assert send_messages("sms", clock(1), adapter) == 12
    assert [message.urgency for message in adapter.sent] == [0] * 3 + [1] * 3 + [3] * 3 + [5] * 3
    assert send_messages("sms", clock(2), adapter) == 0


def test_each_channel_has_its_own_batches() -> None:
    make_messages(2)
    make_messages(3, channel="email")
    adapter = Recorder()
    assert send_messages("email", clock(1), adapter) == 3
    assert states() == {"sent": 3, "waiting": 2}


def test_what_fails_is_tried_again_after_growing_pauses_and_then_no_more() -> None:
    (message,) = make_messages(1)
    adapter, at, pauses = Recorder(Result.LATER), clock(0), []
    for _ in range(MOST_ATTEMPTS):
        assert send_messages("sms", at, adapter) == 1
        message.refresh_from_db()
        pauses.append(message.due_at - at)
        assert send_messages("sms", message.due_at - timedelta(milliseconds=1), adapter) == 0
        at = message.due_at
    assert pauses[:-1] == sorted(pauses[:-1])
    assert (message.state, message.attempts, message.error) == ("failed", MOST_ATTEMPTS, "told so")
    assert send_messages("sms", clock(10_000), adapter) == 0
    assert {sent.key for sent in adapter.sent} == {message.key}


def test_what_is_refused_is_not_tried_again() -> None:
    make_messages(1)
    send_messages("sms", clock(0), Recorder(Result.REFUSED))
    assert states() == {"failed": 1}


def test_what_is_too_late_is_not_sent() -> None:
    make_messages(1, good_until=clock(30))
    make_messages(1, good_until=clock(90))
    adapter = Recorder()
    send_messages("sms", clock(31), adapter)
    assert states() == {"overtaken": 1, "sent": 1}
    assert len(adapter.sent) == 1


class Down(ChannelAdapter):
    def send(self, messages: Sequence[Outgoing]) -> Iterator[Outcome]:
        raise ChannelDown("the provider is away")


def test_a_channel_that_is_down_costs_no_attempt_and_is_asked_again_soon() -> None:
    (message,) = make_messages(1)
    assert send_messages("sms", clock(0), Down()) == 1
    message.refresh_from_db()
    assert (message.state, message.attempts, message.error) == ("waiting", 0, "the provider is away")
    assert send_messages("sms", clock(1), Recorder()) == 1
    assert states() == {"sent": 1}


class Broken(ChannelAdapter):
    def send(self, messages: Sequence[Outgoing]) -> Iterator[Outcome]:
        yield Outcome(messages[0].id, Result.SENT)
        raise KeyError("a fault of the adapter")


def test_a_faulty_adapter_loses_nothing(caplog: pytest.LogCaptureFixture) -> None:
    make_messages(3)
    send_messages("sms", clock(0), Broken())
    assert states() == {"waiting": 3}
    assert send_messages("sms", clock(1), Recorder()) == 3
    assert "the adapter Broken failed" in caplog.text


class Killed(Recorder):
    """Hands everything over, and then the process is gone."""

    def send(self, messages: Sequence[Outgoing]) -> Iterator[Outcome]:
        list(super().send(messages))
        raise KeyboardInterrupt


def test_what_a_killed_worker_had_not_marked_is_sent_again_with_the_same_key() -> None:
    make_messages(5)
    killed, next_worker = Killed(), Recorder()
    with pytest.raises(KeyboardInterrupt):
        send_messages("sms", clock(0), killed)
    assert states() == {"waiting": 5}
    send_messages("sms", clock(1), next_worker)
    assert states() == {"sent": 5}
    assert [message.key for message in killed.sent] == [message.key for message in next_worker.sent]


def test_where_nobody_answers_the_rest_for_that_address_waits_and_others_do_not(world: World) -> None:
    hooks = [
        Webhook.objects.create(
            carrier=world.carrier, url=f"https://h{n}.example/", secret="s", made_at=clock(0)
        )
        for n in range(2)
    ]
    for hook in hooks:
        make_messages(150, channel="webhook", address=hook.url, webhook=hook)
    adapter = Recorder(Result.DELIVERED, {hooks[0].url: Result.UNREACHABLE})
    send_messages("webhook", clock(0), adapter)
    send_messages("webhook", clock(0), adapter)
    assert Message.objects.filter(webhook=hooks[1], state="delivered").count() == 150
    assert Message.objects.filter(webhook=hooks[0], state="waiting", due_at__gt=clock(0)).count() == 150
    assert len([sent for sent in adapter.sent if sent.address == hooks[0].url]) == 100


def test_a_webhook_that_is_switched_off_gets_nothing(world: World) -> None:
    hook = Webhook.objects.create(
        carrier=world.carrier, url="https://h.example/", secret="s", is_on=False, made_at=clock(0)
    )
    make_messages(1, channel="webhook", address=hook.url, webhook=hook)
    adapter = Recorder()
    send_messages("webhook", clock(0), adapter)
    assert (adapter.sent, states()) == ([], {"failed": 1})


def test_receipts_may_come_twice_and_in_any_order() -> None:
    make_messages(3)
    send_messages("sms", clock(0), Recorder())
    first, second, third = Message.objects.order_by("pk")
    told = [
        Receipt("read", first.reference, at=clock(3)),
        Receipt("delivered", first.reference, at=clock(2)),
        Receipt("failed", first.reference, at=clock(4)),
        Receipt("failed", second.reference, error="no such number"),
        Receipt("delivered", key=third.key, at=clock(9999)),
        Receipt("delivered", "unknown"),
    ]
    for receipts in (told, told[::-1], told[:2]):
        record_receipts("sms", receipts, clock(5))
    assert record_receipts("email", told, clock(5)) == 0
    found = list(Message.objects.order_by("pk").values_list("state", "delivered_at", "read_at", "error"))
    assert found[0] == ("delivered", clock(3), clock(3), "")
    assert found[1] == ("failed", None, None, "no such number")
    assert found[2] == ("delivered", clock(5), None, "")


def test_the_whole_way_through_a_file(tmp_path: object) -> None:
    make_messages(1500)
    adapter = FileAdapter(f"{tmp_path}/messages/sms.jsonl")
    assert send_messages("sms", clock(0), adapter) == 1000
    assert send_messages("sms", clock(0), adapter) == 500
    assert states() == {"delivered": 1500}
    lines = adapter.path.read_text().splitlines()
    assert len(lines) == 1500
    assert '"to": "+77010000000"' in lines[0]


def test_a_file_that_was_taken_away_gives_no_receipt(tmp_path: object) -> None:
    make_messages(1)
    adapter = FileAdapter(f"{tmp_path}/sms.jsonl")
    outcomes = list(adapter.send([Outgoing(1, "k", "call", "+7", "en", "s", "b")]))
    assert [receipt.reference for receipt in adapter.poll([outcomes[0].reference])] == [outcomes[0].reference]
    adapter.path.unlink()
    assert list(adapter.poll([outcomes[0].reference, "nonsense", "1-2-3"])) == []


class Slow(Recorder):
    """Waits at a barrier with its batch in hand, then as often as others are to have their turn."""

    def __init__(self, barrier: threading.Barrier, waits: int = 1) -> None:
        super().__init__()
        self.barrier, self.waits, self.batch = barrier, waits, 10

    def send(self, messages: Sequence[Outgoing]) -> Iterator[Outcome]:
        for _ in range(self.waits):
            self.barrier.wait(30)
        return super().send(messages)


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_send_nothing_twice() -> None:
    make_world()
    make_messages(20)
    barrier = threading.Barrier(2)
    workers = [Slow(barrier), Slow(barrier)]

    def work(adapter: Slow) -> None:
        try:
            send_messages("sms", clock(0), adapter)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(adapter,)) for adapter in workers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [len(adapter.sent) for adapter in workers] == [10, 10]
    assert len({message.key for adapter in workers for message in adapter.sent}) == 20
    assert states() == {"sent": 20}


@pytest.mark.django_db(transaction=True)
def test_a_recall_does_not_wait_for_what_is_being_sent() -> None:
    from message_world import make_call, make_driver

    from greenlane.callup.commands import tell_calls

    world = make_world()
    call = make_call(world, driver=make_driver(world))
    tell_calls([call], "call", clock(0))
    barrier = threading.Barrier(2)
    adapter = Slow(barrier, waits=2)

    def work() -> None:
        try:
            send_messages("sms", clock(0), adapter)
        finally:
            connection.close()

    worker = threading.Thread(target=work)
    worker.start()
    barrier.wait(30)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL lock_timeout = '5s'")
        tell_calls([call], "recall", clock(1))
    barrier.wait(30)
    worker.join()
    assert set(Message.objects.filter(channel="sms").values_list("kind", "state")) == {
        ("call", "sent"),
        ("recall", "waiting"),
    }
    assert Message.objects.get(channel="email", kind="call").state == "overtaken"
