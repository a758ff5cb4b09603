"""The work on an incident: what is to be done, what people say to each other."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from vigie_node.ids import new_id
from vigie_node.incidents.models.incidents import Incident
from vigie_node.people.models import Person


class Task(models.Model):
    """Something to be done, by whom, until when."""

    id = models.UUIDField(primary_key=True, default=new_id)
    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="tasks")
    text = models.CharField(max_length=500)
    assignee = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    due_ms = models.BigIntegerField(null=True)
    done_ms = models.BigIntegerField(null=True)
    done_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    at_ms = models.BigIntegerField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["incident", "done_ms"])]


class Comment(models.Model):
    """What one person says to the others who work on it."""

    id = models.UUIDField(primary_key=True, default=new_id)
    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="comments")
    text = models.TextField()
    by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    at_ms = models.BigIntegerField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["incident", "at_ms"])]
