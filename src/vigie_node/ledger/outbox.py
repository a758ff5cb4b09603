"""The ledger as outbox: upper apps act on what lower ones recorded, in order and each once.

A function in an app's `tasks.py` subscribes to kinds of entries. The worker calls `deliver`, which runs the
function for each entry beyond the subscriber's cursor and moves the cursor in the same transaction: what the
function writes to the database is done exactly once, whatever crashes. What it does elsewhere may be done
again.

Reading by number misses nothing: an entry gets its number under the lock of the ledger's head, which is held
until its transaction ends. So a later number is never visible before an earlier one, on PostgreSQL as on
SQLite.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import structlog
from django.db import transaction

from vigie_node.clock import now_ms
from vigie_node.ledger.models import Cursor, Entry, Head

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.db.models import QuerySet

    Handler = Callable[[Entry], None]

LOG = structlog.stdlib.get_logger("vigie_node.ledger")

BACKOFF_FIRST_MS, BACKOFF_MAX_MS, BACKOFF_FACTOR = 5_000, 60 * 60_000, 4


class Subscriber(NamedTuple):
    """A function and the kinds of entries it wants."""

    handler: Handler
    kinds: tuple[str, ...]


_subscribers: dict[str, Subscriber] = {}


def subscribe(name: str, *kinds: str) -> Callable[[Handler], Handler]:
    """Call the function with every entry of these kinds, in order, from the first entry of the ledger on.

    It runs inside a transaction, in the worker: keep it short and enqueue a job for anything long.

    Args:
        name: what it is called for ever: its cursor is kept under it.
        kinds: `alert.confirmed`, …

    Raises:
        ValueError: the name is taken.
    """

    def subscribed(function: Handler) -> Handler:
        if _subscribers.setdefault(name, Subscriber(function, kinds)).handler is not function:
            message = f"two subscribers called {name}"
            raise ValueError(message)
        return function

    return subscribed


def deliver(*, per_subscriber_max: int = 100) -> int:
    """Bring every subscriber up to date and return how many entries were handed over.

    A subscriber that fails stops alone, and is tried again later.

    Args:
        per_subscriber_max: how many entries each gets in one go, so that the caller can look at other things.
    """
    head = Head.objects.filter(id=1).values_list("seq", flat=True).first() or 0
    cursors = {cursor.name: cursor for cursor in Cursor.objects.all()}
    delivered = 0
    for name, subscriber in _subscribers.items():
        cursor = cursors.get(name)
        if cursor is None:
            Cursor.objects.get_or_create(name=name)
        elif cursor.seq >= head or cursor.not_before_ms > now_ms():
            continue
        delivered += _catch_up(name, subscriber, per_subscriber_max)
    return delivered


def stalled() -> QuerySet[Cursor]:
    """Return the subscribers that wait for a failure to be mended."""
    return Cursor.objects.filter(failure_count__gt=0).order_by("name")


def _catch_up(name: str, subscriber: Subscriber, entries_max: int) -> int:
    for number in range(entries_max):
        try:
            if not _hand_over_one(name, subscriber):
                return number
        except Exception as fault:  # noqa: BLE001 (somebody else's function: it stops alone)
            _note_failure(name, fault)
            return number
    return entries_max


@transaction.atomic
def _hand_over_one(name: str, subscriber: Subscriber) -> bool:
    """Hand over the next entry; False when there is none, or another worker is at it."""
    cursor = Cursor.objects.select_for_update(skip_locked=True).filter(name=name).first()
    if cursor is None or cursor.not_before_ms > now_ms():
        return False
    head = Head.objects.filter(id=1).values_list("seq", flat=True).first() or 0
    entry = Entry.objects.filter(seq__gt=cursor.seq, kind__in=subscriber.kinds).order_by("seq").first()
    if entry is not None:
        subscriber.handler(entry)
    cursor.seq = max(cursor.seq, entry.seq if entry else head)
    cursor.failure_count, cursor.failed_ms, cursor.not_before_ms, cursor.fault = 0, None, 0, ""
    cursor.save()
    return entry is not None


@transaction.atomic
def _note_failure(name: str, fault: Exception) -> None:
    LOG.error("subscriber failed", subscriber=name, exc_info=fault)
    cursor = Cursor.objects.select_for_update().get(name=name)
    wait_ms = min(BACKOFF_MAX_MS, BACKOFF_FIRST_MS * BACKOFF_FACTOR ** min(cursor.failure_count, 10))
    cursor.failure_count += 1
    cursor.failed_ms = cursor.failed_ms or now_ms()
    cursor.not_before_ms, cursor.fault = now_ms() + wait_ms, type(fault).__name__
    cursor.save()
