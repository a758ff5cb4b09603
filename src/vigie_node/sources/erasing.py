"""Erase observations: whole batches when their time is over, some posts of a batch when a person asks.

Three dates are obeyed (see `retention`): nothing goes before its earliest one, nor while a legal hold stands.
The raw rows that an intake set aside go with its observations' time, whatever else it brought. What stands in
the place of a batch is recorded before the old file goes; killed in between, the next sweep removes it.
Imports the core's heavy stages.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction

from vigie.store.batches import Store
from vigie.store.vault import Vault
from vigie_node.clock import now_ms
from vigie_node.ledger.actions import NODE
from vigie_node.sources import actions
from vigie_node.sources.errors import HeldError, NoProjectKeyError
from vigie_node.sources.keys import key_of
from vigie_node.sources.models import Batch, Declaration, Intake, Project
from vigie_node.sources.originals import erase_originals
from vigie_node.sources.retention import erasable, holds_standing, is_over
from vigie_node.sources.taking import sweep
from vigie_node.sources.turns import removing, turn_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from vigie.store.batches import Erasure as Erased

RETENTION, EXPIRY = "retention", "expiry"
WORK = "erasing"


class NotNowError(Exception):
    """A project is at other work: its turn comes with the next sweep."""


def erase_what_is_past(check: Callable[[], None]) -> int:
    """Erase every batch whose time is over, and remove what killed runs left; return how many batches went.

    A project that takes something in at this moment is left for the next time.

    Raises:
        NoProjectKeyError: a project's key is lost, told when all else is done. Its files went too; what the
            vault holds of it cannot be read meanwhile, and goes as soon as the key is back.
    """
    actions.expire_declarations(now_ms())
    erased, lost = 0, None
    for project in Project.objects.order_by("id"):
        check()
        try:
            with turn_of(project.id, work=f"{WORK} {project.id}", waiting=_not_now):
                erased += _erase_of(project)
                erase_originals(project)
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
    intakes = Intake.objects.filter(declaration__project=project).select_related("declaration")
    kept = {
        str(intake.id)
        for intake in intakes.iterator()
        if not is_over(intake.declaration, intake.created_ms, at_ms)
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

    Raises:
        HeldError: a legal hold stands.
    """
    project = batch.declaration.project
    store = Store(settings.HOME.store)
    work = f"{WORK} {batch.id}"
    with turn_of(project.id, work=work, waiting=waiting), _vault_of(project) as vault:
        if holds_standing(now_ms()).filter(declaration=batch.declaration_id).exists():
            raise HeldError
        erased = store.erase(batch.sha256, posts=posts, authors=authors)
        if not erased.erased_count:
            return 0
        if erased.new is not None and vault is not None:
            vault.carry(batch.sha256, erased.new.sha256, forgotten=erased.forgotten)
        try:
            _record(batch, erased, reason=reason, by=by)
        except HeldError:
            if erased.new is not None:
                _remove([erased.new.sha256], store, vault)
            raise
        _remove([batch.sha256], store, vault)
    return erased.erased_count


@transaction.atomic
def _record(batch: Batch, erased: Erased, *, reason: str, by: str) -> None:
    """Record what stands in the place of a batch, unless a hold was set while it was written."""
    _lock(batch)
    if holds_standing(now_ms()).filter(declaration=batch.declaration_id).exists():
        raise HeldError
    actions.record_erasure(batch, new=erased.new, erased_count=erased.erased_count, reason=reason, by=by)


def _erase_of(project: Project) -> int:
    """Record what is past its date as erased and remove its files: no key is needed for that."""
    now = now_ms()
    due = erasable(now).filter(declaration__project=project).order_by("id")
    gone = [batch for batch in due.select_related("declaration") if _let_go(batch, now)]
    store = Store(settings.HOME.store)
    with removing() as allowed:
        for batch in gone if allowed else ():
            store.remove(batch.sha256)
    return len(gone)


@transaction.atomic
def _let_go(batch: Batch, now: int) -> bool:
    """Record a batch as erased, unless a hold was set at this very moment."""
    _lock(batch)
    if not erasable(now).filter(pk=batch.pk).exists():
        return False
    reason = RETENTION if batch.erase_by_ms <= now else EXPIRY
    actions.record_erasure(batch, new=None, erased_count=batch.row_count, reason=reason, by=NODE)
    return True


def _lock(batch: Batch) -> None:
    """Lock what a batch came in under: whoever sets a hold waits, or went first."""
    Declaration.objects.select_for_update().get(pk=batch.declaration_id)


def _clear_vault(project: Project) -> None:
    """Let go what the vault holds of erased batches, and the rows set aside that are past their date."""
    with Vault(settings.HOME.vault, key_of(project)) as vault:
        sweep(Store(settings.HOME.store), vault)
        for intake in rejects_past(project, vault, now_ms()):
            vault.drop_rejects(intake)


@contextmanager
def _vault_of(project: Project) -> Iterator[Vault | None]:
    """Open a project's vault; where its key was destroyed, there is none."""
    if project.key_destroyed_ms is not None:
        yield None
        return
    with Vault(settings.HOME.vault, key_of(project)) as vault:
        yield vault


def _remove(shas: list[str], store: Store, vault: Vault | None) -> None:
    with removing() as allowed:
        for sha256 in shas if allowed else ():
            store.remove(sha256)
            if vault is not None:
                vault.drop(sha256)


def _not_now() -> None:
    raise NotNowError
