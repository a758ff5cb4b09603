"""The first tables of the app."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import vigie_node.ids


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("alerts", "0001_initial"),
        ("people", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Incident",
            fields=[
                ("id", models.UUIDField(default=vigie_node.ids.new_id, primary_key=True, serialize=False)),
                ("number", models.PositiveIntegerField()),
                (
                    "state",
                    models.CharField(
                        choices=[("open", "Open"), ("established", "Established"), ("closed", "Closed")],
                        default="open",
                        max_length=16,
                    ),
                ),
                ("gate", models.CharField(max_length=32)),
                ("breakout", models.CharField(default="", max_length=2)),
                ("rung", models.CharField(default="behaviour_only", max_length=32)),
                ("title_en", models.CharField(default="", max_length=200)),
                ("title_fr", models.CharField(default="", max_length=200)),
                ("opened_ms", models.BigIntegerField()),
                ("changed_ms", models.BigIntegerField()),
                ("closed_ms", models.BigIntegerField(null=True)),
                (
                    "opened_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="incidents",
                        to="people.organisation",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["organisation", "-id"], name="incidents_i_organis_eb486c_idx"),
                    models.Index(
                        fields=["organisation", "state", "-changed_ms"], name="incidents_i_organis_d760cc_idx"
                    ),
                    models.Index(
                        fields=["organisation", "-changed_ms"], name="incidents_i_organis_8508b5_idx"
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("organisation", "number"), name="an_incident_number_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="Hypothesis",
            fields=[
                ("id", models.UUIDField(default=vigie_node.ids.new_id, primary_key=True, serialize=False)),
                ("number", models.PositiveIntegerField()),
                ("kind", models.CharField(max_length=32)),
                ("language", models.CharField(max_length=2)),
                ("text", models.TextField()),
                ("withdrawn", models.BooleanField(default=False)),
                ("version", models.PositiveIntegerField()),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "incident",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="hypotheses",
                        to="incidents.incident",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("incident", "number"), name="a_hypothesis_number_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="GateAnswer",
            fields=[
                ("id", models.UUIDField(default=vigie_node.ids.new_id, primary_key=True, serialize=False)),
                ("gate", models.CharField(max_length=32)),
                ("gate_version", models.PositiveIntegerField()),
                ("question", models.CharField(max_length=64)),
                ("answer", models.CharField(max_length=8)),
                ("reason", models.TextField()),
                ("at_ms", models.BigIntegerField()),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "incident",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="gate_answers",
                        to="incidents.incident",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["incident", "gate", "at_ms"], name="incidents_g_inciden_ff6cc8_idx")
                ],
            },
        ),
        migrations.CreateModel(
            name="Exhibit",
            fields=[
                ("id", models.UUIDField(default=vigie_node.ids.new_id, primary_key=True, serialize=False)),
                ("number", models.PositiveIntegerField()),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("alert", "Alert"),
                            ("original", "Original"),
                            ("address", "Address"),
                            ("other", "Other"),
                        ],
                        max_length=16,
                    ),
                ),
                ("ref", models.CharField(default="", max_length=2000)),
                ("language", models.CharField(max_length=2)),
                ("text", models.TextField()),
                ("reliability", models.CharField(max_length=1)),
                ("credibility", models.CharField(max_length=1)),
                ("withdrawn", models.BooleanField(default=False)),
                ("at_ms", models.BigIntegerField()),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "incident",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="exhibits",
                        to="incidents.incident",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("incident", "number"), name="an_exhibit_number_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="Comment",
            fields=[
                ("id", models.UUIDField(default=vigie_node.ids.new_id, primary_key=True, serialize=False)),
                ("text", models.TextField()),
                ("at_ms", models.BigIntegerField()),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "incident",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="comments",
                        to="incidents.incident",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["incident", "at_ms"], name="incidents_c_inciden_38b88a_idx")
                ],
            },
        ),
        migrations.CreateModel(
            name="Claim",
            fields=[
                ("id", models.UUIDField(default=vigie_node.ids.new_id, primary_key=True, serialize=False)),
                ("number", models.PositiveIntegerField()),
                ("aspect", models.CharField(max_length=16)),
                ("language", models.CharField(max_length=2)),
                ("text", models.TextField()),
                ("low", models.PositiveSmallIntegerField(null=True)),
                ("high", models.PositiveSmallIntegerField(null=True)),
                ("confidence", models.CharField(default="", max_length=16)),
                ("basis", models.TextField(default="")),
                ("withdrawn", models.BooleanField(default=False)),
                ("version", models.PositiveIntegerField()),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "incident",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="claims",
                        to="incidents.incident",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("incident", "number"), name="a_claim_number_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("high__isnull", True), ("low__isnull", True)),
                            models.Q(("high__lte", 100), ("low__gte", 0), ("low__lte", models.F("high"))),
                            _connector="OR",
                        ),
                        name="a_likelihood_is_an_interval",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="BreakoutReading",
            fields=[
                ("id", models.UUIDField(default=vigie_node.ids.new_id, primary_key=True, serialize=False)),
                ("category", models.CharField(max_length=2)),
                ("reached_ms", models.BigIntegerField()),
                ("reason", models.TextField()),
                ("withdrawn", models.BooleanField(default=False)),
                ("at_ms", models.BigIntegerField()),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "incident",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="breakouts",
                        to="incidents.incident",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["incident", "reached_ms"], name="incidents_b_inciden_816285_idx")
                ],
            },
        ),
        migrations.CreateModel(
            name="Attribution",
            fields=[
                ("id", models.UUIDField(default=vigie_node.ids.new_id, primary_key=True, serialize=False)),
                ("rung", models.CharField(max_length=32)),
                ("to_whom", models.CharField(default="", max_length=500)),
                ("language", models.CharField(max_length=2)),
                ("reasoning", models.TextField()),
                ("dissent", models.TextField()),
                ("standing", models.CharField(max_length=16)),
                ("settled_ms", models.BigIntegerField(null=True)),
                ("at_ms", models.BigIntegerField()),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "incident",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="attributions",
                        to="incidents.incident",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["incident", "at_ms"], name="incidents_a_inciden_b0bed6_idx")
                ],
            },
        ),
        migrations.CreateModel(
            name="IncidentAlert",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at_ms", models.BigIntegerField()),
                (
                    "alert",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="incident_links",
                        to="alerts.alert",
                    ),
                ),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "incident",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="alert_links",
                        to="incidents.incident",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("incident", "alert"), name="an_alert_once_in_an_incident")
                ],
            },
        ),
        migrations.CreateModel(
            name="Matrix",
            fields=[
                ("id", models.UUIDField(default=vigie_node.ids.new_id, primary_key=True, serialize=False)),
                ("handed_in_ms", models.BigIntegerField(null=True)),
                ("changed_ms", models.BigIntegerField()),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "incident",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="matrices",
                        to="incidents.incident",
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("incident", "by"), name="a_matrix_a_person")],
            },
        ),
        migrations.CreateModel(
            name="MatrixCell",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("bearing", models.CharField(max_length=24)),
                (
                    "exhibit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="incidents.exhibit"
                    ),
                ),
                (
                    "hypothesis",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="incidents.hypothesis",
                    ),
                ),
                (
                    "matrix",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="cells",
                        to="incidents.matrix",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("matrix", "exhibit", "hypothesis"), name="a_cell_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="Passage",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("section", models.CharField(max_length=16)),
                ("language", models.CharField(max_length=2)),
                ("text", models.TextField()),
                ("version", models.PositiveIntegerField()),
                (
                    "incident",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="passages",
                        to="incidents.incident",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("incident", "section", "language"), name="a_passage_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="Relation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("how", models.CharField(max_length=500)),
                ("at_ms", models.BigIntegerField()),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "incident",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="relations",
                        to="incidents.incident",
                    ),
                ),
                (
                    "other",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="relations_back",
                        to="incidents.incident",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("incident", "other"), name="a_relation_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="Revision",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("part", models.CharField(max_length=64)),
                ("version", models.PositiveIntegerField()),
                ("said", models.JSONField()),
                ("why", models.TextField(default="")),
                ("at_ms", models.BigIntegerField()),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "incident",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="revisions",
                        to="incidents.incident",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["incident", "-at_ms"], name="incidents_r_inciden_12f952_idx")
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("incident", "part", "version"), name="a_version_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="Standing",
            fields=[
                ("id", models.UUIDField(default=vigie_node.ids.new_id, primary_key=True, serialize=False)),
                ("stands", models.BooleanField()),
                ("reason", models.TextField()),
                ("at_ms", models.BigIntegerField()),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "incident",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="standings",
                        to="incidents.incident",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["incident", "at_ms"], name="incidents_s_inciden_21493e_idx")
                ],
            },
        ),
        migrations.CreateModel(
            name="Support",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("speaks_for", models.BooleanField()),
                ("at_ms", models.BigIntegerField()),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "claim",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="supports",
                        to="incidents.claim",
                    ),
                ),
                (
                    "exhibit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="supports",
                        to="incidents.exhibit",
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("claim", "exhibit"), name="a_support_once")],
            },
        ),
        migrations.CreateModel(
            name="Task",
            fields=[
                ("id", models.UUIDField(default=vigie_node.ids.new_id, primary_key=True, serialize=False)),
                ("text", models.CharField(max_length=500)),
                ("due_ms", models.BigIntegerField(null=True)),
                ("done_ms", models.BigIntegerField(null=True)),
                ("at_ms", models.BigIntegerField()),
                (
                    "assignee",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "done_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "incident",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="tasks",
                        to="incidents.incident",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["incident", "done_ms"], name="incidents_t_inciden_e96a5b_idx")
                ],
            },
        ),
        migrations.CreateModel(
            name="TechniqueUse",
            fields=[
                ("id", models.UUIDField(default=vigie_node.ids.new_id, primary_key=True, serialize=False)),
                ("framework", models.CharField(max_length=32)),
                ("framework_version", models.CharField(max_length=16)),
                ("technique", models.CharField(max_length=32)),
                ("reason", models.TextField()),
                ("withdrawn", models.BooleanField(default=False)),
                ("at_ms", models.BigIntegerField()),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "incident",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="techniques",
                        to="incidents.incident",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["incident", "technique"], name="incidents_t_inciden_84f24a_idx")
                ],
            },
        ),
        migrations.CreateModel(
            name="AttributionOpinion",
            fields=[
                ("id", models.UUIDField(default=vigie_node.ids.new_id, primary_key=True, serialize=False)),
                ("approves", models.BooleanField()),
                ("reason", models.TextField()),
                ("at_ms", models.BigIntegerField()),
                (
                    "attribution",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="opinions",
                        to="incidents.attribution",
                    ),
                ),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["attribution", "at_ms"], name="incidents_a_attribu_e7351c_idx")
                ],
            },
        ),
    ]
