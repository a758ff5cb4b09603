"""A group as a picture: accounts as discs, the links between them as lines, in plain SVG."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from markupsafe import Markup

from vigie.report.figures import ranked
from vigie.report.layout import places
from vigie.report.text import shortened, visible
from vigie.terms.languages import say

if TYPE_CHECKING:
    from vigie.report.speech import Chorus
    from vigie.terms.findings import Edge, Group, Member

NODES_MAX = 150
EDGES_MAX = 600
LABELS_MAX = 8
WIDTH, HEIGHT, MARGIN = 640, 460, 30
_LABEL_LENGTH = 16
_LETTER, _LINE = 9.2, 20.0  # room for a letter and a line, at the size labels have on a phone
_GAP = 5.0
_DENSE = 250  # links; more are drawn fainter
_HIDDEN_MAX = 2  # discs that a name may cover


@dataclass(frozen=True)
class Disc:
    """A member where it stands."""

    member: Member
    x: float
    y: float
    radius: float


@dataclass(frozen=True)
class Network:
    """What is drawn of a group, and how much of it."""

    svg: Markup
    nodes: int
    edges: int
    cut: bool
    known: bool  # some member stands on the operator's list


Box = tuple[float, float, float, float]


def draw(group: Group, chorus: Chorus) -> Network:
    """Return the picture of a group: its best connected members, its strongest links."""
    members, edges = chosen(group)
    index = {member.account: at for at, member in enumerate(members)}
    spots = places(len(members), [(index[e.account_a], index[e.account_b], e.surprise) for e in edges])
    return Network(
        svg=picture(members, edges, [(float(x), float(y)) for x, y in spots], chorus),
        nodes=len(members),
        edges=len(edges),
        cut=len(members) < len(group.members) or len(edges) < len(group.edges),
        known=any(member.known_as for member in members),
    )


def chosen(group: Group) -> tuple[list[Member], list[Edge]]:
    """Return what a still picture shows of a group: its best connected members, its strongest links."""
    members = ranked(group.members)[:NODES_MAX]
    drawn = {member.account for member in members}
    inside = [edge for edge in group.edges if edge.account_a in drawn and edge.account_b in drawn]
    return members, sorted(inside, key=lambda e: (-e.surprise, e.account_a, e.account_b))[:EDGES_MAX]


def picture(
    members: list[Member],
    edges: list[Edge],
    spots: list[tuple[float, float]],
    chorus: Chorus,
    *,
    label_length: int = _LABEL_LENGTH,
) -> Markup:
    """Return members at their `spots` and the links between them as SVG, to be dressed by a style sheet."""
    index = {member.account: at for at, member in enumerate(members)}
    discs = _discs(members, spots)
    parts = [
        _lines(edges, discs, index),
        *(_disc(disc, chorus) for disc in discs),
        *_labels(discs, label_length),
    ]
    return Markup('<svg class="net{}" viewBox="0 0 {} {}" aria-hidden="true">{}</svg>').format(
        " dense" if len(edges) > _DENSE else "", WIDTH, HEIGHT, Markup("").join(parts)
    )


def _discs(members: list[Member], spots: list[tuple[float, float]]) -> list[Disc]:
    """Return members on the canvas, discs as large in area as the members are active."""
    tallest = max((abs(y) for _, y in spots), default=0.0)
    widest = max((abs(x) for x, _ in spots), default=0.0)
    scale_x = (WIDTH / 2 - MARGIN) / widest if widest else 0.0
    scale_y = (HEIGHT / 2 - MARGIN) / tallest if tallest else 0.0
    scale_y = min(scale_y, scale_x * 1.3) if scale_x else scale_y
    scale_x = min(scale_x, scale_y * 1.3) if scale_y else scale_x
    most = max((member.action_count for member in members), default=1) or 1
    large = 13.0 if len(members) <= 40 else 9.0  # noqa: PLR2004 (a crowd needs smaller discs)
    return [
        Disc(
            member,
            round(WIDTH / 2 + x * scale_x, 1),
            round(HEIGHT / 2 + y * scale_y, 1),
            round(3.0 + (large - 3.0) * (max(member.action_count, 0) / most) ** 0.5, 1),
        )
        for member, (x, y) in zip(members, spots, strict=True)
    ]


def _lines(edges: list[Edge], discs: list[Disc], index: dict[str, int]) -> Markup:
    """Return the links, the weakest below, each wider the more surprising it is."""
    low = min((edge.surprise for edge in edges), default=0.0)
    reach = max((edge.surprise for edge in edges), default=0.0) - low or 1.0
    return Markup("").join(
        _line(edge, discs[index[edge.account_a]], discs[index[edge.account_b]], (edge.surprise - low) / reach)
        for edge in reversed(edges)
    )


def _line(edge: Edge, one: Disc, other: Disc, strength: float) -> Markup:
    return Markup(
        '<path class="e" d="M{} {}L{} {}" stroke-width="{:.1f}"><title>{} – {} · {}</title></path>'
    ).format(
        one.x,
        one.y,
        other.x,
        other.y,
        0.5 + 2.5 * strength,
        visible(edge.account_a),
        visible(edge.account_b),
        edge.object_count,
    )


def _disc(disc: Disc, chorus: Chorus) -> Markup:
    """Return a disc in each language, since a `title` speaks but one."""
    return Markup("").join(
        Markup('<circle class="{}" lang="{}" cx="{}" cy="{}" r="{}"><title>{}</title></circle>').format(
            "n k" if disc.member.known_as else "n",
            voice.language,
            disc.x,
            disc.y,
            disc.radius,
            voice(
                say(
                    "{account} – members it moved with: {partners}; objects together: {objects}; "
                    "all its actions: {actions}"
                ),
                account=disc.member.account,
                partners=disc.member.partner_count,
                objects=disc.member.object_count,
                actions=disc.member.action_count,
            ),
        )
        for voice in chorus.voices
    )


def _labels(discs: list[Disc], length: int) -> list[Markup]:
    """Return names beside the best connected, where they hide no other name and few discs."""
    taken: list[Box] = []
    labels = []
    for disc in discs[:LABELS_MAX]:
        name = shortened(disc.member.account, length)
        box, anchor = _free_box(disc, len(name) * _LETTER, taken, discs)
        if box is None:
            continue
        taken.append(box)
        x = {"start": box[0], "end": box[2], "middle": (box[0] + box[2]) / 2}[anchor]
        labels.append(
            Markup('<text class="l" x="{:.1f}" y="{:.1f}" text-anchor="{}">{}</text>').format(
                x, (box[1] + box[3]) / 2 + 5, anchor, name
            )
        )
    return labels


def _free_box(disc: Disc, width: float, taken: list[Box], discs: list[Disc]) -> tuple[Box | None, str]:
    """Return the box beside `disc` that hides the fewest discs, None if each hides another name."""
    r = disc.radius + _GAP
    half = _LINE / 2
    candidates: list[tuple[Box, str]] = [
        ((disc.x + r, disc.y - half, disc.x + r + width, disc.y + half), "start"),
        ((disc.x - r - width, disc.y - half, disc.x - r, disc.y + half), "end"),
        ((disc.x - width / 2, disc.y - r - _LINE, disc.x + width / 2, disc.y - r), "middle"),
        ((disc.x - width / 2, disc.y + r, disc.x + width / 2, disc.y + r + _LINE), "middle"),
    ]
    free = [
        (sum(_hides(box, other) for other in discs), at, box, anchor)
        for at, (box, anchor) in enumerate(candidates)
        if _within(box) and not any(_overlap(box, other) for other in taken)
    ]
    hidden, _, box, anchor = min(free, default=(_HIDDEN_MAX + 1, 0, (0.0, 0.0, 0.0, 0.0), "start"))
    if hidden > _HIDDEN_MAX:
        return None, anchor
    return box, anchor


def _within(box: Box) -> bool:
    return box[0] >= 0 and box[1] >= 0 and box[2] <= WIDTH and box[3] <= HEIGHT


def _overlap(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _hides(box: Box, disc: Disc) -> bool:
    return (
        box[0] - disc.radius < disc.x < box[2] + disc.radius
        and box[1] - disc.radius < disc.y < box[3] + disc.radius
    )
