"""Remove what is left of a destroyed key: what the vault holds of the project, then the key's own part.

Killed in between, the next run goes on. Imports the core's heavy stages.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from django.conf import settings

from vigie.store.vault import Vault
from vigie_node.sources.errors import NoProjectKeyError
from vigie_node.sources.keys import destroy_salt, key_of, salt_file
from vigie_node.sources.turns import turn_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from vigie_node.sources.models import Project

WORK = "unlinking"


def unlink(project: Project, waiting: Callable[[], None]) -> None:
    """Let go, for ever, who stands behind a project's pseudonyms; its key was destroyed by two persons.

    Args:
        project: whose.
        waiting: called while the project is at other work; may raise to give up.

    Raises:
        ValueError: nobody destroyed the key.
    """
    if project.key_destroyed_ms is None:
        raise ValueError(f"the key of {project.id} stands")
    with turn_of(project.id, work=f"{WORK} {project.id}", waiting=waiting):
        if not salt_file(project.id).exists():
            return
        with suppress(NoProjectKeyError):  # killed between overwriting and removing: the vault was cleared
            _clear(project)
        destroy_salt(project.id)


def _clear(project: Project) -> None:
    with Vault(settings.HOME.vault, key_of(project)) as vault:
        for sha256 in vault.batches():
            vault.drop(sha256)
        for intake in vault.intakes():
            vault.drop_rejects(intake)
