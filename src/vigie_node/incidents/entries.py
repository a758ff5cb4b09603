"""What the ledger's entries of this app say. What people write stands in rows, never in the ledger."""

from __future__ import annotations

from vigie.terms.languages import say
from vigie_node.incidents.sections import LANGUAGE_NAMES, SECTIONS
from vigie_node.ledger.kinds import describe

describe(
    {
        "incident.opened": say("Incident {number} was opened."),
        "incident.written": say(
            "Incident {number}: the section “{section}” was written in {language}, version {version}."
        ),
        "incident.claimed": say("Incident {number}: claim {claim}, version {version}."),
        "incident.exhibited": say("Incident {number}: exhibit {exhibit} was added."),
        "incident.exhibit_withdrawn": say("Incident {number}: exhibit {exhibit} was withdrawn."),
        "incident.supported": say(
            "Incident {number}: what exhibit {exhibit} says of claim {claim} was recorded."
        ),
        "incident.alert_joined": say("Incident {number}: alert {alert} was joined to it."),
        "incident.alert_parted": say("Incident {number}: alert {alert} was taken out of it."),
        "incident.related": say("Incident {number} is related to incident {other}."),
        "incident.gate_answered": say("Incident {number}: a question of the test was answered: {answer}."),
        "incident.broke_out": say("Incident {number}: breakout {category}."),
        "incident.breakout_withdrawn": say("Incident {number}: a reading of breakout was withdrawn."),
        "incident.technique_seen": say("Incident {number}: technique {technique} ({framework} {version})."),
        "incident.technique_withdrawn": say("Incident {number}: technique {technique} was withdrawn."),
        "incident.explained": say("Incident {number}: explanation {hypothesis}, version {version}."),
        "incident.matrix_handed_in": say("Incident {number}: a matrix was handed in; cells: {cells}."),
        "incident.matrix_taken_back": say("Incident {number}: a matrix was taken back."),
        "incident.attribution_proposed": say("Incident {number}: an attribution was proposed: {rung}."),
        "incident.attribution_judged": say(
            "Incident {number}: {rung}; one person: {opinion}; it is now {standing}."
        ),
        "incident.stood_behind": say("Incident {number}: a person stands behind it; it is now {state}."),
        "incident.stepped_back": say(
            "Incident {number}: a person stands behind it no longer; it is now {state}."
        ),
        "incident.closed": say("Incident {number} was closed."),
        "incident.reopened": say("Incident {number} was opened again."),
        "incident.task_set": say("Incident {number}: a task was set."),
        "incident.task_done": say("Incident {number}: a task was done."),
        "incident.briefed": say("Incident {number}: a briefing note was taken out as {form}, {marking}."),
        "incident.packed": say("Incident {number}: its evidence package was taken out; SHA-256 {sha256}."),
        "incident.commented": say("Incident {number}: a comment was made."),
    },
    values={
        "section": {one.id: one.name for one in SECTIONS.values()},
        "language": dict(LANGUAGE_NAMES),
        "state": {"open": say("open"), "established": say("established"), "closed": say("closed")},
        "opinion": {"approves": say("approves"), "refuses": say("refuses")},
        "standing": {
            "proposed": say("proposed"),
            "approved": say("approved"),
            "refused": say("refused"),
        },
        "answer": {"yes": say("yes"), "no": say("no"), "unknown": say("unknown")},
        "rung": {
            "behaviour_only": say("behaviour only"),
            "foreign_nexus": say("foreign nexus"),
            "state_linked": say("linked to a state"),
            "state_attributed": say("attributed to a state"),
        },
    },
)
