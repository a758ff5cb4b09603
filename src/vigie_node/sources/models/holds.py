"""What stands against an erasure: a legal hold, or a tie to the hypothesis."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from vigie_node.ids import new_id
from vigie_node.people.models import Organisation, Person
from vigie_node.sources.models.declarations import Declaration


class Hold(models.Model):
    """All that a declaration brought must stay until two persons lift this."""

    class Kind(models.TextChoices):
        """What orders it."""

        ACCESS = "access"
        PROCEEDING = "proceeding"
        DECISION = "decision"
        ARCHIVES = "archives"
        OTHER = "other"

    id = models.UUIDField(primary_key=True, default=new_id)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="holds")
    declaration = models.ForeignKey(Declaration, on_delete=models.PROTECT, related_name="holds")
    kind = models.CharField(max_length=16, choices=Kind.choices)
    reason = models.TextField()
    by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    created_ms = models.BigIntegerField()
    lift_reason = models.TextField(default="")
    lift_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    lift_asked_ms = models.BigIntegerField(null=True)
    lifted_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    lifted_ms = models.BigIntegerField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["declaration"], condition=models.Q(lifted_ms=None), name="holds_that_stand"),
        ]


class Tie(models.Model):
    """What ties a sensitive collection to its hypothesis; counts once somebody else agrees."""

    id = models.UUIDField(primary_key=True, default=new_id)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="ties")
    declaration = models.OneToOneField(Declaration, on_delete=models.PROTECT, related_name="tie")
    reason = models.TextField()
    by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    created_ms = models.BigIntegerField()
    approved_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    approved_ms = models.BigIntegerField(null=True)
