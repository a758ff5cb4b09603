"""Outlets x events, one row per cell, and the events: what leaves the method, in canonical order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vigie.detect.omission.counting import Counted
    from vigie.detect.omission.expecting import Expected
    from vigie.detect.omission.rule import Rule

REPORTED, FEWER, NOT_FOUND = "reported", "fewer", "not_found"
OPEN, TOO_SMALL, NOT_COLLECTED, NOT_ASKED = "open", "too_small", "not_collected", "not_asked"
CELLS = pa.schema(
    [
        pa.field("event", pa.string()),
        pa.field("outlet", pa.string()),
        pa.field("state", pa.string()),
        pa.field("observed", pa.int64()),  # posts of the outlet about the event
        pa.field("expected", pa.float64()),
        pa.field("outlet_posts", pa.int64()),  # in the slots of the event
        pa.field("lang", pa.string()),  # most frequent
        pa.field("affinity", pa.float64()),  # how much of the other events it reports, 1 as expected
        pa.field("spread", pa.float64()),
        pa.field("power", pa.float64()),  # chance of at least one post, were it as others
        pa.field("p_value", pa.float64()),
        pa.field("q_value", pa.float64()),  # null where nothing is judged
        pa.field("gap_share", pa.float64()),  # of others' posts about it, while this outlet was not collected
        pa.field("first_ms", pa.int64()),
        pa.field("lag_ms", pa.int64()),  # behind the first outlet in these data
        pa.field("first_post", pa.string()),
    ]
)
EVENTS_FOUND = pa.schema(
    [
        pa.field("event", pa.string()),
        pa.field("posts", pa.int64()),
        pa.field("outlets", pa.int64()),  # that reported it
        pa.field("judged", pa.int64()),  # of which finding nothing would mean something
        pa.field("not_found", pa.int64()),
        pa.field("fewer", pa.int64()),
        pa.field("first_ms", pa.int64()),
        pa.field("last_ms", pa.int64()),
        pa.field("first_outlet", pa.string()),
        pa.field("first_post", pa.string()),
        pa.field("lag_ms_median", pa.int64()),
    ]
)


def is_few(expected: Expected, is_asked: NDArray[np.bool_], rule: Rule) -> NDArray[np.bool_]:
    """Return outlets x events of which too little was found; `is_asked` says what may be judged."""
    few = expected.observed * rule.factor_min <= expected.expected
    return np.asarray(few & is_asked & expected.is_judged & (expected.q_value <= rule.fdr))


def cells_table(
    counts: Counted, sizes: NDArray[np.int64], in_gap: NDArray[np.bool_], expected: Expected, rule: Rule
) -> pa.Table:
    """Return one row per event and outlet, by event, the least likely first; see `CELLS`."""
    share = _gap_share(expected.others_by_slot, in_gap)
    exposed = _exposed(counts, sizes, expected.others_by_slot)
    lang = np.array(counts.languages, object)[sizes.sum(axis=2).argmax(axis=1)] if len(sizes) else []
    asked = _asked(counts, sizes)
    few = is_few(expected, np.ones_like(expected.is_judged), rule)
    first_ms, first_post = _first(counts)
    rows: list[dict[str, Any]] = []
    for event, name in enumerate(counts.events):
        begun = min((at for at in first_ms[:, event] if at >= 0), default=0)
        for outlet, who in enumerate(counts.outlets):
            at = int(first_ms[outlet, event])
            state = _state(
                int(expected.observed[outlet, event]),
                is_few=bool(few[outlet, event]),
                is_judged=bool(expected.is_judged[outlet, event]),
                is_asked=bool(asked[outlet, event]),
                in_gap=float(share[outlet, event]) > rule.gap_share_max,
            )
            rows.append(
                {
                    "event": name,
                    "outlet": who,
                    "state": state,
                    "observed": int(expected.observed[outlet, event]),
                    "expected": float(expected.expected[outlet, event]),
                    "outlet_posts": int(exposed[outlet, event]),
                    "lang": lang[outlet],
                    "affinity": float(expected.affinity[outlet, event]),
                    "spread": float(expected.spread[outlet, event]),
                    "power": float(1 - expected.none[outlet, event]),
                    "p_value": float(expected.p_value[outlet, event]),
                    "q_value": float(expected.q_value[outlet, event])
                    if expected.is_judged[outlet, event]
                    else None,
                    "gap_share": float(share[outlet, event]),
                    "first_ms": at if at >= 0 else None,
                    "lag_ms": at - int(begun) if at >= 0 else None,
                    "first_post": first_post[outlet][event],
                }
            )
    rows.sort(key=lambda row: (row["event"], row["p_value"], row["outlet"]))
    return pa.Table.from_pylist(rows, schema=CELLS)


def _state(observed: int, *, is_few: bool, is_judged: bool, is_asked: bool, in_gap: bool) -> str:
    """Return what may be said of one outlet and one event."""
    if observed and not is_few:
        return REPORTED
    if in_gap:
        return NOT_COLLECTED
    if is_few:
        return FEWER if observed else NOT_FOUND
    if not is_asked:
        return NOT_ASKED
    return OPEN if is_judged else TOO_SMALL


def _gap_share(others_by_slot: NDArray[np.int64], in_gap: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return the part of each event's posts that fell into each outlet's gaps: outlets x events."""
    lost = in_gap.astype(np.float64) @ others_by_slot.T.astype(np.float64)
    return np.asarray(lost / np.maximum(others_by_slot.sum(axis=1), 1)[None])


def _exposed(
    counts: Counted, sizes: NDArray[np.int64], others_by_slot: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return posts of each outlet in the slots of each event, in languages it was asked for in."""
    is_on = (others_by_slot > 0).astype(np.int64)
    by_event = np.einsum("ogt,et->oeg", sizes, is_on)
    return np.asarray((by_event * counts.is_asked[None]).sum(axis=2))


def _asked(counts: Counted, sizes: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return outlets x events: whether the event was asked for in a language of the outlet."""
    writes = sizes.sum(axis=2) > 0
    return np.asarray((writes.astype(np.int64) @ counts.is_asked.T.astype(np.int64)) > 0)


def _first(counts: Counted) -> tuple[NDArray[np.int64], list[list[str | None]]]:
    """Return when each outlet first spoke of each event, -1 where it did not, and in which post."""
    first = np.full((len(counts.outlets), len(counts.events)), -1, np.int64)
    which: list[list[str | None]] = [[None] * len(counts.events) for _ in counts.outlets]
    for post, event in zip(counts.about_post[::-1], counts.about_event[::-1], strict=True):
        outlet = counts.outlet[post]  # rows stand in the order of time: the earliest is written last
        first[outlet, event] = counts.created_ms[post]
        which[outlet][event] = counts.post_ids[int(post)].as_py()
    return first, which


def events_table(counts: Counted, cells: pa.Table) -> pa.Table:
    """Return one row per event, see `EVENTS_FOUND`: those not found at most outlets first."""
    rows = []
    by_event: dict[str, list[dict[str, Any]]] = {name: [] for name in counts.events}
    for cell in cells.to_pylist():
        by_event[cell["event"]].append(cell)
    last = np.zeros(len(counts.events), np.int64)
    np.maximum.at(last, counts.about_event, counts.created_ms[counts.about_post])
    for number, (event, of) in enumerate(by_event.items()):
        told = sorted(
            (cell for cell in of if cell["observed"]), key=lambda cell: (cell["first_ms"], cell["outlet"])
        )
        states = [cell["state"] for cell in of]
        rows.append(
            {
                "event": event,
                "posts": sum(cell["observed"] for cell in of),
                "outlets": len(told),
                "judged": sum(cell["q_value"] is not None for cell in of),
                "not_found": states.count(NOT_FOUND),
                "fewer": states.count(FEWER),
                "first_ms": told[0]["first_ms"],
                "last_ms": int(last[number]),
                "first_outlet": told[0]["outlet"],
                "first_post": told[0]["first_post"],
                "lag_ms_median": int(np.median([cell["lag_ms"] for cell in told])),
            }
        )
    table = pa.Table.from_pylist(rows, schema=EVENTS_FOUND)
    order = [("not_found", "descending"), ("fewer", "descending"), ("posts", "descending")]
    return table.sort_by([*order, ("event", "ascending")])


def state_counts(cells: pa.Table) -> dict[str, int]:
    """Return how many cells are in each state."""
    counts = pc.value_counts(cells["state"].combine_chunks()).to_pylist()
    return {one["values"]: one["counts"] for one in sorted(counts, key=lambda one: one["values"])}
