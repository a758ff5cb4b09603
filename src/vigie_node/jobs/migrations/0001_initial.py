"""The tables of the app."""

from django.db import migrations, models

import vigie_node.ids


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Schedule",
            fields=[
                ("name", models.CharField(max_length=96, primary_key=True, serialize=False)),
                ("kind", models.CharField(max_length=64)),
                ("arguments", models.JSONField(default=dict)),
                ("every_ms", models.BigIntegerField()),
                ("next_ms", models.BigIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name="Worker",
            fields=[
                ("id", models.UUIDField(default=vigie_node.ids.new_id, primary_key=True, serialize=False)),
                ("started_ms", models.BigIntegerField()),
                ("seen_ms", models.BigIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name="Job",
            fields=[
                ("id", models.UUIDField(default=vigie_node.ids.new_id, primary_key=True, serialize=False)),
                ("kind", models.CharField(max_length=64)),
                ("key", models.CharField(max_length=200)),
                ("organisation", models.UUIDField(db_index=True, null=True)),
                ("by", models.CharField(max_length=64)),
                ("arguments", models.JSONField(default=dict)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("queued", "Queued"),
                            ("running", "Running"),
                            ("done", "Done"),
                            ("failed", "Failed"),
                            ("cancelled", "Cancelled"),
                        ],
                        default="queued",
                        max_length=16,
                    ),
                ),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("attempts_max", models.PositiveSmallIntegerField(default=5)),
                ("not_before_ms", models.BigIntegerField(default=0)),
                ("lease_until_ms", models.BigIntegerField(default=0)),
                ("lease", models.CharField(default="", max_length=36)),
                ("stage", models.CharField(default="", max_length=200)),
                ("done_count", models.BigIntegerField(default=0)),
                ("total_count", models.BigIntegerField(null=True)),
                ("cancel_asked", models.BooleanField(default=False)),
                ("error_code", models.CharField(default="", max_length=64)),
                ("error_sentence", models.TextField(default="")),
                ("error_remedy", models.TextField(default="")),
                ("error_facts", models.JSONField(default=dict)),
                ("created_ms", models.BigIntegerField()),
                ("started_ms", models.BigIntegerField(null=True)),
                ("finished_ms", models.BigIntegerField(null=True)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["state", "not_before_ms"], name="jobs_job_state_8f013d_idx"),
                    models.Index(fields=["state", "finished_ms"], name="jobs_job_state_6eaf91_idx"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state__in", ["queued", "running"])),
                        fields=("key",),
                        name="one_unfinished_job_per_key",
                    )
                ],
            },
        ),
    ]
