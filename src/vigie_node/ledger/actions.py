"""Write to the ledger: always inside the transaction of what is recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import connection, transaction

from vigie_node.clock import now_ms
from vigie_node.ledger.chain import FIRST, Row, canonical, hash_of, tag_of
from vigie_node.ledger.models import Entry, Head
from vigie_node.ledger.verify import Verification, verify
from vigie_node.ledger.witness import FILE, Witness, read_witness, write_witness

if TYPE_CHECKING:
    from pathlib import Path
    from uuid import UUID

    from django.db.models import QuerySet

HOST, NODE = "host", "node"  # actors that are no person
LENGTHS_MAX = {"kind": 64, "subject": 96, "actor": 64}


def person(id_: UUID) -> str:
    """Return how the ledger names a person as an actor."""
    return f"person:{id_}"


def record(kind: str, *, of: str, by: str, organisation: UUID | None = None, **facts: object) -> Entry:
    """Append one entry; it stands or falls with the transaction around it.

    From here to the end of that transaction nobody else can append: record last, and keep it short.

    Args:
        kind: what was done: `alert.reviewed`.
        of: what it was done to: `alert:<id>`.
        by: who did it: `person(id)`, HOST or NODE.
        organisation: whose act it is; None for the node's own.
        facts: plain values (text, whole numbers, lists of these) without personal data.

    Raises:
        TransactionManagementError: there is no transaction around it.
        ValueError: a name is too long, or a value cannot be written as JSON everywhere.
        TypeError: a fact is no plain value.
    """
    if not connection.in_atomic_block:
        message = f"{kind} must be recorded in the transaction of what it records"
        raise transaction.TransactionManagementError(message)
    _check_lengths(kind=kind, subject=of, actor=by)
    text = canonical(facts)
    head, _ = Head.objects.select_for_update().get_or_create(id=1, defaults={"seq": 0, "hash": FIRST})
    row = Row(
        seq=head.seq + 1,
        at_ms=now_ms(),
        actor=by,
        kind=kind,
        subject=of,
        organisation=str(organisation or ""),
        facts=text,
        previous=head.hash,
    )
    hash_ = hash_of(row)
    entry = Entry.objects.create(
        seq=row.seq,
        at_ms=row.at_ms,
        actor=by,
        kind=kind,
        subject=of,
        organisation=organisation,
        facts=row.facts,
        previous=row.previous,
        hash=hash_,
        tag=tag_of(settings.HOME.key("ledger"), hash_),
    )
    Head.objects.filter(id=1).update(seq=row.seq, hash=hash_)
    return entry


@transaction.atomic
def record_export(own: QuerySet[Entry], *, by: str, organisation: UUID | None = None) -> Entry:
    """Record that entries are given out; the entry is the last of them, and says how many they are."""
    Head.objects.select_for_update().filter(id=1).first()  # nothing comes between the two
    return record("ledger.exported", of="ledger", by=by, organisation=organisation, entries=own.count() + 1)


def witness() -> bool:
    """Write down the last entry outside the database; False when it does not continue what was witnessed.

    Then nothing is written: `verify` says what is wrong, and `accept_restored_ledger` is for a restored copy.
    """
    head = Head.objects.filter(id=1).first()
    now = Witness(head.seq, head.hash) if head else Witness(0, FIRST)
    before = read_witness(_head_file())
    if before == now:
        return True
    if before is not None and not _is_there(before):
        return False
    write_witness(_head_file(), now)
    return True


def verify_and_record(*, by: str) -> Verification:
    """Verify the ledger, record that and what came out, and witness the last entry if all holds.

    Raises:
        BadWitnessError: the witness cannot be read.
    """
    found = verify(settings.HOME.key("ledger"), _head_file())
    with transaction.atomic():
        record("ledger.verified", of="ledger", by=by, entries=found.entry_count, problems=found.problem_count)
    if found.holds:
        witness()
    return found


def accept_restored_ledger(*, by: str) -> Entry | None:
    """Accept that the ledger is an older copy: say in it what is lost, and witness it as it is.

    Only a restore does this, explicitly. A ledger that continues what was witnessed needs no accepting.

    Returns:
        The entry that says so; None when nothing is lost.

    Raises:
        BadWitnessError: the witness cannot be read.
    """
    before = read_witness(_head_file())
    if before is None or _is_there(before):
        witness()
        return None
    with transaction.atomic():
        head = Head.objects.select_for_update().filter(id=1).first()
        kept = head.seq if head else 0
        entry = record(
            "ledger.restored",
            of="ledger",
            by=by,
            kept=kept,
            witnessed=before.seq,
            witnessed_hash=before.hash,
        )
    write_witness(_head_file(), Witness(entry.seq, entry.hash))
    return entry


def _is_there(witnessed: Witness) -> bool:
    """Tell whether the ledger still holds what was witnessed."""
    return witnessed.seq == 0 or Entry.objects.filter(seq=witnessed.seq, hash=witnessed.hash).exists()


def _head_file() -> Path:
    keys: Path = settings.HOME.keys
    return keys / FILE


def _check_lengths(**texts: str) -> None:
    """Refuse what PostgreSQL would, on SQLite too."""
    for name, text in texts.items():
        if not 0 < len(text) <= LENGTHS_MAX[name]:
            message = f"{name} of {len(text)} characters; 1 to {LENGTHS_MAX[name]} fit"
            raise ValueError(message)
