"""Projects: work that shares one key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from vigie.terms.languages import say
from vigie_node.clock import now_ms
from vigie_node.ledger.actions import record
from vigie_node.ledger.kinds import describe
from vigie_node.sources.actions.common import actor, answered
from vigie_node.sources.errors import KeyDestroyedError
from vigie_node.sources.keys import make_salt
from vigie_node.sources.models import Project

if TYPE_CHECKING:
    from vigie_node.people.models import Organisation, Person

NAME_MAX = 200

describe({"project.made": say("A project was made, with a key of its own.")})


@transaction.atomic
def make_project(*, organisation: Organisation, name: str, by: Person | None) -> Project:
    """Make a project and its key's salt.

    Raises:
        EmptyAnswerError: the name is empty.
    """
    project = Project(
        organisation=organisation, name=answered("project", name)[:NAME_MAX], created_ms=now_ms()
    )
    make_salt(project.id)  # before the row: a project without its key would be of no use
    project.save(force_insert=True)
    record("project.made", of=f"project:{project.id}", by=actor(by), organisation=organisation.id)
    return project


@transaction.atomic
def project_named(name: str, *, organisation: Organisation, by: Person | None) -> Project:
    """Return an organisation's project of this name, made where there is none.

    Raises:
        EmptyAnswerError: the name is empty.
        KeyDestroyedError: nothing comes in under this project any more.
    """
    name = answered("project", name)[:NAME_MAX]
    found = Project.objects.filter(organisation=organisation, name=name).first()
    if found is not None:
        check_key(found)
    return found or make_project(organisation=organisation, name=name, by=by)


def check_key(project: Project) -> None:
    """Check that a project's key was not destroyed.

    Raises:
        KeyDestroyedError: it was.
    """
    if project.key_destroyed_ms is not None:
        raise KeyDestroyedError(project=project.name)
