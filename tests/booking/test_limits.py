"""Late cancellations, graded limits and appeals: what counts, what does not, and who lifts it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from places_world import (
    NOW,
    Scene,
    make_account,
    make_carrier,
    make_quota,
    make_scene,
    make_slot,
    make_truck,
    minutes,
)

from greenlane.booking.commands import (
    appeal,
    book,
    cancel,
    close_slot,
    confirm,
    decide_appeal,
    hold,
    mark_called,
    mark_entered,
    mark_no_shows,
)
from greenlane.booking.limits import LimitRule, Struck, barred_days, barred_until
from greenlane.booking.models import Booking, Change, Credit, State
from greenlane.booking.queries import (
    appeal_facts,
    appeals_for,
    cancellation_of,
    limited_until,
    limits_published,
    rules_of,
    standing_of,
    standings_of,
)
from greenlane.booking.signals import PlaceNews, place_news
from greenlane.errors import GreenlaneError
from greenlane.planning.models import ProposedTime
from greenlane.registry.models import Account, Grant, Role

pytestmark = [pytest.mark.db, pytest.mark.django_db]


@pytest.fixture
def scene() -> Scene:
    return make_scene(
        capacity=9, late_cancel_minutes=180, grace_behind_minutes=30, no_show_limit=2, no_show_block_days=14
    )


@pytest.fixture
def heard() -> Any:
    """What holders were told."""
    heard: list[PlaceNews] = []

    def hear(*, news: Sequence[PlaceNews], **_signal: Any) -> None:
        heard.extend(news)

    place_news.connect(hear, weak=False)
    yield heard
    place_news.disconnect(hear)


def booked(scene: Scene) -> Booking:
    return book(scene.driver, scene.slot.pk, make_truck(scene.carrier).pk, NOW, "")


def late(scene: Scene, minutes_before: float = 10) -> datetime:
    return scene.slot.starts_at - minutes(minutes_before)


def behind(scene: Scene, at: datetime, by: int) -> None:
    """Three trucks entered at ``at``, so many minutes after the end of their slot."""
    slot = make_slot(scene.checkpoint, at - minutes(by + 30))
    make_quota(slot)
    for _ in range(3):
        done = book(scene.driver, slot.pk, make_truck(scene.carrier).pk, NOW, "")
        mark_entered([done.pk], at)


# Late cancellations ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("minutes_before", "strike"), [(181, 0), (180, 0), (179, 1), (0, 1), (-29, 1)])
def test_a_cancellation_later_than_the_rules_say_is_half_a_no_show(
    scene: Scene, minutes_before: int, strike: int
) -> None:
    booking = booked(scene)
    at = late(scene, minutes_before)
    told = cancellation_of(booking, at)
    cancelled = cancel(scene.driver, booking.code, "breakdown", at)
    assert (told.strikes, told.counts) == (strike, bool(strike))
    assert (cancelled.strike, cancelled.excused, cancelled.changed_why) == (strike, False, "breakdown")
    assert told.free_until == scene.slot.starts_at - minutes(180)


@pytest.mark.parametrize(("by", "excused"), [(30, False), (31, True)])
def test_none_counts_while_the_checkpoint_is_over_30_minutes_behind(
    scene: Scene, by: int, excused: bool
) -> None:
    booking = booked(scene)
    behind(scene, late(scene), by)
    assert cancellation_of(booking, late(scene)).counts is not excused
    cancelled = cancel(scene.driver, booking.code, "", late(scene))
    assert (cancelled.strike, cancelled.excused) == (1, excused)
    if excused:
        why = Change.objects.get(booking=booking, to_state=State.CANCELLED).why
        assert why == "cancelled by its holder; late, excused: the checkpoint is 31 minutes behind"


def test_none_counts_where_the_checkpoint_closed_the_slot(scene: Scene) -> None:
    booking = booked(scene)
    close_slot(scene.slot.pk)
    assert cancel(scene.driver, booking.code, "", late(scene)).excused


@pytest.mark.parametrize(("answer", "excused"), [("open", True), ("declined", True), ("withdrawn", False)])
def test_none_counts_where_the_checkpoint_proposed_another_time(
    scene: Scene, answer: str, excused: bool
) -> None:
    booking = booked(scene)
    ProposedTime.objects.create(booking=booking, was=scene.slot, answer=answer, proposed_at=NOW)
    assert cancellation_of(booking, late(scene)).excuse == ("new_time" if excused else "")
    assert cancel(scene.driver, booking.code, "", late(scene)).excused is excused


def test_none_counts_where_the_checkpoint_owes_its_guarantee(scene: Scene) -> None:
    two = [booked(scene), booked(scene)]
    for booking in two:
        Credit.objects.create(
            booking=booking, account=scene.driver, kind="priority", behind_minutes=70, at=NOW
        )
    assert cancel(scene.driver, two[0].code, "", late(scene)).excused
    mark_no_shows(scene.checkpoint, "outbound", scene.slot.ends_at + minutes(121))
    two[1].refresh_from_db()
    assert (two[1].state, two[1].excused) == (State.NO_SHOW, True)


def test_a_hold_is_let_go_without_a_strike_and_a_called_truck_is_not(scene: Scene) -> None:
    held = hold(scene.driver, scene.slot.pk, "laden", late(scene), "")
    assert cancel(scene.driver, held.code, "", late(scene)).strike == 0
    called = booked(scene)
    mark_called([called.pk], late(scene))
    assert cancel(scene.driver, called.code, "", late(scene)).strike == 1


def test_a_long_reason_keeps_its_excuse(scene: Scene) -> None:
    booking = booked(scene)
    close_slot(scene.slot.pk)
    why = cancel(scene.driver, booking.code, "x" * 200, late(scene)).changed_why
    assert len(why) == 200
    assert why.endswith("excused: the checkpoint closed the slot")


def test_the_holder_is_told_of_every_strike_that_counts(scene: Scene, heard: Any) -> None:
    cancelled, missed = booked(scene), booked(scene)
    cancel(scene.driver, cancelled.code, "", late(scene))
    mark_no_shows(scene.checkpoint, "outbound", scene.slot.ends_at + minutes(121))
    assert [(told.kind, told.about, told.details["strikes"]) for told in heard] == [
        ("strike", cancelled, 1),
        ("strike", missed, 2),
    ]


# Grades ----------------------------------------------------------------------------------------------------

RULES = st.builds(LimitRule, st.integers(1, 3), st.integers(5, 90), st.integers(1, 30))
STRIKES = st.lists(st.tuples(st.integers(0, 100 * 24), st.sampled_from([1, 2])), max_size=9)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rule=RULES, struck=STRIKES)
def test_what_people_are_told_is_the_rule_of_the_database(
    scene: Scene, rule: LimitRule, struck: list[tuple[int, int]]
) -> None:
    truck = make_truck(scene.carrier)
    rows = [Struck(NOW - timedelta(hours=hours), strike) for hours, strike in struck]
    Booking.objects.bulk_create(
        Booking(
            code=f"C{truck.pk}-{number}",
            checkpoint=scene.checkpoint,
            direction="outbound",
            slot=scene.slot,
            first_slot=scene.slot,
            account=scene.driver,
            truck=truck,
            plate=truck.plate,
            plate_key=truck.plate_key,
            plate_country=truck.country,
            vehicle_class="laden",
            state="cancelled",
            strike=row.strikes,
            asked_for=NOW,
            made_at=NOW,
            ended_at=row.at,
            changed_at=NOW,
        )
        for number, row in enumerate(rows)
    )
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT booking_limited_until(%s, %s, %s, %s, %s)",
            [truck.pk, rule.most, rule.window_days, rule.block_days, NOW],
        )
        (until,) = cursor.fetchone()
    assert barred_until(rows, rule, NOW) == (until if until and until > NOW else None)


def test_the_block_doubles_with_each_further_no_show_and_twice_at_most() -> None:
    rule = LimitRule(most=2, window_days=90, block_days=14)
    days = [barred_days(strikes, rule) for strikes in range(11)]
    assert days == [0, 0, 0, 0, 14, 14, 28, 28, 56, 56, 56]


def test_a_carrier_sees_how_its_trucks_stand(scene: Scene) -> None:
    truck = make_truck(scene.carrier)
    for hours in range(2):
        slot = make_slot(scene.checkpoint, scene.slot.starts_at + timedelta(hours=hours + 2))
        make_quota(slot)
        book(scene.driver, slot.pk, truck.pk, NOW, "")
        mark_no_shows(scene.checkpoint, "outbound", slot.ends_at + minutes(121))
    at = slot.ends_at + minutes(122)
    (standing,) = standings_of(scene.carrier, at)
    rules = rules_of(scene.checkpoint.pk, "outbound")
    assert standing == standing_of(truck, rules, at)
    assert (standing.truck, standing.strikes, standing.most, standing.next_days) == (truck, 4, 4, 28)
    assert [limit.until for limit in standing.limits] == [limited_until(truck.pk, rules, at)]
    assert [booking.strike for booking in standing.struck] == [2, 2]
    assert standings_of(make_carrier(), at) == []
    (later,) = standings_of(scene.carrier, at + timedelta(days=14))
    assert (later.strikes, later.limits) == (4, ())


def test_before_cancelling_a_holder_reads_what_limit_would_follow(scene: Scene) -> None:
    booking = booked(scene)
    Booking.objects.filter(pk=booked(scene).pk).update(
        state=State.CANCELLED, strike=3, ended_at=NOW, plate_key=booking.plate_key
    )
    assert cancellation_of(booking, late(scene)).limited_until == late(scene) + timedelta(days=14)


# Appeals ---------------------------------------------------------------------------------------------------


def officer_of(scene: Scene, role: str = Role.OFFICER) -> Account:
    account = make_account(None)
    Grant.objects.create(account=account, checkpoint=scene.checkpoint, role=role, given_at=NOW)
    return account


def struck(scene: Scene) -> Booking:
    booking = booked(scene)
    return cancel(scene.driver, booking.code, "", late(scene))


def test_a_granted_appeal_excuses_the_strike_and_its_holder_is_told(scene: Scene, heard: Any) -> None:
    booking = struck(scene)
    made = appeal(scene.driver, booking.code, "The road was closed.", late(scene))
    decided = decide_appeal(officer_of(scene), made.pk, True, "it was", late(scene))
    assert (decided.decision, decided.why) == ("granted", "it was")
    booking.refresh_from_db()
    assert (booking.strike, booking.excused, booking.state) == (1, True, State.CANCELLED)
    assert [told.kind for told in heard] == ["strike", "appeal_decided"]


def test_a_refused_appeal_leaves_the_strike(scene: Scene) -> None:
    booking = struck(scene)
    made = appeal(scene.driver, booking.code, "I forgot.", late(scene))
    decide_appeal(officer_of(scene), made.pk, False, "no reason given", late(scene))
    booking.refresh_from_db()
    assert not booking.excused


def test_a_decision_is_repeated_without_harm_and_never_turned_round(scene: Scene) -> None:
    made = appeal(scene.driver, struck(scene).code, "The road was closed.", late(scene))
    officer = officer_of(scene)
    first = decide_appeal(officer, made.pk, False, "it was not", late(scene))
    again = decide_appeal(officer, made.pk, False, "another word", late(scene) + minutes(1))
    assert (again.decided_at, again.why) == (first.decided_at, "it was not")
    with pytest.raises(GreenlaneError) as refused:
        decide_appeal(officer, made.pk, True, "changed my mind", late(scene))
    assert refused.value.code == "appeal_decided"


def test_only_staff_of_that_checkpoint_decide_and_see_it(scene: Scene) -> None:
    made = appeal(scene.driver, struck(scene).code, "The road was closed.", late(scene))
    elsewhere = make_scene()
    strangers = [officer_of(elsewhere), officer_of(scene, Role.PLANNER), scene.driver, make_account(None)]
    for stranger in strangers:
        with pytest.raises(GreenlaneError) as refused:
            decide_appeal(stranger, made.pk, True, "a favour", late(scene))
        assert refused.value.status == 403
        assert not appeals_for(stranger, (Role.OFFICER, Role.SHIFT_LEAD)).exists()
    lead = officer_of(scene, Role.SHIFT_LEAD)
    assert list(appeals_for(lead, (Role.OFFICER, Role.SHIFT_LEAD))) == [made]


def test_nobody_decides_for_the_own_carrier(scene: Scene) -> None:
    made = appeal(scene.driver, struck(scene).code, "The road was closed.", late(scene))
    officer = officer_of(scene)
    Account.objects.filter(pk=officer.pk).update(carrier=scene.carrier)
    officer.refresh_from_db()
    with pytest.raises(GreenlaneError) as refused:
        decide_appeal(officer, made.pk, True, "of course", late(scene))
    assert refused.value.status == 403


def test_what_cannot_be_appealed_is_refused_with_a_reason(scene: Scene) -> None:
    in_time, counted, excused = booked(scene), struck(scene), struck(scene)
    cancel(scene.driver, in_time.code, "", NOW)
    Booking.objects.filter(pk=excused.pk).update(excused=True)
    codes = []
    for booking, text, at in (
        (in_time, "why", NOW),
        (excused, "why", NOW),
        (counted, "  ", NOW),
        (counted, "x" * 1001, NOW),
        (counted, "why", late(scene) + timedelta(days=90)),
    ):
        with pytest.raises(GreenlaneError) as refused:
            appeal(scene.driver, booking.code, text, at)
        codes.append(refused.value.code)
    assert codes == ["no_strike", "no_strike", "text_missing", "text_missing", "strike_over"]
    first = appeal(scene.driver, counted.code, "why", late(scene))
    assert appeal(scene.driver, counted.code, "why", late(scene)) == first
    with pytest.raises(GreenlaneError) as second:
        appeal(scene.driver, counted.code, "another reason", late(scene))
    assert second.value.code == "appeal_made"
    with pytest.raises(GreenlaneError) as foreign:
        appeal(make_account(make_carrier()), counted.code, "why", late(scene))
    assert foreign.value.status == 404


def test_an_officer_sees_how_late_the_checkpoint_was_and_what_is_on_record(scene: Scene) -> None:
    booking = struck(scene)
    behind(scene, late(scene) - minutes(1), 20)
    made = appeal(scene.driver, booking.code, "Your lanes stood still.", late(scene))
    facts = appeal_facts(officer_of(scene), made.pk, (Role.OFFICER,))
    assert (facts.behind_then, facts.strikes_before) == (20.0, 0)
    steps = [fact.text for fact in facts.record if fact.kind == "step"]
    assert steps == ["confirmed: ", "confirmed → cancelled: cancelled by its holder"]
    assert [fact.at for fact in facts.record] == sorted(fact.at for fact in facts.record)
    with pytest.raises(GreenlaneError) as refused:
        appeal_facts(officer_of(make_scene()), made.pk, (Role.OFFICER,))
    assert refused.value.status == 404


def test_what_is_published_is_counts(scene: Scene) -> None:
    granted, refused, _open = struck(scene), struck(scene), struck(scene)
    officer = officer_of(scene)
    for booking, is_granted in ((granted, True), (refused, False)):
        made = appeal(scene.driver, booking.code, "why", late(scene))
        decide_appeal(officer, made.pk, is_granted, "seen", late(scene))
    appeal(scene.driver, _open.code, "why", late(scene))
    told = limits_published(scene.checkpoint, "outbound", NOW, NOW + timedelta(days=10))
    assert (told.late_cancels, told.excused, told.no_shows) == (3, 1, 0)
    assert (told.appeals, told.appeals_granted, told.appeals_refused, told.appeals_open) == (3, 1, 1, 1)
    assert limits_published(scene.checkpoint, "inbound", NOW, NOW + timedelta(days=10)).confirmed == 0


def test_a_limited_truck_may_confirm_again_once_its_appeal_is_granted(scene: Scene) -> None:
    truck = make_truck(scene.carrier)
    codes = []
    for hours in range(4):
        slot = make_slot(scene.checkpoint, scene.slot.starts_at - timedelta(hours=hours + 5))
        make_quota(slot)
        codes.append(book(scene.driver, slot.pk, truck.pk, NOW, "").code)
        cancel(scene.driver, codes[-1], "", slot.starts_at)
    at = late(scene)
    held = hold(scene.driver, scene.slot.pk, "laden", at, "")
    with pytest.raises(GreenlaneError) as barred:
        confirm(scene.driver, held.code, truck.pk, at)
    assert barred.value.code == "truck_limited"
    made = appeal(scene.driver, codes[0], "The road was closed.", at)
    decide_appeal(officer_of(scene), made.pk, True, "it was", at)
    assert confirm(scene.driver, held.code, truck.pk, at).state == State.CONFIRMED
