"""Public actors, unmasking by two persons, the destruction of keys, what people ask about themselves."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from vigie_node.ids import new_id
from vigie_node.people.models import Organisation, Person
from vigie_node.sources.models.captures import Evidence
from vigie_node.sources.models.declarations import Project


class PublicActor(models.Model):
    """An account that stays in clear for what it posted while its holder was in office."""

    id = models.UUIDField(primary_key=True, default=new_id)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="public_actors")
    platform = models.CharField(max_length=32)  # lower case
    account = models.CharField(max_length=200)  # as the platform writes it, without @; or its native id
    name = models.CharField(max_length=200)
    office = models.CharField(max_length=300)
    from_ms = models.BigIntegerField()
    until_ms = models.BigIntegerField(null=True)  # the first moment after; null while it lasts
    source = models.CharField(max_length=500)  # where office and dates can be checked
    by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True)  # who asked for it as it stands
    changed_ms = models.BigIntegerField()
    agreed_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    agreed_ms = models.BigIntegerField(null=True)  # null: it waits for another person and counts for nothing

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["organisation", "platform", "account", "from_ms"], name="a_public_actor_once"
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["organisation", "name"])]


class Asked(models.Model):
    """One person asks with a reason, another decides before it lapses."""

    class State(models.TextChoices):
        """Where it stands; one that is past its moment has lapsed, swept or not: see `standing_at`."""

        ASKED = "asked"
        APPROVED = "approved"
        REFUSED = "refused"
        LAPSED = "lapsed"

    id = models.UUIDField(primary_key=True, default=new_id)
    reason = models.TextField()
    asked_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    asked_ms = models.BigIntegerField()
    expires_ms = models.BigIntegerField()  # of the request; once approved, of the approval
    state = models.CharField(max_length=16, choices=State.choices, default=State.ASKED)
    decided_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    decided_ms = models.BigIntegerField(null=True)
    decision_reason = models.TextField(default="")

    class Meta:
        abstract = True

    def standing_at(self, at_ms: int) -> str:
        """Return the state at a moment."""
        open_ = self.state in {self.State.ASKED, self.State.APPROVED}
        return str(self.State.LAPSED) if open_ and self.expires_ms <= at_ms else self.state


class Unmasking(Asked):
    """An analyst asks who stands behind a pseudonym; approved, they may open it for some days."""

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="unmaskings")
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="unmaskings")
    pseudonym = models.CharField(max_length=16)
    alert = models.UUIDField(null=True)  # where it was met

    class Meta:
        indexes: ClassVar = [models.Index(fields=["organisation", "-asked_ms"])]


class Opening(models.Model):
    """One look behind a pseudonym: what the vault told, sealed until it is shown, once."""

    class State(models.TextChoices):
        """Where it stands."""

        WAITING = "waiting"
        READY = "ready"
        ABSENT = "absent"  # the vault knows nothing of it any more
        SHOWN = "shown"
        LAPSED = "lapsed"  # nobody looked in time

    id = models.UUIDField(primary_key=True, default=new_id)
    unmasking = models.ForeignKey(Unmasking, on_delete=models.CASCADE, related_name="openings")
    state = models.CharField(max_length=16, choices=State.choices, default=State.WAITING)
    sealed = models.BinaryField(null=True)  # under a key of the node; gone once it was shown
    asked_ms = models.BigIntegerField()
    ended_ms = models.BigIntegerField(null=True)


class OriginalOpening(Asked):
    """Somebody asks to open a sealed original; approved, they may read it for a day: see `Look`."""

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="original_openings")
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="original_openings")
    evidence = models.ForeignKey(Evidence, on_delete=models.PROTECT, related_name="openings")

    class Meta:
        indexes: ClassVar = [models.Index(fields=["organisation", "-asked_ms"])]


class KeyDestruction(Asked):
    """One person asks that a project's key be destroyed, another agrees: its pseudonyms are nobody's then."""

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="key_destructions")
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="destructions")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["project"], condition=models.Q(state="asked"), name="one_open_destruction"
            ),
        ]


class PersonRequest(models.Model):
    """Somebody asks what is held on their account; handle and contact are sealed and go at its end."""

    class State(models.TextChoices):
        """Where it stands."""

        SEARCHING = "searching"
        ANSWERABLE = "answerable"
        ERASING = "erasing"
        CLOSED = "closed"

    class Outcome(models.TextChoices):
        """How it ended."""

        GIVEN = "given"
        CORRECTED = "corrected"
        ERASED = "erased"
        REFUSED = "refused"
        LAPSED = "lapsed"  # past its date; nobody closed it

    id = models.UUIDField(primary_key=True, default=new_id)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="person_requests")
    number = models.PositiveIntegerField()  # 1, 2, 3 … within the organisation
    sealed = models.BinaryField(null=True)  # platform, handle, contact; null once it is closed
    received_ms = models.BigIntegerField()
    due_ms = models.BigIntegerField()  # an answer is owed by then
    keep_until_ms = models.BigIntegerField()  # handle and contact go then, closed or not
    state = models.CharField(max_length=16, choices=State.choices, default=State.SEARCHING)
    found = models.JSONField(default=list)  # counts and dates by declaration
    unread = models.JSONField(default=list)  # projects whose key is gone
    searched_ms = models.BigIntegerField(null=True)
    erasing_ms = models.BigIntegerField(null=True)  # an erasure was asked for
    erased_ms = models.BigIntegerField(null=True)  # and came to its end
    erased_count = models.BigIntegerField(default=0)
    held_count = models.BigIntegerField(default=0)  # batches that a legal hold kept from erasure
    outcome = models.CharField(max_length=16, choices=Outcome.choices, default="")
    note = models.TextField(default="")
    by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    closed_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    closed_ms = models.BigIntegerField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organisation", "number"], name="a_person_request_number_once"),
            models.UniqueConstraint(
                fields=["organisation"], condition=models.Q(state="erasing"), name="one_request_erases"
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["state", "keep_until_ms"])]

    @property
    def is_erased(self) -> bool:
        """Tell whether the latest erasure that was asked for came to its end."""
        return (
            self.erased_ms is not None and self.erasing_ms is not None and self.erasing_ms <= self.erased_ms
        )
