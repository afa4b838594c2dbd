"""A quota that was set lower is never lifted by deleting it, on no path; nor by putting a plan back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib import admin
from django.db import IntegrityError, connection, transaction
from django.db.models import ProtectedError
from django.db.models.deletion import RestrictedError
from django.test import RequestFactory
from places_world import NOW, Scene, make_account, make_carrier, make_quota, make_scene, make_truck

from greenlane.booking.admin import QuotaAdmin
from greenlane.booking.commands import book, publish_quotas, put_back_quotas
from greenlane.booking.commands.transactions import refused_clearly
from greenlane.booking.models import Booking, Quota, SlotQuota
from greenlane.errors import GreenlaneError
from greenlane.registry.models import Account

pytestmark = [pytest.mark.db, pytest.mark.django_db]
REFUSED = (IntegrityError, ProtectedError, RestrictedError, GreenlaneError)


@pytest.fixture
def scene() -> Scene:
    return make_scene(capacity=5, slot_capacity=10, live_share=0.0, priority_share=0.0)


@pytest.fixture
def override(scene: Scene) -> Quota:
    """What somebody set beside the rules: one truck in that hour."""
    return make_quota(scene.slot, "hour", 1, wide=timedelta(hours=1))


def books(scene: Scene) -> Booking:
    carrier = make_carrier()
    return book(make_account(carrier), scene.slot.pk, make_truck(carrier).pk, NOW, "")


def sql(statement: str, *values: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def in_sql(quota: Quota) -> None:
    sql("DELETE FROM booking_quota WHERE id = %s", quota.pk)


def in_sql_after_all_that_names_it(quota: Quota) -> None:
    sql("DELETE FROM booking_slotquota WHERE quota_id = %s", quota.pk)
    in_sql(quota)


def by_its_links_alone(quota: Quota) -> None:
    sql("DELETE FROM booking_slotquota WHERE quota_id = %s", quota.pk)


def by_the_orm(quota: Quota) -> None:
    quota.delete()


def by_a_query(quota: Quota) -> None:
    Quota.objects.filter(pk=quota.pk).delete()


def by_a_query_of_its_links(quota: Quota) -> None:
    SlotQuota.objects.filter(quota=quota).delete()


def by_a_raw_query(quota: Quota) -> None:
    Quota.objects.filter(pk=quota.pk)._raw_delete("default")


def by_a_command(quota: Quota) -> None:
    refused_clearly(lambda: in_sql(quota))


def by_other_times(quota: Quota) -> None:
    Quota.objects.filter(pk=quota.pk).update(ends_at=quota.starts_at - timedelta(hours=1))


PATHS: list[Callable[[Quota], None]] = [
    in_sql,
    in_sql_after_all_that_names_it,
    by_its_links_alone,
    by_the_orm,
    by_a_query,
    by_a_query_of_its_links,
    by_a_raw_query,
    by_a_command,
    by_other_times,
]


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.__name__)
@pytest.mark.parametrize("is_taken", [False, True], ids=["nothing taken", "one taken"])
def test_no_path_deletes_a_quota_over_a_slot(
    scene: Scene, override: Quota, path: Callable[[Quota], None], is_taken: bool
) -> None:
    if is_taken:
        books(scene)
    with pytest.raises(REFUSED), transaction.atomic():
        path(override)
    if not is_taken:
        books(scene)
    with pytest.raises(GreenlaneError, match="full"):
        books(scene)


def test_a_command_says_what_to_do_instead(override: Quota) -> None:
    with pytest.raises(GreenlaneError) as refusal:
        by_a_command(override)
    assert (refusal.value.code, refusal.value.status) == ("quota_kept", 409)
    assert "Change its capacity" in (refusal.value.mend or "")


def test_the_back_office_offers_no_deletion(override: Quota) -> None:
    request = RequestFactory().get("/")
    request.user = Account.objects.create_superuser("root@example.org", "root@example.org", "x")
    office = QuotaAdmin(Quota, admin.site)
    assert not office.has_delete_permission(request, override)
    assert "delete_selected" not in office.get_actions(request)


def test_a_quota_over_no_slot_may_go(scene: Scene) -> None:
    free = Quota.objects.create(
        checkpoint=scene.checkpoint,
        direction="outbound",
        kind="hour",
        starts_at=scene.slot.starts_at + timedelta(days=9),
        ends_at=scene.slot.starts_at + timedelta(days=9, hours=1),
        capacity=1,
    )
    with transaction.atomic():
        in_sql(free)
        assert not Quota.objects.filter(pk=free.pk).exists()
        transaction.set_rollback(True)


# Putting a plan back ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("rules", "after"), [(None, 5), (4, 4), (2, 3), (9, 5)])
def test_putting_back_raises_a_quota_no_higher_than_the_rules_that_came_since(
    scene: Scene, rules: int | None, after: int
) -> None:
    """Five places, planned down to three; meanwhile the rules give four, two, or nine."""
    changes = publish_quotas(
        scene.checkpoint, "outbound", {scene.slot.starts_at: 3}, scene.lead, "a plan", NOW
    )
    assert Quota.objects.get(pk=scene.quota.pk).capacity == 3
    if rules is not None:
        scene.checkpoint.booking_rules.update(slot_capacity=rules)
    put_back_quotas(changes, scene.lead, "taken back", NOW, within_rules=rules is not None)
    assert Quota.objects.get(pk=scene.quota.pk).capacity == after


def test_a_plan_that_gave_more_is_put_back_below_the_rules(scene: Scene) -> None:
    changes = publish_quotas(
        scene.checkpoint, "outbound", {scene.slot.starts_at: 8}, scene.lead, "a plan", NOW
    )
    put_back_quotas(changes, scene.lead, "taken back", NOW, within_rules=True)
    assert Quota.objects.get(pk=scene.quota.pk).capacity == 5
