"""The counters of a post over time, drawn as one small picture a counter; their table stands beside it."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from markupsafe import Markup

from vigie_node.sources.capture_forms import COUNTERS
from vigie_node.web import formats

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vigie.terms.languages import Words
    from vigie_node.sources.models import Reading

WIDTH, HEIGHT, EDGE, TOP = 640, 72, 8, 10  # of one picture, before it is stretched to the page
LOW = HEIGHT - 8
ORDER = tuple(COUNTERS)


def picture(readings: Sequence[Reading], words: Words) -> Markup:
    """Return the readings as pictures, one a counter, all on one axis of time, each from zero."""
    ranked = sorted(readings, key=lambda one: (_rank(one.name), one.at_ms, one.pk))
    span = min(one.at_ms for one in ranked), max(one.at_ms for one in ranked)
    panels = groupby(ranked, key=lambda one: one.name)
    return Markup("").join(_panel(name, list(some), span, words) for name, some in panels)


def name_of(counter: str, words: Words) -> str:
    """Return what a counter is called; one that is not ours, as it is."""
    return words(COUNTERS[counter]) if counter in COUNTERS else counter


def _rank(counter: str) -> int:
    return ORDER.index(counter) if counter in ORDER else len(ORDER)


def _panel(name: str, readings: Sequence[Reading], span: tuple[int, int], words: Words) -> Markup:
    most = max([1, *(one.value for one in readings)])
    places = [(_x(one.at_ms, span), LOW - (LOW - TOP) * one.value / most) for one in readings]
    dots = Markup("").join(
        Markup('<circle cx="{:.1f}" cy="{:.1f}" r="3" fill="var(--accent)"/>').format(x, y) for x, y in places
    )
    return Markup(
        '<p class="measure">{} <strong>{}</strong></p>'
        '<svg viewBox="0 0 {} {}" aria-hidden="true">'
        '<line x1="{}" x2="{}" y1="{}" y2="{}" stroke="var(--rule)"/>'
        '<polyline points="{}" fill="none" stroke="var(--accent)" stroke-width="1.5"/>{}</svg>'
    ).format(
        name_of(name, words),
        formats.number(readings[-1].value, words.language),
        *(WIDTH, HEIGHT, EDGE, WIDTH - EDGE, LOW, LOW),
        " ".join(f"{x:.1f},{y:.1f}" for x, y in places),
        dots,
    )


def _x(at_ms: int, span: tuple[int, int]) -> float:
    first, last = span
    room = WIDTH - 4 * EDGE
    return 2 * EDGE + room * (at_ms - first) / (last - first) if last > first else WIDTH / 2
