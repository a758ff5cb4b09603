"""A project's key destroyed by two persons: its pseudonyms are nobody's from then on, for ever.

Declarations of the project are withdrawn with it; later intakes need a new project. The file with the key's
part goes in a job, once no intake of the project is under way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from vigie.terms.errors import VigieError
from vigie.terms.languages import say
from vigie_node.clock import now_ms
from vigie_node.jobs import actions as jobs
from vigie_node.ledger.actions import NODE, record
from vigie_node.ledger.kinds import describe
from vigie_node.sources.actions.common import actor
from vigie_node.sources.actions.declarations import close_declaration
from vigie_node.sources.actions.projects import check_key
from vigie_node.sources.actions.two_persons import (
    begin,
    check_may,
    check_second,
    decide,
    lapse,
    refuse,
    waiting,
)
from vigie_node.sources.actions.unmasking import end_openings
from vigie_node.sources.errors import DecidedError
from vigie_node.sources.keys import salt_file
from vigie_node.sources.models import KeyDestruction, Project
from vigie_node.sources.retention import holds_standing

if TYPE_CHECKING:
    from vigie_node.people.models import Person

DESTROY_MAY = "key.destroy"
DESTROY = "sources.destroy_key"  # the kind of the job

describe(
    {
        "key.destruction_asked": say("That the project’s key be destroyed was asked."),
        "key.destruction_refused": say("The destruction of the project’s key was refused."),
        "key.destruction_lapsed": say("The request to destroy the project’s key lapsed."),
        "key.destroyed": say("The project’s key was destroyed by two persons: its pseudonyms are nobody’s."),
    }
)


class OtherNameError(VigieError):
    """What was typed is not the project's name."""

    code = "option.project_name"
    sentence = say("This is not the name of the project.")
    remedy = say("Type the project’s name letter for letter: nothing brings its key back.")


class HeldProjectError(VigieError):
    """What a proceeding needs would become nobody's."""

    code = "option.held_project"
    sentence = say("A legal hold stands on a declaration of this project: its key stays.")
    remedy = say("Two persons lift the hold first, on the page of the declaration.")


@transaction.atomic
def ask_destruction(project: Project, *, typed: str, reason: str, by: Person) -> KeyDestruction:
    """Ask that a project's key be destroyed.

    Raises:
        PermissionDenied: they may not.
        OtherNameError: the name typed is another.
        NothingSaidError: there is no reason.
        KeyDestroyedError: it is.
        NoSecondPersonError: nobody else could agree.
        DecidedError: it was asked for already.
        HeldProjectError: a legal hold stands against it.
    """
    check_may(by, DESTROY_MAY, project.organisation_id)
    project = Project.objects.select_for_update().get(pk=project.pk)
    check_key(project)
    _check_holds(project)
    _check_typed(project, typed)
    lapse_destructions()
    if project.destructions.filter(state=KeyDestruction.State.ASKED).exists():
        raise DecidedError
    asked = begin(KeyDestruction, project, by=by, reason=reason, approving=DESTROY_MAY)
    _record("key.destruction_asked", asked, by=actor(by))
    return asked


@transaction.atomic
def approve_destruction(asked: KeyDestruction, *, typed: str, by: Person) -> Project:
    """Destroy the project's key, for ever.

    Raises:
        PermissionDenied, SamePersonError, DecidedError: see `two_persons.waiting`.
        NotIndependentError, NotApartError: see `two_persons.check_second`.
        OtherNameError: the name typed is another.
        HeldProjectError: a legal hold stands against it.
    """
    asked = waiting(asked, by=by, permission=DESTROY_MAY)
    check_second(asked, by=by, permission=DESTROY_MAY, asking=DESTROY_MAY)
    project = Project.objects.select_for_update().get(pk=asked.project_id)
    _check_typed(project, typed)
    _check_holds(project)
    decide(asked, KeyDestruction.State.APPROVED, by=by)
    for declaration in project.declarations.filter(closed_ms=None).order_by("id"):
        close_declaration(declaration, by=by)
    project.key_destroyed_ms = now_ms()
    project.save(update_fields=["key_destroyed_ms"])
    end_openings(project)
    ask_removal(project, by=actor(by))
    _record("key.destroyed", asked, by=actor(by), asked_by=actor(asked.asked_by))
    return project


@transaction.atomic
def refuse_destruction(asked: KeyDestruction, *, by: Person, reason: str) -> KeyDestruction:
    """Refuse, and say why.

    Raises:
        PermissionDenied, SamePersonError, DecidedError: see `two_persons.waiting`.
        NothingSaidError: there is no reason.
    """
    asked = refuse(asked, by=by, permission=DESTROY_MAY, reason=reason)
    _record("key.destruction_refused", asked, by=actor(by))
    return asked


@transaction.atomic
def lapse_destructions() -> None:
    """Let requests lapse that nobody decided in time."""
    for asked in lapse(KeyDestruction, KeyDestruction.State.ASKED):
        _record("key.destruction_lapsed", asked, by=NODE)


def ask_removal(project: Project, *, by: str = NODE) -> None:
    """Ask for the job that removes what is left of a destroyed key."""
    jobs.enqueue(
        DESTROY,
        key=f"{DESTROY}:{project.id}",
        by=by,
        arguments={"project": str(project.id)},  # the node's own work: nobody cancels it
    )


def ask_removals_again() -> None:
    """Ask again where a job that should have removed a key was lost."""
    for project in Project.objects.filter(key_destroyed_ms__isnull=False).order_by("id"):
        if salt_file(project.id).exists():
            ask_removal(project)


def _check_typed(project: Project, typed: str) -> None:
    if typed.strip() != project.name:
        raise OtherNameError


def _check_holds(project: Project) -> None:
    """Refuse while a hold stands; none is set meanwhile: the declarations are locked until the end."""
    locked = list(project.declarations.select_for_update().order_by("id"))
    if holds_standing(now_ms()).filter(declaration__in=locked).exists():
        raise HeldProjectError


def _record(kind: str, asked: KeyDestruction, *, by: str, **facts: object) -> None:
    record(kind, of=f"project:{asked.project_id}", by=by, organisation=asked.organisation_id, **facts)
