"""The store: observations in Parquet batches that never change, each named by its SHA-256.

A batch appears whole under its name or not at all; which batches exist, the node's database says. What it
does not know is an orphan: a run was killed between writing and recording.
"""

from __future__ import annotations

import fcntl
import os
import tempfile
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from vigie.store.folders import NO_ROOM, DiskFullError, OutputError, to_disk
from vigie.store.looks import LOOKED, last_looks, with_looks
from vigie.store.observations import OBSERVATIONS, halves, repeated
from vigie.store.pseudonyms import pseudonyms_in
from vigie.store.tables import digest
from vigie.store.tokens import TOKEN_LENGTH
from vigie.terms.errors import UnfitTableError, VigieError
from vigie.terms.languages import say

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

SUFFIX, PARTIAL = ".parquet", ".partial"
BESIDE = ".languages"  # what is known of a batch's texts stands beside it, see `vigie.store.languages`
ROWS_PER_GROUP = 1 << 16
ROWS_PER_READ = 1 << 16
MEDIA = OBSERVATIONS.field("media").type
REPEATED = [
    *("platform", "source_kind", "collection_id", "kind", "thread_id", "in_reply_to", "share_of", "quote_of"),
    *("author", "channel_id", "visibility", "lang", "place", "evidence_id"),
    *("hashtags.list.element", "mentions.list.element"),
    *("links.list.element.url", "links.list.element.domain"),
    *("media.list.element.pdq", "media.list.element.sha256", "media.list.element.mime"),
    *("media.list.element.c2pa", "media.list.element.looks.list.element", "counts.list.element.name"),
]
PROBLEMS: Mapping[str, str] = {
    "missing": say("The batch {sha256} is not in the store."),
    "altered": say("The batch {sha256} was altered: its bytes have another SHA-256."),
    "unreadable": say("The batch {sha256} is not a Parquet file of observations."),
    "rows": say("The batch {sha256} holds {actual} rows where {expected} were recorded."),
    "range": say("The batch {sha256} holds posts of other moments than were recorded."),
}


class BatchMissingError(VigieError):
    """A batch that should be in the store is not, or cannot be read."""

    code = "store.batch_missing"
    sentence = say("The batch {sha256} cannot be read from the store “{path}”.")
    remedy = say("Run the check of the store; restore the batch from a backup.")


@dataclass(frozen=True, kw_only=True)
class Batch:
    """One immutable file of observations.

    Args:
        sha256: of its bytes, hexadecimal: its name.
        row_count: observations.
        byte_count: of the file.
        start_ms: the earliest `created_ms`.
        end_ms: the latest.
        look_count: rows that are looks, see `vigie.store.looks`.
    """

    sha256: str
    row_count: int
    byte_count: int
    start_ms: int
    end_ms: int
    look_count: int = 0


@dataclass(frozen=True, kw_only=True)
class Problem:
    """Something wrong with a stored batch."""

    code: Literal["missing", "altered", "unreadable", "rows", "range"]
    facts: Mapping[str, object]

    @property
    def sentence(self) -> str:
        """The message id; `facts` fill it."""
        return PROBLEMS[self.code]


@dataclass(frozen=True, kw_only=True)
class Erasure:
    """What erasing posts made of a batch.

    Args:
        old: the batch's SHA-256 before; its file still stands until `Store.remove`.
        new: the batch that takes its place; None where nothing is left; the old one, whose file must then
            stay, where nothing was erased.
        erased_count: observations that are gone.
        forgotten: pseudonyms that stood in the old batch and do not in the new: the vault should forget them.
    """

    old: str
    new: Batch | None
    erased_count: int
    forgotten: frozenset[str] = field(default=frozenset(), repr=False)


class Store:
    """A folder of batches.

    Args:
        folder: where; made when the first batch is written.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, sha256: str) -> Path:
        """Return where the batch stands, or would."""
        return self.folder / sha256[:2] / f"{sha256}{SUFFIX}"

    def write(self, table: pa.Table) -> Batch:
        """Keep observations as a batch: sorted, the same bytes for the same rows, whole or not at all.

        Args:
            table: of the schema OBSERVATIONS, at least one row.

        Raises:
            UnfitTableError: a row lacks its id, key or moment, or has an id that is no token.
            DiskFullError: there is no room left.
            OutputError: the folder cannot be written.
        """
        _check(table)
        rows = _in_order(table)
        with self._told():
            self.folder.mkdir(parents=True, exist_ok=True)
            draft = self._draft(rows)
            sha256, byte_count = digest(draft), draft.stat().st_size
            self._keep(draft, self.path(sha256))
        return _batch(rows, sha256=sha256, byte_count=byte_count)

    def read(self, shas: Sequence[str], columns: Collection[str] | None = None) -> Iterator[pa.RecordBatch]:
        """Yield the observations of some batches, in their order.

        Looks are none: where `checked_ms` is asked for, it says when these batches last looked for the post.

        Args:
            shas: which batches.
            columns: which columns, all when None; they come in the order of the schema.

        Raises:
            BatchMissingError: a batch is not there or cannot be read.
        """
        wanted = [name for name in OBSERVATIONS.names if columns is None or name in columns]
        looking = [sha for sha in shas if self._has_any(sha, LOOKED)]
        looks = self._last_looks(looking) if LOOKED in wanted and looking else None
        asked = wanted if looks is None else [*wanted, "post_id"]
        for sha in shas:
            for rows in self.rows([sha], [*asked, LOOKED] if sha in looking else asked):
                yield _posts(rows, looks).select(wanted)

    def rows(self, shas: Sequence[str], columns: Collection[str]) -> Iterator[pa.RecordBatch]:
        """Yield the rows of some batches as they were written: observations, and looks.

        Args:
            shas: which batches.
            columns: which columns; they come in the order of the schema.

        Raises:
            BatchMissingError: a batch is not there or cannot be read.
        """
        wanted = [name for name in OBSERVATIONS.names if name in columns]
        for sha in shas:
            try:
                with pq.ParquetFile(self.path(sha)) as file:
                    for rows in file.iter_batches(ROWS_PER_READ, columns=wanted):
                        yield _complete(rows, wanted)
            except (OSError, pa.ArrowException) as error:
                raise BatchMissingError(sha256=sha, path=self.folder) from error

    def latest(self, shas: Sequence[str], columns: Collection[str] | None = None) -> Iterator[pa.RecordBatch]:
        """Yield the latest observation of each post: by `collected_ms`, then by order of batches and rows.

        An observation without `collected_ms` is older than any with it. A post once seen deleted stays so:
        where its latest observation has no `deleted_seen_ms`, the latest that has one gives it.

        Args:
            shas: which batches, the earliest recorded first.
            columns: which columns, all when None.
        """
        keep, deleted = _latest_rows(self.read(shas, ("post_id", "collected_ms", "deleted_seen_ms")))
        first = 0
        for rows in self.read(shas, columns):
            last = first + rows.num_rows
            yield _with_deletions(rows, deleted[first:last]).filter(pa.array(keep[first:last]))
            first = last

    def seen_deleted(self, shas: Sequence[str], *, by_ms: int) -> set[str]:
        """Return the ids of the posts that were seen deleted at or before a moment.

        Args:
            shas: which batches; one in which nothing was ever seen deleted is not read.
            by_ms: the moment, UTC milliseconds.
        """
        found: set[str] = set()
        for sha in shas:
            if not self._has_any(sha, "deleted_seen_ms"):
                continue
            for rows in self.read([sha], ("post_id", "deleted_seen_ms")):
                gone = pc.less_equal(rows.column("deleted_seen_ms"), by_ms)
                found.update(rows.column("post_id").filter(gone).to_pylist())
        return found

    def verify(self, batch: Batch) -> list[Problem]:
        """Return what is wrong with a recorded batch; nothing when it is whole."""
        path, facts = self.path(batch.sha256), {"sha256": batch.sha256}
        if not path.is_file():
            return [Problem(code="missing", facts=facts)]
        problems = [] if digest(path) == batch.sha256 else [Problem(code="altered", facts=facts)]
        try:
            with pq.ParquetFile(path) as file:
                rows = file.read(["created_ms", "observation"])
        except (OSError, pa.ArrowException):
            return [*problems, Problem(code="unreadable", facts=facts)]
        if rows.num_rows != batch.row_count:
            counts = {"actual": rows.num_rows, "expected": batch.row_count}
            problems.append(Problem(code="rows", facts={**facts, **counts}))
        times = pc.min_max(rows.column("created_ms"))
        if (times["min"].as_py(), times["max"].as_py()) != (batch.start_ms, batch.end_ms):
            problems.append(Problem(code="range", facts=facts))
        return problems

    def sweep(self, held: Collection[str], *, older_than_ms: int, now_ms: int) -> list[Path]:
        """Remove files that no record holds, and drafts of dead runs; return them.

        Args:
            held: the batches that are recorded; ask for them before this call, not earlier than
                `older_than_ms`.
            older_than_ms: the age below which a file stays: another process may be about to record it.
            now_ms: this moment, UTC milliseconds.
        """
        kept, removed = set(held), []
        with self._told(), self._locked(fcntl.LOCK_EX):
            patterns = (f"*/*{SUFFIX}", f".*{PARTIAL}", f"*/*{BESIDE}*")
            for path in sorted(path for pattern in patterns for path in self.folder.glob(pattern)):
                of_batch = path.name.partition(".")[0]
                if of_batch not in kept and _age_ms(path, now_ms) >= older_than_ms:
                    path.unlink()
                    removed.append(path)
        return removed

    def erase(
        self,
        sha256: str,
        *,
        posts: Collection[str] = (),
        authors: Collection[str] = (),
        before_ms: int | None = None,
        due_ms: int | None = None,
    ) -> Erasure:
        """Write the batch anew without some posts; the old file stays until the caller has recorded the new.

        Args:
            sha256: which batch.
            posts: pseudonymous ids of posts to erase.
            authors: pseudonyms whose posts to erase.
            before_ms: erase posts created before this moment.
            due_ms: erase posts whose `delete_by_ms` is at or before this moment.
        """
        old = pa.Table.from_batches(self.rows([sha256], OBSERVATIONS.names), OBSERVATIONS)
        gone = _any_of(
            _is_in(old, "post_id", posts),
            _is_in(old, "author", authors),
            None if before_ms is None else pc.less(old.column("created_ms"), before_ms),
            None if due_ms is None else pc.less_equal(old.column("delete_by_ms"), due_ms),
            count=old.num_rows,
        )
        left = old.filter(pc.invert(gone))
        if left.num_rows == old.num_rows:
            same = _batch(old, sha256=sha256, byte_count=self.path(sha256).stat().st_size)
            return Erasure(old=sha256, new=same, erased_count=0)
        forgotten = frozenset(pseudonyms_in(old) - pseudonyms_in(left))
        new = self.write(left) if left.num_rows else None
        return Erasure(old=sha256, new=new, erased_count=old.num_rows - left.num_rows, forgotten=forgotten)

    def remove(self, sha256: str) -> None:
        """Remove a batch that is recorded no more; none there is no error."""
        with self._told():
            self.path(sha256).unlink(missing_ok=True)
            for beside in self.path(sha256).parent.glob(f"{sha256}{BESIDE}*"):
                beside.unlink(missing_ok=True)
            with suppress(FileNotFoundError):
                to_disk(self.path(sha256).parent)

    def _last_looks(self, shas: Sequence[str]) -> pa.Table:
        rows = self.rows(shas, ("post_id", LOOKED))
        return last_looks(part.filter(part.column(LOOKED).is_valid()) for part in rows)

    def _has_any(self, sha256: str, column: str) -> bool:
        """Tell whether a batch may hold a value in a column, by what the file says of itself."""
        try:
            said = pq.read_metadata(self.path(sha256))
        except (OSError, pa.ArrowException) as error:
            raise BatchMissingError(sha256=sha256, path=self.folder) from error
        names = [said.schema.column(place).path for place in range(said.num_columns)]
        if column not in names:
            return False
        place = names.index(column)
        groups = [said.row_group(number).column(place) for number in range(said.num_row_groups)]
        return any(one.statistics is None or one.statistics.null_count < one.num_values for one in groups)

    def _draft(self, rows: pa.Table) -> Path:
        handle, name = tempfile.mkstemp(prefix=".", suffix=PARTIAL, dir=self.folder)
        with ExitStack() as failed, os.fdopen(handle, "wb") as file:
            failed.callback(os.unlink, name)
            _write_parquet(rows, file)
            file.flush()
            os.fsync(file.fileno())
            failed.pop_all()  # it is whole: it stays
        return Path(name)

    def _keep(self, draft: Path, path: Path) -> None:
        """Give a draft its name; the lock keeps a sweep from taking it for an orphan of long ago."""
        with self._locked(fcntl.LOCK_SH):
            if not path.parent.is_dir():
                path.parent.mkdir(exist_ok=True)
                to_disk(self.folder)
            draft.rename(path)
            to_disk(path.parent)

    @contextmanager
    def _locked(self, how: int) -> Iterator[None]:
        self.folder.mkdir(parents=True, exist_ok=True)
        held = os.open(self.folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.flock(held, how)
            yield
        finally:
            os.close(held)

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Turn what the system refuses into our errors."""
        try:
            yield
        except OSError as error:
            if error.errno in NO_ROOM:
                raise DiskFullError(path=self.folder) from error
            raise OutputError(path=self.folder, reason=error.strerror or str(error)) from error


def _batch(rows: pa.Table, *, sha256: str, byte_count: int) -> Batch:
    times = pc.min_max(rows.column("created_ms"))
    return Batch(
        sha256=sha256,
        row_count=rows.num_rows,
        byte_count=byte_count,
        start_ms=times["min"].as_py(),
        end_ms=times["max"].as_py(),
        look_count=rows.num_rows - rows.column(LOOKED).null_count,
    )


def _posts(rows: pa.RecordBatch, looks: pa.Table | None) -> pa.RecordBatch:
    """Return rows without those that are looks; `checked_ms` tells what `looks` know of the others."""
    if LOOKED not in rows.schema.names:
        return rows
    rows = rows.filter(pc.is_null(rows.column(LOOKED)))
    if looks is None:
        return rows
    place = rows.schema.get_field_index(LOOKED)
    return rows.set_column(place, OBSERVATIONS.field(LOOKED), with_looks(rows.column("post_id"), looks))


def _check(table: pa.Table) -> None:
    """Raise an error unless every row has its id, a token, its key and its moment."""
    for name in ("post_id", "observation", "created_ms"):
        if name not in table.column_names or table.column(name).null_count:
            raise UnfitTableError(column=name, stage=say("the store"), expected=say("a value in every row"))
    lengths = pc.min_max(pc.binary_length(table.column("post_id")))
    if (lengths["min"].as_py(), lengths["max"].as_py()) != (TOKEN_LENGTH, TOKEN_LENGTH):
        raise UnfitTableError(column="post_id", stage=say("the store"), expected=say("pseudonyms"))


def _in_order(table: pa.Table) -> pa.Table:
    """Return observations by moment, then key: one order for one set of rows."""
    rows = table.select(OBSERVATIONS.names).cast(OBSERVATIONS).combine_chunks()
    keys = halves(rows.column("observation").combine_chunks())
    order = np.lexsort((keys[:, 1], keys[:, 0], rows.column("created_ms").to_numpy()))
    return rows if (order[1:] > order[:-1]).all() else rows.take(pa.array(order))


def _complete(rows: pa.RecordBatch, wanted: Sequence[str]) -> pa.RecordBatch:
    """Return rows with nulls where their batch, older than the schema's last column or part, says nothing."""
    if rows.schema.names == wanted and ("media" not in wanted or rows.schema.field("media").type == MEDIA):
        return rows
    columns = [
        rows.column(name).cast(OBSERVATIONS.field(name).type)
        if name in rows.schema.names
        else pa.nulls(rows.num_rows, OBSERVATIONS.field(name).type)
        for name in wanted
    ]
    return pa.RecordBatch.from_arrays(
        columns, schema=pa.schema([OBSERVATIONS.field(name) for name in wanted])
    )


def _write_parquet(rows: pa.Table, file: object) -> None:
    pq.write_table(
        rows, file, compression="zstd", use_dictionary=REPEATED, row_group_size=ROWS_PER_GROUP, version="2.6"
    )


def _latest_rows(batches: Iterator[pa.RecordBatch]) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
    """Return which rows are the latest of their post, and for each when it was seen deleted, -1 for never."""
    ids, collected, deleted = [np.empty((0, 2), np.uint64)], [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    for rows in batches:
        ids.append(halves(rows.column("post_id").cast(pa.binary()).cast(pa.binary(TOKEN_LENGTH))))
        for column, parts in (("collected_ms", collected), ("deleted_seen_ms", deleted)):
            parts.append(rows.column(column).fill_null(-1).to_numpy(zero_copy_only=False))
    id_, when, gone = np.concatenate(ids), np.concatenate(collected), np.concatenate(deleted)
    rows = repeated(id_)
    order = rows[np.lexsort((rows, when[rows], id_[rows, 1], id_[rows, 0]))]
    first = np.ones(len(order), np.bool_)
    first[1:] = (id_[order[1:]] != id_[order[:-1]]).any(axis=1)
    keep = np.ones(len(id_), np.bool_)
    keep[order[:-1][~first[1:]]] = False
    gone[order] = _last_known(gone[order], first)
    return keep, gone


def _last_known(values: NDArray[np.int64], first: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return values with -1 replaced by the last other one since the place before that is `first`."""
    places = np.arange(len(values))
    start = np.maximum.accumulate(np.where(first, places, 0))
    last = np.maximum.accumulate(np.where(values >= 0, places, -1))
    return np.where(last >= start, values[last], -1)


def _with_deletions(rows: pa.RecordBatch, deleted: NDArray[np.int64]) -> pa.RecordBatch:
    if "deleted_seen_ms" not in rows.schema.names:
        return rows
    column = pa.array(deleted, mask=deleted < 0)
    place = rows.schema.get_field_index("deleted_seen_ms")
    return rows.set_column(place, OBSERVATIONS.field("deleted_seen_ms"), column)


def _is_in(table: pa.Table, name: str, values: Collection[str]) -> pa.ChunkedArray | None:
    return pc.is_in(table.column(name), pa.array(sorted(values), pa.string())) if values else None


def _any_of(*masks: pa.ChunkedArray | None, count: int) -> pa.Array:
    whole = np.zeros(count, np.bool_)
    for mask in masks:
        if mask is not None:
            whole |= pc.fill_null(mask, fill_value=False).to_numpy()
    return pa.array(whole)


def _age_ms(path: Path, now_ms: int) -> int:
    with suppress(FileNotFoundError):
        return now_ms - path.stat().st_mtime_ns // 1_000_000
    return -1  # gone meanwhile
