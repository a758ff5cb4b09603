"""What the ledger's entries of this app say."""

from __future__ import annotations

from vigie.terms.languages import say
from vigie_node.ledger.kinds import describe

describe(
    {
        "run.begun": say("A detection was asked for, method {method}; batches: {batches}."),
        "run.widened": say("A detection that waits takes in what came since; batches: {batches}."),
        "run.finished": say("A detection ended; signals: {signals}, new alerts: {alerts_opened}."),
        "run.failed": say("A detection failed ({code})."),
        "run.cancelled": say("A detection was cancelled."),
        "plan.chosen": say("The methods that look at what comes in were chosen: {methods}."),
        "plan.watched": say("Subjects that early warning watches more closely: {subjects}."),
        "alert.opened": say("Alert {number} was opened; accounts: {accounts}."),
        "alert.grown": say("Alert {number} got another signal; accounts: {accounts}."),
        "alert.posts_erased": say("Posts were erased from the evidence of an alert: {posts}."),
        "alert.assigned": say("Alert {number} was given to somebody to look into."),
        "alert.unassigned": say("Alert {number} is no longer given to anybody."),
        "alert.snoozed": say("Alert {number} was set aside; minutes: {minutes}."),
        "alert.woken": say("Alert {number} is no longer set aside."),
        "alert.reviewed": say("Alert {number} was reviewed: {verdict}; it is now {status}."),
    },
    values={
        "verdict": {
            "confirm": say("confirm"),
            "dismiss": say("dismiss"),
            "unsure": say("unsure"),
        },
        "status": {
            "new": say("new"),
            "in_review": say("in review"),
            "disputed": say("disputed"),
            "confirmed": say("confirmed"),
            "dismissed": say("dismissed"),
        },
    },
)
