"""A command runs once for its key, also when two clients send it at once."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection
from people import AT, dispatcher

from greenlane.errors import GreenlaneError
from greenlane.registry.commands import answer_once
from greenlane.registry.models import Account, Answer, Carrier
from greenlane.registry.queries import answer_before


class Counter:
    """A command that counts how often it ran."""

    def __init__(self) -> None:
        self.runs = 0

    def __call__(self) -> dict[str, Any]:
        self.runs += 1
        return {"run": self.runs}


@pytest.mark.django_db
def test_a_retry_gets_the_first_answer() -> None:
    account, do = dispatcher(), Counter()
    first = answer_once(account, "k1", "count", {"n": 1}, do, AT)
    assert answer_once(account, "k1", "count", {"n": 1}, do, AT) == first == {"run": 1}
    assert answer_before(account, "k1", "count", {"n": 1}) == first
    assert answer_once(account, "k2", "count", {"n": 1}, do, AT) == {"run": 2}


@pytest.mark.django_db
def test_a_key_belongs_to_its_account() -> None:
    do = Counter()
    answer_once(dispatcher("one"), "k", "count", {}, do, AT)
    answer_once(dispatcher("two"), "k", "count", {}, do, AT)
    assert do.runs == 2


@pytest.mark.django_db
@pytest.mark.parametrize(("command", "request_"), [("count", {"n": 2}), ("other", {"n": 1})])
def test_a_key_is_not_for_two_requests(command: str, request_: dict[str, Any]) -> None:
    account, do = dispatcher(), Counter()
    answer_once(account, "k", "count", {"n": 1}, do, AT)
    with pytest.raises(GreenlaneError) as refused:
        answer_once(account, "k", command, request_, do, AT)
    assert (refused.value.code, refused.value.status, do.runs) == ("key_reused", 422, 1)


@pytest.mark.django_db
def test_a_refusal_is_not_kept_and_leaves_nothing_behind() -> None:
    account = dispatcher()

    def refuse() -> dict[str, Any]:
        Carrier.objects.create(name="half done", country="PL")
        raise GreenlaneError("full", "The slot is full.")

    with pytest.raises(GreenlaneError):
        answer_once(account, "k", "count", {}, refuse, AT)
    assert not Answer.objects.exists()
    assert not Carrier.objects.filter(name="half done").exists()
    assert answer_once(account, "k", "count", {}, Counter(), AT) == {"run": 1}


@pytest.mark.django_db
def test_without_a_key_nothing_is_kept() -> None:
    account, do = dispatcher(), Counter()
    answer_once(account, "", "count", {}, do, AT)
    answer_once(account, "", "count", {}, do, AT)
    assert (do.runs, Answer.objects.count()) == (2, 0)


@pytest.mark.django_db(transaction=True)
def test_the_second_of_two_at_once_waits_for_the_first() -> None:
    account, do = dispatcher(), Counter()
    started, go_on = threading.Event(), threading.Event()

    def slowly() -> dict[str, Any]:
        started.set()
        assert go_on.wait(30)
        return do()

    def send(command: Any) -> dict[str, Any]:
        try:
            return answer_once(Account.objects.get(pk=account.pk), "k", "count", {}, command, AT)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as clients:
        first = clients.submit(send, slowly)
        assert started.wait(30)
        second = clients.submit(send, do)
        assert not second.done()
        go_on.set()
        assert first.result(30) == second.result(30) == {"run": 1}
    assert do.runs == 1
