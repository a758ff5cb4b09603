"""The register of outlets: who publishes where, and what an analyst says of whose it is, on what evidence.

An outlet publishes for everybody, so that its names stand in clear here, as those of public actors do. A
tier is a person's decision; every decision is kept, the latest counts.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from vigie_node.ids import new_id
from vigie_node.people.models import Organisation, Person


class Tier(models.TextChoices):
    """Whose an outlet is; the words of `vigie.detect.exposure`, which pages cannot import."""

    OFFICIAL = "official"
    CONTROLLED = "state-controlled"
    LINKED = "state-linked"
    ALIGNED = "state-aligned"
    UNCLASSIFIED = "unclassified"


class Outlet(models.Model):
    """One outlet."""

    id = models.UUIDField(primary_key=True, default=new_id)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="outlets")
    name = models.CharField(max_length=200)
    country = models.CharField(max_length=2, default="")  # where it publishes, ISO 3166-1 alpha-2
    languages = models.JSONField(default=list)  # "fr", "en"
    posts_a_day = models.FloatField(null=True)  # to be expected; null: what is collected tells
    tier = models.CharField(max_length=16, choices=Tier.choices, default=Tier.UNCLASSIFIED)  # the latest
    state = models.CharField(max_length=2, default="")  # whose, ISO 3166-1 alpha-2; of the latest
    created_ms = models.BigIntegerField()
    changed_ms = models.BigIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organisation", "name"], name="an_outlet_once"),
        ]


class OutletIdentifier(models.Model):
    """Where an outlet publishes: a domain, or an account or channel of a platform."""

    class Kind(models.TextChoices):
        """What it is."""

        DOMAIN = "domain"
        ACCOUNT = "account"

    outlet = models.ForeignKey(Outlet, on_delete=models.CASCADE, related_name="identifiers")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    value = models.CharField(max_length=253)  # "exemple.test", or "x:exemple"

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organisation", "kind", "value"], name="an_identifier_of_one"),
        ]


class OutletDecision(models.Model):
    """One decision on an outlet's tier, and what it rests on. Never altered."""

    id = models.UUIDField(primary_key=True, default=new_id)
    outlet = models.ForeignKey(Outlet, on_delete=models.CASCADE, related_name="decisions")
    tier = models.CharField(max_length=16, choices=Tier.choices)
    state = models.CharField(max_length=2, default="")
    criterion = models.CharField(max_length=1_000)  # why
    source_url = models.CharField(max_length=500, default="")
    source_date = models.CharField(max_length=10, default="")  # 2026-01-31
    by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    at_ms = models.BigIntegerField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["outlet", "-at_ms"])]
