"""Find the groups in stored posts and prepare all that pages show of them, in the child process of a job.

1. The latest view of each post is read, and what moved together in it is found (`vigie.pipeline`).
2. The posts pass by once more: those behind each group are picked out.
3. Each group is laid out and drawn, once, in both languages.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from vigie.detect import families
from vigie.detect.behaviours import BEHAVIOURS, COPIES, LOOSER
from vigie.detect.citing import Citing
from vigie.detect.coaction import Rule
from vigie.detect.coaction.groups import communities
from vigie.pipeline import detect_coaction, processors, read_held, written_since
from vigie.report.crowd import hull, ring, spots
from vigie.report.figures import ranked
from vigie.report.format import Voice
from vigie.report.pictures import pictures
from vigie.terms.languages import LANGUAGES, Words, say
from vigie.terms.posts import conform
from vigie.terms.progress import silent
from vigie_node.alerts.cards import card_here
from vigie_node.alerts.findings import EDGES_MAX, ZONE, Cited, Detected, Drawn, Found, plain

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from vigie.detect.citing import Quote
    from vigie.detect.gathering import Gathering
    from vigie.store.batches import Store
    from vigie.terms.findings import Edge, Group, Member
    from vigie.terms.languages import Message
    from vigie.terms.progress import Progress
    from vigie_node.alerts.parameters import Parameters

    Tell = Callable[[Message], Progress]

NODES_MAX = 20_000
BACKGROUND_MAX = 200
SHORT = 4  # decimals of a place: a ten-thousandth of the picture


def tell_nobody(_stage: Message) -> Progress:
    """Listen to nothing."""
    return silent


def detect(
    store: Store,
    shas: Sequence[str],
    parameters: Parameters,
    *,
    since_ms: int | None = None,
    tell: Tell = tell_nobody,
) -> Detected:
    """Return what moved together in some batches; the same batches and parameters give the same.

    Args:
        store: where the batches are.
        shas: which, the earliest recorded first.
        parameters: of the method.
        since_ms: only posts written from then on; None: all.
        tell: gives a listener for a stage of the work.
    """
    chosen = tuple(one for one in (*BEHAVIOURS, *LOOSER) if one.id in parameters.behaviours)
    posts = read_held(store, shas, chosen, since_ms=since_ms, progress=tell(say("Reading the posts")))
    if COPIES in parameters.behaviours:
        copies = _copies(store, shas, parameters.seed, since_ms, tell(say("Looking for copies")))
        posts.acts.hold(COPIES, copies)
    _, findings = detect_coaction(
        posts,
        rule=rule_of(parameters),
        seed=parameters.seed,
        progress=tell(say("Looking for accounts that moved together")),
    )
    citing, batch_of = _cite(store, shas, findings.groups, tell(say("Finding the posts behind each group")))
    others = _others(findings.groups, posts.acts)
    drawn = tell(say("Drawing the pictures"))
    found = []
    for number, group in enumerate(findings.groups):
        drawn(number, len(findings.groups))
        found.append(_found(group, citing, batch_of, others[group.group], seed=parameters.seed))
    return Detected(
        card=plain(card_here(findings.card)),
        manifest=plain(findings.manifest) | ({} if since_ms is None else {"since_ms": since_ms}),
        calibrations=plain(findings.calibrations),
        post_count=findings.post_count,
        account_count=findings.account_count,
        start_ms=findings.start_ms,
        end_ms=findings.end_ms,
        found=tuple(found),
    )


def _copies(
    store: Store, shas: Sequence[str], seed: int, since_ms: int | None, progress: Progress
) -> pa.Table:
    """Return posting a copy of one text as acts on one object: the text of the family's earliest post."""
    parts = [
        conform(pa.Table.from_batches([written_since(rows, since_ms)]), columns=families.COLUMNS)
        for rows in store.latest(shas, families.COLUMNS)
    ]
    nothing = pa.table({name: pa.array([], pa.null()) for name in families.COLUMNS})
    posts = pa.concat_tables(parts) if parts else conform(nothing, columns=families.COLUMNS)
    found = families.detect(posts, seed=seed, progress=progress)
    acts = families.acts(found.members)
    place = pc.index_in(acts["object"], found.families["family"].combine_chunks()).combine_chunks()
    texts = pc.fill_null(found.families["specimen_text"].combine_chunks().take(place), "")
    named = pc.if_else(pc.equal(texts, ""), acts["object"].combine_chunks(), texts)
    return acts.set_column(1, "object", named.dictionary_encode())


def rule_of(parameters: Parameters) -> Rule:
    """Return the method's rule; how many threads count decides nothing."""
    return Rule(
        windows_ms=tuple(sorted(parameters.windows_ms)),
        objects_min=parameters.objects_min,
        fdr=parameters.fdr,
        permutations=parameters.permutations,
        threads=processors(),
    )


def _cite(
    store: Store, shas: Sequence[str], groups: Sequence[Group], progress: Progress
) -> tuple[Citing, dict[bytes, str]]:
    """Return the posts behind groups, and in which batch each of their observations stands."""
    citing = Citing(groups)
    if not groups:
        return citing, {}
    seen = 0
    for batch in store.latest(shas, citing.columns):
        citing.add(batch)
        seen += batch.num_rows
        progress(seen, None)
    shown = {quote.key for group in groups for quote in citing.quotes(group)}
    shown |= {post["key"] for group in groups for post in citing.originals(group).values()}
    return citing, batches_of(store, shas, shown)


def batches_of(store: Store, shas: Sequence[str], observations: Collection[bytes]) -> dict[bytes, str]:
    """Return in which batch each of some observations stands."""
    keys = pa.array(sorted(observations), pa.binary(16))
    batch_of = {}
    for sha in shas:
        for rows in store.read([sha], ("observation",)):
            column = rows.column("observation")
            batch_of.update(dict.fromkeys(column.filter(pc.is_in(column, keys)).to_pylist(), sha))
    return batch_of


def _found(
    group: Group, citing: Citing, batch_of: Mapping[bytes, str], others: Mapping[str, int], *, seed: int
) -> Found:
    members = ranked(group.members)[:NODES_MAX]
    edges = _strongest(group, members)
    index = {member.account: at for at, member in enumerate(members)}
    links = [(index[edge.account_a], index[edge.account_b], edge.surprise) for edge in edges]
    where = [(float(x), float(y)) for x, y in spots(len(members), links)]
    standing = {member.account: spot for member, spot in zip(members, where, strict=True)}
    originals = citing.originals(group)
    texts = {post_id: post["body"] for post_id, post in originals.items()}
    part = communities(len(members), links, seed=seed) or [0] * len(members)
    return Found(
        group=group,
        network={
            "nodes": _nodes(members, where, _numbered(part)),
            "edges": [
                [min(a, b), max(a, b), round(edge.surprise, 2), edge.object_count]
                for (a, b, _), edge in zip(links, edges, strict=True)
            ],
            "communities": _communities(where, _numbered(part)),
            "node_count": len(group.members),
            "edge_count": len(group.edges),
            "background": _background(others),
            "background_count": len(others),
        },
        originals={post_id: _original(post, batch_of) for post_id, post in originals.items()},
        pictures=tuple(
            Drawn(name=one.name, language=language, svg=one.svg, spec=one.spec)
            for language in LANGUAGES
            for one in pictures(group, Voice(Words(language), ZONE), standing, texts)
        ),
        posts=tuple(_cited(quote, batch_of) for quote in citing.quotes(group)),
        object_langs=citing.langs(group),
    )


def _original(post: Mapping[str, Any], batch_of: Mapping[bytes, str]) -> dict[str, Any]:
    shown = {name: plain(value) for name, value in post.items() if name != "key"}
    return {**shown, "batch": batch_of[post["key"]]}


def _strongest(group: Group, members: Sequence[Member]) -> list[Edge]:
    drawn = {member.account for member in members}
    inside = [edge for edge in group.edges if edge.account_a in drawn and edge.account_b in drawn]
    return sorted(inside, key=lambda e: (-e.surprise, e.account_a, e.account_b))[:EDGES_MAX]


def _numbered(part: Sequence[int]) -> list[int]:
    """Return the community of each node numbered from 1, the largest first."""
    size: dict[int, int] = defaultdict(int)
    for one in part:
        size[one] += 1
    first = {one: at for at, one in reversed(list(enumerate(part)))}
    rank = {one: at for at, one in enumerate(sorted(size, key=lambda c: (-size[c], first[c])), start=1)}
    return [rank[one] for one in part]


def _nodes(
    members: Sequence[Member], where: Sequence[tuple[float, float]], part: Sequence[int]
) -> list[dict[str, Any]]:
    most = max((member.action_count for member in members), default=1) or 1
    return [
        {
            **plain(member),
            "x": round(x, SHORT),
            "y": round(y, SHORT),
            "size": round((member.action_count / most) ** 0.5, SHORT),
            "community": community,
        }
        for member, (x, y), community in zip(members, where, part, strict=True)
    ]


def _communities(where: Sequence[tuple[float, float]], part: Sequence[int]) -> list[dict[str, Any]]:
    points: dict[int, list[tuple[float, float]]] = defaultdict(list)
    for point, community in zip(where, part, strict=True):
        points[community].append(point)
    return [
        {
            "number": number,
            "account_count": len(points[number]),
            "hull": [[round(x, SHORT), round(y, SHORT)] for x, y in hull(points[number])],
        }
        for number in sorted(points)
    ]


def _others(groups: Sequence[Group], acts: Gathering) -> dict[int, dict[str, int]]:
    """Return for each group who else acted on its telling objects, and on how many of them."""
    others: dict[int, dict[str, int]] = {group.group: defaultdict(int) for group in groups}
    for behaviour in acts.behaviours:
        wanted = {item.object for group in groups for item in group.objects if item.behaviour == behaviour.id}
        actors = _actors(acts.actions(behaviour), sorted(wanted)) if wanted else {}
        for group in groups:
            members = {member.account for member in group.members}
            for item in group.objects:
                if item.behaviour == behaviour.id:
                    for account in actors[item.object] - members:
                        others[group.group][account] += 1
    return others


def _actors(actions: pa.Table, objects: list[str]) -> dict[str, set[str]]:
    """Return who acted on each of some objects."""
    column = actions.column("object").combine_chunks()
    place = pc.index_in(column.dictionary, pa.array(objects, column.dictionary.type))
    of_row = place.take(column.indices)
    rows = np.flatnonzero(of_row.is_valid().to_numpy(zero_copy_only=False))
    accounts = actions.column("account").combine_chunks().take(pa.array(rows)).to_pylist()
    actors: dict[str, set[str]] = {item: set() for item in objects}
    for number, account in zip(of_row.take(pa.array(rows)).to_pylist(), accounts, strict=True):
        actors[objects[number]].add(account)
    return actors


def _background(others: Mapping[str, int]) -> list[dict[str, Any]]:
    """Return a ring of those who stand outside, the most involved first, without their names."""
    counts = sorted(others.values(), reverse=True)[:BACKGROUND_MAX]
    return [
        {"x": round(float(x), SHORT), "y": round(float(y), SHORT), "object_count": count}
        for (x, y), count in zip(ring(len(counts)), counts, strict=True)
    ]


def _cited(quote: Quote, batch_of: Mapping[bytes, str]) -> Cited:
    return Cited(
        batch=batch_of[quote.key],
        post_id=quote.post_id,
        account=quote.account,
        platform=quote.platform,
        created_ms=quote.created_ms,
        deleted_ms=quote.deleted_ms,
        lang=quote.lang,
        body=quote.body,
        links=quote.links,
        behaviours=quote.behaviours,
        object_numbers=quote.object_numbers,
    )
