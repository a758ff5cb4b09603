"""Verify the ledger: every entry, its place, its hash, its tag, the head, and what was witnessed.

Rows are read as they lie in the database, not as the models understand them: an altered row may hold
anything. Entries appended while this runs are left for the next time.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID

from django.db import DatabaseError, connection

from vigie.terms.languages import Message, say
from vigie_node.ledger.chain import FIRST, Row, hash_of, is_tag_of
from vigie_node.ledger.guard import is_guarded
from vigie_node.ledger.witness import Witness, read_witness

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from vigie.terms.languages import Words

ROWS_AT_A_TIME = 2_000
PROBLEMS_MAX = 100  # kept; all are counted
SELECT = (
    "SELECT seq, at_ms, actor, kind, subject, organisation, facts, previous, hash, tag FROM ledger_entry "
    "WHERE seq > %s ORDER BY seq LIMIT %s"
)
OUTLINE = (
    "SELECT (SELECT seq FROM ledger_head WHERE id = 1), (SELECT hash FROM ledger_head WHERE id = 1), "
    "(SELECT max(seq) FROM ledger_entry), (SELECT count(*) FROM ledger_entry), "
    "(SELECT count(*) FROM ledger_head)"
)
LOWEST = -(2**63)


class Outline(NamedTuple):
    """The ledger seen from outside, at one moment."""

    head_seq: int | None
    head_hash: str | None
    last_seq: Any
    row_count: int
    head_count: int

    @property
    def last(self) -> int:
        """The last number; where it is none, at least the rows that there should be."""
        return self.last_seq if isinstance(self.last_seq, int) else self.row_count


GAP = say("Entries {first} to {last} are missing.")
STRAY = say("There are {number} entries that have no place in the ledger.")
ALTERED = say("Entry {seq} was altered: its content does not fit its hash.")
DETACHED = say("Entry {seq} does not follow the entry before it.")
FOREIGN = say("Entry {seq} was not written by this node: its tag does not fit.")
HEAD = say("The head of the ledger does not name its last entry, {seq}.")
CUT = say("The ledger ends at entry {seq}, but entry {witnessed} was witnessed: entries are lost.")
OTHER = say("Entry {seq} is not the one that was witnessed.")
UNREADABLE = say("The ledger cannot be read after entry {seq}.")
UNGUARDED = say("The database no longer refuses changes to the ledger: its triggers are gone.")


@dataclass(frozen=True)
class Problem:
    """Something that does not hold, and where."""

    sentence: Message
    facts: dict[str, int]

    def said(self, words: Words) -> str:
        """Return it in the reader's language."""
        return words(self.sentence, **self.facts)


@dataclass(frozen=True, kw_only=True)
class Verification:
    """What a verification found; `problems` are the first of `problem_count`."""

    entry_count: int
    last: Witness
    witnessed: Witness | None
    problem_count: int
    problems: tuple[Problem, ...]

    @property
    def holds(self) -> bool:
        """Whether nothing is wrong."""
        return self.problem_count == 0


@dataclass
class _Findings:
    problems: list[Problem] = field(default_factory=list)
    count: int = 0

    def add(self, sentence: Message, **facts: int) -> None:
        self.count += 1
        if len(self.problems) < PROBLEMS_MAX:
            self.problems.append(Problem(sentence, facts))


@dataclass
class _Walk:
    """Where the reading is: the entry before, and the one that was witnessed."""

    key: bytes
    witnessed: Witness | None
    findings: _Findings
    seq: int = 0
    hash: str = FIRST
    count: int = 0
    witnessed_is_there: bool = False

    def take(self, values: Sequence[Any]) -> None:
        """Hold one row against the one before."""
        row, hash_, tag = _row(values[:-2]), str(values[-2]), str(values[-1])
        self.count += 1
        if row.seq > self.seq + 1:
            self.findings.add(GAP, first=self.seq + 1, last=row.seq - 1)
        if row.previous != self.hash:
            self.findings.add(DETACHED, seq=row.seq)
        if _safe_hash(row) != hash_:
            self.findings.add(ALTERED, seq=row.seq)
        if not _safe_tag(self.key, hash_, tag):
            self.findings.add(FOREIGN, seq=row.seq)
        if self.witnessed and row.seq == self.witnessed.seq:
            self.witnessed_is_there = True
            if hash_ != self.witnessed.hash:
                self.findings.add(OTHER, seq=row.seq)
        self.seq, self.hash = row.seq, hash_


def verify(key: bytes, head_file: Path) -> Verification:
    """Read the whole ledger and say what does not hold.

    Args:
        key: what the tags were made with.
        head_file: where the last entry was witnessed.

    Raises:
        BadWitnessError: the witness cannot be read.
    """
    findings = _Findings()
    witnessed = read_witness(head_file)
    walk = _Walk(key=key, witnessed=witnessed, findings=findings)
    try:
        outline = Outline(*_one(OUTLINE))
        for values in _rows(outline.last):
            walk.take(values)
    except DatabaseError:  # text that is none, a page of the file that is broken
        _one("SELECT 1")  # raises when the database cannot be reached at all
        findings.add(UNREADABLE, seq=walk.seq)
    else:
        _hold_together(walk, outline)
    if not is_guarded():
        findings.add(UNGUARDED)
    return Verification(
        entry_count=walk.count,
        last=Witness(walk.seq, walk.hash),
        witnessed=witnessed,
        problem_count=findings.count,
        problems=tuple(findings.problems),
    )


def _hold_together(walk: _Walk, outline: Outline) -> None:
    """Hold what was read against how many rows there are, the head, and the witness."""
    findings, witnessed = walk.findings, walk.witnessed
    if walk.count != outline.row_count:
        findings.add(STRAY, number=outline.row_count - walk.count)
    if (outline.head_seq or 0, outline.head_hash or FIRST) != (walk.seq, walk.hash) or outline.head_count > 1:
        findings.add(HEAD, seq=walk.seq)
    if witnessed and witnessed.seq and not walk.witnessed_is_there:
        findings.add(CUT, seq=walk.seq, witnessed=witnessed.seq)


def _rows(last_seq: int) -> Iterator[Sequence[Any]]:
    after = LOWEST
    while True:
        with connection.cursor() as cursor:
            cursor.execute(SELECT, [after, ROWS_AT_A_TIME])
            rows = cursor.fetchall()
        for values in rows:
            if not isinstance(values[0], int) or values[0] > last_seq:
                return
            after = values[0]
            yield values
        if len(rows) < ROWS_AT_A_TIME:
            return


def _one(query: str) -> Sequence[Any]:
    with connection.cursor() as cursor:
        cursor.execute(query)
        found: Sequence[Any] = cursor.fetchone()
    return found


def _row(values: Sequence[Any]) -> Row:
    seq, at_ms, actor, kind, subject, organisation, facts, previous = values
    return Row(
        seq=seq,
        at_ms=at_ms,
        actor=actor,
        kind=kind,
        subject=subject,
        organisation=_organisation(organisation),
        facts=facts,
        previous=previous,
    )


def _organisation(value: object) -> str:
    """Return the id as the hash was taken of it.

    SQLite keeps it as 32 digits: another form of the same id would hide the entry, and is an alteration.
    """
    if value is None:
        return ""
    if isinstance(value, UUID):
        return str(value)
    try:
        read = UUID(str(value))
    except ValueError:
        return f"altered: {value!r}"
    return str(read) if value == read.hex else f"altered: {value!r}"


def _safe_hash(row: Row) -> str:
    """Return the hash of a row; of one that holds what no entry can, none."""
    try:
        return hash_of(row)
    except (TypeError, ValueError):  # bytes, half a character
        return ""


def _safe_tag(key: bytes, hash_: str, tag: str) -> bool:
    try:
        return is_tag_of(key, hash_, tag)
    except UnicodeEncodeError:
        return False
