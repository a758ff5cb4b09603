r"""Entries as text, one a line: the very text that their hashes are taken of.

Whoever has the file can verify it without Vigie. For a whole ledger (`vigie ledger export`):

    import hashlib, json
    before = "0" * 64
    with open("ledger.ndjson", "rb") as lines:
        for line in lines:
            assert json.loads(line)["previous"] == before, line
            before = hashlib.sha256(line.rstrip(b"\n")).hexdigest()
    print(before)  # the hash of the last entry

An organisation's export lacks the entries of others, so there only neighbours (`seq` one apart) can be held
together; each line's hash is still what the node's ledger shows for that entry.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vigie_node.ledger.chain import Row

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.db.models import QuerySet

    from vigie_node.ledger.models import Entry

ENTRIES_AT_A_TIME = 1_000


def row_of(entry: Entry) -> Row:
    """Return what an entry's hash is taken of."""
    return Row(
        seq=entry.seq,
        at_ms=entry.at_ms,
        actor=entry.actor,
        kind=entry.kind,
        subject=entry.subject,
        organisation=str(entry.organisation or ""),
        facts=entry.facts,
        previous=entry.previous,
    )


def lines(entries: QuerySet[Entry], *, after: int = 0) -> Iterator[str]:
    """Yield the text of many lines at a time, oldest first; each ends in a newline."""
    while True:
        found = list(entries.filter(seq__gt=after).order_by("seq")[:ENTRIES_AT_A_TIME])
        if not found:
            return
        after = found[-1].seq
        yield "".join(f"{row_of(entry).text()}\n" for entry in found)
