"""Tombstones: that a post was erased for good is remembered, so that no old file brings it back.

Its platform had deleted it, or its author asked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Count

from vigie.terms.languages import say
from vigie_node.clock import now_ms
from vigie_node.ledger.actions import NODE
from vigie_node.ledger.kinds import describe
from vigie_node.sources.actions.common import DAY_MS, record_on
from vigie_node.sources.models import Declaration, Tombstone

if TYPE_CHECKING:
    from collections.abc import Collection

POSTS_PER_QUERY = 500

describe(
    {
        "tombstone.set": say("{count} posts that were erased will not be taken in again."),
        "tombstone.forgotten": say(
            "{count} erased posts are remembered no more: their retention has passed."
        ),
    }
)


@transaction.atomic
def remember_erased(declaration: Declaration, posts: Collection[str]) -> int:
    """Remember posts that are about to be erased, and return how many were not remembered before.

    Killed in between, the next run erases what is remembered.

    Args:
        declaration: under which they are held; they are remembered as long as it keeps what it brings.
        posts: their ids as the store writes them, under the project's key.
    """
    now = now_ms()
    held = Tombstone.objects.filter(declaration=declaration)
    before = held.count()
    Tombstone.objects.bulk_create(
        (
            Tombstone(
                declaration=declaration,
                project_id=declaration.project_id,
                post=post,
                set_ms=now,
                forget_ms=now + declaration.retention_days * DAY_MS,
            )
            for post in sorted(posts)
        ),
        batch_size=POSTS_PER_QUERY,
        ignore_conflicts=True,
    )
    count = held.count() - before
    if count:
        record_on("tombstone.set", declaration, by=NODE, count=count)
    return count


@transaction.atomic
def forget_erased() -> None:
    """Forget the erased posts whose time is over."""
    late = Tombstone.objects.filter(forget_ms__lte=now_ms())
    counts = dict(late.values_list("declaration").annotate(Count("id")).order_by("declaration"))
    for declaration in Declaration.objects.filter(pk__in=counts).order_by("id"):
        record_on("tombstone.forgotten", declaration, by=NODE, count=counts[declaration.pk])
    late.delete()
