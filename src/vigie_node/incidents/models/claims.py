"""What an incident claims, and the exhibits that bear on it."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from vigie_node.ids import new_id
from vigie_node.incidents.models.incidents import Incident
from vigie_node.people.models import Person


class Claim(models.Model):
    """One sentence about one aspect of an incident, with how likely it is and how good its ground.

    Likelihood and confidence are apart: an interval of per cent, and a degree with what it rests on. Both may
    lack: then they are unknown.
    """

    id = models.UUIDField(primary_key=True, default=new_id)
    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="claims")
    number = models.PositiveIntegerField()  # 1, 2, 3 … within the incident
    aspect = models.CharField(max_length=16)  # an id of the scale `aspect`
    language = models.CharField(max_length=2)
    text = models.TextField()
    low = models.PositiveSmallIntegerField(null=True)  # per cent
    high = models.PositiveSmallIntegerField(null=True)
    confidence = models.CharField(max_length=16, default="")
    basis = models.TextField(default="")  # what the confidence rests on
    withdrawn = models.BooleanField(default=False)
    version = models.PositiveIntegerField()
    by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")  # who made it

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["incident", "number"], name="a_claim_number_once"),
            models.CheckConstraint(
                condition=models.Q(low__isnull=True, high__isnull=True)
                | models.Q(low__gte=0, low__lte=models.F("high"), high__lte=100),
                name="a_likelihood_is_an_interval",
            ),
        ]


class Exhibit(models.Model):
    """Something that shows something: an alert, a sealed original, an address, a document told in words."""

    class Kind(models.TextChoices):
        """What `ref` names."""

        ALERT = "alert"  # an alert's id
        ORIGINAL = "original"  # a sealed original's id
        ADDRESS = "address"  # an address on the web, never a link on a page
        OTHER = "other"  # told in words alone

    id = models.UUIDField(primary_key=True, default=new_id)
    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="exhibits")
    number = models.PositiveIntegerField()  # 1, 2, 3 … within the incident
    kind = models.CharField(max_length=16, choices=Kind.choices)
    ref = models.CharField(max_length=2_000, default="")
    language = models.CharField(max_length=2)
    text = models.TextField()  # what it shows
    reliability = models.CharField(max_length=1)  # of the source: see the scales
    credibility = models.CharField(max_length=1)  # of what it says
    withdrawn = models.BooleanField(default=False)
    by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    at_ms = models.BigIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["incident", "number"], name="an_exhibit_number_once"),
        ]


class Support(models.Model):
    """An exhibit that speaks for a claim, or against it."""

    claim = models.ForeignKey(Claim, on_delete=models.PROTECT, related_name="supports")
    exhibit = models.ForeignKey(Exhibit, on_delete=models.PROTECT, related_name="supports")
    speaks_for = models.BooleanField()
    by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    at_ms = models.BigIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["claim", "exhibit"], name="a_support_once"),
        ]
