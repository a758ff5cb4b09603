"""The stages joined, in the order of the data: collect, detect, findings ready for a report."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import pyarrow as pa

import vigie
from vigie.collect import Plan, Rejects, plan, read_planned
from vigie.detect import coaction
from vigie.detect.behaviours import Behaviour, columns_for
from vigie.detect.gathering import Gathering
from vigie.store import digest
from vigie.terms.findings import Findings
from vigie.terms.progress import Progress, silent

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from vigie.collect import AskedUnit
    from vigie.detect.coaction import Detection, Rule


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
    plans = tuple(
        plan(path, mapping=reading.mapping, encoding=reading.encoding, time_unit=reading.time_unit)
        for path in paths
    )
    digests = tuple(digest(path) for path in paths)
    acts = Gathering(behaviours, with_origins=with_origins)
    for batch in read_planned(plans, columns=columns_for(behaviours), rejects=rejects, progress=progress):
        acts.add(batch)
    return Posts(acts=acts, plans=plans, digests=digests, rejected_count=rejects.total)


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
        "inputs": [_input(*one) for one in zip(posts.plans, posts.digests, strict=True)],
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
