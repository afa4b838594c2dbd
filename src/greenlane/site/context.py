"""What every page knows."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from greenlane.registry.clock import now, platform_clock


def platform(request: HttpRequest) -> dict[str, Any]:
    """The platform's time, whether it is a rehearsal, and whether the demonstration accounts exist."""
    from django.conf import settings

    return {
        "platform_now": now(),
        "is_rehearsal": not platform_clock().is_wall,
        "is_demo": settings.GREENLANE_DEMO,
    }
