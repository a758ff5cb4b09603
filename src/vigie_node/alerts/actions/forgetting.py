"""Let erased posts go from the evidence too: their words, their moments, the pictures that show them.

Posts that are cited are tied to their batch, and so are quoted originals. Objects and acts are not: when a
whole batch is erased, acts in its time go unless a cited post that stands vouches for them, and objects that
neither an act nor such a post is left of. When nothing is held of what a run read, all of it goes.
Of a signal that is no group, rows of its tables go that name an erased post, and once a post that it rests on
is erased, all words of posts (`vigie_node.alerts.erased_words`).
Counts and pseudonyms of members stay: they say what was found then, and `Evidence.erased_count` how much of
what it rested on is gone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import Exists, OuterRef

from vigie_node.alerts.actions.runs import left_of
from vigie_node.alerts.erased_words import ERASED as NO_WORDS
from vigie_node.alerts.erased_words import Everything, shown_without, with_batches
from vigie_node.alerts.free_text import UNNAMED, free_text_of
from vigie_node.alerts.models import CitedPost, Picture, Signal
from vigie_node.jobs.actions import enqueue
from vigie_node.ledger.actions import NODE, record
from vigie_node.sources.models import Erasure

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from uuid import UUID

    from vigie_node.sources.models import Batch

FORGET = "alerts.forget"  # the kind of the job
ERASED = ""  # stands for the words of an object that nobody may read any more


def ask_to_forget(erasure: Erasure) -> None:
    """Ask for the job that lets go what was erased: the node's own, for no organisation to cancel."""
    enqueue(
        FORGET,
        key=f"{FORGET}:{erasure.id}",
        by=NODE,
        arguments={"erasure": str(erasure.id)},
    )


def ask_again() -> int:
    """Ask for each erasure whose posts are still cited, as after a job that failed; return how many."""
    cited = CitedPost.objects.filter(batch=OuterRef("old"))
    unfinished = list(Erasure.objects.filter(Exists(cited)).order_by("id"))
    for erasure in unfinished:
        ask_to_forget(erasure)
    return len(unfinished)


def touched_by(erasure: Erasure) -> list[UUID]:
    """Return the signals whose evidence may hold posts of the batch that stands no more."""
    cited = CitedPost.objects.filter(batch=erasure.old).values_list("signal", flat=True).distinct()
    read = Signal.objects.filter(run__batches__in=_before(erasure.old)).values_list("id", flat=True)
    return sorted({*cited, *read})


def _before(batch: Batch) -> list[Batch]:
    """Return a batch and those in whose place it stands, which runs may have read."""
    line = [batch]
    while erasure := Erasure.objects.select_related("old").filter(new=line[-1]).first():
        line.append(erasure.old)
    return line


@transaction.atomic
def forget_posts(signal_id: UUID, old: Batch, *, new: Batch | None, left: Collection[str]) -> int:
    """Let the posts of a batch that are not `left` go from one signal; done again, it changes nothing.

    Args:
        signal_id: which signal.
        old: the batch that stands no more.
        new: what stands in its place; None where nothing does.
        left: the ids of the posts that are still held there.

    Returns:
        How many cited posts went.
    """
    signal = (
        Signal.objects.select_for_update(of=("self",)).select_related("evidence", "run").get(id=signal_id)
    )
    stands = any(left_of(batch) for batch in signal.run.batches.all())
    cited = CitedPost.objects.filter(signal=signal)
    named = {post.post_id for post in cited}
    gone = [post for post in cited if not stands or (post.batch_id == old.id and post.post_id not in left)]
    CitedPost.objects.filter(id__in=[post.id for post in gone]).delete()
    if new is not None:
        cited.filter(batch=old).update(batch=new)
    evidence = signal.evidence
    before = evidence.originals, evidence.group, evidence.shown, signal.facts
    evidence.originals, lost = _originals(evidence.originals, old, new, left) if stands else ({}, True)
    if evidence.group:
        evidence.group = _without(evidence.group, gone, {one for many in _numbers(signal) for one in many})
        if not stands:
            evidence.group = _emptied(evidence.group)
        elif new is None:
            evidence.group = _without_times(evidence.group, old, cited)
    if evidence.shown:
        in_tables = evidence.shown["post_batches"]
        stay = with_batches(in_tables, old=old, new=new, left=left) if stands else {}
        unnamed = signal.post_count > len(named | in_tables.keys())
        if not stands or gone or len(stay) < len(in_tables) or (new is None and unnamed):
            _without_words(signal, stay, stands=stands)
        else:
            evidence.shown = {**evidence.shown, "post_batches": stay}
    after = evidence.originals, evidence.group, evidence.shown, signal.facts
    if not gone and after == before:
        return 0
    evidence.erased_count += len(gone)
    evidence.save()
    if gone or lost or after[1:] != before[1:]:
        _note(signal, old, gone)
    return len(gone)


def _without_words(signal: Signal, stay: Mapping[str, str], *, stands: bool) -> None:
    """Let all words of posts go from a signal, and what told a later run that it says the same."""
    words = free_text_of(signal, NO_WORDS) if stands else Everything()
    evidence = signal.evidence
    evidence.shown = shown_without(evidence.shown, words, stay)
    signal.facts, signal.content = words.facts(signal.facts), ""
    if not stands or signal.subject_kind in UNNAMED:
        signal.subject = NO_WORDS if signal.subject else ""
    signal.save(update_fields=["facts", "content", "subject"])


def _note(signal: Signal, old: Batch, gone: Collection[CitedPost]) -> None:
    """Remove the pictures that show words and moments, and say in the ledger that posts went."""
    Picture.objects.filter(signal=signal, name__startswith="strip").delete()
    record(
        "alert.posts_erased",
        of=f"alert:{signal.alert_id}",
        by=NODE,
        organisation=signal.organisation_id,
        signal=signal.id,
        posts=len(gone),
        batch=old.id,
    )


def _numbers(signal: Signal) -> list[list[int]]:
    return list(CitedPost.objects.filter(signal=signal).values_list("object_numbers", flat=True))


def _originals(
    held: Mapping[str, Any], old: Batch, new: Batch | None, left: Collection[str]
) -> tuple[dict[str, Any], bool]:
    """Return the quoted originals that may stay, and whether one had to go."""
    kept = {}
    for post_id, post in held.items():
        if post["batch"] != old.sha256:
            kept[post_id] = post
        elif new is not None and post_id in left:
            kept[post_id] = {**post, "batch": new.sha256}
    return kept, len(kept) < len(held)


def _without(group: Mapping[str, Any], gone: Collection[CitedPost], still: Collection[int]) -> dict[str, Any]:
    """Return a group's evidence without the acts of posts that are gone, nor words that none says now."""
    acts = {(number, post.created_ms, post.account) for post in gone for number in post.object_numbers}
    emptied = {number for number, _, _ in acts} - set(still)
    objects = [
        {
            **item,
            "object": ERASED if number in emptied else item["object"],
            "acts": [[at_ms, who] for at_ms, who in item["acts"] if (number, at_ms, who) not in acts],
        }
        for number, item in enumerate(group["objects"], start=1)
    ]
    return {**group, "objects": objects}


def _without_times(group: Mapping[str, Any], old: Batch, cited: Iterable[CitedPost]) -> dict[str, Any]:
    """Return a group's evidence without what only a batch that is gone can have said."""
    held = {(number, post.created_ms, post.account) for post in cited for number in post.object_numbers}
    numbers = {number for number, _, _ in held}
    objects = []
    for number, item in enumerate(group["objects"], start=1):
        acts = [
            [at_ms, who]
            for at_ms, who in item["acts"]
            if (number, at_ms, who) in held or not old.start_ms <= at_ms <= old.end_ms
        ]
        said = acts or number in numbers
        objects.append({**item, "object": item["object"] if said else ERASED, "acts": acts})
    return {**group, "objects": objects}


def _emptied(group: Mapping[str, Any]) -> dict[str, Any]:
    """Return a group's evidence without any act or word."""
    return {**group, "objects": [{**item, "object": ERASED, "acts": []} for item in group["objects"]]}
