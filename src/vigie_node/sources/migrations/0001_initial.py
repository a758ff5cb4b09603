"""The first tables of the app."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import vigie_node.ids


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("people", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Coverage",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("of", models.UUIDField()),
                (
                    "facet",
                    models.CharField(
                        choices=[
                            ("s", "Source"),
                            ("d", "Source Day"),
                            ("l", "Language"),
                            ("p", "Place"),
                            ("a", "Look"),
                        ],
                        max_length=1,
                    ),
                ),
                ("platform", models.CharField(default="", max_length=64)),
                ("source_kind", models.CharField(default="", max_length=32)),
                ("value", models.CharField(default="", max_length=100)),
                ("hour_ms", models.BigIntegerField()),
                ("count", models.BigIntegerField()),
            ],
            options={
                "indexes": [
                    models.Index(
                        fields=["of", "facet", "hour_ms", "platform", "source_kind", "value", "count"],
                        name="coverage_of_a_time",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("of", "facet", "platform", "source_kind", "value", "hour_ms"),
                        name="coverage_of_something_once",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="MediumFinding",
            fields=[
                ("id", models.UUIDField(default=vigie_node.ids.new_id, primary_key=True, serialize=False)),
                ("sha256", models.CharField(max_length=64)),
                ("finding", models.CharField(max_length=32)),
                ("bases", models.JSONField(default=list)),
                ("vocabulary", models.PositiveSmallIntegerField()),
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
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="medium_findings",
                        to="people.organisation",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        fields=["organisation", "sha256", "-at_ms"], name="sources_med_organis_426d6b_idx"
                    ),
                    models.Index(fields=["organisation", "-at_ms"], name="sources_med_organis_6041db_idx"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Outlet",
            fields=[
                ("id", models.UUIDField(default=vigie_node.ids.new_id, primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=200)),
                ("country", models.CharField(default="", max_length=2)),
                ("languages", models.JSONField(default=list)),
                ("posts_a_day", models.FloatField(null=True)),
                (
                    "tier",
                    models.CharField(
                        choices=[
                            ("official", "Official"),
                            ("state-controlled", "Controlled"),
                            ("state-linked", "Linked"),
                            ("state-aligned", "Aligned"),
                            ("unclassified", "Unclassified"),
                        ],
                        default="unclassified",
                        max_length=16,
                    ),
                ),
                ("state", models.CharField(default="", max_length=2)),
                ("created_ms", models.BigIntegerField()),
                ("changed_ms", models.BigIntegerField()),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="outlets",
                        to="people.organisation",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("organisation", "name"), name="an_outlet_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="OutletDecision",
            fields=[
                ("id", models.UUIDField(default=vigie_node.ids.new_id, primary_key=True, serialize=False)),
                (
                    "tier",
                    models.CharField(
                        choices=[
                            ("official", "Official"),
                            ("state-controlled", "Controlled"),
                            ("state-linked", "Linked"),
                            ("state-aligned", "Aligned"),
                            ("unclassified", "Unclassified"),
                        ],
                        max_length=16,
                    ),
                ),
                ("state", models.CharField(default="", max_length=2)),
                ("criterion", models.CharField(max_length=1000)),
                ("source_url", models.CharField(default="", max_length=500)),
                ("source_date", models.CharField(default="", max_length=10)),
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
                    "outlet",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="decisions",
                        to="sources.outlet",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["outlet", "-at_ms"], name="sources_out_outlet__4f37de_idx")],
            },
        ),
        migrations.CreateModel(
            name="OutletIdentifier",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(choices=[("domain", "Domain"), ("account", "Account")], max_length=8),
                ),
                ("value", models.CharField(max_length=253)),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="people.organisation",
                    ),
                ),
                (
                    "outlet",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="identifiers",
                        to="sources.outlet",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("organisation", "kind", "value"), name="an_identifier_of_one"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="PersonRequest",
            fields=[
                ("id", models.UUIDField(default=vigie_node.ids.new_id, primary_key=True, serialize=False)),
                ("number", models.PositiveIntegerField()),
                ("sealed", models.BinaryField(null=True)),
                ("received_ms", models.BigIntegerField()),
                ("due_ms", models.BigIntegerField()),
                ("keep_until_ms", models.BigIntegerField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("searching", "Searching"),
                            ("answerable", "Answerable"),
                            ("erasing", "Erasing"),
                            ("closed", "Closed"),
                        ],
                        default="searching",
                        max_length=16,
                    ),
                ),
                ("found", models.JSONField(default=list)),
                ("unread", models.JSONField(default=list)),
                ("searched_ms", models.BigIntegerField(null=True)),
                ("erasing_ms", models.BigIntegerField(null=True)),
                ("erased_ms", models.BigIntegerField(null=True)),
                ("erased_count", models.BigIntegerField(default=0)),
                ("held_count", models.BigIntegerField(default=0)),
                (
                    "outcome",
                    models.CharField(
                        choices=[
                            ("given", "Given"),
                            ("corrected", "Corrected"),
                            ("erased", "Erased"),
                            ("refused", "Refused"),
                            ("lapsed", "Lapsed"),
                        ],
                        default="",
                        max_length=16,
                    ),
                ),
                ("note", models.TextField(default="")),
                ("closed_ms", models.BigIntegerField(null=True)),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "closed_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="person_requests",
                        to="people.organisation",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["state", "keep_until_ms"], name="sources_per_state_a2a341_idx")
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("organisation", "number"), name="a_person_request_number_once"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state", "erasing")),
                        fields=("organisation",),
                        name="one_request_erases",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Project",
            fields=[
                ("id", models.UUIDField(default=vigie_node.ids.new_id, primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=200)),
                ("created_ms", models.BigIntegerField()),
                ("key_destroyed_ms", models.BigIntegerField(null=True)),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="projects",
                        to="people.organisation",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("organisation", "name"), name="a_project_name_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="Declaration",
            fields=[
                ("id", models.UUIDField(default=vigie_node.ids.new_id, primary_key=True, serialize=False)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("asked", "Asked"),
                            ("in_force", "In Force"),
                            ("refused", "Refused"),
                            ("withdrawn", "Withdrawn"),
                            ("expired", "Expired"),
                        ],
                        default="asked",
                        max_length=16,
                    ),
                ),
                ("purpose", models.TextField()),
                ("legal_basis", models.TextField()),
                (
                    "subject",
                    models.CharField(
                        choices=[
                            ("foreign", "Foreign"),
                            ("topic", "Topic"),
                            ("outlet", "Outlet"),
                            ("party", "Party"),
                            ("candidate", "Candidate"),
                            ("protest", "Protest"),
                            ("group", "Group"),
                            ("person", "Person"),
                        ],
                        default="topic",
                        max_length=16,
                    ),
                ),
                ("hypothesis", models.TextField(default="")),
                ("query", models.TextField(default="")),
                ("window_from_ms", models.BigIntegerField(null=True)),
                ("window_to_ms", models.BigIntegerField(null=True)),
                (
                    "method",
                    models.CharField(
                        choices=[("files", "Files"), ("live", "Live"), ("by_hand", "By Hand")],
                        default="files",
                        max_length=16,
                    ),
                ),
                ("responsible", models.CharField(max_length=200)),
                ("retention_days_min", models.PositiveIntegerField(default=0)),
                ("retention_days", models.PositiveIntegerField()),
                ("days_in_force", models.PositiveIntegerField(null=True)),
                ("created_ms", models.BigIntegerField()),
                ("decided_ms", models.BigIntegerField(null=True)),
                ("decision_code", models.CharField(default="", max_length=32)),
                ("decision_reason", models.TextField(default="")),
                ("is_independent", models.BooleanField(default=False)),
                ("starts_ms", models.BigIntegerField(null=True)),
                ("expires_ms", models.BigIntegerField(null=True)),
                ("closed_ms", models.BigIntegerField(null=True)),
                (
                    "by",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "decided_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="declarations",
                        to="people.organisation",
                    ),
                ),
                (
                    "project",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="declarations",
                        to="sources.project",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        fields=["organisation", "-created_ms"], name="sources_dec_organis_736c2a_idx"
                    ),
                    models.Index(fields=["state", "expires_ms"], name="sources_dec_state_2995c5_idx"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Source",
            fields=[
                ("id", models.UUIDField(default=vigie_node.ids.new_id, primary_key=True, serialize=False)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("jetstream", "Jetstream"),
                            ("mastodon", "Mastodon"),
                            ("feed", "Feed"),
                            ("sitemap", "Sitemap"),
                        ],
                        max_length=16,
                    ),
                ),
                ("name", models.CharField(max_length=200)),
                ("options", models.JSONField(default=dict)),
                ("sealed", models.BinaryField()),
                ("cursor_sealed", models.BinaryField(null=True)),
                ("created_ms", models.BigIntegerField()),
                ("stopped_ms", models.BigIntegerField(null=True)),
                ("stop_code", models.CharField(default="", max_length=64)),
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
                        related_name="live_sources",
                        to="sources.declaration",
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="live_sources",
                        to="people.organisation",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        fields=["organisation", "-created_ms"], name="sources_sou_organis_909ab9_idx"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Capture",
            fields=[
                ("id", models.UUIDField(default=vigie_node.ids.new_id, primary_key=True, serialize=False)),
                ("platform", models.CharField(max_length=32)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("post", "Post"),
                            ("comment", "Comment"),
                            ("share", "Share"),
                            ("article", "Article"),
                            ("video", "Video"),
                        ],
                        default="post",
                        max_length=16,
                    ),
                ),
                ("posted_ms", models.BigIntegerField(null=True)),
                ("author", models.CharField(default="", max_length=200)),
                ("body", models.TextField(default="")),
                ("links", models.JSONField(default=list)),
                ("created_ms", models.BigIntegerField()),
                ("erased_ms", models.BigIntegerField(null=True)),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="captures",
                        to="people.organisation",
                    ),
                ),
                (
                    "declaration",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="captures",
                        to="sources.declaration",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        fields=["organisation", "-created_ms"], name="sources_cap_organis_74a79c_idx"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="DeclaredSource",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("site", "Site"),
                            ("account", "Account"),
                            ("channel", "Channel"),
                            ("hashtag", "Hashtag"),
                            ("export", "Export"),
                        ],
                        max_length=16,
                    ),
                ),
                ("place", models.CharField(max_length=500)),
                (
                    "allows",
                    models.CharField(
                        choices=[("yes", "Yes"), ("no", "No"), ("unknown", "Unknown")],
                        default="unknown",
                        max_length=8,
                    ),
                ),
                ("terms", models.TextField(default="")),
                (
                    "declaration",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="sources",
                        to="sources.declaration",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Hold",
            fields=[
                ("id", models.UUIDField(default=vigie_node.ids.new_id, primary_key=True, serialize=False)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("access", "Access"),
                            ("proceeding", "Proceeding"),
                            ("decision", "Decision"),
                            ("archives", "Archives"),
                            ("other", "Other"),
                        ],
                        max_length=16,
                    ),
                ),
                ("reason", models.TextField()),
                ("created_ms", models.BigIntegerField()),
                ("lift_reason", models.TextField(default="")),
                ("lift_asked_ms", models.BigIntegerField(null=True)),
                ("lifted_ms", models.BigIntegerField(null=True)),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "declaration",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="holds",
                        to="sources.declaration",
                    ),
                ),
                (
                    "lift_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "lifted_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="holds",
                        to="people.organisation",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("lifted_ms", None)),
                        fields=["declaration"],
                        name="holds_that_stand",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Intake",
            fields=[
                ("id", models.UUIDField(default=vigie_node.ids.new_id, primary_key=True, serialize=False)),
                ("file_name", models.CharField(max_length=255)),
                ("path", models.TextField()),
                ("is_upload", models.BooleanField(default=False)),
                ("options", models.JSONField(default=dict)),
                ("file_sha256", models.CharField(default="", max_length=64)),
                ("byte_count", models.BigIntegerField(default=0)),
                ("layout", models.CharField(default="", max_length=64)),
                ("sure_percent", models.PositiveSmallIntegerField(null=True)),
                ("format", models.CharField(default="", max_length=32)),
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
                ("read_count", models.BigIntegerField(default=0)),
                ("new_count", models.BigIntegerField(default=0)),
                ("held_count", models.BigIntegerField(default=0)),
                ("rejected_count", models.BigIntegerField(default=0)),
                ("reasons", models.JSONField(default=list)),
                ("skips", models.JSONField(default=list)),
                ("error_code", models.CharField(default="", max_length=64)),
                ("error_sentence", models.TextField(default="")),
                ("error_remedy", models.TextField(default="")),
                ("error_facts", models.JSONField(default=dict)),
                ("created_ms", models.BigIntegerField()),
                ("finished_ms", models.BigIntegerField(null=True)),
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
                        related_name="intakes",
                        to="sources.declaration",
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="intakes",
                        to="people.organisation",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        fields=["organisation", "-created_ms"], name="sources_int_organis_872528_idx"
                    ),
                    models.Index(
                        fields=["declaration", "file_sha256"], name="sources_int_declara_71fa21_idx"
                    ),
                    models.Index(fields=["organisation", "-id"], name="sources_int_organis_5848d6_idx"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Batch",
            fields=[
                ("id", models.UUIDField(default=vigie_node.ids.new_id, primary_key=True, serialize=False)),
                ("sha256", models.CharField(max_length=64, unique=True)),
                ("row_count", models.BigIntegerField()),
                ("byte_count", models.BigIntegerField()),
                ("start_ms", models.BigIntegerField()),
                ("end_ms", models.BigIntegerField()),
                ("stored_ms", models.BigIntegerField()),
                ("erase_by_ms", models.BigIntegerField()),
                ("erased_ms", models.BigIntegerField(null=True)),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="batches",
                        to="people.organisation",
                    ),
                ),
                (
                    "declaration",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="batches",
                        to="sources.declaration",
                    ),
                ),
                (
                    "intake",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="batches",
                        to="sources.intake",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        fields=["organisation", "-stored_ms"], name="sources_bat_organis_b3b7dc_idx"
                    ),
                    models.Index(fields=["declaration", "stored_ms"], name="sources_bat_declara_4f9777_idx"),
                    models.Index(fields=["organisation", "-id"], name="sources_bat_organis_3192c5_idx"),
                    models.Index(
                        condition=models.Q(("erased_ms", None)),
                        fields=["erase_by_ms"],
                        name="batches_to_erase",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="BatchLanguages",
            fields=[
                (
                    "batch",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="languages",
                        serialize=False,
                        to="sources.batch",
                    ),
                ),
                ("method", models.CharField(max_length=32)),
                ("row_count", models.BigIntegerField()),
                ("und_count", models.BigIntegerField()),
                ("identified_ms", models.BigIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name="BatchCoverage",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "facet",
                    models.CharField(
                        choices=[
                            ("s", "Source"),
                            ("d", "Source Day"),
                            ("l", "Language"),
                            ("p", "Place"),
                            ("a", "Look"),
                        ],
                        max_length=1,
                    ),
                ),
                ("platform", models.CharField(default="", max_length=64)),
                ("source_kind", models.CharField(default="", max_length=32)),
                ("value", models.CharField(default="", max_length=100)),
                ("hour_ms", models.BigIntegerField()),
                ("count", models.BigIntegerField()),
                (
                    "batch",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="coverage",
                        to="sources.batch",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Erasure",
            fields=[
                ("id", models.UUIDField(default=vigie_node.ids.new_id, primary_key=True, serialize=False)),
                ("erased_count", models.BigIntegerField()),
                ("reason", models.CharField(max_length=64)),
                ("at_ms", models.BigIntegerField()),
                (
                    "new",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="sources.batch",
                    ),
                ),
                (
                    "old",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="erasure",
                        to="sources.batch",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="KeyDestruction",
            fields=[
                ("id", models.UUIDField(default=vigie_node.ids.new_id, primary_key=True, serialize=False)),
                ("reason", models.TextField()),
                ("asked_ms", models.BigIntegerField()),
                ("expires_ms", models.BigIntegerField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("asked", "Asked"),
                            ("approved", "Approved"),
                            ("refused", "Refused"),
                            ("lapsed", "Lapsed"),
                        ],
                        default="asked",
                        max_length=16,
                    ),
                ),
                ("decided_ms", models.BigIntegerField(null=True)),
                ("decision_reason", models.TextField(default="")),
                (
                    "asked_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "decided_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="key_destructions",
                        to="people.organisation",
                    ),
                ),
                (
                    "project",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="destructions",
                        to="sources.project",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state", "asked")),
                        fields=("project",),
                        name="one_open_destruction",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="PublicActor",
            fields=[
                ("id", models.UUIDField(default=vigie_node.ids.new_id, primary_key=True, serialize=False)),
                ("platform", models.CharField(max_length=32)),
                ("account", models.CharField(max_length=200)),
                ("name", models.CharField(max_length=200)),
                ("office", models.CharField(max_length=300)),
                ("from_ms", models.BigIntegerField()),
                ("until_ms", models.BigIntegerField(null=True)),
                ("source", models.CharField(max_length=500)),
                ("changed_ms", models.BigIntegerField()),
                ("agreed_ms", models.BigIntegerField(null=True)),
                (
                    "agreed_by",
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
                        null=True, on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="public_actors",
                        to="people.organisation",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["organisation", "name"], name="sources_pub_organis_1d8d2c_idx")
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("organisation", "platform", "account", "from_ms"), name="a_public_actor_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="RejectedRow",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("unit", models.CharField(max_length=8)),
                ("number", models.BigIntegerField()),
                ("code", models.CharField(max_length=64)),
                ("facts", models.JSONField(default=dict)),
                (
                    "intake",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="rejected_rows",
                        to="sources.intake",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["intake", "number"], name="sources_rej_intake__19592d_idx")],
            },
        ),
        migrations.CreateModel(
            name="SourceHealth",
            fields=[
                (
                    "source",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="health",
                        serialize=False,
                        to="sources.source",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("open", "Open"),
                            ("retrying", "Retrying"),
                            ("paused", "Paused"),
                            ("stopped", "Stopped"),
                        ],
                        default="waiting",
                        max_length=16,
                    ),
                ),
                ("seen_ms", models.BigIntegerField(null=True)),
                ("last_event_ms", models.BigIntegerField(null=True)),
                ("lag_ms", models.BigIntegerField(null=True)),
                ("event_count", models.BigIntegerField(default=0)),
                ("unread_count", models.BigIntegerField(default=0)),
                ("events_per_minute", models.BigIntegerField(default=0)),
                ("reconnect_count", models.BigIntegerField(default=0)),
                ("next_ms", models.BigIntegerField(null=True)),
                ("error_ms", models.BigIntegerField(null=True)),
                ("error_code", models.CharField(default="", max_length=64)),
                ("error_sentence", models.TextField(default="")),
                ("error_remedy", models.TextField(default="")),
                ("error_facts", models.JSONField(default=dict)),
            ],
        ),
        migrations.CreateModel(
            name="Tie",
            fields=[
                ("id", models.UUIDField(default=vigie_node.ids.new_id, primary_key=True, serialize=False)),
                ("reason", models.TextField()),
                ("created_ms", models.BigIntegerField()),
                ("approved_ms", models.BigIntegerField(null=True)),
                (
                    "approved_by",
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
                    "declaration",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="tie",
                        to="sources.declaration",
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="ties",
                        to="people.organisation",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Tombstone",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("post", models.CharField(max_length=16)),
                ("set_ms", models.BigIntegerField()),
                ("forget_ms", models.BigIntegerField()),
                (
                    "declaration",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="tombstones",
                        to="sources.declaration",
                    ),
                ),
                (
                    "project",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="tombstones",
                        to="sources.project",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["forget_ms"], name="sources_tom_forget__4e31ef_idx")],
                "constraints": [
                    models.UniqueConstraint(fields=("declaration", "post"), name="a_tombstone_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="Unmasking",
            fields=[
                ("id", models.UUIDField(default=vigie_node.ids.new_id, primary_key=True, serialize=False)),
                ("reason", models.TextField()),
                ("asked_ms", models.BigIntegerField()),
                ("expires_ms", models.BigIntegerField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("asked", "Asked"),
                            ("approved", "Approved"),
                            ("refused", "Refused"),
                            ("lapsed", "Lapsed"),
                        ],
                        default="asked",
                        max_length=16,
                    ),
                ),
                ("decided_ms", models.BigIntegerField(null=True)),
                ("decision_reason", models.TextField(default="")),
                ("pseudonym", models.CharField(max_length=16)),
                ("alert", models.UUIDField(null=True)),
                (
                    "asked_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "decided_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="unmaskings",
                        to="people.organisation",
                    ),
                ),
                (
                    "project",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="unmaskings",
                        to="sources.project",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["organisation", "-asked_ms"], name="sources_unm_organis_f0a338_idx")
                ],
            },
        ),
        migrations.CreateModel(
            name="Opening",
            fields=[
                ("id", models.UUIDField(default=vigie_node.ids.new_id, primary_key=True, serialize=False)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("ready", "Ready"),
                            ("absent", "Absent"),
                            ("shown", "Shown"),
                            ("lapsed", "Lapsed"),
                        ],
                        default="waiting",
                        max_length=16,
                    ),
                ),
                ("sealed", models.BinaryField(null=True)),
                ("asked_ms", models.BigIntegerField()),
                ("ended_ms", models.BigIntegerField(null=True)),
                (
                    "unmasking",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="openings",
                        to="sources.unmasking",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Visit",
            fields=[
                ("id", models.UUIDField(default=vigie_node.ids.new_id, primary_key=True, serialize=False)),
                (
                    "how",
                    models.CharField(
                        choices=[("eye", "Eye"), ("screenshot", "Screenshot"), ("browser", "Browser")],
                        default="eye",
                        max_length=16,
                    ),
                ),
                ("seen_ms", models.BigIntegerField()),
                (
                    "state",
                    models.CharField(
                        choices=[("waiting", "Waiting"), ("done", "Done"), ("failed", "Failed")],
                        default="waiting",
                        max_length=16,
                    ),
                ),
                ("error_code", models.CharField(default="", max_length=64)),
                ("error_sentence", models.TextField(default="")),
                ("error_remedy", models.TextField(default="")),
                ("error_facts", models.JSONField(default=dict)),
                ("created_ms", models.BigIntegerField()),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "capture",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="visits",
                        to="sources.capture",
                    ),
                ),
                (
                    "intake",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="visit",
                        to="sources.intake",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["capture", "seen_ms"], name="sources_vis_capture_b0694e_idx")
                ],
            },
        ),
        migrations.CreateModel(
            name="Evidence",
            fields=[
                ("id", models.UUIDField(default=vigie_node.ids.new_id, primary_key=True, serialize=False)),
                ("role", models.CharField(choices=[("record", "Record"), ("file", "File")], max_length=8)),
                ("sha256", models.CharField(max_length=64)),
                ("byte_count", models.BigIntegerField()),
                ("media_type", models.CharField(max_length=64)),
                ("pdq", models.CharField(default="", max_length=64)),
                ("pdq_quality", models.SmallIntegerField(null=True)),
                ("c2pa", models.CharField(default="", max_length=16)),
                ("problem", models.CharField(default="", max_length=16)),
                (
                    "how",
                    models.CharField(
                        choices=[("eye", "Eye"), ("screenshot", "Screenshot"), ("browser", "Browser")],
                        max_length=16,
                    ),
                ),
                ("captured_ms", models.BigIntegerField()),
                ("sealed_ms", models.BigIntegerField()),
                ("erased_ms", models.BigIntegerField(null=True)),
                (
                    "custodian",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "declaration",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="evidence",
                        to="sources.declaration",
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="evidence",
                        to="people.organisation",
                    ),
                ),
                (
                    "visit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="evidence",
                        to="sources.visit",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["declaration", "sha256"], name="sources_evi_declara_ee7a41_idx"),
                    models.Index(
                        condition=models.Q(("erased_ms", None)), fields=["sealed_ms"], name="evidence_held"
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("visit", "sha256"), name="an_original_once_a_visit")
                ],
            },
        ),
        migrations.CreateModel(
            name="Look",
            fields=[
                ("id", models.UUIDField(default=vigie_node.ids.new_id, primary_key=True, serialize=False)),
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
                    "evidence",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="looks",
                        to="sources.evidence",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="OriginalOpening",
            fields=[
                ("id", models.UUIDField(default=vigie_node.ids.new_id, primary_key=True, serialize=False)),
                ("reason", models.TextField()),
                ("asked_ms", models.BigIntegerField()),
                ("expires_ms", models.BigIntegerField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("asked", "Asked"),
                            ("approved", "Approved"),
                            ("refused", "Refused"),
                            ("lapsed", "Lapsed"),
                        ],
                        default="asked",
                        max_length=16,
                    ),
                ),
                ("decided_ms", models.BigIntegerField(null=True)),
                ("decision_reason", models.TextField(default="")),
                (
                    "asked_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "decided_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "evidence",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="openings",
                        to="sources.evidence",
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="original_openings",
                        to="people.organisation",
                    ),
                ),
                (
                    "project",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="original_openings",
                        to="sources.project",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["organisation", "-asked_ms"], name="sources_ori_organis_20cdeb_idx")
                ],
            },
        ),
        migrations.CreateModel(
            name="Reading",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=32)),
                ("value", models.BigIntegerField()),
                ("at_ms", models.BigIntegerField()),
                (
                    "visit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="readings",
                        to="sources.visit",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="WatchList",
            fields=[
                ("id", models.UUIDField(default=vigie_node.ids.new_id, primary_key=True, serialize=False)),
                ("title", models.CharField(max_length=200)),
                ("publisher", models.CharField(max_length=200)),
                ("terms", models.CharField(default="", max_length=300)),
                ("party", models.CharField(default="", max_length=100)),
                ("created_ms", models.BigIntegerField()),
                ("withdrawn_ms", models.BigIntegerField(null=True)),
                ("withdrawal_reason", models.CharField(default="", max_length=500)),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="watchlists",
                        to="people.organisation",
                    ),
                ),
                (
                    "withdrawn_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["organisation", "title"], name="sources_wat_organis_e1ca94_idx")
                ],
            },
        ),
        migrations.CreateModel(
            name="WatchListVersion",
            fields=[
                ("id", models.UUIDField(default=vigie_node.ids.new_id, primary_key=True, serialize=False)),
                ("number", models.IntegerField(null=True)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("read", "Read"),
                            ("failed", "Failed"),
                            ("in_force", "In Force"),
                            ("superseded", "Superseded"),
                            ("withdrawn", "Withdrawn"),
                        ],
                        default="waiting",
                        max_length=16,
                    ),
                ),
                ("path", models.TextField(default="")),
                ("is_upload", models.BooleanField()),
                ("file_name", models.CharField(max_length=255)),
                ("file_sha256", models.CharField(max_length=64)),
                ("byte_count", models.BigIntegerField()),
                ("layout", models.CharField(default="", max_length=16)),
                ("format", models.CharField(default="", max_length=16)),
                ("sure", models.FloatField(null=True)),
                ("kinds", models.JSONField(default=dict)),
                ("markings", models.JSONField(default=dict)),
                ("indicator_count", models.IntegerField(default=0)),
                ("repeated_count", models.IntegerField(default=0)),
                ("rejected_count", models.IntegerField(default=0)),
                ("reasons", models.JSONField(default=list)),
                ("rejected", models.JSONField(default=list)),
                ("added_count", models.IntegerField(default=0)),
                ("removed_count", models.IntegerField(default=0)),
                ("handed_in_ms", models.BigIntegerField()),
                ("taken_ms", models.BigIntegerField(null=True)),
                ("ended_ms", models.BigIntegerField(null=True)),
                ("error_code", models.CharField(default="", max_length=64)),
                ("error_sentence", models.TextField(default="")),
                ("error_remedy", models.TextField(default="")),
                ("error_facts", models.JSONField(default=dict)),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "taken_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "watchlist",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="versions",
                        to="sources.watchlist",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["watchlist", "-handed_in_ms"], name="sources_wat_watchli_a1afbb_idx")
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state", "in_force")),
                        fields=("watchlist",),
                        name="one_version_is_in_force",
                    ),
                    models.UniqueConstraint(fields=("watchlist", "number"), name="a_version_has_its_number"),
                ],
            },
        ),
        migrations.CreateModel(
            name="WatchListIndicator",
            fields=[
                ("id", models.UUIDField(default=vigie_node.ids.new_id, primary_key=True, serialize=False)),
                ("kind", models.CharField(max_length=16)),
                ("platform", models.CharField(default="", max_length=32)),
                ("value", models.TextField(default="")),
                ("sealed", models.BinaryField(null=True)),
                ("digest", models.CharField(max_length=32)),
                ("name_digest", models.CharField(max_length=32)),
                ("operation", models.CharField(default="", max_length=200)),
                ("source", models.CharField(default="", max_length=200)),
                ("marking", models.CharField(default="", max_length=200)),
                ("valid_from_ms", models.BigIntegerField(null=True)),
                ("valid_until_ms", models.BigIntegerField(null=True)),
                ("is_added", models.BooleanField(default=True)),
                (
                    "removed_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="removed",
                        to="sources.watchlistversion",
                    ),
                ),
                (
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="indicators",
                        to="sources.watchlistversion",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["version", "kind"], name="sources_wat_version_09de66_idx"),
                    models.Index(fields=["version", "name_digest"], name="sources_wat_version_28eb73_idx"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("version", "digest"), name="an_indicator_once_a_version")
                ],
            },
        ),
        migrations.CreateModel(
            name="WritPeriod",
            fields=[
                ("id", models.UUIDField(default=vigie_node.ids.new_id, primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=200)),
                ("from_ms", models.BigIntegerField()),
                ("to_ms", models.BigIntegerField()),
                ("created_ms", models.BigIntegerField()),
                ("ended_ms", models.BigIntegerField(null=True)),
                (
                    "by",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="writ_periods",
                        to="people.organisation",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["organisation", "-from_ms"], name="sources_wri_organis_02a869_idx")
                ],
            },
        ),
    ]
