"""The gate in the back office: to look at; what was seen and decided is changed only by commands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.http import HttpRequest

from greenlane.gate.models import ChannelDecision, Device, Event, Passage, SigningKey, Unclear

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Any]
else:
    ModelAdmin = admin.ModelAdmin


class LookOnly(ModelAdmin):
    """Shown, and neither added to, changed nor deleted here."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Device)
class DeviceAdmin(LookOnly):
    list_display = ("name", "checkpoint", "direction", "kind", "enabled", "last_seen_at")
    list_filter = ("checkpoint", "direction", "kind", "enabled")
    exclude = ("digest",)


@admin.register(Passage)
class PassageAdmin(LookOnly):
    list_display = ("id", "checkpoint", "direction", "phase", "channel", "entry_at", "exit_at", "revision")
    list_filter = ("checkpoint", "direction", "phase", "channel")
    show_full_result_count = False


@admin.register(Event)
class EventAdmin(LookOnly):
    list_display = ("event_id", "passage_id", "point", "stage", "event_time", "method", "score")
    list_filter = ("point", "method")
    show_full_result_count = False


@admin.register(Unclear)
class UnclearAdmin(LookOnly):
    list_display = ("id", "checkpoint", "direction", "reason", "at", "resolved_at", "resolved_by")
    list_filter = ("checkpoint", "direction", "reason")
    exclude = ("reading",)


@admin.register(ChannelDecision)
class ChannelDecisionAdmin(LookOnly):
    list_display = ("id", "checkpoint", "direction", "booking", "channel", "pre_arrival", "decided_at")
    list_filter = ("checkpoint", "direction", "channel")
    show_full_result_count = False


@admin.register(SigningKey)
class SigningKeyAdmin(LookOnly):
    list_display = ("key_id", "made_at", "retired_at")
