"""Every write about where observations come from; each with its ledger entry, in one transaction."""

from vigie_node.sources.actions.batches import record_batch, record_erasure
from vigie_node.sources.actions.common import DAY_MS, actor
from vigie_node.sources.actions.declarations import (
    ANSWERS,
    NAME_MAX,
    RETENTION_DAYS_MAX,
    RETENTION_DAYS_MIN,
    close_declaration,
    declare,
    make_project,
    project_named,
)
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

__all__ = [
    "ANSWERS",
    "DAY_MS",
    "NAME_MAX",
    "RETENTION_DAYS_MAX",
    "RETENTION_DAYS_MIN",
    "TAKE_IN",
    "Outcome",
    "SetAside",
    "actor",
    "begin_intake",
    "cancel_intake",
    "close_declaration",
    "declare",
    "fail_intake",
    "fail_with_job",
    "finish_intake",
    "job_key",
    "make_project",
    "move_intake",
    "project_named",
    "recognise",
    "record_batch",
    "record_erasure",
    "retry_intake",
    "shown_name",
    "start_intake",
]
