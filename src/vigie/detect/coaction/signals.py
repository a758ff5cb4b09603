"""Groups of accounts that moved together, as signals.

The subject of a signal is the group's member with the most partners, of equals the first by name. Another
run over more posts may find another member to be that one: whoever keeps signals joins those of this method
by the accounts they share (`vigie.assess.joining`), not by their subject alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from vigie.terms.languages import say
from vigie.terms.signals import ACCOUNTS_MAX, POSTS_MAX, ROWS_MAX, Column, Exhibit, Signal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from vigie.detect.coaction import Detection
    from vigie.terms.findings import Group, Layer
    from vigie.terms.languages import Message

METHOD = "coaction/2"
BEHAVIOURS: Mapping[str, Message] = {
    "repost": say("shared posts"),
    "link": say("links"),
    "hashtags": say("hashtag sequences"),
    "reply": say("replies"),
    "reply_target": say("accounts answered"),
    "image": say("images"),
    "image_similar": say("similar images"),
    "text": say("texts"),
    "text_normalised": say("near-identical texts"),
    "text_of_family": say("copy families"),
}
SENTENCE = say(
    "{accounts} accounts moved together on {objects} objects, above all {behaviour}: {observed} times within "
    "{window_ms}, where chance would give {expected}."
)
LAYERS = (
    Column(name="behaviour", title=say("Behaviour")),
    Column(name="window", title=say("Window, in seconds"), holds="number"),
    Column(name="pairs", title=say("Pairs"), holds="number"),
    Column(name="observed", title=say("Common objects"), holds="number"),
    Column(name="expected", title=say("By chance"), holds="number"),
    Column(name="gap", title=say("Typical gap, in seconds"), holds="number"),
)
OBJECTS = (
    Column(name="behaviour", title=say("Behaviour")),
    Column(name="object", title=say("Object")),
    Column(name="members", title=say("Members"), holds="number"),
    Column(name="actors", title=say("All who acted"), holds="number"),
    Column(name="first", title=say("First"), holds="time"),
    Column(name="span", title=say("Span, in seconds"), holds="number"),
)
MEMBERS = (
    Column(name="account", title=say("Account"), holds="account"),
    Column(name="partners", title=say("Partners"), holds="number"),
    Column(name="objects", title=say("Common objects"), holds="number"),
    Column(name="acts", title=say("Acts"), holds="number"),
    Column(name="known_as", title=say("Known as")),
)
SECOND_MS = 1_000


def signals(found: Detection, posts: pa.Table) -> tuple[Signal, ...]:
    """Return each group as a signal, the strongest first.

    Args:
        found: what `detect` returned for the acts of `posts`.
        posts: with `author`, `created_ms` and `post_id`.
    """
    return tuple(_signal(group, posts) for group in found.groups)


def _signal(group: Group, posts: pa.Table) -> Signal:
    main = max(group.layers, key=lambda layer: (layer.pair_count * layer.surprise_median, layer.behaviour))
    read = list(dict.fromkeys(_posts(group, posts)))
    return Signal(
        method=METHOD,
        kind="group",
        subject_kind="accounts",
        subject=group.members[0].account,
        sentence=SENTENCE,
        facts={
            "accounts": len(group.members),
            "objects": group.object_count,
            "behaviour": _name(main.behaviour),
            "observed": main.observed,
            "window_ms": main.window_ms,
            "expected": round(main.expected, 2),
        },
        start_ms=min((item.first_ms for item in group.objects), default=None),
        end_ms=max((item.first_ms + item.span_ms for item in group.objects), default=None),
        weight=sum(edge.surprise for edge in group.edges),
        q_value=group.q_value,
        indicators=group.indicators,
        accounts=tuple(member.account for member in group.members[:ACCOUNTS_MAX]),
        account_count=len(group.members),
        posts=tuple(read[:POSTS_MAX]),
        post_count=len(read),
        timeline=group.timeline,
        exhibits=(
            _exhibit(say("What chance would give, and what was seen"), LAYERS, _layers(group.layers)),
            _exhibit(say("What they have in common"), OBJECTS, _objects(group), group.object_count),
            _exhibit(say("Accounts"), MEMBERS, _members(group)),
        ),
    )


def _name(behaviour: str) -> str:
    return BEHAVIOURS.get(behaviour, behaviour)


def _posts(group: Group, posts: pa.Table) -> Iterator[str]:
    """Yield the posts with which members acted together, those on the most telling object first."""
    members = pa.array([member.account for member in group.members], pa.string())
    theirs = posts.select(["author", "created_ms", "post_id"])
    theirs = theirs.filter(pc.is_in(theirs.column("author").cast(pa.string()), members))
    columns = (theirs.column(name).to_pylist() for name in ("author", "created_ms", "post_id"))
    rows = [row for row in zip(*columns, strict=True) if row[2]]
    ids = {(account, at_ms): post for account, at_ms, post in sorted(rows, reverse=True)}
    for item in group.objects:
        for at_ms, account in item.acts:
            if (account, at_ms) in ids:
                yield ids[account, at_ms]


def _exhibit(
    title: str,
    columns: tuple[Column, ...],
    rows: Sequence[tuple[str | int | float | None, ...]],
    count: int | None = None,
) -> Exhibit:
    shown = tuple(rows[:ROWS_MAX])
    return Exhibit(title=title, columns=columns, rows=shown, row_count=len(rows) if count is None else count)


def _layers(layers: Sequence[Layer]) -> list[tuple[str | int | float, ...]]:
    return [
        (
            _name(layer.behaviour),
            layer.window_ms / SECOND_MS,
            layer.pair_count,
            layer.observed,
            round(layer.expected, 2),
            layer.gap_ms_quantiles[1] / SECOND_MS,
        )
        for layer in layers
    ]


def _objects(group: Group) -> list[tuple[str | int | float, ...]]:
    return [
        (
            _name(item.behaviour),
            item.object,
            item.account_count,
            item.actor_count,
            item.first_ms,
            item.span_ms / SECOND_MS,
        )
        for item in group.objects
    ]


def _members(group: Group) -> list[tuple[str | int | None, ...]]:
    return [
        (one.account, one.partner_count, one.object_count, one.action_count, one.known_as)
        for one in group.members
    ]
