"""Call-ups: the messages that release trucks from their parks to the barrier."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from greenlane.booking.models import Booking
from greenlane.gate.models import Passage
from greenlane.registry.models import Account, Checkpoint, Direction


class Call(models.Model):
    """One release of one truck, and its recall if there was one."""

    passage = models.ForeignKey(Passage, models.PROTECT, related_name="calls")
    booking = models.ForeignKey(Booking, models.PROTECT, null=True, blank=True, related_name="calls")
    checkpoint = models.ForeignKey(Checkpoint, models.PROTECT, related_name="+")
    direction = models.CharField(max_length=8, choices=Direction.choices)
    called_at = models.DateTimeField()
    gate_by = models.DateTimeField(help_text=_("When the truck is expected at the barrier at the latest."))
    called_by = models.ForeignKey(Account, models.SET_NULL, null=True, related_name="+")
    recalled_at = models.DateTimeField(null=True, blank=True)
    recalled_by = models.ForeignKey(Account, models.SET_NULL, null=True, related_name="+")
    recalled_why = models.CharField(max_length=200, blank=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["checkpoint", "direction", "-called_at"], name="call_latest")
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["passage"], condition=Q(recalled_at=None), name="call_one_standing_per_passage"
            )
        ]

    def __str__(self) -> str:
        return f"{self.passage_id} {self.called_at}"
