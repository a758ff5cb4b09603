"""The way into the store: files are read, posts lose their names, what is new is kept; what is held is told.

What detects stands apart (`vigie.pipeline`), so that an intake loads nothing of it.
"""

from __future__ import annotations

from collections import deque
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

import pyarrow as pa
import pyarrow.compute as pc

from vigie.collect import Plan, plan, read_planned
from vigie.collect.ahead import ahead
from vigie.collect.expanding import expanded_links
from vigie.store.languages import languages_so_far, read_languages, write_languages
from vigie.store.looks import LOOKED, looks_of
from vigie.store.observations import observed
from vigie.store.pseudonyms import pseudonymise
from vigie.terms.errors import VigieError
from vigie.terms.progress import Progress, silent
from vigie.terms.times import DAY_MS, HOUR_MS
from vigie.text import IDENTIFIED, UNDETERMINED, identify

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Generator, Iterator, Mapping, Sequence
    from concurrent.futures import Future
    from pathlib import Path

    from vigie.collect import AskedUnit, Rejects
    from vigie.collect.expanding import Resolver
    from vigie.store.batches import Batch, Store
    from vigie.store.observations import Known
    from vigie.store.offices import Office
    from vigie.store.pseudonyms import ProjectKey
    from vigie.store.vault import Vault
    from vigie.text.languages import Model

ROWS_PER_BATCH = 150_000  # memory grows with it: under 1 GB with keys of tens of millions held

BATCHES_AHEAD = 8  # of some MiB each, that are read before they are asked for

ROWS_PER_LOOK = 8_192  # whose languages are looked for before anybody else is let through


CELL = ("platform", "source_kind", "lang", "place", "hour_ms")  # what coverage is counted by

BYTES_PER_BATCH = 1 << 28  # of posts in memory: a portion of long texts has fewer rows


@dataclass(frozen=True, kw_only=True)
class Reading:
    """How files are to be read: what the person said, the rest by recognition."""

    mapping: Mapping[str, str] = field(default_factory=dict)
    encoding: str | None = None
    time_unit: AskedUnit = "auto"
    layout: str | None = None


@dataclass(frozen=True, kw_only=True)
class Taken:
    """What one portion of an intake added to the store; nothing here is raw.

    Args:
        batch: the new batch, to be recorded before the next portion is asked for; None where all was held.
        read_count: posts read in this portion.
        new_count: observations that were not held: the batch's rows but for looks.
        held_count: observations that were.
        look_count: of them, those that say on another day that a post stood as it was; the batch has a row of
            each too.
    """

    batch: Batch | None
    read_count: int
    new_count: int
    held_count: int
    look_count: int = 0


def plan_all(paths: Sequence[Path], reading: Reading) -> tuple[Plan, ...]:
    """Decide how to read each file, before the long work.

    Raises:
        FileError: one cannot be read as posts.
    """
    return tuple(
        plan(
            path,
            mapping=reading.mapping,
            encoding=reading.encoding,
            time_unit=reading.time_unit,
            layout=reading.layout,
        )
        for path in paths
    )


def take_in(
    plans: Sequence[Plan],
    *,
    store: Store,
    vault: Vault,
    key: ProjectKey,
    known: Known,
    collection_id: str,
    collected_ms: int,
    rejects: Rejects,
    evidence_id: str | None = None,
    delete_by_ms: int | None = None,
    rows_per_batch: int = ROWS_PER_BATCH,
    public_actors: Collection[str | Office] = (),
    is_visit: bool = False,
    resolver: Resolver | None = None,
    progress: Progress = silent,
) -> Generator[Taken, None, None]:
    """Bring the posts of files into the store, batch by batch, without names.

    For each portion of `rows_per_batch` posts: (1) names become tokens, (2) observations that are held are
    left out, but for a look a day (`vigie.store.looks`) where it is known when they were looked for, (3)
    the rest is written as a batch, (4) what stands behind its tokens is sealed in the vault, (5) the
    caller gets the batch and records it. While a portion is written, the next is read and gets its
    tokens; none is written before the one before it was recorded. Killed anywhere, it is simply run
    again: what was recorded is known, what was not is an orphan that `Store.sweep` removes. Whoever stops
    before the end closes the iterator, and touches `rejects` only then.

    Args:
        plans: how to read each file, see `plan_all`; their `shape.byte_count` sum up to the progress's total.
        store: where batches go.
        vault: where raw names go.
        key: the project's.
        known: the observations that the data set holds; grows by what is taken in.
        collection_id: the declaration under which it is collected.
        collected_ms: when, for posts that do not say.
        rejects: takes the rows that are set aside; their excerpts are raw: see `Vault.seal_rejects`.
        evidence_id: where the original is sealed, if it is.
        delete_by_ms: when these observations are to be erased, if that is set.
        rows_per_batch: posts in one portion, 1 or more; memory grows with it.
        public_actors: accounts that stay in clear: offices for posts of their time, raw names always.
        is_visit: whether somebody looked for these posts at `collected_ms`; a file that does not say when it
            was made may be of any time.
        resolver: asks where short addresses lead, when an operator allows it.
        progress: told how many bytes of all files were read.

    Yields:
        What each portion added, once per portion, in order.

    Raises:
        FileError: a file breaks off or all its rows are bad; what was read before is yielded first.
    """
    given = {
        "source_kind": "export",
        "collection_id": collection_id,
        "collected_ms": collected_ms,
        "evidence_id": evidence_id,
        "delete_by_ms": delete_by_ms,
    }
    broken: list[VigieError] = []
    batches = _read_ahead(plans, rejects=rejects, progress=progress)
    with _Writer(store, vault) as writer, closing(batches):
        for raw in _portions(_until_broken(batches, broken), rows_per_batch=rows_per_batch):
            read_count = raw.num_rows
            posts, looked = _filled(raw, given), _looked(raw, collected_ms if is_visit else None)
            del raw  # here and below: a portion that is done with makes room for the next
            if resolver is not None:
                posts = _expanded(posts, resolver)
            table, identities = _new_of(posts, looked, key=key, known=known, public_actors=public_actors)
            del posts
            yield from writer.written()  # (5)
            writer.write(table, identities, read_count=read_count)
            del table, identities
        yield from writer.written()
    for error in broken:
        raise error


class _Writer:
    """Keeps one portion, in a thread, while the next is made ready."""

    def __init__(self, store: Store, vault: Vault) -> None:
        self._store, self._vault = store, vault
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="writer")
        self._writing: Future[Taken] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown()

    def write(self, table: pa.Table, identities: pa.Table, *, read_count: int) -> None:
        """Begin to keep the new observations of a portion; `written` must have told of the one before."""
        self._writing = self._pool.submit(self._kept, table, identities, read_count)

    def written(self) -> Iterator[Taken]:
        """Yield what the portion begun last added, once it is on the disk; nothing where none was begun."""
        if self._writing is not None:
            taken, self._writing = self._writing.result(), None
            yield taken

    def _kept(self, table: pa.Table, identities: pa.Table, read_count: int) -> Taken:
        batch = None
        if table.num_rows:
            batch = self._store.write(table)  # (3)
            self._vault.seal(batch.sha256, identities)  # (4)
        looks = 0 if batch is None else batch.look_count
        new = table.num_rows - looks
        return Taken(
            batch=batch, read_count=read_count, new_count=new, held_count=read_count - new, look_count=looks
        )


def _new_of(
    posts: pa.Table,
    looked: pa.Array,
    *,
    key: ProjectKey,
    known: Known,
    public_actors: Collection[str | Office],
) -> tuple[pa.Table, pa.Table]:
    """Return the observations that are not held, the looks at others, and the identities behind the former.

    Both are held from now on.
    """
    table, identities = pseudonymise(posts, key, public_actors=public_actors)  # (1)
    seen = _unlooked(observed(table))
    new = known.new_rows(seen)  # (2)
    fresh = seen.filter(new)
    known.add(fresh)
    looks = looks_of(seen, looked, known)
    known.add(looks)
    if new.true_count < posts.num_rows:
        _table, identities = pseudonymise(posts.filter(new), key, public_actors=public_actors)
    return pa.concat_tables([fresh, looks]), identities


def _looked(raw: pa.Table, visit_ms: int | None) -> pa.Array:
    """Return when each post was last looked for, as far as its file or the visit says; null for unknown."""
    collected, checked = (raw.column(name).combine_chunks() for name in ("collected_ms", LOOKED))
    if visit_ms is not None:
        collected = collected.fill_null(visit_ms)
    return pc.max_element_wise(collected, checked)


def _unlooked(seen: pa.Table) -> pa.Table:
    """Return observations alone: that they were looked for again is told by rows of their own."""
    place = seen.schema.get_field_index(LOOKED)
    return seen.set_column(place, seen.schema.field(place), pa.nulls(seen.num_rows, pa.int64()))


def _filled(posts: pa.Table, given: Mapping[str, object]) -> pa.Table:
    """Return `posts` with what is `given`; only their own kind of source and moment of collection stay."""
    for name, value in given.items():
        if value is not None:
            field_ = posts.schema.field(name)
            scalar = pa.scalar(value, field_.type)
            own = posts.column(name)
            keeps = name in {"source_kind", "collected_ms"} and own.null_count < len(own)
            column = own.fill_null(scalar) if keeps else pa.repeat(scalar, len(own))
            posts = posts.set_column(posts.schema.get_field_index(name), field_, column)
    return posts


def _expanded(posts: pa.Table, resolver: Resolver) -> pa.Table:
    """Return `posts` with the short addresses in their links expanded."""
    place = posts.schema.get_field_index("links")
    links = expanded_links(posts.column(place).combine_chunks(), resolver)
    return posts.set_column(place, posts.schema.field(place), links)


def _read_ahead(
    plans: Sequence[Plan], *, rejects: Rejects, progress: Progress
) -> Generator[pa.RecordBatch, None, None]:
    """Yield the posts of files, read ahead by a thread; progress is told by whoever asks for them."""
    told: deque[tuple[int, int | None]] = deque()
    batches = read_planned(plans, rejects=rejects, progress=lambda done, total: told.append((done, total)))
    with closing(ahead(batches, depth=BATCHES_AHEAD)) as coming:
        for batch in coming:
            _pass_on(told, progress)
            yield batch
    _pass_on(told, progress)


def _pass_on(told: deque[tuple[int, int | None]], progress: Progress) -> None:
    while told:
        progress(*told.popleft())


def _portions(batches: Iterator[pa.RecordBatch], *, rows_per_batch: int) -> Iterator[pa.Table]:
    """Yield posts in tables of `rows_per_batch`, fewer of long ones."""
    waiting: list[pa.RecordBatch] = []
    for batch in batches:
        rows = batch
        while rows.num_rows:
            fitting = rows_per_batch - sum(part.num_rows for part in waiting)
            waiting.append(rows.slice(0, fitting))
            rows = rows.slice(fitting)
            if rows.num_rows or sum(part.nbytes for part in waiting) >= BYTES_PER_BATCH:
                yield _emptied(waiting)
    if waiting:
        yield _emptied(waiting)


def _emptied(waiting: list[pa.RecordBatch]) -> pa.Table:
    """Return the batches of a list as a table, and hold none of them any longer."""
    table = pa.Table.from_batches(waiting)
    waiting.clear()
    return table


def _until_broken(batches: Iterator[pa.RecordBatch], broken: list[VigieError]) -> Iterator[pa.RecordBatch]:
    """Yield `batches`; an error among them ends them and is kept, so that what came before is not lost."""
    try:
        yield from batches
    except VigieError as error:
        broken.append(error)


def identify_held(
    store: Store,
    sha256: str,
    *,
    model: Model | None,
    method: str,
    may_go_on: Callable[[int], bool] = lambda _done: True,
) -> bool:
    """Find in which language the texts of a batch are written and keep it beside the batch.

    What was found before, whole or in part, is not looked for again.

    Args:
        store: where the batch is.
        sha256: which batch.
        model: tells apart the languages of one script; None: scripts alone.
        method: names the model and its rules; what another method found is replaced.
        may_go_on: asked after each `ROWS_PER_LOOK` rows, told how many are done.

    Returns:
        Whether all rows are done; where not, those that are done are kept for next time.
    """
    found = languages_so_far(store, sha256, method=method)
    parts = [IDENTIFIED.empty_table() if found is None else found.select(IDENTIFIED.names).cast(IDENTIFIED)]
    skipped, done = parts[0].num_rows, parts[0].num_rows
    for rows in _looks(store.read([sha256], ("title", "body", "lang"))):
        past = min(skipped, rows.num_rows)
        skipped, left = skipped - past, rows.slice(past)
        if not left.num_rows:
            continue
        if len(parts) > 1 and not may_go_on(done):
            write_languages(store, sha256, pa.concat_tables(parts), method=method, is_whole=False)
            return False
        # Arrow's own skipping of nulls drops rows that hold nothing else
        said = pc.binary_join_element_wise(
            pc.fill_null(left.column("title"), ""), pc.fill_null(left.column("body"), ""), "\n"
        )
        parts.append(identify(said, stated=left.column("lang"), model=model))
        done += left.num_rows
    write_languages(store, sha256, pa.concat_tables(parts), method=method, is_whole=True)
    return True


def _looks(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    for rows in batches:
        for first in range(0, rows.num_rows, ROWS_PER_LOOK):
            yield rows.slice(first, ROWS_PER_LOOK)


def coverage_of(store: Store, sha256: str) -> pa.Table:
    """Return how many observations a batch has of each platform, kind of source, language, place and hour.

    Returns:
        `platform`, `source_kind`, `lang`, `place` as texts, empty for unknown; `hour_ms`, when the hour (UTC)
        begins in which a post was written; `count`.
    """
    found, first, counted = read_languages(store, sha256), 0, []
    for rows in store.read([sha256], ("platform", "source_kind", "created_ms", "place")):
        lang = pa.repeat(UNDETERMINED, rows.num_rows)
        if found is not None:
            lang = found.column("lang").slice(first, rows.num_rows).cast(pa.string())
        hours = pc.floor(pc.divide(rows.column("created_ms").cast(pa.float64()), HOUR_MS))
        cells = pa.table(
            {
                **{
                    name: pc.fill_null(rows.column(name), "") for name in ("platform", "source_kind", "place")
                },
                "lang": lang,
                "hour_ms": pc.multiply(hours.cast(pa.int64()), HOUR_MS),
            }
        )
        counted.append(cells.group_by(list(CELL)).aggregate([([], "count_all")]))
        first += rows.num_rows
    together = pa.concat_tables(counted).group_by(list(CELL)).aggregate([("count_all", "sum")])
    return together.rename_columns([*CELL, "count"])


def looks_on(store: Store, sha256: str) -> pa.Table:
    """Return on which days a batch's looks found posts as they were.

    Returns:
        `platform`, `source_kind`, as `coverage_of` tells them; `day_ms`, when the day (UTC) of the look
        begins; `count`.
    """
    rows = pa.concat_tables(
        pa.Table.from_batches([part]) for part in store.rows([sha256], ("platform", "source_kind", LOOKED))
    )
    rows = rows.filter(rows.column(LOOKED).is_valid())
    days = pa.array(rows.column(LOOKED).to_numpy() // DAY_MS * DAY_MS, pa.int64())
    told = {name: pc.fill_null(rows.column(name), "") for name in ("platform", "source_kind")}
    counted = pa.table({**told, "day_ms": days}).group_by([*told, "day_ms"]).aggregate([([], "count_all")])
    return counted.rename_columns([*told, "day_ms", "count"])


def input_told(one: Plan, sha256: str) -> dict[str, Any]:
    """Return what a manifest says of one file; its name without the folder."""
    return {
        "file": one.path.name.encode("utf-8", "surrogateescape").decode("utf-8", "replace"),
        "sha256": sha256,
        "bytes": one.shape.byte_count,
        "format": one.shape.format,
        "compression": one.shape.compression,
        "layout": one.layout,
        "columns": {column.source: column.target for column in one.columns if column.target},
        "time_units": dict(one.time_units),
    }
