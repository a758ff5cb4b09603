"""The stages joined, in the order of the data: collect, detect, findings ready for a report."""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import pyarrow as pa

import vigie
from vigie.collect import Plan, Rejects, plan, read_planned
from vigie.detect import coaction
from vigie.detect.behaviours import Behaviour, columns_for
from vigie.detect.gathering import Gathering
from vigie.store import digest
from vigie.store.observations import observed
from vigie.store.pseudonyms import pseudonymise
from vigie.terms.errors import VigieError
from vigie.terms.findings import Findings
from vigie.terms.progress import Progress, silent

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from pathlib import Path

    from vigie.collect import AskedUnit
    from vigie.detect.coaction import Detection, Rule
    from vigie.store.batches import Batch, Store
    from vigie.store.observations import Known
    from vigie.store.pseudonyms import ProjectKey
    from vigie.store.vault import Vault

ROWS_PER_BATCH = 250_000
BYTES_PER_BATCH = 1 << 28  # of posts in memory: a portion of long texts has fewer rows


@dataclass(frozen=True, kw_only=True)
class Reading:
    """How files are to be read: what the person said, the rest by recognition."""

    mapping: Mapping[str, str] = field(default_factory=dict)
    encoding: str | None = None
    time_unit: AskedUnit = "auto"


@dataclass(frozen=True, kw_only=True)
class Posts:
    """What was gathered from some files, and how they were read."""

    acts: Gathering
    plans: tuple[Plan, ...]
    digests: tuple[str, ...]  # SHA-256 of each file, taken before it was read
    rejected_count: int
    batches: tuple[str, ...] = ()  # SHA-256 of each stored batch, where posts come from the store


@dataclass(frozen=True, kw_only=True)
class Taken:
    """What one portion of an intake added to the store; nothing here is raw.

    Args:
        batch: the new batch, to be recorded before the next portion is asked for; None where all was held.
        read_count: posts read in this portion.
        new_count: observations that were not held: the batch's rows.
        held_count: observations that were.
    """

    batch: Batch | None
    read_count: int
    new_count: int
    held_count: int


def plan_all(paths: Sequence[Path], reading: Reading) -> tuple[Plan, ...]:
    """Decide how to read each file, before the long work.

    Raises:
        FileError: one cannot be read as posts.
    """
    return tuple(
        plan(path, mapping=reading.mapping, encoding=reading.encoding, time_unit=reading.time_unit)
        for path in paths
    )


def read(
    paths: Sequence[Path],
    behaviours: tuple[Behaviour, ...],
    reading: Reading,
    *,
    rejects: Rejects,
    with_origins: bool = True,
    progress: Progress = silent,
) -> Posts:
    """Return what the posts of `paths` hold of `behaviours`; bad rows go to `rejects`."""
    plans = plan_all(paths, reading)
    digests = tuple(digest(path) for path in paths)
    acts = Gathering(behaviours, with_origins=with_origins)
    for batch in read_planned(plans, columns=columns_for(behaviours), rejects=rejects, progress=progress):
        acts.add(batch)
    return Posts(acts=acts, plans=plans, digests=digests, rejected_count=rejects.total)


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
    public_actors: Collection[str] = (),
    progress: Progress = silent,
) -> Iterator[Taken]:
    """Bring the posts of files into the store, batch by batch, without names.

    For each portion of `rows_per_batch` posts: (1) names become tokens, (2) observations that are held are
    left out, (3) the rest is written as a batch, (4) what stands behind its tokens is sealed in the vault,
    (5) the caller gets the batch and records it. Killed anywhere, it is simply run again: what was recorded
    is known, what was not is an orphan that `Store.sweep` removes.

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
        public_actors: raw names of accounts that stay in clear.
        progress: told how many bytes of all files were read.

    Yields:
        What each portion added, at least once per portion.

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
    for raw in _portions(plans, rejects=rejects, rows_per_batch=rows_per_batch, progress=progress):
        posts = _filled(raw, given)
        table, identities = _new_of(posts, key=key, known=known, public_actors=public_actors)
        batch = None
        if table.num_rows:
            batch = store.write(table)  # (3)
            vault.seal(batch.sha256, identities)  # (4)
            known.add(table)
        yield Taken(  # (5)
            batch=batch,
            read_count=raw.num_rows,
            new_count=table.num_rows,
            held_count=raw.num_rows - table.num_rows,
        )


def _new_of(
    posts: pa.Table, *, key: ProjectKey, known: Known, public_actors: Collection[str]
) -> tuple[pa.Table, pa.Table]:
    """Return the observations that are not held, and the identities behind these alone."""
    table, identities = pseudonymise(posts, key, public_actors=public_actors)  # (1)
    seen = observed(table)
    new = known.new_rows(seen)  # (2)
    if new.true_count == posts.num_rows:
        return seen, identities
    _table, identities = pseudonymise(posts.filter(new), key, public_actors=public_actors)
    return seen.filter(new), identities


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


def _portions(
    plans: Sequence[Plan], *, rejects: Rejects, rows_per_batch: int, progress: Progress
) -> Iterator[pa.Table]:
    """Yield the posts of files in tables of `rows_per_batch`, fewer of long ones, then raise what broke."""
    broken: list[VigieError] = []
    waiting: list[pa.RecordBatch] = []
    for batch in _until_broken(read_planned(plans, rejects=rejects, progress=progress), broken):
        rows = batch
        while rows.num_rows:
            fitting = rows_per_batch - sum(part.num_rows for part in waiting)
            waiting.append(rows.slice(0, fitting))
            rows = rows.slice(fitting)
            if rows.num_rows or sum(part.nbytes for part in waiting) >= BYTES_PER_BATCH:
                yield pa.Table.from_batches(waiting)
                waiting = []
    if waiting:
        yield pa.Table.from_batches(waiting)
    for error in broken:
        raise error


def _until_broken(batches: Iterator[pa.RecordBatch], broken: list[VigieError]) -> Iterator[pa.RecordBatch]:
    """Yield `batches`; an error among them ends them and is kept, so that what came before is not lost."""
    try:
        yield from batches
    except VigieError as error:
        broken.append(error)


def read_held(
    store: Store,
    shas: Sequence[str],
    behaviours: tuple[Behaviour, ...],
    *,
    with_origins: bool = True,
    progress: Progress = silent,
) -> Posts:
    """Return what stored posts hold of `behaviours`: the latest view of each post, those seen deleted too.

    Args:
        store: where the batches are.
        shas: which, the earliest recorded first.
        behaviours: which acts.
        with_origins: remember who wrote each post.
        progress: told how many posts were gathered.
    """
    acts = Gathering(behaviours, with_origins=with_origins)
    for batch in store.latest(shas, columns_for(behaviours)):
        acts.add(batch)
        progress(acts.post_count, None)
    return Posts(acts=acts, plans=(), digests=(), rejected_count=0, batches=tuple(shas))


def detect_coaction(
    posts: Posts,
    *,
    rule: Rule,
    seed: int,
    known: Mapping[str, str] | None = None,
    progress: Progress = silent,
) -> tuple[Detection, Findings]:
    """Return what moved together in `posts`, as tables and as findings for people."""
    acts = posts.acts
    found = coaction.detect(
        {behaviour.id: acts.actions(behaviour) for behaviour in acts.behaviours},
        rule=rule,
        seed=seed,
        known=known,
        origins=acts.origins,
        progress=progress,
    )
    findings = Findings(
        card=coaction.card(),
        manifest=manifest(posts, parameters=parameters(rule), seed=seed),
        post_count=acts.post_count,
        account_count=acts.account_count,
        start_ms=acts.start_ms,
        end_ms=acts.end_ms,
        rejected_count=posts.rejected_count,
        calibrations=found.calibrations,
        groups=found.groups,
    )
    return found, findings


def count_coaction(
    posts: Posts,
    *,
    windows_ms: Sequence[int],
    objects_min: int,
    threads: int,
    progress: Progress = silent,
) -> pa.Table:
    """Return all pairs with at least `objects_min` common objects, per behaviour and window, not judged."""
    tables = []
    for behaviour in posts.acts.behaviours:
        actions = posts.acts.actions(behaviour)
        for window_ms in windows_ms if actions.num_rows else ():
            counted = coaction.pairs(
                actions, window_ms=window_ms, objects_min=objects_min, threads=threads, progress=progress
            )
            tables.append(_labelled(counted, behaviour=behaviour.id, window_ms=window_ms))
    return (
        pa.concat_tables(tables).unify_dictionaries() if tables else _labelled(coaction.COUNTED.empty_table())
    )


def _labelled(counted: pa.Table, *, behaviour: str = "", window_ms: int = 0) -> pa.Table:
    name = pa.DictionaryArray.from_arrays(pa.repeat(pa.scalar(0, pa.int32()), counted.num_rows), [behaviour])
    labelled = counted.append_column("behaviour", name)
    return labelled.append_column("window_ms", pa.repeat(pa.scalar(window_ms, pa.int64()), counted.num_rows))


def processors() -> int:
    """Return how many processors this process may use; those of the machine where the system does not say.

    macOS and Windows have no `sched_getaffinity`.
    """
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def parameters(rule: Rule) -> dict[str, Any]:
    """Return the parameters that decide the result; how many threads counted does not."""
    return {name: value for name, value in asdict(rule).items() if name != "threads"}


def manifest(posts: Posts, *, parameters: Mapping[str, Any], seed: int | None) -> dict[str, Any]:
    """Return how a run was made, so that it can be made again; no clock and no folder: the same each time."""
    return {
        "method": coaction.METHOD,
        "vigie": vigie.__version__,
        "seed": seed,
        "parameters": dict(parameters),
        "behaviours": [behaviour.id for behaviour in posts.acts.behaviours],
        "inputs": [
            *(_input(*one) for one in zip(posts.plans, posts.digests, strict=True)),
            *({"batch": sha} for sha in posts.batches),
        ],
        "posts": posts.acts.post_count,
        "rows_set_aside": posts.rejected_count,
    }


def _input(one: Plan, sha256: str) -> dict[str, Any]:
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
