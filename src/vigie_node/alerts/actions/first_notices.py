"""Keep a first notice: a signal of the lookout, in the alert of the same accounts, or in a new one."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any
from uuid import uuid5

from django.db import transaction

import vigie
from vigie_node.alerts.actions.keeping import ROWS_AT_ONCE, latest_with, open_alert, record_alerts, show
from vigie_node.alerts.findings import text
from vigie_node.alerts.first_notices import METHOD
from vigie_node.alerts.models import Alert, Evidence, Run, Signal, SignalMember
from vigie_node.alerts.noticed import Seen, shown_from, signal_columns
from vigie_node.alerts.parameters import COACTION
from vigie_node.clock import now_ms
from vigie_node.people.models import Organisation
from vigie_node.sources.actions.declarations import held_open

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vigie.terms.signals import Signal as Told
    from vigie_node.sources.models import Declaration

SAME = 0.5  # of the smaller of two groups: they are one, of which another part was seen


@transaction.atomic
def keep_first_notice(
    declaration: Declaration, told: Told, group: Mapping[str, Any], *, look: Run, minutes: int
) -> Signal | None:
    """Keep a first notice, once: what an alert of these accounts already tells is not told again.

    Args:
        declaration: under which the posts come in.
        told: what crossed; rests on accounts alone, no word and no post.
        group: columns of `models.Signal` besides, that sort the inbox.
        look: the full look that set what must be exceeded.
        minutes: how far back the lookout remembers.

    Returns:
        The signal; None where an alert says so already.

    Raises:
        DeclarationClosedError, NotInForceError, CaretakerError: the declaration is not in force.
    """
    declaration = held_open(declaration)
    Organisation.objects.select_for_update(no_key=True).get(id=declaration.organisation_id)
    accounts = {text(account, 64) for account in told.accounts}
    alert = _alert_of(declaration, accounts)
    if alert is not None and _says_so(alert, told):
        return None
    run = _run(declaration, told, look, minutes)
    is_new = alert is None
    alert = alert or open_alert(declaration.organisation_id, declaration.id)
    signal = Signal.objects.create(
        id=uuid5(run.id, "\n".join(sorted(accounts))),
        organisation_id=declaration.organisation_id,
        run=run,
        alert=alert,
        group=1,
        created_ms=now_ms(),
        **signal_columns(told, start_ms=run.start_ms or 0, end_ms=run.end_ms or 0),
        **group,
    )
    SignalMember.objects.bulk_create(
        (
            SignalMember(signal=signal, account=account, partner_count=0, object_count=0, action_count=0)
            for account in sorted(accounts)
        ),
        batch_size=ROWS_AT_ONCE,
    )
    Evidence.objects.create(
        signal=signal, shown=shown_from(Seen(signal=told, pictures=(), posts=(), batch_of={}))
    )
    show(alert, signal)
    record_alerts(run, [(alert, signal)], {alert.id} if is_new else set())
    return signal


def _alert_of(declaration: Declaration, accounts: set[str]) -> Alert | None:
    """Return the alert whose latest signal is about mostly the same accounts, locked."""
    alerts = Alert.objects.filter(declaration=declaration, method=COACTION)
    near = latest_with(alerts, SignalMember, "account", accounts)
    match = {one: len(accounts & held) / min(len(accounts), len(held)) for one, held in near.items()}
    best = max(match, key=match.__getitem__, default=None)
    if best is None or match[best] < SAME:
        return None
    return Alert.objects.select_for_update(of=("self",)).select_related("latest").get(id=best)


def _says_so(alert: Alert, told: Told) -> bool:
    """Tell whether an alert's latest signal is about this very time, and about not far fewer accounts."""
    is_now = told.start_ms is None or alert.last_ms >= told.start_ms
    return is_now and 2 * alert.account_count > told.account_count


def _run(declaration: Declaration, told: Told, look: Run, minutes: int) -> Run:
    """Return the run that stands for one notice: over no batch, as its posts are in none yet."""
    asked = {"minutes": minutes, "full_look": str(look.id), "full_look_ms": look.finished_ms}
    run = Run(
        organisation_id=declaration.organisation_id,
        declaration=declaration,
        method=METHOD,
        parameters=asked,
        manifest={"method": METHOD, "vigie": vigie.__version__, "inputs": []},
        card=look.card,
        state=Run.State.DONE,
        account_count=told.account_count,
        group_count=1,
        start_ms=told.start_ms,
        end_ms=told.end_ms,
        created_ms=now_ms(),
        finished_ms=now_ms(),
    )
    run.fingerprint = hashlib.sha256(run.id.bytes).hexdigest()  # each stands for itself
    run.save(force_insert=True)
    return run
