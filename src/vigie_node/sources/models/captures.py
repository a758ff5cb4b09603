"""Posts captured by hand, visit by visit; the originals of each visit, sealed.

Nothing here names anybody: what was typed and handed in lies sealed among the evidence; what is shown of a
post stands under pseudonyms, as in the store, and goes with its batch.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from vigie_node.ids import new_id
from vigie_node.people.models import Organisation, Person
from vigie_node.sources.models.declarations import Declaration
from vigie_node.sources.models.intakes import Intake


class Capture(models.Model):
    """One post of a closed platform."""

    class Kind(models.TextChoices):
        """What was posted."""

        POST = "post"
        COMMENT = "comment"
        SHARE = "share"
        ARTICLE = "article"
        VIDEO = "video"

    id = models.UUIDField(primary_key=True, default=new_id)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="captures")
    declaration = models.ForeignKey(Declaration, on_delete=models.PROTECT, related_name="captures")
    platform = models.CharField(max_length=32)
    kind = models.CharField(max_length=16, choices=Kind.choices, default=Kind.POST)
    posted_ms = models.BigIntegerField(null=True)  # unknown
    author = models.CharField(max_length=200, default="")  # a pseudonym, or a public actor in clear
    body = models.TextField(default="")  # pseudonymous
    links = models.JSONField(default=list)  # pseudonymous
    created_ms = models.BigIntegerField()
    erased_ms = models.BigIntegerField(null=True)  # its words went with its batch

    class Meta:
        indexes: ClassVar = [models.Index(fields=["organisation", "-created_ms"])]


class Visit(models.Model):
    """One look at a post: the first captures it, each later one adds a reading."""

    class State(models.TextChoices):
        """Where a visit stands."""

        WAITING = "waiting"
        DONE = "done"
        FAILED = "failed"

    class How(models.TextChoices):
        """How it was captured."""

        EYE = "eye"
        SCREENSHOT = "screenshot"
        BROWSER = "browser"

    id = models.UUIDField(primary_key=True, default=new_id)
    capture = models.ForeignKey(Capture, on_delete=models.PROTECT, related_name="visits")
    by = models.ForeignKey(Person, on_delete=models.PROTECT)
    how = models.CharField(max_length=16, choices=How.choices, default=How.EYE)
    seen_ms = models.BigIntegerField()
    state = models.CharField(max_length=16, choices=State.choices, default=State.WAITING)
    intake = models.OneToOneField(Intake, on_delete=models.PROTECT, null=True, related_name="visit")
    error_code = models.CharField(max_length=64, default="")
    error_sentence = models.TextField(default="")
    error_remedy = models.TextField(default="")
    error_facts = models.JSONField(default=dict)
    created_ms = models.BigIntegerField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["capture", "seen_ms"])]


class Reading(models.Model):
    """What a counter showed at a moment."""

    visit = models.ForeignKey(Visit, on_delete=models.CASCADE, related_name="readings")
    name = models.CharField(max_length=32)
    value = models.BigIntegerField()
    at_ms = models.BigIntegerField()


class Evidence(models.Model):
    """One sealed original: a file that was handed in, or the record of what was typed.

    The record lists the files of its visit with their SHA-256: its own is the `evidence_id` of the post.
    """

    class Role(models.TextChoices):
        """What it is."""

        RECORD = "record"
        FILE = "file"

    id = models.UUIDField(primary_key=True, default=new_id)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="evidence")
    declaration = models.ForeignKey(Declaration, on_delete=models.PROTECT, related_name="evidence")
    visit = models.ForeignKey(Visit, on_delete=models.PROTECT, related_name="evidence")
    role = models.CharField(max_length=8, choices=Role.choices)
    sha256 = models.CharField(max_length=64)
    byte_count = models.BigIntegerField()
    media_type = models.CharField(max_length=64)  # as its first bytes say
    pdq = models.CharField(max_length=64, default="")
    pdq_quality = models.SmallIntegerField(null=True)
    c2pa = models.CharField(max_length=16, default="")
    problem = models.CharField(max_length=16, default="")  # why it has no `pdq`
    custodian = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    how = models.CharField(max_length=16, choices=Visit.How.choices)
    captured_ms = models.BigIntegerField()
    sealed_ms = models.BigIntegerField()
    erased_ms = models.BigIntegerField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["visit", "sha256"], name="an_original_once_a_visit"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["declaration", "sha256"]),
            models.Index(fields=["sealed_ms"], condition=models.Q(erased_ms=None), name="evidence_held"),
        ]


class Look(models.Model):
    """Somebody read an original, and why they had asked to."""

    id = models.UUIDField(primary_key=True, default=new_id)
    evidence = models.ForeignKey(Evidence, on_delete=models.PROTECT, related_name="looks")
    by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    reason = models.TextField()
    at_ms = models.BigIntegerField()
