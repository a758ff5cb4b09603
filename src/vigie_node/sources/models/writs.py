"""Writ periods: while one runs, declarations about candidates need the independent role."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from vigie_node.ids import new_id
from vigie_node.people.models import Organisation, Person


class WritPeriod(models.Model):
    """From the writ to the return of an election, as people set it."""

    id = models.UUIDField(primary_key=True, default=new_id)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="writ_periods")
    name = models.CharField(max_length=200)
    from_ms = models.BigIntegerField()
    to_ms = models.BigIntegerField()  # the first moment after it
    by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True)  # null: a command on the host
    created_ms = models.BigIntegerField()
    ended_ms = models.BigIntegerField(null=True)  # ended early, by people

    class Meta:
        indexes: ClassVar = [models.Index(fields=["organisation", "-from_ms"])]
