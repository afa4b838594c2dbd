"""The back office may look at the figures; only commands change them."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from greenlane.standard.models import Measurement, Revision


class ReadOnly(admin.ModelAdmin):  # type: ignore[type-arg]
    """Rows to look at."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Measurement)
class MeasurementAdmin(ReadOnly):
    list_display = (
        "passage_id",
        "checkpoint",
        "direction",
        "counted_at",
        "inside_s",
        "breach",
        "breach_stage",
    )
    list_filter = ("checkpoint", "direction", "channel", "breach")
    list_select_related = ("checkpoint",)
    show_full_result_count = False


@admin.register(Revision)
class RevisionAdmin(ReadOnly):
    list_display = ("day", "checkpoint", "direction", "number", "why", "made_at")
    list_filter = ("checkpoint", "direction", "why")
    list_select_related = ("checkpoint",)
