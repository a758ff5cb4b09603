"""Erase some posts of batches: an account's at its holder's request, those that their platform deleted.

Each batch is erased through `erasing.erase_posts`: whole or not at all, so that a run that was killed goes on
where it stopped. What is erased is remembered first, so that no older file brings it back. What the law keeps
stays: a legal hold, a least retention. Imports the core's heavy stages.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings

from vigie.store.batches import Store
from vigie_node.clock import now_ms
from vigie_node.ledger.actions import NODE
from vigie_node.sources.access import batches_held
from vigie_node.sources.actions import person_requests as requests
from vigie_node.sources.actions import tombstones
from vigie_node.sources.actions.common import DAY_MS
from vigie_node.sources.erasing import erase_posts
from vigie_node.sources.errors import HeldError
from vigie_node.sources.looking import marks_in, own_rows
from vigie_node.sources.models import Batch, Declaration, Project
from vigie_node.sources.retention import obstacles

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from vigie_node.sources.looking import Marks
    from vigie_node.sources.models import PersonRequest

DELETED = "deleted"  # why posts were erased, as `Erasure.reason` says it


def erase_of_person(asked: PersonRequest, check: Callable[[], None]) -> int:
    """Erase an account's own posts everywhere in an organisation.

    Args:
        asked: the request; its handle is still there.
        check: called between batches and while waiting; may raise to stop.

    Returns:
        How many batches the law keeps for now.
    """
    about, held = requests.about_of(asked), 0
    for project in Project.objects.filter(organisation=asked.organisation_id).order_by("id"):
        marks = None if about is None else marks_in(project, about)
        if marks is not None:
            held += _erase_own(project, marks, check)
    return held


def erase_deleted(check: Callable[[], None]) -> int:
    """Erase the posts that were seen deleted longer ago than the grace; return how many observations went."""
    before_ms = now_ms() - settings.NODE.deleted_posts_days * DAY_MS
    store, erased = Store(settings.HOME.store), 0
    for declaration in Declaration.objects.order_by("id"):
        batches = [batch for batch in batches_held(declaration) if not is_kept(batch)]
        posts = store.seen_deleted([batch.sha256 for batch in batches], by_ms=before_ms)
        tombstones.remember_erased(declaration, posts)
        for batch in batches if posts else ():
            check()
            erased += _erase(batch, posts, DELETED, check)
    return erased


def is_kept(batch: Batch) -> bool:
    """Tell whether the law keeps a batch for now: a hold, or the least retention."""
    return bool(obstacles(batch.declaration, batch.intake.created_ms, now_ms()))


def _erase_own(project: Project, marks: Marks, check: Callable[[], None]) -> int:
    held = 0
    for batch in _batches_of(project):
        check()
        posts = own_rows(batch, marks)
        if posts and is_kept(batch):
            held += 1
        elif posts:
            tombstones.remember_erased(batch.declaration, posts)
            _erase(batch, posts, requests.REQUEST, check)
    return held


def _erase(batch: Batch, posts: set[str], reason: str, check: Callable[[], None]) -> int:
    if not Batch.objects.filter(pk=batch.pk, erased_ms=None).exists():
        return 0  # its time was over meanwhile
    try:
        return erase_posts(batch, posts=posts, reason=reason, by=NODE, waiting=check)
    except HeldError:  # set at this very moment
        return 0


def _batches_of(project: Project) -> Iterator[Batch]:
    for declaration in project.declarations.order_by("id"):
        yield from batches_held(declaration).select_related("intake", "declaration__project")
