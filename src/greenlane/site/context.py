"""What every page knows."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from greenlane.registry.clock import now, platform_clock


def platform(request: HttpRequest) -> dict[str, Any]:
    """The platform's time, whether it is a rehearsal, whether the demonstration accounts exist, and whether
    the reader may ask the twin, which is looked up only where a template asks."""
    from django.conf import settings

    from greenlane.planning.queries import may_plan_somewhere

    return {
        "platform_now": now(),
        "is_rehearsal": not platform_clock().is_wall,
        "is_demo": settings.GREENLANE_DEMO,
        "may_plan": lambda: may_plan_somewhere(request.user),
    }
