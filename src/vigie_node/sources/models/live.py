"""Sources that are listened to while a declaration is in force, and how each of them is."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from vigie_node.ids import new_id
from vigie_node.people.models import Organisation, Person
from vigie_node.sources.models.declarations import Declaration


class Source(models.Model):
    """One stream, feed or sitemap that the collector reads."""

    class Kind(models.TextChoices):
        """How it is read."""

        JETSTREAM = "jetstream"
        MASTODON = "mastodon"
        FEED = "feed"
        SITEMAP = "sitemap"

    id = models.UUIDField(primary_key=True, default=new_id)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="live_sources")
    declaration = models.ForeignKey(Declaration, on_delete=models.PROTECT, related_name="live_sources")
    kind = models.CharField(max_length=16, choices=Kind.choices)
    name = models.CharField(max_length=200)  # what people call it
    options = models.JSONField(default=dict)  # what is asked for; nothing personal, nothing secret
    sealed = models.BinaryField()  # its address, accounts that are asked for, a token, under the node's key
    cursor_sealed = models.BinaryField(null=True)  # where what was handed in ends
    by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True)
    created_ms = models.BigIntegerField()
    stopped_ms = models.BigIntegerField(null=True)  # nothing is read from it since
    stop_code = models.CharField(max_length=64, default="")  # why the node stopped it; empty: people did

    class Meta:
        indexes: ClassVar = [models.Index(fields=["organisation", "-created_ms"])]


class SourceHealth(models.Model):
    """How a source is, as the collector last saw it; nothing of this is a record of anything."""

    class State(models.TextChoices):
        """What the collector does with it."""

        WAITING = "waiting"  # not begun yet
        OPEN = "open"  # connected, or between two visits that went well
        RETRYING = "retrying"  # it failed; the next attempt has a time
        PAUSED = "paused"  # there is no room here
        STOPPED = "stopped"

    source = models.OneToOneField(Source, on_delete=models.CASCADE, primary_key=True, related_name="health")
    state = models.CharField(max_length=16, choices=State.choices, default=State.WAITING)
    seen_ms = models.BigIntegerField(null=True)  # when the collector last wrote this row
    last_event_ms = models.BigIntegerField(null=True)  # when something last came
    lag_ms = models.BigIntegerField(null=True)  # how old the last event was when it came
    event_count = models.BigIntegerField(default=0)  # since it was begun, repeated ones too
    unread_count = models.BigIntegerField(default=0)  # messages that were no events
    events_per_minute = models.BigIntegerField(default=0)
    reconnect_count = models.BigIntegerField(default=0)
    next_ms = models.BigIntegerField(null=True)  # the next attempt or visit
    error_ms = models.BigIntegerField(null=True)
    error_code = models.CharField(max_length=64, default="")
    error_sentence = models.TextField(default="")  # message ids, as in `Intake`
    error_remedy = models.TextField(default="")
    error_facts = models.JSONField(default=dict)
