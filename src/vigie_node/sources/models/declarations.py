"""Projects, and why something is collected."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from vigie_node.ids import new_id
from vigie_node.people.models import Organisation, Person


class Project(models.Model):
    """Work that shares one key: an account has the same pseudonym within it, never across."""

    id = models.UUIDField(primary_key=True, default=new_id)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="projects")
    name = models.CharField(max_length=200)
    created_ms = models.BigIntegerField()
    key_destroyed_ms = models.BigIntegerField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organisation", "name"], name="a_project_name_once"),
        ]


class Declaration(models.Model):
    """Why something is collected. Nothing comes in without one."""

    id = models.UUIDField(primary_key=True, default=new_id)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="declarations")
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="declarations")
    purpose = models.TextField()
    legal_basis = models.TextField()
    responsible = models.CharField(max_length=200)
    retention_days = models.PositiveIntegerField()
    by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True)  # null: a command on the host
    created_ms = models.BigIntegerField()
    closed_ms = models.BigIntegerField(null=True)  # withdrawn: nothing more comes in

    class Meta:
        indexes: ClassVar = [models.Index(fields=["organisation", "-created_ms"])]
