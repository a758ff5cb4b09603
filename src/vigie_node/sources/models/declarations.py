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
    """Why something is collected, what it is about, who allowed it. Nothing comes in without one."""

    class State(models.TextChoices):
        """Where a declaration stands; see also `standing_at`."""

        ASKED = "asked"
        IN_FORCE = "in_force"
        REFUSED = "refused"
        WITHDRAWN = "withdrawn"
        EXPIRED = "expired"

    class Subject(models.TextChoices):
        """What is watched."""

        FOREIGN = "foreign"
        TOPIC = "topic"
        OUTLET = "outlet"
        PARTY = "party"
        CANDIDATE = "candidate"
        PROTEST = "protest"
        GROUP = "group"
        PERSON = "person"

    class Method(models.TextChoices):
        """How posts come in."""

        FILES = "files"
        LIVE = "live"
        BY_HAND = "by_hand"

    id = models.UUIDField(primary_key=True, default=new_id)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="declarations")
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="declarations")
    state = models.CharField(max_length=16, choices=State.choices, default=State.ASKED)
    purpose = models.TextField()
    legal_basis = models.TextField()
    subject = models.CharField(max_length=16, choices=Subject.choices, default=Subject.TOPIC)
    hypothesis = models.TextField(default="")  # why a foreign hand is thought to be in it
    query = models.TextField(default="")  # what is looked for
    window_from_ms = models.BigIntegerField(null=True)  # of the posts, not of the work
    window_to_ms = models.BigIntegerField(null=True)
    method = models.CharField(max_length=16, choices=Method.choices, default=Method.FILES)
    responsible = models.CharField(max_length=200)
    retention_days_min = models.PositiveIntegerField(default=0)
    retention_days = models.PositiveIntegerField()  # the most
    days_in_force = models.PositiveIntegerField(null=True)  # null: until withdrawn
    by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True)  # null: a command on the host
    created_ms = models.BigIntegerField()
    decided_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    decided_ms = models.BigIntegerField(null=True)
    decision_code = models.CharField(max_length=32, default="")  # a guard that refused by itself
    decision_reason = models.TextField(default="")  # what the person who decided wrote
    is_independent = models.BooleanField(default=False)  # approved by somebody with the independent role
    starts_ms = models.BigIntegerField(null=True)  # in force from then on
    expires_ms = models.BigIntegerField(null=True)
    closed_ms = models.BigIntegerField(null=True)  # withdrawn or refused: nothing more comes in

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["organisation", "-created_ms"]),
            models.Index(fields=["state", "expires_ms"]),
        ]

    def standing_at(self, at_ms: int) -> str:
        """Return the state at a moment: what has expired since the last sweep has expired.

        One that was approved and starts later is still `asked`.
        """
        if self.state != self.State.IN_FORCE:
            return self.state
        if self.starts_ms is not None and at_ms < self.starts_ms:
            return str(self.State.ASKED)
        if self.expires_ms is not None and at_ms >= self.expires_ms:
            return str(self.State.EXPIRED)
        return self.state


class DeclaredSource(models.Model):
    """A place that a declaration names, and what its terms say of research."""

    class Kind(models.TextChoices):
        """What sort of place."""

        SITE = "site"
        ACCOUNT = "account"
        CHANNEL = "channel"
        HASHTAG = "hashtag"
        EXPORT = "export"

    class Allows(models.TextChoices):
        """Whether its terms allow monitoring for research."""

        YES = "yes"
        NO = "no"
        UNKNOWN = "unknown"

    declaration = models.ForeignKey(Declaration, on_delete=models.CASCADE, related_name="sources")
    kind = models.CharField(max_length=16, choices=Kind.choices)
    place = models.CharField(max_length=500)
    allows = models.CharField(max_length=8, choices=Allows.choices, default=Allows.UNKNOWN)
    terms = models.TextField(default="")
