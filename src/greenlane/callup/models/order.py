"""The public log of order: what was done to whose turn, each line chained to the one before."""

from __future__ import annotations

from typing import ClassVar
from uuid import uuid4

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from greenlane.registry.models import Checkpoint, Direction


class OrderEntry(models.Model):
    """A transition that affects order, written by the database with the row that made it (sql/order.sql).

    It is sealed soon after: `seq`, `line` and `hash` are given once and never changed. What the row itself
    holds stays private; `digest` binds the public line to it.
    """

    checkpoint = models.ForeignKey(
        Checkpoint, models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    direction = models.CharField(max_length=8, choices=Direction.choices)
    kind = models.CharField(max_length=24)
    source = models.CharField(max_length=24, help_text="What sort of row made it.")
    source_id = models.BigIntegerField()
    facts = models.JSONField(default=dict, help_text="What becomes public, without plates and names.")
    at = models.DateTimeField()
    salt = models.UUIDField(default=uuid4, help_text="Private: without it no digest can be guessed at.")
    digest = models.CharField(
        max_length=64, blank=True, help_text="SHA-256 of the salt and the row as it became; empty: deleted."
    )
    added_id = models.BigIntegerField(
        null=True, blank=True, help_text="The row of the change's own log, where its table has one."
    )
    added_digest = models.CharField(max_length=64, blank=True)
    logged_at = models.DateTimeField(db_default=Now(), help_text="By the server's clock.")
    seq = models.BigIntegerField(null=True, blank=True)
    line = models.TextField(blank=True, help_text="The public line, in canonical JSON, that the hash covers.")
    hash = models.CharField(max_length=64, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["checkpoint", "direction", "seq"], name="order_seq_once"),
            models.CheckConstraint(
                condition=Q(seq__isnull=True, line="", hash="")
                | (Q(seq__isnull=False) & ~Q(line="") & ~Q(hash="")),
                name="order_sealed_whole",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["id"], condition=Q(seq=None), name="order_unsealed"),
            models.Index(fields=["source", "source_id"], name="order_source"),
        ]

    def __str__(self) -> str:
        return f"{self.seq} {self.kind}"


class OrderRoot(models.Model):
    """The signed head of a line's log at the end of a local day."""

    checkpoint = models.ForeignKey(Checkpoint, models.PROTECT, related_name="+")
    direction = models.CharField(max_length=8, choices=Direction.choices)
    day = models.DateField()
    first_seq = models.BigIntegerField()
    last_seq = models.BigIntegerField()
    head = models.CharField(max_length=64)
    token = models.TextField(help_text="JWS of the above, by the key that signs passes.")
    signed_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["checkpoint", "direction", "day"], name="order_root_once_a_day")
        ]

    def __str__(self) -> str:
        return f"{self.checkpoint_id}/{self.direction} {self.day}"
