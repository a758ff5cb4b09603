"""What a run found, ready to be kept as rows, and the evidence of a kept signal as the core's values again.

Nothing here imports the scientific packages: pages use it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields, is_dataclass
from typing import TYPE_CHECKING, Any

from vigie.report.figures import behaviours_of, main_layer
from vigie.terms.findings import Edge, Group, Indicator, Lags, Layer, Member, SharedObject, Timeline

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from vigie.terms.languages import Language

EDGES_MAX = 20_000
EDGES_SHOWN = 50  # on a page
POSTS_MAX = 2_000
BINS_MAX = 40  # of a sparkline
ZONE = "America/Toronto"  # in which pictures tell the time: they are drawn once for everybody
SURPRISE_MAX = 9_999.0  # JSON knows no infinity


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """A picture in one language; see `models.Picture`."""

    name: str
    language: Language
    svg: str
    spec: dict[str, Any] | None


@dataclass(frozen=True, kw_only=True)
class Cited:
    """A post that carries a signal; see `models.CitedPost`."""

    batch: str  # SHA-256
    post_id: str
    account: str
    platform: str
    created_ms: int
    deleted_ms: int | None
    lang: str
    body: str
    links: tuple[str, ...]
    behaviours: tuple[str, ...]
    object_numbers: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class Found:
    """One group with all that pages show of it."""

    group: Group
    network: dict[str, Any]
    originals: dict[str, Any]
    pictures: tuple[Drawn, ...]
    posts: tuple[Cited, ...]
    object_langs: tuple[
        str, ...
    ]  # of each object of the group, the language of most of its posts; "" unknown

    @property
    def accounts(self) -> frozenset[str]:
        """Who is in it."""
        return frozenset(member.account for member in self.group.members)


@dataclass(frozen=True, kw_only=True)
class Detected:
    """All that one run found; `found` with the strongest first."""

    card: dict[str, Any]
    manifest: dict[str, Any]
    calibrations: list[Any]
    post_count: int
    account_count: int
    start_ms: int | None
    end_ms: int | None
    found: tuple[Found, ...]


def plain(value: object) -> Any:
    """Return a value of the core as JSON and both databases can hold it.

    Tuples become lists, dataclasses objects; what no JSON or no database can hold is replaced: NUL and lone
    surrogates in texts, numbers that are not finite.
    """
    if isinstance(value, str):
        return text(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else math.copysign(SURPRISE_MAX, value)
    if value is None or isinstance(value, (bool, int)):
        return value
    if is_dataclass(value):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    if hasattr(value, "items"):
        return {text(str(name)): plain(each) for name, each in value.items()}
    if hasattr(value, "__iter__"):
        return [plain(each) for each in value]
    raise TypeError(type(value))


def text(value: str, length_max: int | None = None) -> str:
    """Return a text that both databases can hold, cut to `length_max` characters."""
    return value[:length_max].replace("\0", "\ufffd").encode("utf-8", "replace").decode("utf-8")


def evidence_of(group: Group, object_langs: Sequence[str]) -> dict[str, Any]:
    """Return a group as plain values: its strongest edges only, and how many it has.

    Args:
        group: as the detection gave it.
        object_langs: for each of its objects the language most of its posts are in, empty where unknown.
    """
    strongest = sorted(group.edges, key=lambda edge: (-edge.surprise, edge.account_a, edge.account_b))
    evidence: dict[str, Any] = plain(group)
    evidence["edges"] = plain(strongest[:EDGES_MAX])
    evidence["edge_count"] = len(group.edges)
    for item, lang in zip(evidence["objects"], object_langs, strict=True):
        item["lang"] = lang
    return evidence


def columns_of(evidence: Mapping[str, Any]) -> dict[str, Any]:
    """Return a group's plain values as the columns of `models.Evidence` that hold them."""
    edges = evidence["edges"]
    return {"group": {**evidence, "edges": edges[:EDGES_SHOWN]}, "edges": edges}


def group_of(evidence: Mapping[str, Any]) -> Group:
    """Return the group that plain values tell, the edges alone that they hold."""
    return Group(
        group=evidence["group"],
        members=tuple(Member(**row) for row in evidence["members"]),
        edges=tuple(Edge(**{**row, "behaviours": tuple(row["behaviours"])}) for row in evidence["edges"]),
        layers=tuple(
            Layer(**{**row, "gap_ms_quantiles": tuple(row["gap_ms_quantiles"])}) for row in evidence["layers"]
        ),
        objects=tuple(_object_of(row) for row in evidence["objects"]),
        object_count=evidence["object_count"],
        timeline=Timeline(**_with_tuples(evidence["timeline"])),
        lags=Lags(**_with_tuples(evidence["lags"])),
        q_value=evidence["q_value"],
        indicators=tuple(Indicator(**row) for row in evidence["indicators"]),
    )


def _object_of(row: Mapping[str, Any]) -> SharedObject:
    known = {name: value for name, value in row.items() if name != "lang"}
    return SharedObject(**{**known, "acts": tuple((at_ms, account) for at_ms, account in row["acts"])})


def _with_tuples(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in row.items()}


def signal_columns(group: Group) -> dict[str, Any]:
    """Return the columns of a signal that say what its group did, in the strongest of its layers."""
    layer = main_layer(group)
    moments = [act for item in group.objects for act in (item.first_ms, item.first_ms + item.span_ms)]
    return {
        "behaviour": layer.behaviour if layer else "",
        "window_ms": layer.window_ms if layer else 0,
        "behaviours": _strongest_first(group),
        "account_count": len(group.members),
        "pair_count": len(group.edges),
        "object_count": group.object_count,
        "observed": layer.observed if layer else 0,
        "expected": plain(layer.expected) if layer else 0.0,
        "q_value": plain(group.q_value),
        "first_ms": min(moments, default=group.timeline.start_ms),
        "last_ms": max(moments, default=group.timeline.start_ms),
        "sparkline": sparkline(group.timeline.observed),
    }


def _strongest_first(group: Group) -> list[str]:
    weight: dict[str, float] = {}
    for layer in group.layers:
        own = layer.pair_count * layer.surprise_median
        weight[layer.behaviour] = max(own, weight.get(layer.behaviour, 0.0))
    return sorted(
        (behaviour for behaviour in behaviours_of(group) if behaviour), key=lambda one: (-weight[one], one)
    )


def sparkline(counts: Sequence[int], *, bins_max: int = BINS_MAX) -> list[int]:
    """Return counts in at most so many bins of equal width, each the sum of those that fell together."""
    together = -(-len(counts) // bins_max) or 1
    return [sum(counts[at : at + together]) for at in range(0, len(counts), together)]
