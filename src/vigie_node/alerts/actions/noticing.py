"""Keep what a method noticed: signals, the alerts they join or open, and their evidence."""

from __future__ import annotations

from collections import defaultdict
from itertools import count
from typing import TYPE_CHECKING, Any
from uuid import uuid5

from django.db import transaction

from vigie.assess import join
from vigie.detect.methods import name_of
from vigie_node.alerts.actions.keeping import (
    ROWS_AT_ONCE,
    end_well,
    keep_pictures,
    keep_posts,
    latest_with,
    nothing_to_check,
    record_alerts,
)
from vigie_node.alerts.actions.runs import record_run
from vigie_node.alerts.findings import text
from vigie_node.alerts.models import Alert, CitedPost, Evidence, NamedOutlet, Run, Signal, SignalMember
from vigie_node.alerts.noticed import outlets_named, shown_from, signal_columns, subject_key
from vigie_node.clock import now_ms
from vigie_node.ids import new_id
from vigie_node.people.models import Organisation
from vigie_node.sources.models import Outlet

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from uuid import UUID

    from vigie_node.alerts.noticed import Noticed, Seen


@transaction.atomic
def keep_noticed(run_id: UUID, noticed: Noticed, *, check: Callable[[], None] = nothing_to_check) -> Run:
    """Keep all that a run of one method noticed, or nothing of it; a run that is done stays as it is.

    1. Each signal joins the alert about its subject, whatever people concluded of it, or opens a new one;
       where a subject drifts, it joins the alert that rests on mostly the same posts or accounts. What an
       alert says already is not said again.
    2. Accounts, evidence, pictures and cited posts are written.
    3. Each alert shows the signal that ends last.
    4. The run is done.

    Args:
        run_id: which run.
        noticed: what it noticed.
        check: raises where the job is no longer this process's; called first, inside the transaction.
    """
    check()
    run = Run.objects.select_for_update().get(id=run_id)
    if run.state != Run.State.RUNNING:
        return run
    # (1) signals and their alerts
    Organisation.objects.select_for_update(no_key=True).get(
        id=run.organisation_id
    )  # numbers follow each other
    keys = _alert_keys(run, noticed.seen)
    held = _held_alerts(run, keys)
    new = _new_of(run, noticed, keys, held)
    alerts, opened = _with_opened(run, new, held)
    signals = [
        Signal(
            id=uuid5(run.id, f"{key}\n{columns['content']}"),
            organisation_id=run.organisation_id,
            run=run,
            alert=alerts[key],
            group=number,
            created_ms=now_ms(),
            **columns,
        )
        for number, key, columns, _ in new
    ]
    Signal.objects.bulk_create(signals)
    # (2) what pages show of each
    batch_ids = dict(run.batches.values_list("sha256", "id"))
    for signal, (_, _, _, seen) in zip(signals, new, strict=True):
        _keep_evidence(signal, seen, batch_ids)
    # (3) alerts show their latest
    of_alert: dict[UUID, list[Signal]] = defaultdict(list)
    for signal in signals:
        of_alert[signal.alert_id].append(signal)
    for alert in alerts.values():
        _grow(alert, of_alert[alert.id])
    # (4) the run and the ledger
    run.false_alarms_expected, run.notes = noticed.false_alarms_expected, noticed.notes
    run.left_out_count = noticed.left_out_count
    end_well(run, noticed, len(noticed.seen))
    record_alerts(
        run, [(alerts[key], signal) for signal, (_, key, _, _) in zip(signals, new, strict=True)], opened
    )
    record_run("run.finished", run, by=None, signals=len(signals), alerts_opened=len(opened))
    return run


New = tuple[int, str, dict[str, Any], "Seen"]  # place by strength, key of its alert, columns
DRIFTING = frozenset({"accounts", "family", "narrative"})  # named after one member or text of many
RESTS_ON: tuple[tuple[type[SignalMember | CitedPost], str, Callable[[Seen], set[str]]], ...] = (
    (CitedPost, "post_id", lambda one: {text(post.post_id, 200) for post in one.posts}),
    (SignalMember, "account", lambda one: {text(account, 64) for account in one.signal.accounts}),
)


def _alert_keys(run: Run, seen: Sequence[Seen]) -> list[str]:
    """Return the key of the alert that each signal joins or opens: that of its subject, if there is one.

    Else, for a subject that drifts from run to run, that of the alert whose latest signal rests on mostly the
    same posts, or the same accounts.
    """
    keys = [subject_key(one.signal) for one in seen]
    alerts = Alert.objects.filter(declaration=run.declaration_id, method=name_of(run.method))
    taken = set(alerts.filter(subject_key__in=keys).values_list("subject_key", flat=True))
    joined: dict[str, str] = {}
    for model, column, held_by in RESTS_ON:
        alone: dict[str, set[str]] = defaultdict(set)
        for key, one in zip(keys, seen, strict=True):
            if one.signal.subject_kind in DRIFTING and key not in taken and key not in joined:
                alone[key].update(held_by(one))
        near = latest_with(alerts, model, column, set().union(*alone.values()))
        key_of = dict(alerts.filter(id__in=list(near)).values_list("id", "subject_key"))
        free = {key_of[alert]: values for alert, values in near.items() if key_of[alert] not in taken}
        found = {key: alert for key, alert in join(alone, free).items() if alert is not None}
        joined.update(found)
        taken.update(found.values())
    return [joined.get(key, key) for key in keys]


def _held_alerts(run: Run, keys: Sequence[str]) -> dict[str, Alert]:
    """Return the alerts of these keys that there are, locked, by key."""
    alerts = Alert.objects.select_for_update().filter(
        declaration=run.declaration_id, subject_key__in=set(keys)
    )
    return {alert.subject_key: alert for alert in alerts.order_by("id")}


def _new_of(run: Run, noticed: Noticed, keys: Sequence[str], held: Mapping[str, Alert]) -> list[New]:
    """Return the signals that say what their alert does not say yet."""
    said = set(
        Signal.objects.filter(alert__in=[alert.id for alert in held.values()]).values_list(
            "alert__subject_key", "content"
        )
    )
    start_ms = noticed.start_ms if noticed.start_ms is not None else run.created_ms
    end_ms = noticed.end_ms if noticed.end_ms is not None else run.created_ms
    new: list[New] = []
    for number, (key, one) in enumerate(zip(keys, noticed.seen, strict=True), start=1):
        columns = signal_columns(one.signal, start_ms=start_ms, end_ms=end_ms)
        if (key, columns["content"]) not in said:
            said.add((key, columns["content"]))
            new.append((number, key, columns, one))
    return new


def _with_opened(
    run: Run, new: Sequence[New], held: Mapping[str, Alert]
) -> tuple[dict[str, Alert], set[UUID]]:
    """Return the alert of each subject that has something new, and which of them were opened now."""
    last = Alert.objects.filter(organisation=run.organisation_id).order_by("-number").first()
    numbers, now = count(last.number + 1 if last else 1), now_ms()
    subjects = list(dict.fromkeys(key for _, key, _, _ in new))
    fresh = [key for key in subjects if key not in held]
    ids = iter(sorted((new_id() for _ in fresh), reverse=True))  # the newest first starts with the strongest
    opened = {
        key: Alert(
            id=next(ids),
            organisation_id=run.organisation_id,
            declaration_id=run.declaration_id,
            number=next(numbers),
            method=name_of(run.method),
            subject_key=key,
            opened_ms=now,
            changed_ms=now,
        )
        for key in fresh
    }
    Alert.objects.bulk_create(opened.values())
    alerts = {key: opened.get(key) or held[key] for key in subjects}
    return alerts, {alert.id for alert in opened.values()}


def _keep_evidence(signal: Signal, seen: Seen, batch_ids: Mapping[str, UUID]) -> None:
    accounts = dict.fromkeys(text(account, 64) for account in seen.signal.accounts)
    SignalMember.objects.bulk_create(
        (
            SignalMember(signal=signal, account=account, partner_count=0, object_count=0, action_count=0)
            for account in accounts
        ),
        batch_size=ROWS_AT_ONCE,
    )
    Evidence.objects.create(signal=signal, shown=shown_from(seen))
    keep_pictures(signal, seen.pictures)
    keep_posts(signal, seen.posts, batch_ids)
    outlets = Outlet.objects.filter(organisation=signal.organisation_id, name__in=outlets_named(seen.signal))
    NamedOutlet.objects.bulk_create(NamedOutlet(signal=signal, outlet=one) for one in outlets)


def _grow(alert: Alert, signals: Sequence[Signal]) -> None:
    """Let an alert show the signal that ends last; what people concluded stays as it is."""
    alert.signal_count += len(signals)
    alert.unreviewed_signal_count += len(signals)
    alert.snoozed_until_ms = None
    alert.changed_ms = now_ms()
    latest = max(signals, key=lambda one: (one.last_ms, -one.group))
    if alert.latest_id is None or latest.last_ms >= alert.last_ms:
        alert.latest = latest
        for column in ("account_count", "first_ms", "last_ms"):
            setattr(alert, column, getattr(latest, column))
    alert.save()
