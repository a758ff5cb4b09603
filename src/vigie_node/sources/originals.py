"""The node's sealed originals: verified, erased with their declaration, held against the rows about them.

Imports the core's heavy stages: only jobs' child processes and commands import this module.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings

from vigie.store.evidence import SUFFIX, Shelf
from vigie.store.evidence import Evidence as Locker
from vigie.terms.errors import VigieError
from vigie_node.clock import now_ms
from vigie_node.sources.actions import captures
from vigie_node.sources.keys import key_of
from vigie_node.sources.models import Capture, Evidence, Project
from vigie_node.sources.retention import is_over
from vigie_node.sources.turns import removing

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

YOUNG_MS = 60 * 60_000  # a sealed file that no row knows may be about to be recorded for so long
STRANGE_MS = 2 * YOUNG_MS  # the sweep comes every hour
FOLDER = "evidence"
NAME_DIGITS = 16  # of a project's id, whose end is chance: names in an archive are short


def folder_of(project: Project) -> Path:
    """Return where the originals of a project lie sealed."""
    folder: Path = settings.HOME.folder / FOLDER / project.id.hex[-NAME_DIGITS:]
    return folder


def locker_of(project: Project) -> Locker:
    """Return the originals of a project, and the key that opens them.

    Raises:
        NoProjectKeyError, KeyDestroyedError: there is none.
    """
    return Locker(folder_of(project), key_of(project))


def erase_originals(project: Project) -> int:
    """Let go the originals of a project whose time is over, and files that no row knows.

    The caller holds the project's turn. What a hold or an earliest date keeps, stays. No key is needed.
    """
    now, count, shelf = now_ms(), 0, Shelf(folder_of(project))
    held = Evidence.objects.filter(declaration__project=project, erased_ms=None)
    for evidence in held.select_related("declaration").order_by("id"):
        if is_over(evidence.declaration, evidence.sealed_ms, now):
            count += captures.record_evidence_erased(evidence)
    for capture in late_words(now, of=project):
        captures.forget_words(capture)
    with removing() as allowed:
        if allowed:
            mine = Evidence.objects.filter(declaration__project=project)
            kept = set(mine.filter(erased_ms=None).values_list("sha256", flat=True))
            gone = set(mine.exclude(erased_ms=None).values_list("sha256", flat=True))
            for sha256 in set(shelf.held()) & gone - kept:
                shelf.remove(sha256)
            shelf.sweep(kept, older_than_ms=YOUNG_MS, now_ms=now)
    return count


def late_words(at_ms: int, *, of: Project | None = None) -> Iterator[Capture]:
    """Yield the captured posts whose words should have gone by a moment.

    A batch of theirs was erased, or their time is over: one whose moment is unknown, or whose intake failed,
    never had a batch.

    Args:
        at_ms: the moment.
        of: whose posts; None for those of all projects.
    """
    held = Capture.objects.filter(erased_ms=None).select_related("declaration").defer("body", "links")
    held = held if of is None else held.filter(declaration__project=of)
    gone = set(held.filter(visits__intake__batches__erased_ms__lte=at_ms).values_list("pk", flat=True))
    for capture in held.order_by("id"):
        if capture.pk in gone or is_over(capture.declaration, capture.created_ms, at_ms):
            yield capture


def verify_original(evidence: Evidence, *, by: str) -> bool:
    """Open an original for nobody, record whether it is whole, and return that."""
    is_whole = locker_of(evidence.declaration.project).verify(evidence.sha256) is None
    captures.record_verified(evidence, by=by, is_whole=is_whole)
    return is_whole


def broken() -> Iterator[VigieError]:
    """Yield what is wrong with the originals that should be held: all are opened, for nobody."""
    for project in Project.objects.filter(key_destroyed_ms=None).order_by("id"):
        recorded = Evidence.objects.filter(declaration__project=project, erased_ms=None)
        shas = recorded.order_by("sha256").values_list("sha256", flat=True).distinct()
        if not shas:
            continue
        try:
            locker = locker_of(project)
        except VigieError as error:
            yield error
            continue
        yield from (problem for sha256 in shas if (problem := locker.verify(sha256)) is not None)


def late(at_ms: int) -> Iterator[Evidence]:
    """Yield the originals that should have been erased by a moment, and whose files may still be there."""
    held = Evidence.objects.filter(erased_ms=None).select_related("declaration").order_by("id")
    yield from (one for one in held.iterator() if is_over(one.declaration, one.sealed_ms, at_ms))


def strangers(now: int) -> Iterator[str]:
    """Yield the sealed files that no row holds and that are not quite new, by their place."""
    held = set(Evidence.objects.filter(erased_ms=None).values_list("sha256", flat=True))
    folder = settings.HOME.folder / FOLDER
    for path in sorted(folder.glob("*/*")):
        is_held = path.name.endswith(SUFFIX) and path.name.removesuffix(SUFFIX) in held
        if not is_held and now - path.stat().st_mtime_ns // 1_000_000 > STRANGE_MS:
            yield path.relative_to(folder).as_posix()
