"""Intakes, the batches they brought, what was erased of these, rows set aside."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from vigie_node.ids import new_id
from vigie_node.people.models import Organisation, Person
from vigie_node.sources.models.declarations import Declaration


class Intake(models.Model):
    """One file taken in: what was read, what was new, what was set aside."""

    class State(models.TextChoices):
        """Where an intake stands."""

        WAITING = "waiting"
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"
        CANCELLED = "cancelled"

    id = models.UUIDField(primary_key=True, default=new_id)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="intakes")
    declaration = models.ForeignKey(Declaration, on_delete=models.PROTECT, related_name="intakes")
    by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True)  # null: a command on the host
    file_name = models.CharField(max_length=255)  # the name alone, no folder
    path = models.TextField()  # where the file stands: the spool for uploads, anywhere for `vigie collect`
    is_upload = models.BooleanField(default=False)  # then the file is ours, and goes when it is taken in
    options = models.JSONField(default=dict)  # mapping, encoding, time unit, layout
    file_sha256 = models.CharField(max_length=64, default="")
    byte_count = models.BigIntegerField(default=0)
    layout = models.CharField(max_length=64, default="")  # empty: a table, read by the names of its columns
    sure_percent = models.PositiveSmallIntegerField(null=True)  # how sure that is; null: not looked at yet
    format = models.CharField(max_length=32, default="")
    state = models.CharField(max_length=16, choices=State.choices, default=State.WAITING)
    job = models.UUIDField(null=True)
    read_count = models.BigIntegerField(default=0)
    new_count = models.BigIntegerField(default=0)
    held_count = models.BigIntegerField(default=0)
    rejected_count = models.BigIntegerField(default=0)
    reasons = models.JSONField(default=list)  # why rows were set aside: [{code, sentence, count}], most first
    skips = models.JSONField(default=list)  # records that are no posts on purpose, in the same form
    error_code = models.CharField(max_length=64, default="")
    error_sentence = models.TextField(
        default=""
    )  # message ids: a page says them without importing what failed
    error_remedy = models.TextField(default="")
    error_facts = models.JSONField(default=dict)  # what fills them, nothing personal
    created_ms = models.BigIntegerField()
    finished_ms = models.BigIntegerField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["organisation", "-created_ms"]),
            models.Index(fields=["declaration", "file_sha256"]),
            models.Index(fields=["organisation", "-id"]),  # pages of the API
        ]


class Batch(models.Model):
    """An immutable file of observations. The database decides: a file without a row is an orphan."""

    id = models.UUIDField(primary_key=True, default=new_id)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="batches")
    declaration = models.ForeignKey(Declaration, on_delete=models.PROTECT, related_name="batches")
    intake = models.ForeignKey(Intake, on_delete=models.PROTECT, related_name="batches")
    sha256 = models.CharField(max_length=64, unique=True)
    row_count = models.BigIntegerField()
    byte_count = models.BigIntegerField()
    start_ms = models.BigIntegerField()  # earliest and latest `created_ms`
    end_ms = models.BigIntegerField()
    stored_ms = models.BigIntegerField()
    erase_by_ms = models.BigIntegerField()  # the end of its declaration's retention
    erased_ms = models.BigIntegerField(null=True)  # its file is gone; `Erasure` says what stands in its place

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["organisation", "-stored_ms"]),
            models.Index(fields=["declaration", "stored_ms"]),
            models.Index(fields=["organisation", "-id"]),  # pages of the API
            models.Index(fields=["erase_by_ms"], condition=models.Q(erased_ms=None), name="batches_to_erase"),
        ]


class Erasure(models.Model):
    """The map from a batch to what was left of it, with how many rows were erased."""

    id = models.UUIDField(primary_key=True, default=new_id)
    old = models.OneToOneField(Batch, on_delete=models.PROTECT, related_name="erasure")
    new = models.ForeignKey(Batch, on_delete=models.PROTECT, null=True, related_name="+")
    erased_count = models.BigIntegerField()
    reason = models.CharField(max_length=64)
    at_ms = models.BigIntegerField()


class RejectedRow(models.Model):
    """A row set aside: where and why. What it said lies sealed in the vault."""

    intake = models.ForeignKey(Intake, on_delete=models.CASCADE, related_name="rejected_rows")
    unit = models.CharField(max_length=8)  # "line" or "row"
    number = models.BigIntegerField()
    code = models.CharField(max_length=64)
    facts = models.JSONField(default=dict)  # whole numbers that fill the reason's sentence

    class Meta:
        indexes: ClassVar = [models.Index(fields=["intake", "number"])]
