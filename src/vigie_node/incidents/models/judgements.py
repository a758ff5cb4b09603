"""What people conclude: the jurisdiction's gate, breakout, techniques, explanations, attribution."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from vigie_node.ids import new_id
from vigie_node.incidents.models.claims import Exhibit
from vigie_node.incidents.models.incidents import Incident
from vigie_node.people.models import Person


class GateAnswer(models.Model):
    """One answer to one question of a gate. Kept for ever: the latest counts."""

    id = models.UUIDField(primary_key=True, default=new_id)
    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="gate_answers")
    gate = models.CharField(max_length=32)
    gate_version = models.PositiveIntegerField()
    question = models.CharField(max_length=64)
    answer = models.CharField(max_length=8)  # yes, no, unknown
    reason = models.TextField()
    by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    at_ms = models.BigIntegerField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["incident", "gate", "at_ms"])]


class BreakoutReading(models.Model):
    """How far it had broken out on a day. Kept for ever."""

    id = models.UUIDField(primary_key=True, default=new_id)
    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="breakouts")
    category = models.CharField(max_length=2)  # an id of the scale `breakout`
    reached_ms = models.BigIntegerField()
    reason = models.TextField()
    withdrawn = models.BooleanField(default=False)
    by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    at_ms = models.BigIntegerField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["incident", "reached_ms"])]


class TechniqueUse(models.Model):
    """A technique of a framework that was seen, with the version of the framework that names it."""

    id = models.UUIDField(primary_key=True, default=new_id)
    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="techniques")
    framework = models.CharField(max_length=32)  # "disarm"
    framework_version = models.CharField(max_length=16)  # "1.6"
    technique = models.CharField(max_length=32)  # "T0049.003"
    reason = models.TextField()
    withdrawn = models.BooleanField(default=False)
    by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    at_ms = models.BigIntegerField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["incident", "technique"])]


class Hypothesis(models.Model):
    """One explanation that stands beside others."""

    id = models.UUIDField(primary_key=True, default=new_id)
    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="hypotheses")
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=32)  # an id of the scale `explanation`
    language = models.CharField(max_length=2)
    text = models.TextField()
    withdrawn = models.BooleanField(default=False)
    version = models.PositiveIntegerField()
    by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["incident", "number"], name="a_hypothesis_number_once"),
        ]


class Matrix(models.Model):
    """One analyst's reading of the exhibits against the explanations; others see it once it is handed in."""

    id = models.UUIDField(primary_key=True, default=new_id)
    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="matrices")
    by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    handed_in_ms = models.BigIntegerField(null=True)
    changed_ms = models.BigIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["incident", "by"], name="a_matrix_a_person"),
        ]


class MatrixCell(models.Model):
    """How one exhibit bears on one explanation, to one analyst."""

    matrix = models.ForeignKey(Matrix, on_delete=models.PROTECT, related_name="cells")
    exhibit = models.ForeignKey(Exhibit, on_delete=models.PROTECT, related_name="+")
    hypothesis = models.ForeignKey(Hypothesis, on_delete=models.PROTECT, related_name="+")
    bearing = models.CharField(max_length=24)  # an id of the scale `bearing`

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["matrix", "exhibit", "hypothesis"], name="a_cell_once"),
        ]


class Attribution(models.Model):
    """A proposed rung of the ladder: who may stand behind it, why, and who disagrees."""

    id = models.UUIDField(primary_key=True, default=new_id)
    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="attributions")
    rung = models.CharField(max_length=32)  # an id of the scale `attribution`
    to_whom = models.CharField(max_length=500, default="")
    language = models.CharField(max_length=2)
    reasoning = models.TextField()
    dissent = models.TextField()  # mandatory: “nobody dissents” is said in words too
    standing = models.CharField(max_length=16)  # see `vigie.assess.attribution`
    settled_ms = models.BigIntegerField(null=True)  # since when it stands there
    by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    at_ms = models.BigIntegerField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["incident", "at_ms"])]


class AttributionOpinion(models.Model):
    """What one person thinks of a proposed attribution. Kept for ever: the latest counts."""

    id = models.UUIDField(primary_key=True, default=new_id)
    attribution = models.ForeignKey(Attribution, on_delete=models.PROTECT, related_name="opinions")
    approves = models.BooleanField()
    reason = models.TextField()
    by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    at_ms = models.BigIntegerField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["attribution", "at_ms"])]
