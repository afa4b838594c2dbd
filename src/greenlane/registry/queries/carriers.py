"""Carriers as those see them who verify them."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser
from django.db.models import Count, Q, QuerySet

from greenlane.registry.models import Account, Carrier, Role


def may_verify_carriers(account: Account | AnonymousUser) -> bool:
    """Whether an account verifies carriers: administrators of the platform and of any checkpoint."""
    if not isinstance(account, Account) or not account.is_active:
        return False
    return account.is_superuser or account.grants.filter(role=Role.ADMINISTRATOR).exists()


def carriers_to_verify(search: str = "") -> QuerySet[Carrier]:
    """Carriers not verified yet, those with most trucks first; with ``search`` only those so named."""
    waiting = Carrier.objects.filter(verified_at=None)
    if search:
        waiting = waiting.filter(Q(name__icontains=search) | Q(tax_id__icontains=search))
    in_use = Count("trucks", filter=Q(trucks__retired_at=None))
    return waiting.annotate(trucks_in_use=in_use).order_by("-trucks_in_use", "pk")
