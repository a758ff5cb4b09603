"""What people found of a picture, a video or a sound: kept for ever, each as it was said."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from vigie_node.ids import new_id
from vigie_node.people.models import Organisation, Person


class MediumFinding(models.Model):
    """One finding of one person about one file, which its SHA-256 names wherever it was seen."""

    id = models.UUIDField(primary_key=True, default=new_id)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="medium_findings")
    sha256 = models.CharField(max_length=64)
    finding = models.CharField(max_length=32)  # of `vigie.assess.media_findings`, and its version
    bases = models.JSONField(default=list)
    vocabulary = models.PositiveSmallIntegerField()
    reason = models.TextField()
    by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    at_ms = models.BigIntegerField()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["organisation", "sha256", "-at_ms"]),
            models.Index(fields=["organisation", "-at_ms"]),
        ]
