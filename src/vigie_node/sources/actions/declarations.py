"""Projects and declarations: why something is collected.

Facts in the ledger are figures, ids and hashes: what a declaration says is held by its SHA-256 alone.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from django.db import transaction

from vigie.terms.languages import say
from vigie_node.clock import now_ms
from vigie_node.ledger.actions import record
from vigie_node.ledger.chain import canonical
from vigie_node.ledger.kinds import describe
from vigie_node.sources.actions.common import actor, record_on
from vigie_node.sources.errors import DeclarationClosedError, EmptyAnswerError, RetentionError
from vigie_node.sources.keys import make_salt
from vigie_node.sources.models import Declaration, Project

if TYPE_CHECKING:
    from vigie_node.people.models import Organisation, Person

RETENTION_DAYS_MIN, RETENTION_DAYS_MAX = 1, 3650
NAME_MAX = 200
ANSWERS = {
    "purpose": say("purpose"),
    "legal_basis": say("legal basis"),
    "responsible": say("responsible person"),
    "project": say("project"),
}

describe(
    {
        "project.made": say("A project was made, with a key of its own."),
        "declaration.made": say("A collection was declared, to be kept for {retention_days} days."),
        "declaration.closed": say("A declaration was closed: nothing more comes in under it."),
    }
)


@transaction.atomic
def make_project(*, organisation: Organisation, name: str, by: Person | None) -> Project:
    """Make a project and its key's salt.

    Raises:
        EmptyAnswerError: the name is empty.
    """
    project = Project(organisation=organisation, name=_said("project", name)[:NAME_MAX], created_ms=now_ms())
    make_salt(project.id)  # before the row: a project without its key would be of no use
    project.save(force_insert=True)
    record("project.made", of=f"project:{project.id}", by=actor(by), organisation=organisation.id)
    return project


@transaction.atomic
def project_named(name: str, *, organisation: Organisation, by: Person | None) -> Project:
    """Return an organisation's project of this name, made where there is none."""
    name = _said("project", name)[:NAME_MAX]
    found = Project.objects.filter(organisation=organisation, name=name).first()
    return found or make_project(organisation=organisation, name=name, by=by)


@transaction.atomic
def declare(
    *,
    organisation: Organisation,
    purpose: str,
    legal_basis: str,
    responsible: str,
    retention_days: int,
    by: Person | None,
    project: str = "",
) -> Declaration:
    """Say why something is collected, on which legal basis, who answers for it, and how long it is kept.

    Args:
        organisation: whose declaration it is.
        purpose: what the observations are for.
        legal_basis: what allows it.
        responsible: who answers for it.
        retention_days: how long observations are kept.
        by: who declares; None for a command on the node's machine.
        project: the work it belongs to, made where there is none of this name; empty for the organisation's
        own.

    Raises:
        EmptyAnswerError: one of the answers is empty.
        RetentionError: the days are fewer than 1 or more than 3,650.
    """
    if not RETENTION_DAYS_MIN <= retention_days <= RETENTION_DAYS_MAX:
        raise RetentionError(days=retention_days, days_min=RETENTION_DAYS_MIN, days_max=RETENTION_DAYS_MAX)
    answers = {
        "purpose": _said("purpose", purpose),
        "legal_basis": _said("legal_basis", legal_basis),
        "responsible": _said("responsible", responsible)[:NAME_MAX],
    }
    declaration = Declaration.objects.create(
        organisation=organisation,
        project=project_named(project.strip() or organisation.name, organisation=organisation, by=by),
        retention_days=retention_days,
        by=by,
        created_ms=now_ms(),
        **answers,
    )
    record(
        "declaration.made",
        of=f"declaration:{declaration.id}",
        by=actor(by),
        organisation=organisation.id,
        project=declaration.project_id,
        retention_days=retention_days,
        answers_sha256=hashlib.sha256(canonical(answers).encode()).hexdigest(),
    )
    return declaration


@transaction.atomic
def close_declaration(declaration: Declaration, *, by: Person | None) -> Declaration:
    """Let nothing more come in under a declaration; what is held stays until its retention ends."""
    declaration = Declaration.objects.select_for_update().get(pk=declaration.pk)
    if declaration.closed_ms is None:
        declaration.closed_ms = now_ms()
        declaration.save(update_fields=["closed_ms"])
        record_on("declaration.closed", declaration, by=actor(by))
    return declaration


def held_open(declaration: Declaration) -> Declaration:
    """Return the declaration as it now is, kept from being closed until the transaction ends."""
    held = Declaration.objects.select_for_update().get(pk=declaration.pk)
    if held.closed_ms is not None:
        raise DeclarationClosedError
    return held


def _said(answer: str, value: str) -> str:
    said = value.strip()
    if not any(letter.isalnum() for letter in said):
        raise EmptyAnswerError(answer=ANSWERS[answer])
    return said
