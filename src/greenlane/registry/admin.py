"""The back office of the registry.

What is only ever added to, and what comes from crossing files, is shown and not edited here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from greenlane.registry import commands
from greenlane.registry.clock import now
from greenlane.registry.models import (
    Account,
    Answer,
    ApiToken,
    Carrier,
    Checkpoint,
    Crossing,
    CrossingVersion,
    Driver,
    Grant,
    Lane,
    LaneChange,
    LookUp,
    Park,
    Shift,
    Stage,
    Trailer,
    Truck,
)
from greenlane.registry.plates import plate_key

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Any]
    AccountBase = UserAdmin[Account]
else:
    ModelAdmin, AccountBase = admin.ModelAdmin, UserAdmin


class ReadOnly(ModelAdmin):
    """Shown, never edited."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class Kept(ModelAdmin):
    """Edited, but never deleted: history points at it."""

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Crossing)
class CrossingAdmin(ReadOnly):
    list_display = ("code", "name", "mode")
    search_fields = ("code",)


@admin.register(CrossingVersion)
class CrossingVersionAdmin(ReadOnly):
    list_display = ("crossing", "number", "loaded_at", "loaded_by", "digest")
    list_filter = ("crossing",)


@admin.register(Checkpoint)
class CheckpointAdmin(ReadOnly):
    list_display = ("code", "name", "crossing", "side", "country", "zone")
    search_fields = ("code",)


@admin.register(Stage)
class StageAdmin(ReadOnly):
    list_display = ("code", "checkpoint", "direction", "position", "kind", "plan_s", "retired_at")
    list_filter = ("checkpoint", "direction", "kind")
    list_select_related = ("checkpoint",)


@admin.register(Lane)
class LaneAdmin(ReadOnly):
    list_display = ("code", "stage", "retired_at")
    list_filter = ("stage__checkpoint", "stage__direction")
    list_select_related = ("stage",)


@admin.register(Shift)
class ShiftAdmin(ReadOnly):
    list_display = ("lane", "weekdays", "opens_minute", "closes_minute")
    list_filter = ("lane__stage__checkpoint",)


@admin.register(LaneChange)
class LaneChangeAdmin(ReadOnly):
    list_display = ("lane", "is_open", "at", "by", "why")
    list_filter = ("lane__stage__checkpoint",)
    date_hierarchy = "at"


@admin.register(Park)
class ParkAdmin(ReadOnly):
    list_display = ("code", "checkpoint", "places", "travel_minutes", "retired_at")
    list_filter = ("checkpoint",)
    list_select_related = ("checkpoint",)


@admin.register(Carrier)
class CarrierAdmin(Kept):
    """Who saw which paper is told on the page of carriers to verify; here it is shown, and taken back."""

    list_display = ("name", "country", "tax_id", "verified_at")
    list_filter = ("country", ("verified_at", admin.EmptyFieldListFilter))
    search_fields = ("name", "tax_id")
    readonly_fields = ("verified_at",)
    actions = ("verify", "take_back")

    @admin.action(description=gettext_lazy("Verify on the page that asks for the paper"))
    def verify(self, request: HttpRequest, queryset: QuerySet[Carrier]) -> HttpResponse:
        first = queryset.first()
        search = urlencode({"q": first.name}) if first and len(queryset) == 1 else ""
        return redirect(f"{reverse('registry:verify')}?{search}")

    @admin.action(description=gettext_lazy("Note that these carriers are not verified any more"))
    def take_back(self, request: HttpRequest, queryset: QuerySet[Carrier]) -> None:
        queryset.update(verified_at=None)
        self.message_user(request, _("The carriers are not verified any more."), messages.SUCCESS)


class VehicleAdmin(Kept):
    """A plate typed here gets its key as everywhere."""

    search_fields = ("plate", "plate_key", "vin", "carrier__name")
    autocomplete_fields = ("carrier",)
    list_select_related = ("carrier",)

    def save_model(
        self, request: HttpRequest, obj: Truck | Trailer, form: ModelForm[Any], change: bool
    ) -> None:
        obj.plate_key = plate_key(obj.plate)
        super().save_model(request, obj, form, change)


@admin.register(Truck)
class TruckAdmin(VehicleAdmin):
    list_display = ("plate", "country", "carrier", "vehicle_class", "vin", "retired_at")
    list_filter = ("country", "vehicle_class")


@admin.register(Trailer)
class TrailerAdmin(VehicleAdmin):
    list_display = ("plate", "country", "carrier", "vin", "retired_at")
    list_filter = ("country",)


@admin.register(Driver)
class DriverAdmin(Kept):
    list_display = ("full_name", "carrier", "phone", "retired_at")
    search_fields = ("full_name", "phone", "document", "carrier__name")
    autocomplete_fields = ("carrier",)
    list_select_related = ("carrier",)


@admin.register(Account)
class AccountAdmin(AccountBase):
    list_display = ("email", "first_name", "carrier", "carrier_role", "is_staff", "is_active", "verified_at")
    list_filter = ("is_staff", "is_active", "carrier_role")
    search_fields = ("email", "first_name", "last_name", "carrier__name")
    ordering = ("email",)
    list_select_related = ("carrier",)
    autocomplete_fields = ("carrier", "driver")
    actions = ("verify",)
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        (
            gettext_lazy("Person"),
            {"fields": ("email", "first_name", "last_name", "phone", "language", "verified_at")},
        ),
        (gettext_lazy("Carrier"), {"fields": ("carrier", "carrier_role", "driver")}),
        (
            gettext_lazy("Rights"),
            {"fields": ("is_active", "is_staff", "is_superuser", "groups", "user_permissions")},
        ),
        (gettext_lazy("Dates"), {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets = (
        (
            None,
            {
                "classes": ("wide",),
                "fields": ("username", "email", "usable_password", "password1", "password2"),
            },
        ),
    )

    @admin.action(description=gettext_lazy("Note that these people were verified"))
    def verify(self, request: HttpRequest, queryset: QuerySet[Account]) -> None:
        at = now()
        for account in queryset:
            commands.verify_account(account, at)
        told = ngettext("%(n)d person verified.", "%(n)d people verified.", len(queryset))
        self.message_user(request, told % {"n": len(queryset)}, messages.SUCCESS)


@admin.register(Grant)
class GrantAdmin(ModelAdmin):
    list_display = ("account", "role", "checkpoint", "given_at")
    list_filter = ("role", "checkpoint")
    search_fields = ("account__email", "checkpoint__code")
    autocomplete_fields = ("account", "checkpoint")
    readonly_fields = ("given_at",)
    list_select_related = ("account", "checkpoint")

    def save_model(self, request: HttpRequest, obj: Grant, form: ModelForm[Any], change: bool) -> None:
        obj.given_at = obj.given_at or now()
        super().save_model(request, obj, form, change)


@admin.register(ApiToken)
class ApiTokenAdmin(ReadOnly):
    """Tokens are made where they can be shown once; here they are seen and shut."""

    list_display = (
        "prefix",
        "name",
        "account",
        "scopes",
        "made_at",
        "expires_at",
        "last_used_at",
        "revoked_at",
    )
    search_fields = ("prefix", "name", "account__email")
    exclude = ("digest",)
    list_select_related = ("account",)
    actions = ("revoke",)

    @admin.action(description=gettext_lazy("Shut these tokens for good"), permissions=["view"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[ApiToken]) -> None:
        at = now()
        for token in queryset.select_related("account"):
            commands.revoke_token(token.account, token.pk, at)
        self.message_user(request, _("The tokens are shut."), messages.SUCCESS)


@admin.register(Answer)
class AnswerAdmin(ReadOnly):
    list_display = ("command", "account", "key", "at")
    list_filter = ("command",)
    search_fields = ("key", "account__email")
    exclude = ("body",)


@admin.register(LookUp)
class LookUpAdmin(ReadOnly):
    list_display = ("at", "account", "subject", "why")
    search_fields = ("subject", "account__email")
    date_hierarchy = "at"
