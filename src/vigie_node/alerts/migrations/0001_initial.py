"""The first tables of the app."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import vigie_node.alerts.columns
import vigie_node.ids


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("people", "0001_initial"),
        ("sources", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Run",
            fields=[
                ("id", models.UUIDField(default=vigie_node.ids.new_id, primary_key=True, serialize=False)),
                ("method", models.CharField(max_length=64)),
                ("parameters", models.JSONField(default=dict)),
                ("fingerprint", models.CharField(max_length=64)),
                ("manifest", models.JSONField(default=dict)),
                ("card", models.JSONField(default=dict)),
                ("calibrations", models.JSONField(default=list)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("running", "Running"),
                            ("done", "Done"),
                            ("failed", "Failed"),
                            ("cancelled", "Cancelled"),
                        ],
                        default="waiting",
                        max_length=16,
                    ),
                ),
                ("job", models.UUIDField(null=True)),
                ("post_count", models.BigIntegerField(default=0)),
                ("account_count", models.BigIntegerField(default=0)),
                ("group_count", models.PositiveIntegerField(default=0)),
                ("left_out_count", models.PositiveIntegerField(default=0)),
                ("false_alarms_expected", models.FloatField(null=True)),
                ("notes", models.JSONField(default=list)),
                ("start_ms", models.BigIntegerField(null=True)),
                ("end_ms", models.BigIntegerField(null=True)),
                ("error_code", models.CharField(default="", max_length=64)),
                ("error_sentence", models.TextField(default="")),
                ("error_remedy", models.TextField(default="")),
                ("error_facts", models.JSONField(default=dict)),
                ("created_ms", models.BigIntegerField()),
                ("finished_ms", models.BigIntegerField(null=True)),
                ("batches", models.ManyToManyField(related_name="runs", to="sources.batch")),
                (
                    "by",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "declaration",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="runs",
                        to="sources.declaration",
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="runs",
                        to="people.organisation",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["organisation", "-id"], name="alerts_run_organis_05edc9_idx"),
                    models.Index(
                        fields=["organisation", "-created_ms"], name="alerts_run_organis_9463d9_idx"
                    ),
                    models.Index(fields=["declaration", "state"], name="alerts_run_declara_bb9be8_idx"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state__in", ["waiting", "running", "done"])),
                        fields=("organisation", "fingerprint"),
                        name="the_same_run_once",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Plan",
            fields=[
                (
                    "declaration",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="plan",
                        serialize=False,
                        to="sources.declaration",
                    ),
                ),
                ("methods", models.JSONField(default=list)),
                ("watched", models.JSONField(default=list)),
                ("watched_from_ms", models.BigIntegerField(null=True)),
                ("watched_until_ms", models.BigIntegerField(null=True)),
                ("changed_ms", models.BigIntegerField()),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Alert",
            fields=[
                ("id", models.UUIDField(default=vigie_node.ids.new_id, primary_key=True, serialize=False)),
                ("number", models.PositiveIntegerField()),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("new", "New"),
                            ("in_review", "In Review"),
                            ("disputed", "Disputed"),
                            ("confirmed", "Confirmed"),
                            ("dismissed", "Dismissed"),
                        ],
                        default="new",
                        max_length=16,
                    ),
                ),
                ("signal_count", models.PositiveIntegerField(default=0)),
                ("unreviewed_signal_count", models.PositiveIntegerField(default=0)),
                (
                    "needs_person",
                    models.GeneratedField(
                        db_persist=True,
                        expression=models.ExpressionWrapper(
                            models.Q(
                                ("status__in", ["new", "in_review", "disputed"]),
                                ("unreviewed_signal_count__gt", 0),
                                _connector="OR",
                            ),
                            output_field=models.BooleanField(),
                        ),
                        output_field=models.BooleanField(),
                    ),
                ),
                ("reviewed_ms", models.BigIntegerField(null=True)),
                ("snoozed_until_ms", models.BigIntegerField(null=True)),
                ("snooze_reason", models.TextField(default="")),
                ("method", models.CharField(default="coaction", max_length=32)),
                ("subject_key", models.CharField(default="", max_length=64)),
                ("behaviour", models.CharField(default="", max_length=32)),
                ("window_ms", models.BigIntegerField(default=0)),
                ("account_count", models.PositiveIntegerField(default=0)),
                ("object_count", models.PositiveIntegerField(default=0)),
                ("first_ms", models.BigIntegerField(default=0)),
                ("last_ms", models.BigIntegerField(default=0)),
                ("opened_ms", models.BigIntegerField()),
                ("changed_ms", models.BigIntegerField()),
                (
                    "assignee",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="assigned_alerts",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "declaration",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="alerts",
                        to="sources.declaration",
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="alerts",
                        to="people.organisation",
                    ),
                ),
                (
                    "snoozed_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Signal",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("group", models.PositiveIntegerField()),
                ("method", models.CharField(default="coaction/2", max_length=64)),
                ("kind", models.CharField(default="group", max_length=32)),
                ("subject_kind", models.CharField(default="accounts", max_length=16)),
                ("subject", models.TextField(default="")),
                ("sentence", models.TextField(default="")),
                ("facts", models.JSONField(default=dict)),
                ("weight", models.FloatField(default=0)),
                ("content", models.CharField(default="", max_length=64)),
                ("post_count", models.BigIntegerField(default=0)),
                ("behaviour", models.CharField(default="", max_length=32)),
                ("behaviours", models.JSONField(default=list)),
                ("window_ms", models.BigIntegerField(default=0)),
                ("account_count", models.PositiveIntegerField()),
                ("pair_count", models.PositiveIntegerField(default=0)),
                ("object_count", models.PositiveIntegerField(default=0)),
                ("observed", models.BigIntegerField(default=0)),
                ("expected", models.FloatField(default=0)),
                ("q_value", models.FloatField(null=True)),
                ("first_ms", models.BigIntegerField()),
                ("last_ms", models.BigIntegerField()),
                ("sparkline", models.JSONField(default=list)),
                ("created_ms", models.BigIntegerField()),
                (
                    "alert",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="signals", to="alerts.alert"
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="signals",
                        to="people.organisation",
                    ),
                ),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="signals", to="alerts.run"
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        fields=["organisation", "-created_ms"], name="alerts_sign_organis_bca676_idx"
                    ),
                    models.Index(fields=["alert", "-created_ms"], name="alerts_sign_alert_i_6a7fbb_idx"),
                ],
            },
        ),
        migrations.CreateModel(
            name="CitedPost",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("position", models.PositiveIntegerField()),
                ("post_id", models.CharField(max_length=200)),
                ("account", models.CharField(max_length=64)),
                ("platform", models.CharField(default="", max_length=64)),
                ("created_ms", models.BigIntegerField()),
                ("deleted_ms", models.BigIntegerField(null=True)),
                ("lang", models.CharField(default="", max_length=35)),
                ("body", models.TextField(default="")),
                ("links", models.JSONField(default=list)),
                ("behaviours", models.JSONField(default=list)),
                ("object_numbers", models.JSONField(default=list)),
                (
                    "batch",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="sources.batch"
                    ),
                ),
                (
                    "signal",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="posts", to="alerts.signal"
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["signal", "position"], name="alerts_cite_signal__dd0459_idx"),
                    models.Index(fields=["post_id"], name="alerts_cite_post_id_033b29_idx"),
                ],
            },
        ),
        migrations.CreateModel(
            name="NamedOutlet",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "outlet",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="sources.outlet"
                    ),
                ),
                (
                    "signal",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="outlets",
                        to="alerts.signal",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("outlet", "signal"), name="an_outlet_named_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="Picture",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=32)),
                ("language", models.CharField(max_length=2)),
                ("svg", models.TextField()),
                ("spec", models.JSONField(null=True)),
                (
                    "signal",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="pictures",
                        to="alerts.signal",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("signal", "name", "language"), name="a_picture_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="Concern",
            fields=[
                (
                    "alert",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="concern",
                        serialize=False,
                        to="alerts.alert",
                    ),
                ),
                ("languages", models.JSONField(default=list)),
                ("watchlists", models.JSONField(default=list)),
                ("signal_count", models.PositiveIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name="Evidence",
            fields=[
                (
                    "signal",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="evidence",
                        serialize=False,
                        to="alerts.signal",
                    ),
                ),
                ("group", vigie_node.alerts.columns.LargeJSONField(default=dict)),
                ("edges", vigie_node.alerts.columns.LargeJSONField(default=list)),
                ("network", vigie_node.alerts.columns.LargeJSONField(default=dict)),
                ("shown", vigie_node.alerts.columns.LargeJSONField(default=dict)),
                ("originals", models.JSONField(default=dict)),
                ("erased_count", models.PositiveIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name="Review",
            fields=[
                ("id", models.UUIDField(default=vigie_node.ids.new_id, primary_key=True, serialize=False)),
                (
                    "verdict",
                    models.CharField(
                        choices=[("confirm", "Confirm"), ("dismiss", "Dismiss"), ("unsure", "Unsure")],
                        max_length=16,
                    ),
                ),
                ("reason", models.TextField()),
                ("at_ms", models.BigIntegerField()),
                (
                    "alert",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="reviews", to="alerts.alert"
                    ),
                ),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reviews",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["alert", "at_ms"], name="alerts_revi_alert_i_cd24a6_idx")],
            },
        ),
        migrations.CreateModel(
            name="SignalMember",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("account", models.CharField(max_length=64)),
                ("partner_count", models.PositiveIntegerField()),
                ("object_count", models.PositiveIntegerField()),
                ("action_count", models.PositiveIntegerField()),
                ("known_as", models.CharField(default="", max_length=200)),
                (
                    "signal",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="members",
                        to="alerts.signal",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["signal", "-object_count"], name="alerts_sign_signal__e6f639_idx"),
                    models.Index(fields=["account"], name="alerts_sign_account_d2216e_idx"),
                ],
            },
        ),
        migrations.AddField(
            model_name="alert",
            name="latest",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="alerts.signal"
            ),
        ),
        migrations.AddIndex(
            model_name="alert",
            index=models.Index(fields=["organisation", "-id"], name="alerts_aler_organis_d3b122_idx"),
        ),
        migrations.AddIndex(
            model_name="alert",
            index=models.Index(
                fields=["organisation", "status", "needs_person", "snoozed_until_ms"],
                name="alerts_aler_organis_2ca1c5_idx",
            ),
        ),
        migrations.AddIndex(
            model_name="alert",
            index=models.Index(
                fields=["organisation", "status", "-opened_ms", "number"],
                name="alerts_aler_organis_fbb003_idx",
            ),
        ),
        migrations.AddIndex(
            model_name="alert",
            index=models.Index(
                fields=["organisation", "-opened_ms", "number"], name="alerts_aler_organis_88b186_idx"
            ),
        ),
        migrations.AddIndex(
            model_name="alert",
            index=models.Index(
                fields=["organisation", "-changed_ms", "number"], name="alerts_aler_organis_54ef4b_idx"
            ),
        ),
        migrations.AddIndex(
            model_name="alert",
            index=models.Index(
                fields=["organisation", "-account_count", "number"], name="alerts_aler_organis_3887da_idx"
            ),
        ),
        migrations.AddIndex(
            model_name="alert",
            index=models.Index(
                fields=["organisation", "-object_count", "number"], name="alerts_aler_organis_338ee4_idx"
            ),
        ),
        migrations.AddIndex(
            model_name="alert",
            index=models.Index(
                condition=models.Q(("needs_person", True)),
                fields=["organisation", "-opened_ms", "number"],
                name="alerts_that_need_a_person",
            ),
        ),
        migrations.AddConstraint(
            model_name="alert",
            constraint=models.UniqueConstraint(
                condition=models.Q(("subject_key", ""), _negated=True),
                fields=("declaration", "subject_key"),
                name="one_alert_for_a_subject",
            ),
        ),
        migrations.AddConstraint(
            model_name="alert",
            constraint=models.UniqueConstraint(
                fields=("organisation", "number"), name="an_alert_number_once"
            ),
        ),
    ]
