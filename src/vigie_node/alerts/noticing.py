"""Run one method over stored posts and prepare all that pages show of its signals, in a job's child process.

1. The posts are read, the latest view of each unless the method wants their history, and the method is run
   with its usual rule (`vigie.detect.methods`).
2. The posts pass by once more: those that signals cite, or their tables name, are picked out.
3. Each signal's timeline is drawn, once, in both languages.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

import vigie
from vigie.detect.citing import SHOWN
from vigie.pipeline import written_since
from vigie.report import charts, drawing
from vigie.report.format import Voice
from vigie.report.pictures import standalone
from vigie.terms.languages import LANGUAGES, Words, say
from vigie.terms.posts import conform
from vigie_node.alerts.cards import card_here
from vigie_node.alerts.findings import ZONE, Cited, Drawn, plain
from vigie_node.alerts.noticed import Noticed, Seen, marked
from vigie_node.alerts.preparing import batches_of, tell_nobody

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from vigie.detect.methods import Given, Method
    from vigie.store.batches import Store
    from vigie.terms.findings import Timeline
    from vigie.terms.progress import Progress
    from vigie.terms.signals import Signal
    from vigie_node.alerts.preparing import Tell

READ = ("author", "created_ms")  # whatever a method reads
COMPARED = ("platform",)  # where posts are compared with a register


def notice(
    store: Store,
    shas: Sequence[str],
    method: Method,
    *,
    seed: int,
    since_ms: int | None = None,
    given: Callable[[pa.Table], Given] | None = None,
    tell: Tell = tell_nobody,
) -> Noticed:
    """Return what a method notices in some batches; the same batches and seed give the same.

    Args:
        store: where the batches are.
        shas: which, the earliest recorded first.
        method: which.
        seed: of all chance.
        since_ms: only posts written from then on; None: all.
        given: makes the tables that the method needs besides posts; of posts with what it reads.
        tell: gives a listener for a stage of the work.
    """
    tools = method.tools()
    wanted = tuple(dict.fromkeys([*tools.columns, *READ, *(COMPARED if given else ())]))
    rows = store.read(shas, wanted) if tools.with_history else store.latest(shas, wanted)
    posts = _posts(rows, wanted, since_ms, tell(say("Reading the posts")))
    run = tools.running(given(posts) if given else {})
    outcome = run(posts, seed, tell(say("Looking with the method")))
    strongest = sorted(outcome.signals, key=lambda one: -one.weight)  # equals stay as the method put them
    kept = strongest[: method.signals_max]
    cited = _cited(store, shas, _named(kept), tell(say("Finding the posts behind each signal")))
    drawn = tell(say("Drawing the pictures"))
    seen = []
    for number, signal in enumerate(kept):
        drawn(number, len(kept))
        seen.append(_seen(signal, cited))
    ids = posts.column("post_id") if tools.with_history else None
    moments = pc.min_max(posts.column("created_ms")).as_py()
    return Noticed(
        card=plain(card_here(tools.card())),
        manifest=_manifest(method, tools.parameters, shas, posts.num_rows, seed=seed, since_ms=since_ms),
        post_count=posts.num_rows if ids is None else pc.count_distinct(ids, mode="all").as_py(),
        account_count=pc.count_distinct(posts.column("author"), mode="only_valid").as_py(),
        start_ms=moments["min"],
        end_ms=moments["max"],
        seen=tuple(seen),
        left_out_count=len(strongest) - len(kept),
        false_alarms_expected=outcome.false_alarms_expected,
        notes=[
            {"sentence": one.sentence, "facts": {name: marked(value) for name, value in one.facts.items()}}
            for one in outcome.notes
        ],
    )


def _posts(
    batches: Iterator[pa.RecordBatch], wanted: tuple[str, ...], since_ms: int | None, progress: Progress
) -> pa.Table:
    parts, done = [], 0
    for rows in batches:
        parts.append(conform(pa.Table.from_batches([written_since(rows, since_ms)]), columns=wanted))
        done += rows.num_rows
        progress(done, None)
    nothing = pa.table({name: pa.array([], pa.null()) for name in wanted})
    return pa.concat_tables(parts) if parts else conform(nothing, columns=wanted)


def _manifest(
    method: Method,
    parameters: Mapping[str, Any],
    shas: Sequence[str],
    post_count: int,
    *,
    seed: int,
    since_ms: int | None,
) -> dict[str, Any]:
    """Return how the run was made, so that it can be made again; no clock and no folder."""
    return {
        "method": method.id,
        "vigie": vigie.__version__,
        "seed": seed,
        "parameters": plain(parameters),
        "since_ms": since_ms,
        "inputs": [{"batch": sha} for sha in shas],
        "posts": post_count,
    }


def _named(signals: Sequence[Signal]) -> set[str]:
    """Return the ids of all posts that signals cite or name in a table."""
    return {post_id for signal in signals for post_id in (*signal.posts, *_in_tables(signal))}


def _in_tables(signal: Signal) -> Iterator[str]:
    for table in signal.exhibits:
        places = [place for place, column in enumerate(table.columns) if column.holds == "post"]
        for row in table.rows:
            yield from (str(row[place]) for place in places if row[place] is not None)


def _cited(store: Store, shas: Sequence[str], wanted: set[str], progress: Progress) -> dict[str, Cited]:
    """Return posts by their ids, the latest view of each."""
    if not wanted:
        return {}
    ids, found, done = pa.array(sorted(wanted), pa.string()), [], 0
    for rows in store.latest(shas, (*SHOWN, "observation")):
        found += rows.filter(pc.is_in(rows.column("post_id"), ids)).to_pylist()
        done += rows.num_rows
        progress(done, None)
    batch_of = batches_of(store, shas, {row["observation"] for row in found})
    return {row["post_id"]: _told(row, batch_of[row["observation"]]) for row in found}


def _told(row: Mapping[str, Any], batch: str) -> Cited:
    return Cited(
        batch=batch,
        post_id=row["post_id"],
        account=row["author"],
        platform=row["platform"] or "",
        created_ms=row["created_ms"],
        deleted_ms=row["deleted_seen_ms"],
        lang=row["lang"] or "",
        body=row["body"] or "",
        links=tuple(link["url"] for link in row["links"] or () if link["url"]),
        behaviours=(),
        object_numbers=(),
    )


def _seen(signal: Signal, cited: Mapping[str, Cited]) -> Seen:
    posts = [cited[post_id] for post_id in dict.fromkeys(signal.posts) if post_id in cited]
    return Seen(
        signal=signal,
        pictures=tuple(_pictures(signal.timeline)) if signal.timeline else (),
        posts=tuple(sorted(posts, key=lambda post: (post.created_ms, post.post_id))),
        batch_of={one: cited[one].batch for one in _in_tables(signal) if one in cited},
    )


def _pictures(line: Timeline) -> Iterator[Drawn]:
    for language in LANGUAGES:
        voice = Voice(Words(language), ZONE)
        for name, size in (("timeline", charts.WIDE), ("timeline_narrow", charts.NARROW)):
            spec = charts.timeline(line, voice, size)
            svg = standalone(drawing.draw(spec, language))
            yield Drawn(name=name, language=language, svg=svg, spec=spec if name == "timeline" else None)
