"""Entries of the ledger, its head, and how far each reader of the outbox has come."""

from __future__ import annotations

import json
from typing import Any, ClassVar, cast

from django.db import models


class Entry(models.Model):
    """One act. Never altered, never removed: the database itself refuses (see the second migration).

    `hash` is the SHA-256 of `previous` and the entry's other columns; `tag` is an HMAC of `hash` under a key
    that is not in the database: whoever can only write to the database cannot make a chain that verifies.
    """

    seq = models.BigIntegerField(primary_key=True)  # 1, 2, 3 … without a gap
    at_ms = models.BigIntegerField(db_index=True)
    actor = models.CharField(max_length=64)  # "person:<id>", "node", "host" (a command on the node's machine)
    kind = models.CharField(max_length=64, db_index=True)
    subject = models.CharField(max_length=96)  # "alert:<id>"
    organisation = models.UUIDField(null=True)  # a plain id: the ledger stands below people
    facts = models.TextField()  # canonical JSON, without personal data
    previous = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)
    tag = models.CharField(max_length=64)

    class Meta:
        ordering: ClassVar = ["seq"]
        indexes: ClassVar = [
            models.Index(fields=["organisation", "-seq"]),
            models.Index(fields=["subject", "organisation", "-seq"]),
        ]

    @property
    def said(self) -> dict[str, Any]:
        """The facts, read."""
        return cast("dict[str, Any]", json.loads(self.facts))


class Head(models.Model):
    """The last entry: one row, locked while the next is appended."""

    id = models.PositiveSmallIntegerField(primary_key=True)
    seq = models.BigIntegerField()
    hash = models.CharField(max_length=64)


class Cursor(models.Model):
    """How far a subscriber has read; moved in the same transaction as what it did."""

    name = models.CharField(max_length=96, primary_key=True)
    seq = models.BigIntegerField(default=0)
    failure_count = models.PositiveIntegerField(default=0)  # at the entry after `seq` that concerns it
    failed_ms = models.BigIntegerField(null=True)  # when that began
    not_before_ms = models.BigIntegerField(default=0)  # when it is tried again
    fault = models.CharField(max_length=96, default="")  # what kind of exception it was
