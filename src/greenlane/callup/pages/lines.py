"""The checkpoint and direction of an address, and who may work there."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import Http404

from greenlane.errors import GreenlaneError
from greenlane.registry.models import Account, Checkpoint, Role
from greenlane.registry.queries import checkpoint as checkpoint_of
from greenlane.registry.queries import checkpoint_document, may

STAFF = (Role.OFFICER, Role.SHIFT_LEAD)


def line_of(checkpoint: str, direction: str) -> Checkpoint:
    """The checkpoint of an address; not found where it does not exist or has no such direction."""
    try:
        here = checkpoint_of(checkpoint)
    except GreenlaneError as error:
        raise Http404(str(error)) from error
    if direction not in checkpoint_document(here).directions:
        raise Http404(direction)
    return here


def staff_at(user: object, here: Checkpoint) -> Account:
    """The officer or shift lead of the checkpoint who is signed in; others are turned away."""
    if not isinstance(user, Account) or not may(user, here, *STAFF):
        raise PermissionDenied
    return user
