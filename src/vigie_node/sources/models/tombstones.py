"""What is remembered of posts that were erased for good: a keyed hash each."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from vigie_node.sources.models.declarations import Declaration, Project


class Tombstone(models.Model):
    """A post that is not taken in again from an older file; nothing else is known of it."""

    declaration = models.ForeignKey(Declaration, on_delete=models.PROTECT, related_name="tombstones")
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="tombstones")
    post = models.CharField(max_length=16)  # its id under the project's key, as the store writes it
    set_ms = models.BigIntegerField()
    forget_ms = models.BigIntegerField()  # by then the declaration's retention has passed

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["declaration", "post"], name="a_tombstone_once"),
        ]
        indexes: ClassVar = [models.Index(fields=["forget_ms"])]
