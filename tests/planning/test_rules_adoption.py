"""Rules go live only with a report of that very version, at their date, and everyone can read it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from planning_world import CROSSINGS, NOON, World
from rule_scenes import here, wishes
from typer.testing import CliRunner

from greenlane.booking.commands import book, make_slots
from greenlane.booking.models import Quota, Rules
from greenlane.errors import GreenlaneError
from greenlane.planning.models import RulesAdoption, RulesReport, RulesVersion
from greenlane.planning.queries.rules import rules_in_force
from greenlane.planning.rule_commands import adopt_rules, keep_report, keep_version, put_in_force
from greenlane.planning.rule_trial.rule_file import read_rules, rules_text
from greenlane.planning.rule_trial.rules import RuleBook
from greenlane.planning.rule_trial.trial import TrialReport, try_rules
from greenlane.planning.rules_cli import app
from greenlane.registry.commands import load_crossing, planned_changes
from greenlane.registry.crossing_file import read_crossing
from greenlane.registry.models import Account, Carrier, CrossingVersion, Truck
from greenlane.registry.queries import checkpoint_document

if TYPE_CHECKING:
    from django.http import HttpResponse

pytestmark = pytest.mark.django_db
WHEN = date(2026, 12, 7)
IN_FORCE_AT = datetime(2026, 12, 6, 22, 0, tzinfo=UTC)
"""Midnight in Kyiv."""
PAGE = "/rules/yahodyn/outbound/"


def offered(world: World, **slots: Any) -> RuleBook:
    """Rules like those in force, with some otherwise."""
    book = rules_in_force(world.here, "outbound")
    return replace(book, slots=replace(book.slots, **slots), effective=WHEN)


def reported(world: World, book: RuleBook) -> RulesVersion:
    """A version with a report against what is in force."""
    report = keep_report(world.here, _found(world, book), None, NOON)
    return report.version


def _found(world: World, book: RuleBook) -> TrialReport:
    """What a trial found; the same rules are tried once for all tests."""
    old = rules_in_force(world.here, "outbound")
    key = old.digest, book.digest
    if key not in _tried:
        _tried[key] = try_rules(here(), old, book, wishes(weeks=1))
    return _tried[key]


_tried: dict[tuple[str, str], TrialReport] = {}


def refused(world: World, version: RulesVersion, role: str = "administrator", why: str = "fairer") -> str:
    with pytest.raises(GreenlaneError) as error:
        adopt_rules(world.staff(role), version, why, NOON)
    assert RulesAdoption.objects.count() == 0
    return error.value.code


def test_the_first_rules_are_those_of_the_crossing_s_file(world: World) -> None:
    book = rules_in_force(world.here, "outbound")
    assert book.slots == here().directions["outbound"].slots
    assert book.effective == NOON.date()


def test_a_version_without_a_report_is_refused_by_the_command_and_by_the_database(world: World) -> None:
    version = keep_version(world.here, offered(world, live_share=0.2), None, NOON)
    assert refused(world, version) == "rules_untried"
    other = reported(world, offered(world, live_share=0.3))
    borrowed = {
        "version": version, "report": other.reports.get(), "adopted_by": world.staff("administrator"),
        "adopted_at": NOON, "why": "hurry", "takes_effect_at": IN_FORCE_AT,
    }  # fmt: skip
    with pytest.raises(IntegrityError, match="report of that very version"), transaction.atomic():
        RulesAdoption.objects.create(**borrowed)


def test_a_report_of_other_rules_cannot_pass_for_one_of_these(world: World) -> None:
    version = keep_version(world.here, offered(world, live_share=0.2), None, NOON)
    with pytest.raises(IntegrityError, match="version that was tried"), transaction.atomic():
        RulesReport.objects.create(version=version, digest="0" * 64, document={}, made_at=NOON)


def test_the_same_rules_with_the_same_date_are_the_same_version(world: World) -> None:
    book = offered(world, live_share=0.2)
    first, again = (keep_version(world.here, book, None, NOON) for _ in range(2))
    other = keep_version(world.here, replace(book, effective=WHEN + timedelta(days=1)), None, NOON)
    assert (first, first.number, other.number) == (again, 1, 2)


@pytest.mark.parametrize("role", ["planner", "shift_lead", "officer", None])
def test_only_an_administrator_adopts(world: World, role: str | None) -> None:
    version = keep_version(world.here, offered(world, live_share=0.2), None, NOON)
    assert refused(world, version, role=role or "") == "not_allowed"


def test_an_adoption_has_a_reason(world: World) -> None:
    version = reported(world, offered(world, live_share=0.2))
    assert refused(world, version, why="  ") == "why_missing"
    assert refused(world, version, why="x" * 501) == "why_too_long"


def test_what_the_platform_does_not_carry_out_can_be_tried_and_not_adopted(world: World) -> None:
    other = reported(world, offered(world, step_minutes=30))
    assert refused(world, other) == "rules_not_carried_out"


def test_a_date_that_has_passed_is_refused(world: World) -> None:
    book = replace(offered(world, live_share=0.2), effective=NOON.date() - timedelta(days=1))
    assert refused(world, reported(world, book)) == "date_past"


def adopted(world: World, book: RuleBook, why: str = "fairer") -> RulesAdoption:
    return adopt_rules(world.staff("administrator"), reported(world, book), why, NOON)


def test_rules_hold_from_their_date_on_and_not_before(world: World) -> None:
    book = offered(world, live_share=0.2, late_minutes=45)
    decision = adopted(world, book)
    assert decision.takes_effect_at == IN_FORCE_AT
    assert put_in_force(IN_FORCE_AT - timedelta(seconds=1)) == []
    assert Rules.objects.get(checkpoint=world.here, direction="outbound").late_minutes == 30
    assert put_in_force(IN_FORCE_AT) == [decision]
    assert Rules.objects.get(checkpoint=world.here, direction="outbound").late_minutes == 45
    assert rules_in_force(world.here, "outbound") == book
    assert checkpoint_document(world.here).directions["outbound"].slots == book.slots
    assert put_in_force(IN_FORCE_AT + timedelta(days=1)) == [], "once"
    assert Rules.objects.get(checkpoint=world.here, direction="inbound").late_minutes == 30


def test_of_two_adoptions_the_later_date_holds(world: World) -> None:
    late = replace(offered(world, live_share=0.3), effective=WHEN + timedelta(days=7))
    adopted(world, late)
    adopted(world, offered(world, live_share=0.2))
    put_in_force(IN_FORCE_AT + timedelta(days=10))
    assert rules_in_force(world.here, "outbound").slots.live_share == 0.3


def test_a_report_against_rules_that_hold_no_longer_is_stale(world: World) -> None:
    version = reported(world, offered(world, live_share=0.3))
    adopted(world, offered(world, live_share=0.2))
    put_in_force(IN_FORCE_AT)
    with pytest.raises(GreenlaneError) as error:
        adopt_rules(world.staff("administrator"), version, "again", IN_FORCE_AT)
    assert error.value.code == "report_stale"


def test_a_version_is_adopted_once(world: World) -> None:
    book = offered(world, live_share=0.2)
    adopted(world, book)
    with pytest.raises(GreenlaneError) as error:
        adopted(world, book)
    assert error.value.code == "rules_adopted"


def test_no_crossing_file_changes_the_rules_in_force(world: World) -> None:
    text = (CROSSINGS / "yahodyn-dorohusk.yaml").read_text(encoding="utf-8")
    changed = read_crossing(text.replace("late_minutes: 30", "late_minutes: 50"))
    told = planned_changes(changed).changes
    assert {change.field.partition(".")[0] for change in told} == {"sources"}, "no rule is changed"
    assert "rules in force on the platform; see its page of rules" in [change.after for change in told]
    adopted(world, offered(world, live_share=0.2))
    put_in_force(IN_FORCE_AT)
    versions = CrossingVersion.objects.count()
    larger_park = text.replace("places: 250", "places: 251", 1)
    load_crossing(read_crossing(larger_park), None, IN_FORCE_AT)
    load_crossing(read_crossing(larger_park), None, IN_FORCE_AT)
    assert CrossingVersion.objects.count() == versions + 1, "a file that has not changed changes nothing"
    assert checkpoint_document(world.here).parks[0].places == 251
    slots = rules_in_force(world.here, "outbound").slots
    assert (slots.live_share, slots.late_minutes) == (0.2, 30)
    assert checkpoint_document(world.here).directions["outbound"].slots == slots


def test_quotas_of_slots_that_exist_take_the_new_numbers_but_not_below_what_is_taken(world: World) -> None:
    make_slots(world.here, "outbound", WHEN, WHEN + timedelta(days=1))
    slots = Quota.objects.filter(checkpoint=world.here, kind="slot").order_by("starts_at")
    first, second, third = slots[:3]
    assert (first.capacity, second.capacity) == (9, 9)
    for number in range(4):
        account, truck = dispatcher_with_truck(number)
        book(account, second.slot_id, truck.pk, NOON, "")
    Quota.objects.filter(pk=third.pk).update(capacity=1, changed_why="storm")
    adopted(world, offered(world, slot_capacity=3, hour_capacity=12, carrier_share=0.5), why="fewer lanes")
    put_in_force(IN_FORCE_AT)
    first, second, third = Quota.objects.filter(pk__in=[first.pk, second.pk, third.pk]).order_by("starts_at")
    assert (first.capacity, first.changed_why) == (3, "fewer lanes")
    assert (second.taken, second.capacity) == (4, 4)
    assert (third.capacity, third.changed_why) == (1, "storm")
    hours = Quota.objects.filter(checkpoint=world.here, kind="hour")
    assert set(hours.values_list("capacity", flat=True)) == {12}
    booked = Quota.objects.filter(checkpoint=world.here, kind="share", share="booked")
    assert booked.get(starts_at=first.starts_at).capacity == 1, "3 less one each for live queue and priority"
    carriers = Quota.objects.filter(checkpoint=world.here, kind="carrier")
    assert set(carriers.values_list("capacity", flat=True)) == {6}, "half of the hour's 12; it was 4"


def dispatcher_with_truck(number: int) -> tuple[Account, Truck]:
    """Of an invented carrier."""
    carrier = Carrier.objects.create(name=f"Invented Haulage {number}", country="PL")
    name = f"dispatcher{number}@example.org"
    account = Account.objects.create(username=name, email=name, carrier=carrier, carrier_role="dispatcher")
    plate = f"TST{number:05}"
    truck = Truck.objects.create(
        carrier=carrier, plate=plate, plate_key=plate, country="PL", vehicle_class="laden"
    )
    return account, truck


def test_what_was_decided_is_only_added_to(world: World) -> None:
    decision = adopted(world, offered(world, live_share=0.2))
    put_in_force(IN_FORCE_AT)
    for table, change in (
        ("planning_rulesversion", "number = 7"),
        ("planning_rulesreport", "document = '{}'"),
        ("planning_rulesadoption", "why = 'other'"),
        ("planning_rulesadoption", "in_force_at = NULL"),
    ):
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"UPDATE {table} SET {change}")
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"DELETE FROM {table}")
    assert RulesAdoption.objects.get().why == decision.why


# Pages -----------------------------------------------------------------------------------------------------


def text(response: HttpResponse) -> str:
    assert response.status_code == 200
    return response.content.decode()


def test_everyone_can_read_the_rules_their_versions_and_their_reports(world: World) -> None:
    decision = adopted(world, offered(world, live_share=0.2), why="More room for the live queue")
    client = Client()
    page = text(client.get(PAGE))
    report = f"{PAGE}reports/{decision.report_id}/"
    for part in ("Version 1", "adopted", "More room for the live queue", report, "slots.live_share", "Dec"):
        assert part in page
    found = text(client.get(report))
    for part in ("Small carriers", "The live queue", "Empty", "slots.live_share", "0.2", "<svg"):
        assert part in found
    assert decision.adopted_by.email not in page + found, "who decided is kept, and not shown"
    document = client.get(f"{PAGE}reports/{decision.report_id}.json").json()
    assert document["new"]["digest"] == decision.version.digest
    put_in_force(IN_FORCE_AT)
    assert "in force" in text(client.get(PAGE))


def test_a_version_can_be_taken_as_a_file_and_tried(world: World) -> None:
    book = offered(world, live_share=0.2)
    keep_version(world.here, book, None, NOON)
    assert read_rules(text(Client().get(f"{PAGE}versions/1.yaml"))) == book
    assert read_rules(text(Client().get(f"{PAGE}versions/0.yaml"))) == rules_in_force(world.here, "outbound")


@pytest.mark.parametrize(
    "address",
    ["/rules/nowhere/outbound/", "/rules/yahodyn/sideways/", f"{PAGE}reports/9/", f"{PAGE}versions/9.yaml"],
)
def test_what_is_not_there_is_not_found(world: World, address: str) -> None:
    assert Client().get(address).status_code == 404


@pytest.mark.parametrize("language", ["ru", "zh-hans"])
def test_the_report_is_read_in_the_reader_s_language(world: World, language: str) -> None:
    decision = adopted(world, offered(world, live_share=0.2))
    client = Client()
    client.cookies["django_language"] = language
    page = text(client.get(f"{PAGE}reports/{decision.report_id}/"))
    assert "Small carriers" not in page
    assert "surely" not in page


def test_the_checkpoint_s_public_page_leads_to_its_rules(world: World) -> None:
    assert f'href="{PAGE}"' in text(Client().get("/board/yahodyn/outbound/"))


# Command line ----------------------------------------------------------------------------------------------


def test_show_try_and_adopt_on_the_running_platform(world: World, tmp_path: Path) -> None:
    run = CliRunner().invoke
    shown = run(app, ["show", "yahodyn"])
    assert read_rules(shown.stdout) == rules_in_force(world.here, "outbound")
    file = tmp_path / "new.yaml"
    book = replace(offered(world, live_share=0.2), effective=date(2099, 1, 1))
    file.write_text(rules_text(book), encoding="utf-8")
    admin = world.staff("administrator")
    decide = ["adopt", str(file), "--by", admin.username, "--why", "fairer"]
    early = run(app, decide)
    assert isinstance(early.exception, GreenlaneError)
    assert early.exception.code == "rules_unknown"
    assert "greenlane rules try" in (early.exception.mend or "")
    tried = run(app, ["try", str(file), "--weeks", "1", "--json", "--from", "2026-12-07"])
    assert tried.exit_code == 0, tried.output
    assert json.loads(tried.stdout)["new"]["digest"] == book.digest
    assert f"kept: {PAGE}reports/" in tried.stderr
    done = run(app, decide)
    assert done.exit_code == 0, done.output
    assert "version 1 holds from 2099-01-01" in done.stdout
    assert RulesAdoption.objects.get().adopted_by == admin
    nobody = run(app, ["adopt", str(file), "--by", "nobody@example.org", "--why", "x"])
    assert isinstance(nobody.exception, GreenlaneError)
    assert nobody.exception.field == "--by"
