"""Accounts, carriers, rights and tokens."""

from __future__ import annotations

from datetime import timedelta

import pytest
from people import AT, administrator, dispatcher, example_crossing, staff

from greenlane.errors import GreenlaneError
from greenlane.registry.commands import (
    grant,
    join_carrier,
    make_account,
    make_token,
    note_token_use,
    register_carrier,
    register_driver,
    revoke_token,
    save_driver,
    verify_account,
    withdraw_grant,
)
from greenlane.registry.models import Account, ApiToken, Carrier, Role
from greenlane.registry.queries import account_of_token, checkpoints_of, may, tokens_of

pytestmark = pytest.mark.django_db


def refusal(code: str) -> object:
    return pytest.raises(GreenlaneError, check=lambda error: error.code == code)


def test_a_person_who_signs_up_becomes_a_carrier_of_one() -> None:
    account = make_account("Person@Example.org", AT, password="cross-in-ten")
    carrier = register_driver(account, " Invented  Person ", "kz", AT, phone="+7 700 000 00 00")
    account.refresh_from_db()
    assert (carrier.name, carrier.country) == ("Invented Person", "KZ")
    assert (account.email, account.carrier_role) == ("person@example.org", Account.CarrierRole.DISPATCHER)
    assert account.driver is not None
    assert (account.driver.full_name, account.driver.carrier) == ("Invented Person", carrier)
    assert account.check_password("cross-in-ten")


@pytest.mark.parametrize(
    ("email", "code"), [("nobody", "email_malformed"), ("ONE@example.org", "email_taken")]
)
def test_an_address_is_checked_and_taken_once(email: str, code: str) -> None:
    dispatcher("one")
    with refusal(code):
        make_account(email, AT)


def test_a_carrier_is_registered_once_by_its_tax_number() -> None:
    register_carrier(make_account("a@example.org", AT), "A (invented)", "PL", AT, tax_id="5260001246")
    other = make_account("b@example.org", AT)
    with refusal("carrier_known"):
        register_carrier(other, "B (invented)", "PL", AT, tax_id="5260001246")
    with refusal("country_unknown"):
        register_carrier(other, "B (invented)", "ZZ", AT)
    with refusal("name_missing"):
        register_carrier(other, "  ", "PL", AT)
    with refusal("has_carrier"):
        register_carrier(Account.objects.get(email="a@example.org"), "C (invented)", "PL", AT)
    assert Carrier.objects.count() == 1


def test_a_dispatcher_lets_a_driver_join_but_not_one_of_another_carrier() -> None:
    boss, stranger = dispatcher("one"), dispatcher("two")
    driver_id = save_driver(boss, {"full_name": "Invented Driver"}, AT)
    account = make_account("driver@example.org", AT)
    join_carrier(boss, account, Account.CarrierRole.DRIVER, AT, driver_id=driver_id)
    account.refresh_from_db()
    assert (account.carrier, account.driver_id) == (boss.carrier, driver_id)
    with refusal("has_carrier"):
        join_carrier(stranger, account, Account.CarrierRole.DRIVER, AT)
    with refusal("not_allowed"):
        join_carrier(account, make_account("new@example.org", AT), Account.CarrierRole.DRIVER, AT)


def test_verification_is_noted_once() -> None:
    account = dispatcher()
    verify_account(account, AT)
    verify_account(account, AT + timedelta(days=1))
    assert account.verified_at == AT


def test_rights_are_given_per_checkpoint() -> None:
    left = example_crossing()
    officer = staff(left, Role.OFFICER)
    assert may(officer, left)
    assert may(officer, left, Role.SHIFT_LEAD, Role.OFFICER)
    assert not may(officer, left, Role.SHIFT_LEAD)
    assert not may(officer, left.facing)
    assert list(checkpoints_of(officer)) == [left]


def test_an_administrator_of_a_checkpoint_has_every_role_there_only() -> None:
    left = example_crossing()
    local = staff(left, Role.ADMINISTRATOR)
    assert may(local, left, Role.PLANNER)
    assert not may(local, left.facing, Role.PLANNER)
    helper = make_account("helper@example.org", AT)
    grant(local, helper, left, Role.OFFICER, AT)
    with refusal("not_allowed"):
        grant(local, helper, left.facing, Role.OFFICER, AT)
    with refusal("not_allowed"):
        grant(helper, helper, left, Role.PLANNER, AT)
    assert withdraw_grant(local, helper, left, Role.OFFICER)
    assert not may(helper, left)


def test_a_platform_administrator_may_everything_until_shut_out() -> None:
    left, boss = example_crossing(), administrator()
    assert may(boss, left.facing, Role.PLANNER)
    assert len(checkpoints_of(boss)) == 2
    boss.is_active = False
    assert not may(boss, left)


def test_a_token_opens_its_account_until_revoked_or_expired() -> None:
    account = dispatcher()
    token, text = make_token(account, account, "laptop", ["bookings"], AT, expires_at=AT + timedelta(days=1))
    assert text not in str(ApiToken.objects.values().get())
    caller = account_of_token(text, AT)
    assert caller is not None
    assert (caller.account, caller.scopes) == (account, {"bookings"})
    assert account_of_token(text, AT + timedelta(days=1)) is None
    assert account_of_token(text[:-1] + ("a" if text[-1] != "a" else "b"), AT) is None
    revoke_token(account, token.pk, AT)
    assert account_of_token(text, AT) is None
    assert not tokens_of(account)


def test_a_shut_account_takes_its_tokens_along() -> None:
    account = dispatcher()
    _, text = make_token(account, account, "laptop", ["bookings"], AT)
    Account.objects.filter(pk=account.pk).update(is_active=False)
    assert account_of_token(text, AT) is None


def test_a_carrier_cannot_give_itself_the_right_to_state_times() -> None:
    account = dispatcher()
    with refusal("not_allowed"):
        make_token(account, account, "laptop", ["bookings", "backfill"], AT)
    with refusal("scope_unknown"):
        make_token(account, account, "laptop", ["everything"], AT)
    with refusal("scope_unknown"):
        make_token(account, account, "laptop", [], AT)
    with refusal("expiry_past"):
        make_token(account, account, "laptop", ["bookings"], AT, expires_at=AT)
    with refusal("name_missing"):
        make_token(account, account, " ", ["bookings"], AT)
    token, _ = make_token(administrator(), account, "player", ["backfill"], AT)
    assert token.scopes == ["backfill"]


def test_nobody_revokes_the_token_of_another() -> None:
    account, other = dispatcher("one"), dispatcher("two")
    token, _ = make_token(account, account, "laptop", ["bookings"], AT)
    with refusal("token_unknown"):
        revoke_token(other, token.pk, AT)


def test_the_last_use_is_noted_to_the_minute() -> None:
    account = dispatcher()
    token, _ = make_token(account, account, "laptop", ["bookings"], AT)
    for seconds in (0, 30, 59, 61):
        token.refresh_from_db()
        note_token_use(token, AT + timedelta(seconds=seconds))
    token.refresh_from_db()
    assert token.last_used_at == AT + timedelta(seconds=61)
