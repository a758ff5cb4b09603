"""Hold the store, the vault and the database against each other. Imports the core's heavy stages."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.conf import settings

from vigie.store.batches import BESIDE, SUFFIX, Store
from vigie.store.vault import Vault
from vigie.terms.errors import VigieError
from vigie.terms.languages import Message, say
from vigie_node.clock import now_ms
from vigie_node.sources import originals
from vigie_node.sources.erasing import rejects_past
from vigie_node.sources.erasing_posts import is_kept
from vigie_node.sources.keys import key_of, salt_file
from vigie_node.sources.models import Batch, Project, Tombstone
from vigie_node.sources.retention import erasable
from vigie_node.sources.taking import YOUNG_MS, stored
from vigie_node.sources.tombstones import returned

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from vigie.terms.progress import Progress

LATE_MS = 2 * 3_600_000  # the sweep comes every hour; a backup may hold it up
ERASED_LATE_MS = 2 * 86_400_000  # what platforms deleted is erased every day


@dataclass(frozen=True, kw_only=True)
class Flaw:
    """Something that is not as it should be."""

    sentence: Message
    facts: Mapping[str, object] = field(default_factory=dict)


UNSEALED = say("What stands behind the tokens of the batch {sha256} is not in the vault.")
PAST = say("The batch {sha256} is past its date and still there.")
PAST_ROWS = say("The rows that the intake {intake} set aside are past their date and still there.")
ORPHAN = say("The file “{path}” is in the store, and no record knows it.")
BACK = say("The batch {sha256} holds {count} observations of posts that were erased for good.")
REMEMBERED = say("{count} erased posts are past their date and still remembered.")
KEY_LEFT = say("The key of the project {project} was destroyed, and its file is still there.")
PAST_ORIGINAL = say("The original {sha256} is past its date and still there.")
PAST_WORDS = say("The words of the captured post {capture} are past their date and still there.")
STRANGE_ORIGINAL = say("The file “{path}” is among the evidence, and no record knows it.")
LEFT = say("The batch {sha256} was erased, and its file is still there.")


def flaws(progress: Progress) -> Iterator[Flaw]:
    """Yield everything that is wrong with what the node holds; nothing when all is whole.

    Args:
        progress: told how many batches were looked at.
    """
    now, store = now_ms(), Store(settings.HOME.store)
    held = Batch.objects.filter(erased_ms=None)
    total = held.count()
    late = set(erasable(now - LATE_MS).values_list("id", flat=True))
    for done, batch in enumerate(held.order_by("id").iterator(), start=1):
        for problem in store.verify(stored(batch)):
            yield Flaw(sentence=Message(problem.sentence), facts=problem.facts)
        if batch.id in late:
            yield Flaw(sentence=PAST, facts={"sha256": batch.sha256})
        yield from _back(store, batch, now)
        progress(done, total)
    yield from _in_vault(now)
    yield from _keys_left(now)
    yield from _strangers(store, now)
    yield from _in_evidence(now)
    if count := Tombstone.objects.filter(forget_ms__lte=now - LATE_MS).count():
        yield Flaw(sentence=REMEMBERED, facts={"count": count})


def _back(store: Store, batch: Batch, now: int) -> Iterator[Flaw]:
    """Yield that a batch holds what was erased for good, unless the law keeps it."""
    try:
        count = returned(store, batch, now - ERASED_LATE_MS)
    except VigieError:
        return  # it does not open: that was told
    if count and not is_kept(batch):
        yield Flaw(sentence=BACK, facts={"sha256": batch.sha256, "count": count})


def _in_vault(now: int) -> Iterator[Flaw]:
    for project in Project.objects.filter(key_destroyed_ms=None).order_by("id"):
        try:
            with Vault(settings.HOME.vault, key_of(project)) as vault:
                broken, sealed = vault.verify(), set(vault.batches())
                late = rejects_past(project, vault, now - LATE_MS)
        except VigieError as error:
            yield Flaw(sentence=error.sentence, facts=error.facts)
            continue
        for one in broken:
            yield Flaw(sentence=one.sentence, facts=one.facts)
        for intake in late:
            yield Flaw(sentence=PAST_ROWS, facts={"intake": intake})
        held = Batch.objects.filter(erased_ms=None, declaration__project=project)
        for sha256 in held.order_by("id").values_list("sha256", flat=True):
            if sha256 not in sealed:
                yield Flaw(sentence=UNSEALED, facts={"sha256": sha256})


def _keys_left(now: int) -> Iterator[Flaw]:
    """Yield projects whose key two persons destroyed, and whose part of it stands after two hours."""
    for project in Project.objects.filter(key_destroyed_ms__lt=now - LATE_MS).order_by("id"):
        if salt_file(project.id).exists():
            yield Flaw(sentence=KEY_LEFT, facts={"project": project.id})


def _in_evidence(now: int) -> Iterator[Flaw]:
    for problem in originals.broken():
        yield Flaw(sentence=problem.sentence, facts=problem.facts)
    for late in originals.late(now - LATE_MS):
        yield Flaw(sentence=PAST_ORIGINAL, facts={"sha256": late.sha256})
    for capture in originals.late_words(now - LATE_MS):
        yield Flaw(sentence=PAST_WORDS, facts={"capture": capture.id})
    for path in originals.strangers(now):
        yield Flaw(sentence=STRANGE_ORIGINAL, facts={"path": path})


def _strangers(store: Store, now: int) -> Iterator[Flaw]:
    """Yield files of erased batches, and those that no record knows and that are not quite new."""
    erased = dict(Batch.objects.values_list("sha256", "erased_ms"))
    for path in sorted([*store.folder.glob(f"*/*{SUFFIX}"), *store.folder.glob(f"*/*{BESIDE}*")]):
        sha256 = path.name.partition(".")[0]
        if sha256 not in erased:
            if _age_ms(path, now) > YOUNG_MS:
                yield Flaw(sentence=ORPHAN, facts={"path": path.relative_to(store.folder)})
        elif (since := erased[sha256]) is not None and since + LATE_MS < now:
            yield Flaw(sentence=LEFT, facts={"sha256": sha256})


def _age_ms(path: Path, now: int) -> int:
    return now - path.stat().st_mtime_ns // 1_000_000
