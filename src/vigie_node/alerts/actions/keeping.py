"""Keep what a run found: signals, the alerts they join or open, and their evidence."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, TypeVar
from uuid import uuid5

from django.db import transaction

from vigie.assess import join
from vigie.detect.methods import name_of
from vigie_node.alerts.actions.forgetting import ask_to_forget
from vigie_node.alerts.actions.runs import record_run
from vigie_node.alerts.findings import columns_of, evidence_of, signal_columns, text
from vigie_node.alerts.first_notices import KIND as FIRST_NOTICE
from vigie_node.alerts.models import Alert, CitedPost, Evidence, Picture, Run, Signal, SignalMember
from vigie_node.clock import now_ms
from vigie_node.ids import new_id
from vigie_node.ledger.actions import NODE, record
from vigie_node.people.models import Organisation
from vigie_node.sources.models import Erasure

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
    from collections.abc import Set as AbstractSet
    from uuid import UUID

    from django.db.models import QuerySet

    from vigie_node.alerts.findings import Cited, Detected, Drawn, Found
    from vigie_node.alerts.noticed import Noticed

ROWS_AT_ONCE = 500
Value = TypeVar("Value")


def nothing_to_check() -> None:
    """Agree to everything."""


@transaction.atomic
def keep_findings(run_id: UUID, detected: Detected, *, check: Callable[[], None] = nothing_to_check) -> Run:
    """Keep all that a run found, or nothing of it; a run that is done already stays as it is.

    1. Each group becomes a signal, which joins the alert whose latest accounts are mostly the same
       (`vigie.assess.join`), whatever people concluded of it, or opens a new one.
    2. Members, evidence, pictures and cited posts are written.
    3. Each alert shows its latest signal.
    4. The run is done.

    Args:
        run_id: which run.
        detected: what it found.
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
    alerts, opened = _alerts_for(run, detected.found)
    signals = [_signal(run, found, alert) for found, alert in zip(detected.found, alerts, strict=True)]
    Signal.objects.bulk_create(signals)
    # (2) what pages show of each
    batch_ids = dict(run.batches.values_list("sha256", "id"))
    for signal, found in zip(signals, detected.found, strict=True):
        _keep_evidence(signal, found, batch_ids)
    # (3) alerts show their latest
    for signal, alert in zip(signals, alerts, strict=True):
        show(alert, signal)
    # (4) the run and the ledger
    run.calibrations = detected.calibrations
    end_well(run, detected, len(signals))
    record_alerts(run, list(zip(alerts, signals, strict=True)), opened)
    record_run("run.finished", run, by=None, signals=len(signals), alerts_opened=len(opened))
    return run


def end_well(run: Run, told: Detected | Noticed, signal_count: int) -> None:
    """Say that a run is done and what it found; ask for what was erased while it was at work to go."""
    run.state, run.finished_ms = Run.State.DONE, now_ms()
    run.card, run.manifest = told.card, told.manifest
    run.post_count, run.account_count = told.post_count, told.account_count
    run.start_ms, run.end_ms, run.group_count = told.start_ms, told.end_ms, signal_count
    run.save()
    for erasure in Erasure.objects.select_related("old").filter(old__in=run.batches.all()):
        ask_to_forget(erasure)


def record_alerts(run: Run, grown: Sequence[tuple[Alert, Signal]], opened: Collection[UUID]) -> None:
    """Append to the ledger which alerts were opened, or got another signal."""
    told: set[UUID] = set()
    for alert, signal in grown:
        kind = "alert.opened" if alert.id in opened and alert.id not in told else "alert.grown"
        told.add(alert.id)
        facts = {"number": alert.number, "signal": signal.id, "accounts": signal.account_count}
        record(kind, of=f"alert:{alert.id}", by=NODE, organisation=run.organisation_id, run=run.id, **facts)


def _alerts_for(run: Run, groups: Sequence[Found]) -> tuple[list[Alert], set[UUID]]:
    """Return the alert of each group, locked or new, and which are new."""
    near = latest_with(
        Alert.objects.filter(declaration=run.declaration_id, method=name_of(run.method)),
        SignalMember,
        "account",
        set().union(*(found.accounts for found in groups)),
    )
    noticed = Alert.objects.filter(id__in=list(near), latest__kind=FIRST_NOTICE)
    for alert_id in noticed.values_list("id", flat=True):
        near[alert_id] = _whole_of(near[alert_id], groups)
    joined = join({at: found.accounts for at, found in enumerate(groups)}, near)
    wanted = [alert_id for alert_id in joined.values() if alert_id]
    held = {
        alert.id: alert for alert in Alert.objects.select_for_update().filter(id__in=wanted).order_by("id")
    }
    last = Alert.objects.filter(organisation=run.organisation_id).order_by("-number").first()
    numbers, now = count(last.number + 1 if last else 1), now_ms()
    # lists by id, the newest first, start with the strongest too
    ids = iter(sorted((new_id() for _ in joined), reverse=True))
    alerts = [
        held[alert_id]
        if alert_id
        else Alert(
            id=next(ids),
            organisation_id=run.organisation_id,
            declaration_id=run.declaration_id,
            number=next(numbers),
            opened_ms=now,
            changed_ms=now,
        )
        for alert_id in joined.values()
    ]
    opened = [alert for alert in alerts if alert.id not in held]
    Alert.objects.bulk_create(opened)
    return alerts, {alert.id for alert in opened}


def _whole_of(few: set[str], groups: Sequence[Found]) -> set[str]:
    """Return all accounts of the group that a first notice saw the beginning of; else those it saw."""
    whole = max(groups, key=lambda found: len(found.accounts & few)).accounts
    return set(whole) if 2 * len(whole & few) > len(few) else few


def open_alert(organisation_id: UUID, declaration_id: UUID) -> Alert:
    """Open an alert about accounts; the caller holds the organisation's row, so that numbers follow."""
    last = Alert.objects.filter(organisation=organisation_id).order_by("-number").first()
    now = now_ms()
    return Alert.objects.create(
        organisation_id=organisation_id,
        declaration_id=declaration_id,
        number=last.number + 1 if last else 1,
        opened_ms=now,
        changed_ms=now,
    )


def latest_with(
    alerts: QuerySet[Alert],
    model: type[SignalMember | CitedPost],
    column: str,
    values: AbstractSet[str],
) -> dict[UUID, set[str]]:
    """Return what the latest signals of alerts hold, of those that hold any of some values.

    Args:
        alerts: among which.
        model: rows of signals: their accounts or their posts.
        column: of these rows.
        values: some of that column.

    Returns:
        all that the latest signal holds in that column, by alert, the oldest first.
    """
    latest: set[UUID] = set()
    for some in _portions(sorted(values)):
        near = model.objects.filter(**{f"{column}__in": some}, signal__in=alerts.values("latest"))
        latest.update(near.values_list("signal", flat=True).distinct())
    numbered: dict[UUID, int] = {}
    held: dict[UUID, set[str]] = {}
    for ids in _portions(sorted(latest)):
        numbered.update(alerts.filter(latest__in=ids).values_list("id", "number"))
        rows = model.objects.filter(signal__in=ids).values_list("signal__alert", column)
        for alert_id, value in rows.iterator():
            held.setdefault(alert_id, set()).add(value)
    return {alert_id: held[alert_id] for alert_id in sorted(held, key=numbered.__getitem__)}


def _portions(values: Sequence[Value]) -> Iterator[Sequence[Value]]:
    return (values[at : at + ROWS_AT_ONCE] for at in range(0, len(values), ROWS_AT_ONCE))


def signal_id(run: Run, found: Found) -> UUID:
    """Return the id of a signal: the same for the same accounts in the same run."""
    return uuid5(run.id, "\n".join(sorted(found.accounts)))


def _signal(run: Run, found: Found, alert: Alert) -> Signal:
    return Signal(
        id=signal_id(run, found),
        organisation_id=run.organisation_id,
        run=run,
        alert=alert,
        group=found.group.group,
        created_ms=now_ms(),
        **signal_columns(found.group),
    )


def _keep_evidence(signal: Signal, found: Found, batch_ids: Mapping[str, UUID]) -> None:
    SignalMember.objects.bulk_create(
        (
            SignalMember(
                signal=signal,
                account=text(member.account, 64),
                partner_count=member.partner_count,
                object_count=member.object_count,
                action_count=member.action_count,
                known_as=text(member.known_as or "", 200),
            )
            for member in found.group.members
        ),
        batch_size=ROWS_AT_ONCE,
    )
    Evidence.objects.create(
        signal=signal,
        **columns_of(evidence_of(found.group, found.object_langs)),
        network=found.network,
        originals=found.originals,
    )
    keep_pictures(signal, found.pictures)
    keep_posts(signal, found.posts, batch_ids)


def keep_pictures(signal: Signal, pictures: Iterable[Drawn]) -> None:
    """Keep the pictures of a signal."""
    Picture.objects.bulk_create(
        Picture(signal=signal, name=one.name, language=one.language, svg=one.svg, spec=one.spec)
        for one in pictures
    )


def keep_posts(signal: Signal, posts: Iterable[Cited], batch_ids: Mapping[str, UUID]) -> None:
    """Keep the posts behind a signal, in the order they come in."""
    CitedPost.objects.bulk_create(
        (
            CitedPost(
                signal=signal,
                position=position,
                batch_id=batch_ids[post.batch],
                post_id=text(post.post_id, 200),
                account=text(post.account, 64),
                platform=text(post.platform, 64),
                created_ms=post.created_ms,
                deleted_ms=post.deleted_ms,
                lang=text(post.lang, 35),
                body=text(post.body),
                links=[text(link) for link in post.links],
                behaviours=list(post.behaviours),
                object_numbers=list(post.object_numbers),
            )
            for position, post in enumerate(posts, start=1)
        ),
        batch_size=ROWS_AT_ONCE,
    )


def show(alert: Alert, signal: Signal) -> None:
    """Let an alert show a signal as its latest; what people concluded stays as it is."""
    alert.latest = signal
    alert.signal_count += 1
    alert.unreviewed_signal_count += 1
    alert.snoozed_until_ms = None
    alert.changed_ms = now_ms()
    for column in ("behaviour", "window_ms", "account_count", "object_count", "first_ms", "last_ms"):
        setattr(alert, column, getattr(signal, column))
    alert.save()
