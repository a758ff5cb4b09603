"""Watch-lists: indicators that somebody published as part of an operation, version by version.

Whom an indicator names, the database does not say. Accounts, e-mail addresses, pages and sites of accounts,
and every note lie sealed under a key of the node, as `Opening` does: a list may be under restriction, may
name somebody whose account was stolen or who was listed by mistake, and goes into backups with the database.
They are not hashed under a project's key instead: each project has another, also those that are made later,
so that the raw value is needed to make them (`vigie.store.watched.matches`), in the job that compares.
Domains, hosts, files and the names of operations name no person and stay in clear, so that they can be
searched.

A version's indicators are kept while it is in force; those that the next one no longer has stay as long as
that next one, to show what changed. A withdrawn list keeps its facts and its figures, and no indicator.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from vigie_node.ids import new_id
from vigie_node.people.models import Organisation, Person


class WatchList(models.Model):
    """One list of one publisher, over its versions."""

    id = models.UUIDField(primary_key=True, default=new_id)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="watchlists")
    title = models.CharField(max_length=200)
    publisher = models.CharField(max_length=200)
    terms = models.CharField(max_length=300, default="")  # the licence, or what its publisher allows
    party = models.CharField(
        max_length=100, default=""
    )  # whose accounts and sites it lists: for parity alone
    created_ms = models.BigIntegerField()
    withdrawn_ms = models.BigIntegerField(null=True)
    withdrawn_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    withdrawal_reason = models.CharField(max_length=500, default="")

    class Meta:
        indexes: ClassVar = [models.Index(fields=["organisation", "title"])]


class WatchListVersion(models.Model):
    """One file of a list: handed in, read, and taken in once a person agreed to what was recognised."""

    class State(models.TextChoices):
        """Where it stands."""

        WAITING = "waiting"  # to be read
        READ = "read"  # what was recognised is shown; nothing looks for it yet
        FAILED = "failed"
        IN_FORCE = "in_force"
        SUPERSEDED = "superseded"  # by a later one
        WITHDRAWN = "withdrawn"  # with its list

    id = models.UUIDField(primary_key=True, default=new_id)
    watchlist = models.ForeignKey(WatchList, on_delete=models.CASCADE, related_name="versions")
    number = models.IntegerField(null=True)  # from 1, once it is taken in
    state = models.CharField(max_length=16, choices=State.choices, default=State.WAITING)
    path = models.TextField(default="")  # where the file waits to be read
    is_upload = models.BooleanField()  # the file is the node's own, removed once it was read
    file_name = models.CharField(max_length=255)
    file_sha256 = models.CharField(max_length=64)
    byte_count = models.BigIntegerField()
    layout = models.CharField(max_length=16, default="")  # "stix", "meta", "viginum", "table"
    format = models.CharField(max_length=16, default="")  # "csv", "json" …
    sure = models.FloatField(null=True)  # from 0 to 1
    kinds = models.JSONField(default=dict)  # kind -> how many indicators
    markings = models.JSONField(default=dict)  # as the file says them -> how many indicators
    indicator_count = models.IntegerField(default=0)
    repeated_count = models.IntegerField(default=0)  # named more than once in the file
    rejected_count = models.IntegerField(default=0)
    reasons = models.JSONField(default=list)  # code, sentence, count, facts of the first row
    rejected = models.JSONField(default=list)  # the first rows set aside: unit, number, code, facts
    added_count = models.IntegerField(default=0)  # against the version in force when it was read, or taken in
    removed_count = models.IntegerField(default=0)
    handed_in_ms = models.BigIntegerField()
    by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    taken_ms = models.BigIntegerField(null=True)
    taken_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    ended_ms = models.BigIntegerField(null=True)
    error_code = models.CharField(max_length=64, default="")
    error_sentence = models.TextField(default="")
    error_remedy = models.TextField(default="")
    error_facts = models.JSONField(default=dict)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["watchlist"], condition=models.Q(state="in_force"), name="one_version_is_in_force"
            ),
            models.UniqueConstraint(fields=["watchlist", "number"], name="a_version_has_its_number"),
        ]
        indexes: ClassVar = [models.Index(fields=["watchlist", "-handed_in_ms"])]


class WatchListIndicator(models.Model):
    """One indicator of one version."""

    id = models.UUIDField(primary_key=True, default=new_id)
    version = models.ForeignKey(WatchListVersion, on_delete=models.CASCADE, related_name="indicators")
    kind = models.CharField(max_length=16)
    platform = models.CharField(max_length=32, default="")  # of an account, where it is told
    value = models.TextField(default="")  # empty where it may name somebody: then it is sealed
    sealed = models.BinaryField(null=True)  # JSON of value and note, under a key of the node
    digest = models.CharField(
        max_length=32
    )  # of kind and value, keyed: the same indicator in another version
    name_digest = models.CharField(max_length=32)  # the same without platform and case: to find a sealed one
    operation = models.CharField(max_length=200, default="")
    source = models.CharField(max_length=200, default="")
    marking = models.CharField(max_length=200, default="")
    valid_from_ms = models.BigIntegerField(null=True)
    valid_until_ms = models.BigIntegerField(null=True)  # the first moment after
    is_added = models.BooleanField(default=True)  # the version before had it not
    removed_by = models.ForeignKey(
        WatchListVersion, on_delete=models.CASCADE, null=True, related_name="removed"
    )  # the next version, which has it no more

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["version", "digest"], name="an_indicator_once_a_version"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["version", "kind"]),
            models.Index(fields=["version", "name_digest"]),
        ]
