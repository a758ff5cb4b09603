"""An incident, what is written about it, and how every word came about."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from vigie_node.alerts.models import Alert
from vigie_node.ids import new_id
from vigie_node.people.models import Organisation, Person


class Incident(models.Model):
    """A file that people keep of what happened; an incident once two of them stand behind it.

    Everything in it stands in rows of its own, so that two people can work on it at once.
    """

    class State(models.TextChoices):
        """Where the file stands."""

        OPEN = "open"  # work: nobody calls it an incident yet
        ESTABLISHED = "established"  # two people stand behind it
        CLOSED = "closed"

    id = models.UUIDField(primary_key=True, default=new_id)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="incidents")
    number = models.PositiveIntegerField()  # 1, 2, 3 … within the organisation: how people name it
    state = models.CharField(max_length=16, choices=State.choices, default=State.OPEN)
    gate = models.CharField(max_length=32)  # an id of `vigie.assess.gates`
    breakout = models.CharField(max_length=2, default="")  # the furthest reading, an id of the scale
    rung = models.CharField(max_length=32, default="behaviour_only")  # the latest approved attribution
    title_en = models.CharField(max_length=200, default="")  # copied from the passages, for lists
    title_fr = models.CharField(max_length=200, default="")
    opened_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    opened_ms = models.BigIntegerField()
    changed_ms = models.BigIntegerField()
    closed_ms = models.BigIntegerField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organisation", "number"], name="an_incident_number_once"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["organisation", "-id"]),
            models.Index(fields=["organisation", "state", "-changed_ms"]),
            models.Index(fields=["organisation", "-changed_ms"]),
        ]


class Standing(models.Model):
    """One person stands behind calling it an incident, or no longer does. Kept: the latest counts."""

    id = models.UUIDField(primary_key=True, default=new_id)
    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="standings")
    by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    stands = models.BooleanField()
    reason = models.TextField()
    at_ms = models.BigIntegerField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["incident", "at_ms"])]


class Passage(models.Model):
    """One section of an incident in one language, as it reads now."""

    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="passages")
    section = models.CharField(max_length=16)  # see `vigie_node.incidents.sections`
    language = models.CharField(max_length=2)
    text = models.TextField()
    version = models.PositiveIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["incident", "section", "language"], name="a_passage_once"),
        ]


class Revision(models.Model):
    """One version of one part of an incident: what it said, who wrote it, when, why. Never altered."""

    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="revisions")
    part = models.CharField(max_length=64)  # "summary.fr", "claim:<id>", "hypothesis:<id>"
    version = models.PositiveIntegerField()
    said = models.JSONField()  # the part's own columns
    why = models.TextField(default="")
    by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    at_ms = models.BigIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["incident", "part", "version"], name="a_version_once"),
        ]
        indexes: ClassVar = [models.Index(fields=["incident", "-at_ms"])]


class IncidentAlert(models.Model):
    """An alert that belongs to an incident."""

    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="alert_links")
    alert = models.ForeignKey(Alert, on_delete=models.PROTECT, related_name="incident_links")
    by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    at_ms = models.BigIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["incident", "alert"], name="an_alert_once_in_an_incident"),
        ]


class Relation(models.Model):
    """Two incidents that have to do with each other, and how."""

    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="relations")
    other = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="relations_back")
    how = models.CharField(max_length=500)
    by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    at_ms = models.BigIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["incident", "other"], name="a_relation_once"),
        ]
