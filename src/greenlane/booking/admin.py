"""The back office of bookings: all is seen; quotas are edited under the database's guard."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils.translation import gettext as _

from greenlane.booking.models import (
    Appeal,
    Ballot,
    BallotEntry,
    Booking,
    CapacityChange,
    Change,
    Credit,
    HoldUsed,
    Quota,
    Rules,
    Slot,
)

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Any]
    QuotaFormBase = ModelForm[Quota]
    Inline = admin.TabularInline[Any, Any]
else:
    ModelAdmin, QuotaFormBase, Inline = admin.ModelAdmin, ModelForm, admin.TabularInline


class Seen(ModelAdmin):
    """Shown, never edited."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ChangeInline(Inline):
    model = Change
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Booking)
class BookingAdmin(Seen):
    list_display = (
        "code",
        "state",
        "checkpoint",
        "direction",
        "slot",
        "plate",
        "carrier",
        "share",
        "changed_at",
    )
    list_filter = ("state", "checkpoint", "direction", "share", "vehicle_class")
    search_fields = ("code", "plate", "plate_key", "carrier__name")
    list_select_related = ("checkpoint", "slot", "carrier")
    inlines = (ChangeInline,)


@admin.register(Change)
class ChangeAdmin(Seen):
    list_display = ("at", "booking", "from_state", "to_state", "by", "why")
    search_fields = ("booking__code",)
    list_select_related = ("booking", "by")


@admin.register(Slot)
class SlotAdmin(Seen):
    list_display = ("starts_at", "ends_at", "checkpoint", "direction", "state", "merged_into")
    list_filter = ("checkpoint", "direction", "state")
    date_hierarchy = "starts_at"
    list_select_related = ("checkpoint", "merged_into")


class QuotaForm(QuotaFormBase):
    """Refuses a capacity below what is taken with a sentence, before the database does."""

    def clean_capacity(self) -> int:
        capacity: int = self.cleaned_data["capacity"]
        if capacity < self.instance.taken:
            raise ValidationError(
                _("%(taken)d places are taken; move or cancel bookings first."),
                params={"taken": self.instance.taken},
            )
        return capacity


@admin.register(Quota)
class QuotaAdmin(ModelAdmin):
    """Only the capacity and the reason are edited; each change is logged by the database."""

    form = QuotaForm
    fields = ("checkpoint", "direction", "kind", "starts_at", "ends_at", "taken", "capacity", "changed_why")
    readonly_fields = ("checkpoint", "direction", "kind", "starts_at", "ends_at", "taken")
    list_display = (
        "starts_at",
        "kind",
        "checkpoint",
        "direction",
        "vehicle_class",
        "share",
        "taken",
        "capacity",
    )
    list_filter = ("checkpoint", "direction", "kind")
    date_hierarchy = "starts_at"
    list_select_related = ("checkpoint",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Quota, form: ModelForm[Any], change: bool) -> None:
        obj.changed_by_id = request.user.pk
        # The counter of taken places is the database's own, so it is never written from here.
        obj.save(update_fields=["capacity", "changed_by", "changed_why"])


@admin.register(CapacityChange)
class CapacityChangeAdmin(Seen):
    list_display = ("at", "quota", "from_capacity", "to_capacity", "by", "why")
    list_select_related = ("quota", "by")


@admin.register(Rules)
class RulesAdmin(Seen):
    """Rules go live by adoption alone, with a public report of what they would do."""

    list_display = (
        "checkpoint",
        "direction",
        "slot_minutes",
        "slot_capacity",
        "horizon_days",
        "inside_limit",
    )
    list_filter = ("checkpoint",)
    list_select_related = ("checkpoint",)


@admin.register(Appeal)
class AppealAdmin(Seen):
    list_display = ("made_at", "booking", "account", "decision", "decided_by", "decided_at")
    list_filter = ("decision", "booking__checkpoint")
    search_fields = ("booking__code",)
    list_select_related = ("booking", "account", "decided_by")


@admin.register(Credit)
class CreditAdmin(Seen):
    list_display = ("at", "booking", "kind", "cents", "behind_minutes", "good_until", "used_at", "used_for")
    list_filter = ("kind", "booking__checkpoint")
    search_fields = ("booking__code",)
    list_select_related = ("booking", "used_for")


@admin.register(HoldUsed)
class HoldUsedAdmin(Seen):
    list_display = ("account", "slot")
    list_select_related = ("account", "slot")


@admin.register(Ballot)
class BallotAdmin(Seen):
    """The seed is shown nowhere here: from the draw on it is in the public file."""

    list_display = ("day", "checkpoint", "direction", "state", "opens_at", "closes_at", "drawn_at")
    list_filter = ("checkpoint", "direction", "state")
    date_hierarchy = "day"
    list_select_related = ("checkpoint",)
    exclude = ("seed", "document", "witnesses")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Ballot]:
        return super().get_queryset(request).defer("seed", "document")


@admin.register(BallotEntry)
class BallotEntryAdmin(Seen):
    list_display = ("number", "ballot", "outcome", "why", "rank", "carrier", "share")
    list_filter = ("outcome", "share")
    search_fields = ("number", "plate_key", "carrier__name")
    list_select_related = ("ballot", "carrier")
