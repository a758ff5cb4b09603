"""What is covered: how many observations of each source, language, place and hour, by batch and summed up."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from vigie_node.sources.models.intakes import Batch


class Facet(models.TextChoices):
    """What a count is by."""

    SOURCE = "s"  # platform and kind of source, by hour
    SOURCE_DAY = "d"  # the same by day
    LANGUAGE = "l"  # by day
    PLACE = "p"  # by day
    LOOK = "a"  # platform and kind of source of posts that were found as they were, by day of the look


class BatchLanguages(models.Model):
    """That a batch's texts were looked at, how, and how many languages could not be told."""

    batch = models.OneToOneField(Batch, on_delete=models.CASCADE, primary_key=True, related_name="languages")
    method = models.CharField(max_length=32)  # another one since: it is done again
    row_count = models.BigIntegerField()
    und_count = models.BigIntegerField()
    identified_ms = models.BigIntegerField()


class BatchCoverage(models.Model):
    """How many observations a batch has of something in an hour or a day."""

    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="coverage")
    facet = models.CharField(max_length=1, choices=Facet.choices)
    platform = models.CharField(max_length=64, default="")
    source_kind = models.CharField(max_length=32, default="")
    value = models.CharField(max_length=100, default="")  # the language or the place; empty: unknown
    hour_ms = models.BigIntegerField()  # when the hour, or the day, begins (UTC) in which posts were written
    count = models.BigIntegerField()


class Coverage(models.Model):
    """The sum of what batches have: what pages read, however many batches there are."""

    of = models.UUIDField()  # a declaration, or an organisation for all of its own
    facet = models.CharField(max_length=1, choices=Facet.choices)
    platform = models.CharField(max_length=64, default="")
    source_kind = models.CharField(max_length=32, default="")
    value = models.CharField(max_length=100, default="")
    hour_ms = models.BigIntegerField()
    count = models.BigIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["of", "facet", "platform", "source_kind", "value", "hour_ms"],
                name="coverage_of_something_once",
            ),
        ]
        indexes: ClassVar = [
            # with everything that is asked for in it: the rows themselves need not be read
            models.Index(
                fields=["of", "facet", "hour_ms", "platform", "source_kind", "value", "count"],
                name="coverage_of_a_time",
            ),
        ]
