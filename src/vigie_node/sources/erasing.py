"""Erase observations: whole batches when their time is over, some posts of a batch when a person asks.

The raw rows that an intake set aside go with its observations' time, whatever else it brought. What stands in
the place of a batch is recorded before the old file goes; killed in between, the next sweep removes it.
Imports the core's heavy stages.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings

from vigie.store.batches import Store
from vigie.store.vault import Vault
from vigie_node.clock import now_ms
from vigie_node.ledger.actions import NODE
from vigie_node.sources import actions
from vigie_node.sources.errors import NoProjectKeyError
from vigie_node.sources.keys import key_of
from vigie_node.sources.models import Batch, Intake, Project
from vigie_node.sources.taking import sweep
from vigie_node.sources.turns import removing, turn_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from django.db.models import QuerySet

RETENTION = "retention"
WORK = "erasing"


class NotNowError(Exception):
    """A project is at other work: its turn comes with the next sweep."""


def past_their_date(at_ms: int) -> QuerySet[Batch]:
    """Return the batches that should not be held at a moment any more."""
    return Batch.objects.filter(erased_ms=None, erase_by_ms__lte=at_ms)


def erase_what_is_past(check: Callable[[], None]) -> int:
    """Erase every batch whose time is over, and remove what killed runs left; return how many batches went.

    A project that takes something in at this moment is left for the next time.

    Raises:
        NoProjectKeyError: a project's key is lost, told when all else is done. Its files went too; what the
            vault holds of it cannot be read meanwhile, and goes as soon as the key is back.
    """
    erased, lost = 0, None
    for project in Project.objects.order_by("id"):
        check()
        try:
            with turn_of(project.id, work=f"{WORK} {project.id}", waiting=_not_now):
                erased += _erase_of(project)
                _clear_vault(project)
        except NotNowError:
            continue
        except NoProjectKeyError as error:
            if project.key_destroyed_ms is None:
                lost = lost or error
    if lost is not None:
        raise lost
    return erased


def rejects_past(project: Project, vault: Vault, at_ms: int) -> list[str]:
    """Return the intakes of a project whose sealed rows should not be held at a moment any more.

    An intake that no row knows, as after a restoration, is one of them.
    """
    kept = {
        str(intake)
        for intake, created_ms, days in Intake.objects.filter(declaration__project=project)
        .values_list("id", "created_ms", "declaration__retention_days")
        .iterator()
        if created_ms + days * actions.DAY_MS > at_ms
    }
    return [intake for intake in vault.intakes() if intake not in kept]


def erase_posts(
    batch: Batch,
    *,
    posts: Collection[str] = (),
    authors: Collection[str] = (),
    reason: str,
    by: str,
    waiting: Callable[[], None],
) -> int:
    """Erase some posts of a batch and return how many observations went.

    Args:
        batch: which.
        posts: their pseudonymous ids.
        authors: pseudonyms whose posts to erase.
        reason: whose request it was, in a word; no personal data.
        by: who asks, as the ledger names them.
        waiting: called while the project is at other work; may raise to give up.
    """
    project = batch.declaration.project
    store = Store(settings.HOME.store)
    work = f"{WORK} {batch.id}"
    with (
        turn_of(project.id, work=work, waiting=waiting),
        Vault(settings.HOME.vault, key_of(project)) as vault,
    ):
        erased = store.erase(batch.sha256, posts=posts, authors=authors)
        if not erased.erased_count:
            return 0
        if erased.new is not None:
            vault.carry(batch.sha256, erased.new.sha256, forgotten=erased.forgotten)
        actions.record_erasure(batch, new=erased.new, erased_count=erased.erased_count, reason=reason, by=by)
        _remove([batch.sha256], store, vault)
    return erased.erased_count


def _erase_of(project: Project) -> int:
    """Record what is past its date as erased and remove its files: no key is needed for that."""
    due = list(past_their_date(now_ms()).filter(declaration__project=project))
    for batch in due:
        actions.record_erasure(batch, new=None, erased_count=batch.row_count, reason=RETENTION, by=NODE)
    store = Store(settings.HOME.store)
    with removing() as allowed:
        for batch in due if allowed else ():
            store.remove(batch.sha256)
    return len(due)


def _clear_vault(project: Project) -> None:
    """Let go what the vault holds of erased batches, and the rows set aside that are past their date."""
    with Vault(settings.HOME.vault, key_of(project)) as vault:
        sweep(Store(settings.HOME.store), vault)
        for intake in rejects_past(project, vault, now_ms()):
            vault.drop_rejects(intake)


def _remove(shas: list[str], store: Store, vault: Vault) -> None:
    with removing() as allowed:
        for sha256 in shas if allowed else ():
            store.remove(sha256)
            vault.drop(sha256)


def _not_now() -> None:
    raise NotNowError
