"""Every write about runs, signals and alerts; each with its ledger entry, in one transaction.

Rows are locked in one order, so that no two actions wait for each other: job, declaration, run,
organisation, alerts (in the order of their ids), signal, and last the ledger's head. Whoever appends to the
ledger has written everything else: no row is locked or written after the first entry.
"""

from vigie_node.alerts.actions.caring import assign_alerts, snooze_alerts, wake_alerts
from vigie_node.alerts.actions.concerns import note_languages, note_parties
from vigie_node.alerts.actions.first_notices import keep_first_notice
from vigie_node.alerts.actions.forgetting import forget_posts, touched_by
from vigie_node.alerts.actions.keeping import keep_findings
from vigie_node.alerts.actions.noticing import keep_noticed
from vigie_node.alerts.actions.plans import Watching, choose_methods, watch_closely
from vigie_node.alerts.actions.reviews import review_alert, review_alerts, verdicts
from vigie_node.alerts.actions.runs import begin_run, begin_runs, cancel_run, end_run, start_run

__all__ = [
    "Watching",
    "assign_alerts",
    "begin_run",
    "begin_runs",
    "cancel_run",
    "choose_methods",
    "end_run",
    "forget_posts",
    "keep_findings",
    "keep_first_notice",
    "keep_noticed",
    "note_languages",
    "note_parties",
    "review_alert",
    "review_alerts",
    "snooze_alerts",
    "start_run",
    "touched_by",
    "verdicts",
    "wake_alerts",
    "watch_closely",
]
