"""Every write about where observations come from; each with its ledger entry, in one transaction."""

from vigie_node.sources.actions.approving import (
    approve_declaration,
    hindrance,
    is_teammate,
    refuse_declaration,
)
from vigie_node.sources.actions.batches import record_batch, record_erasure
from vigie_node.sources.actions.common import ANSWERS, DAY_MS, actor
from vigie_node.sources.actions.coverage import forget_coverage, record_coverage
from vigie_node.sources.actions.declarations import (
    RETENTION_DAYS_MAX,
    RETENTION_DAYS_MIN,
    Answers,
    ask_declaration,
    close_declaration,
    declare,
    expire_declarations,
)
from vigie_node.sources.actions.holds import approve_tie, ask_lift, lift_hold, record_tie, set_hold
from vigie_node.sources.actions.intakes import (
    TAKE_IN,
    Outcome,
    SetAside,
    begin_intake,
    cancel_intake,
    fail_intake,
    fail_with_job,
    finish_intake,
    job_key,
    move_intake,
    recognise,
    retry_intake,
    shown_name,
    start_intake,
)
from vigie_node.sources.actions.projects import NAME_MAX, make_project, project_named
from vigie_node.sources.actions.writs import end_writ, is_locked, set_writ

__all__ = [
    "ANSWERS",
    "DAY_MS",
    "NAME_MAX",
    "RETENTION_DAYS_MAX",
    "RETENTION_DAYS_MIN",
    "TAKE_IN",
    "Answers",
    "Outcome",
    "SetAside",
    "actor",
    "approve_declaration",
    "approve_tie",
    "ask_declaration",
    "ask_lift",
    "begin_intake",
    "cancel_intake",
    "close_declaration",
    "declare",
    "end_writ",
    "expire_declarations",
    "fail_intake",
    "fail_with_job",
    "finish_intake",
    "forget_coverage",
    "hindrance",
    "is_locked",
    "is_teammate",
    "job_key",
    "lift_hold",
    "make_project",
    "move_intake",
    "project_named",
    "recognise",
    "record_batch",
    "record_coverage",
    "record_erasure",
    "record_tie",
    "refuse_declaration",
    "retry_intake",
    "set_hold",
    "set_writ",
    "shown_name",
    "start_intake",
]
