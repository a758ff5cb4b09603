"""Runs, signals, alerts, reviews, and the evidence that pages show."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from vigie_node.alerts.columns import LargeJSONField
from vigie_node.ids import new_id
from vigie_node.people.models import Organisation, Person
from vigie_node.sources.models import Batch, Declaration, Outlet


class Run(models.Model):
    """One detection over stored batches; its manifest is enough to make it again."""

    class State(models.TextChoices):
        """Where a run stands."""

        WAITING = "waiting"
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"
        CANCELLED = "cancelled"

    id = models.UUIDField(primary_key=True, default=new_id)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="runs")
    declaration = models.ForeignKey(Declaration, on_delete=models.PROTECT, related_name="runs")
    batches = models.ManyToManyField(Batch, related_name="runs")
    method = models.CharField(max_length=64)  # "coaction/2"
    parameters = models.JSONField(default=dict)  # see `parameters`
    fingerprint = models.CharField(max_length=64)  # SHA-256 of declaration, method, parameters and batches
    manifest = models.JSONField(default=dict)
    card = models.JSONField(default=dict)  # the method card as it was
    calibrations = models.JSONField(default=list)
    state = models.CharField(max_length=16, choices=State.choices, default=State.WAITING)
    job = models.UUIDField(null=True)
    by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True)  # null: the node, after an intake
    post_count = models.BigIntegerField(default=0)
    account_count = models.BigIntegerField(default=0)
    group_count = models.PositiveIntegerField(default=0)  # signals that were kept
    left_out_count = models.PositiveIntegerField(default=0)  # weaker ones that were not: too many to read
    false_alarms_expected = models.FloatField(null=True)  # by the method's own budget, where it has one
    notes = models.JSONField(default=list)  # what could not be said: [{sentence, facts}]
    start_ms = models.BigIntegerField(null=True)
    end_ms = models.BigIntegerField(null=True)
    error_code = models.CharField(max_length=64, default="")
    error_sentence = models.TextField(default="")  # as the job's: see `jobs.errors.error_of`
    error_remedy = models.TextField(default="")
    error_facts = models.JSONField(default=dict)
    created_ms = models.BigIntegerField()
    finished_ms = models.BigIntegerField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["organisation", "fingerprint"],
                condition=models.Q(state__in=["waiting", "running", "done"]),
                name="the_same_run_once",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["organisation", "-id"]),  # pages of the API
            models.Index(fields=["organisation", "-created_ms"]),
            models.Index(fields=["declaration", "state"]),
        ]


class Plan(models.Model):
    """Which methods look at what comes in under a declaration; without a row, the usual ones."""

    declaration = models.OneToOneField(
        Declaration, on_delete=models.PROTECT, primary_key=True, related_name="plan"
    )
    methods = models.JSONField(default=list)  # names: "coaction", "bursts"
    watched = models.JSONField(default=list)  # hashtags, sites, accounts that early warning watches closely
    watched_from_ms = models.BigIntegerField(null=True)  # null: in writ periods
    watched_until_ms = models.BigIntegerField(null=True)  # the first moment after
    by = models.ForeignKey(Person, on_delete=models.PROTECT)
    changed_ms = models.BigIntegerField()


class Alert(models.Model):
    """What analysts look at: signals about the same accounts or subject, and what people conclude.

    `needs_person` is counted by the database from the columns it names, so that no write can forget it:
    nobody has settled the alert, or signals came after the verdict that did.
    """

    class Status(models.TextChoices):
        """See `vigie.assess.settle`."""

        NEW = "new"
        IN_REVIEW = "in_review"
        DISPUTED = "disputed"
        CONFIRMED = "confirmed"
        DISMISSED = "dismissed"

    id = models.UUIDField(primary_key=True, default=new_id)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="alerts")
    declaration = models.ForeignKey(Declaration, on_delete=models.PROTECT, related_name="alerts")
    number = models.PositiveIntegerField()  # 1, 2, 3 … within the organisation: how people name it
    status = models.CharField(max_length=16, choices=Status.choices, default=Status.NEW)
    latest = models.ForeignKey("Signal", on_delete=models.PROTECT, null=True, related_name="+")
    signal_count = models.PositiveIntegerField(default=0)
    unreviewed_signal_count = models.PositiveIntegerField(default=0)  # those that came after the last verdict
    needs_person = models.GeneratedField(
        expression=models.ExpressionWrapper(
            models.Q(status__in=["new", "in_review", "disputed"]) | models.Q(unreviewed_signal_count__gt=0),
            output_field=models.BooleanField(),
        ),
        output_field=models.BooleanField(),
        db_persist=True,
    )
    reviewed_ms = models.BigIntegerField(null=True)  # the last verdict
    assignee = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="assigned_alerts")
    snoozed_until_ms = models.BigIntegerField(null=True)  # set aside before it; null again once more is known
    snoozed_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    snooze_reason = models.TextField(default="")
    method = models.CharField(max_length=32, default="coaction")  # without its version
    subject_key = models.CharField(max_length=64, default="")  # keyed: which signals join; empty: by accounts
    # copied from the latest signal, so that the inbox sorts and filters on one table
    behaviour = models.CharField(max_length=32, default="")
    window_ms = models.BigIntegerField(default=0)
    account_count = models.PositiveIntegerField(default=0)
    object_count = models.PositiveIntegerField(default=0)
    first_ms = models.BigIntegerField(default=0)
    last_ms = models.BigIntegerField(default=0)
    opened_ms = models.BigIntegerField()
    changed_ms = models.BigIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["declaration", "subject_key"],
                condition=~models.Q(subject_key=""),
                name="one_alert_for_a_subject",
            ),
            models.UniqueConstraint(fields=["organisation", "number"], name="an_alert_number_once"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["organisation", "-id"]),  # pages of the API
            models.Index(  # the counts of the inbox
                fields=["organisation", "status", "needs_person", "snoozed_until_ms"]
            ),
            models.Index(fields=["organisation", "status", "-opened_ms", "number"]),
            models.Index(fields=["organisation", "-opened_ms", "number"]),
            models.Index(fields=["organisation", "-changed_ms", "number"]),
            models.Index(fields=["organisation", "-account_count", "number"]),
            models.Index(fields=["organisation", "-object_count", "number"]),
            models.Index(  # last: of indexes that cost the same SQLite takes the one made last
                fields=["organisation", "-opened_ms", "number"],
                condition=models.Q(needs_person=True),
                name="alerts_that_need_a_person",
            ),
        ]


class Concern(models.Model):
    """What an alert is about, for parity figures alone: languages of its posts, parties' lists it meets."""

    alert = models.OneToOneField(Alert, on_delete=models.CASCADE, primary_key=True, related_name="concern")
    languages = models.JSONField(default=list)  # as coverage names them: "fr", "und"
    watchlists = models.JSONField(default=list)  # ids of lists of parties that were in force then
    signal_count = models.PositiveIntegerField()  # of the alert, when its languages were found


class Signal(models.Model):
    """One thing that one run noticed. Never altered: a later run makes another.

    Of co-action it is a group, told by the columns from `behaviour` on; of every other method it is what
    `vigie.terms.signals.Signal` says, told by `sentence` and `facts`.
    """

    id = models.UUIDField(primary_key=True)  # uuid5 of the run and what it is about: a rerun gives the same
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="signals")
    run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="signals")
    alert = models.ForeignKey(Alert, on_delete=models.PROTECT, related_name="signals")
    group = models.PositiveIntegerField()  # 1 is the run's strongest
    method = models.CharField(max_length=64, default="coaction/2")
    kind = models.CharField(max_length=32, default="group")  # what was noticed, a word of the method
    subject_kind = models.CharField(max_length=16, default="accounts")
    subject = models.TextField(default="")  # empty for accounts: the members are the subject
    sentence = models.TextField(default="")  # a message id; empty for a group: its columns make its sentence
    facts = models.JSONField(default=dict)  # see `noticed.marked`
    weight = models.FloatField(default=0)  # orders the signals of one method
    content = models.CharField(max_length=64, default="")  # keyed digest of what it says: said once
    post_count = models.BigIntegerField(default=0)  # all the posts it rests on
    behaviour = models.CharField(max_length=32, default="")  # of the strongest layer
    behaviours = models.JSONField(default=list)  # all of them, the strongest first
    window_ms = models.BigIntegerField(default=0)  # of the strongest layer
    account_count = models.PositiveIntegerField()
    pair_count = models.PositiveIntegerField(default=0)
    object_count = models.PositiveIntegerField(default=0)
    observed = models.BigIntegerField(default=0)  # common objects over pairs, strongest layer
    expected = models.FloatField(default=0)  # the same by chance
    q_value = models.FloatField(null=True)  # null: the method gives none
    first_ms = models.BigIntegerField()
    last_ms = models.BigIntegerField()
    sparkline = models.JSONField(default=list)  # counts per bin, at most 40
    created_ms = models.BigIntegerField()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["organisation", "-created_ms"]),
            models.Index(fields=["alert", "-created_ms"]),
        ]


class SignalMember(models.Model):
    """One account of one signal, under its pseudonym."""

    signal = models.ForeignKey(Signal, on_delete=models.CASCADE, related_name="members")
    account = models.CharField(max_length=64)
    partner_count = models.PositiveIntegerField()
    object_count = models.PositiveIntegerField()
    action_count = models.PositiveIntegerField()
    known_as = models.CharField(max_length=200, default="")

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["signal", "-object_count"]),
            models.Index(fields=["account"]),
        ]


class Evidence(models.Model):
    """The finding itself, as the run gave it: read whole, never searched."""

    signal = models.OneToOneField(Signal, on_delete=models.CASCADE, primary_key=True, related_name="evidence")
    group = LargeJSONField(default=dict)  # vigie.terms.findings.Group, its strongest edges alone; else empty
    edges = LargeJSONField(default=list)  # at most 20,000, the strongest first: a megabyte that no page reads
    network = LargeJSONField(default=dict)  # laid out once by the worker; empty where there is no group
    shown = LargeJSONField(default=dict)  # of a signal that is no group: see `noticed.shown_of`
    originals = models.JSONField(default=dict)  # object id -> the post that it is, where that post is held
    erased_count = models.PositiveIntegerField(default=0)  # cited posts that were erased since


class Picture(models.Model):
    """A chart drawn once by the worker: SVG for everybody, a Vega-Lite specification for the island."""

    signal = models.ForeignKey(Signal, on_delete=models.CASCADE, related_name="pictures")
    name = models.CharField(max_length=32)  # network, timeline, strip, lags; `…_narrow` for phones
    language = models.CharField(max_length=2)
    svg = models.TextField()
    spec = models.JSONField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["signal", "name", "language"], name="a_picture_once"),
        ]


class CitedPost(models.Model):
    """A post that carries a signal, copied from its batch so that the page needs no batch."""

    signal = models.ForeignKey(Signal, on_delete=models.CASCADE, related_name="posts")
    position = models.PositiveIntegerField()  # 1, 2, 3 … in the order of time
    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="+")
    post_id = models.CharField(max_length=200)
    account = models.CharField(max_length=64)
    platform = models.CharField(max_length=64, default="")
    created_ms = models.BigIntegerField()
    deleted_ms = models.BigIntegerField(null=True)  # when it was first seen to be gone
    lang = models.CharField(max_length=35, default="")
    body = models.TextField(default="")
    links = models.JSONField(default=list)
    behaviours = models.JSONField(default=list)  # in which of the signal's behaviours it acts
    object_numbers = models.JSONField(default=list)  # on which objects: 1 is the first of the evidence

    class Meta:
        indexes: ClassVar = [models.Index(fields=["signal", "position"]), models.Index(fields=["post_id"])]


class NamedOutlet(models.Model):
    """One outlet of the register that one signal names."""

    signal = models.ForeignKey(Signal, on_delete=models.CASCADE, related_name="outlets")
    outlet = models.ForeignKey(Outlet, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["outlet", "signal"], name="an_outlet_named_once"),
        ]


class Review(models.Model):
    """One verdict by one person, with its reason. Kept for ever: the person's latest one counts."""

    class Verdict(models.TextChoices):
        """What a person concludes."""

        CONFIRM = "confirm"
        DISMISS = "dismiss"
        UNSURE = "unsure"

    id = models.UUIDField(primary_key=True, default=new_id)
    alert = models.ForeignKey(Alert, on_delete=models.PROTECT, related_name="reviews")
    by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="reviews")
    verdict = models.CharField(max_length=16, choices=Verdict.choices)
    reason = models.TextField()
    at_ms = models.BigIntegerField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["alert", "at_ms"])]
