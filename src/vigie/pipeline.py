"""The stages joined, in the order of the data: collect, detect, findings ready for a report."""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

import vigie
from vigie.collect import Plan, Rejects, read_planned
from vigie.detect import coaction
from vigie.detect.behaviours import Behaviour, columns_for
from vigie.detect.gathering import Gathering
from vigie.intake import Reading, input_told, plan_all
from vigie.media.near import hashes, taken_for
from vigie.media.pdq import HASH_BYTES
from vigie.store import digest
from vigie.terms.engine import IN_MEMORY
from vigie.terms.findings import Findings
from vigie.terms.progress import Progress, silent

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from vigie.detect.coaction import Detection, Rule
    from vigie.store.batches import Store
    from vigie.terms.engine import Engine

WHOLE_HASH = f"^[0-9a-f]{{{2 * HASH_BYTES}}}$"


@dataclass(frozen=True, kw_only=True)
class Posts:
    """What was gathered from some files, and how they were read."""

    acts: Gathering
    plans: tuple[Plan, ...]
    digests: tuple[str, ...]  # SHA-256 of each file, taken before it was read
    rejected_count: int
    batches: tuple[str, ...] = ()  # SHA-256 of each stored batch, where posts come from the store


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
    acts = Gathering(behaviours, with_origins=with_origins, looks_of=looks_of)
    for batch in read_planned(plans, columns=columns_for(behaviours), rejects=rejects, progress=progress):
        acts.add(batch)
    return Posts(acts=acts, plans=plans, digests=digests, rejected_count=rejects.total)


def looks_of(pictures: pa.Array, others: pa.Table) -> pa.Array:
    """Return for each hash of a picture the hash that it is taken for, whatever their order.

    Args:
        pictures: PDQ, 64 hexadecimal digits; what is written otherwise is taken for itself.
        others: `pdq`, `look`: how else some of them look, turned or without borders.
    """
    known = pc.unique(pictures.filter(pc.match_substring_regex(pictures, WHOLE_HASH))).sort()
    others = others.filter(pc.match_substring_regex(others["look"], WHOLE_HASH))
    owner = pc.index_in(others["pdq"], known).combine_chunks()
    looks = others["look"].combine_chunks().filter(owner.is_valid())
    taken = taken_for(
        hashes(known.to_pylist()), looks=hashes(looks.to_pylist()), owners=owner.drop_null().to_numpy()
    )
    return pc.coalesce(known.take(pa.array(taken)).take(pc.index_in(pictures, known)), pictures)


def read_held(
    store: Store,
    shas: Sequence[str],
    behaviours: tuple[Behaviour, ...],
    *,
    with_origins: bool = True,
    since_ms: int | None = None,
    progress: Progress = silent,
) -> Posts:
    """Return what stored posts hold of `behaviours`: the latest view of each post, those seen deleted too.

    Args:
        store: where the batches are.
        shas: which, the earliest recorded first.
        behaviours: which acts.
        with_origins: remember who wrote each post.
        since_ms: only posts written from then on; None: all.
        progress: told how many posts were gathered.
    """
    acts = Gathering(behaviours, with_origins=with_origins, looks_of=looks_of)
    for batch in store.latest(shas, columns_for(behaviours)):
        acts.add(written_since(batch, since_ms))
        progress(acts.post_count, None)
    return Posts(acts=acts, plans=(), digests=(), rejected_count=0, batches=tuple(shas))


def written_since(posts: pa.RecordBatch, since_ms: int | None) -> pa.RecordBatch:
    """Return the posts that were written from a moment on; all where it is None."""
    return posts if since_ms is None else posts.filter(pc.greater_equal(posts.column("created_ms"), since_ms))


def detect_coaction(
    posts: Posts,
    *,
    rule: Rule,
    seed: int,
    known: Mapping[str, str] | None = None,
    engine: Engine = IN_MEMORY,
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
        engine=engine,
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
    engine: Engine = IN_MEMORY,
    progress: Progress = silent,
) -> pa.Table:
    """Return all pairs with at least `objects_min` common objects, per behaviour and window, not judged."""
    tables = []
    for behaviour in posts.acts.behaviours:
        actions = posts.acts.actions(behaviour)
        for window_ms in windows_ms if actions.num_rows else ():
            counted = coaction.pairs(
                actions,
                window_ms=window_ms,
                objects_min=objects_min,
                engine=engine,
                threads=threads,
                progress=progress,
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
            *(input_told(*one) for one in zip(posts.plans, posts.digests, strict=True)),
            *({"batch": sha} for sha in posts.batches),
        ],
        "posts": posts.acts.post_count,
        "rows_set_aside": posts.rejected_count,
    }
