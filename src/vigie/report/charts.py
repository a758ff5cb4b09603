"""Charts, written once as Vega-Lite: drawn here without a browser, later by vega-embed in a page.

Colours are stand-ins that `drawing` turns into the page's variables, so that one chart fits light and dark.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import altair as alt

from vigie.report.figures import shares
from vigie.report.format import NBSP, offset_ms, short_duration
from vigie.terms.times import DAY_MS

if TYPE_CHECKING:
    from vigie.report.format import Voice
    from vigie.terms.findings import Lags, Timeline
    from vigie.terms.languages import Language

ACCENT, OTHERS, BAND, LABEL, RULE = "#33465c", "#d98500", "#d5dae1", "#545b63", "#e2e5e9"
ZERO_WIDTH = "\u200b"  # parts the names of two bins that read alike, unseen


@dataclass(frozen=True)
class Size:
    """How large a chart is, its axes apart, in pixels; how many moments its axis names."""

    width: int
    height: int
    ticks: int


WIDE = Size(width=530, height=200, ticks=7)
NARROW = Size(width=304, height=180, ticks=4)


def timeline(line: Timeline, voice: Voice, size: Size) -> dict[str, Any]:
    """Return co-actions per bin as bars over the band that chance allows, in local time."""
    ahead = offset_ms(line.start_ms, voice.zone)
    starts = [line.start_ms + ahead + at * line.bin_ms for at in range(len(line.observed))]
    bars = [
        {"from": start, "to": start + line.bin_ms, "n": seen, "none": 0}
        for start, seen in zip(starts, line.observed, strict=True)
        if seen
    ]
    band = [
        {"from": start, "low": low, "high": high, "mid": mid}
        for start, low, high, mid in zip(starts, line.low, line.high, line.expected, strict=True)
    ]
    if band:  # a step needs its last end
        band.append({**band[-1], "from": starts[-1] + line.bin_ms})
    spec = _timeline_spec(_clock(line.bin_ms * len(starts), voice.language), size)
    return {**spec, "datasets": {"bars": bars, "band": band}}


@cache
def _timeline_spec(clock: str, size: Size) -> dict[str, Any]:
    axis = alt.Axis(title=None, format=clock, tickCount=size.ticks, labelFlush=True)
    x = alt.X("from:T", scale=alt.Scale(type="utc"), axis=axis)
    band, bars = alt.NamedData("band"), alt.NamedData("bars")
    area = alt.Chart(band).mark_area(interpolate="step-after", color=BAND)
    mid = alt.Chart(band).mark_line(interpolate="step-after", color=OTHERS, strokeWidth=2)
    seen = alt.Chart(bars).mark_bar(color=ACCENT, binSpacing=0)
    amounts = _quiet(alt.Axis(format=",~r", tickCount=5, tickMinStep=1))
    chart = alt.layer(
        area.encode(x=x, y=alt.Y("low:Q", axis=amounts), y2="high:Q"),
        seen.encode(x=x, x2="to:T", y=alt.Y("n:Q"), y2="none:Q"),
        mid.encode(x=x, y=alt.Y("mid:Q")),
    )
    return _dressed(chart, size)


def _clock(whole_ms: int, language: Language) -> str:
    """Return how an axis writes its moments: hours for short periods, days for long ones."""
    french = language == "fr"
    if whole_ms <= DAY_MS:
        return "%H h %M" if french else "%H:%M"
    day = "%-d %b" if french else "%b %-d"
    return day if whole_ms > 4 * DAY_MS else f"{day}, %-H h" if french else f"{day}, %H:%M"


def lags(picture: Lags, voice: Voice, size: Size) -> dict[str, Any]:
    """Return the shares of gaps per bin: members as bars, everyone else as points on a line."""
    ours, theirs = shares(picture.members), shares(picture.others)
    rows = [
        {"name": f"{short_duration(edge)}{ZERO_WIDTH * at}", "members": mine, "others": other}
        for at, (edge, mine, other) in enumerate(zip(picture.edges_ms[1:], ours, theirs, strict=True))
    ]
    spec = _lags_spec(voice.language, size)
    return {**spec, "datasets": {"bins": rows}}


@cache
def _lags_spec(language: Language, size: Size) -> dict[str, Any]:
    across = alt.Axis(title=None, labelAngle=0, ticks=False, labelOverlap=True)
    percent = "format(datum.value * 100, '.0f') + '{}%'".format(NBSP if language == "fr" else "")
    base = alt.Chart(alt.NamedData("bins")).encode(
        x=alt.X("name:O", sort=None, axis=across, scale=alt.Scale(paddingInner=0.25, paddingOuter=0.1))
    )
    ours = base.mark_bar(color=ACCENT).encode(
        y=alt.Y("members:Q", axis=_quiet(alt.Axis(labelExpr=percent, tickCount=5, tickMinStep=0.01)))
    )
    dot = alt.OverlayMarkDef(color=OTHERS, size=36, filled=True)
    theirs = base.mark_line(color=OTHERS, strokeWidth=2, point=dot).encode(y=alt.Y("others:Q"))
    return _dressed(alt.layer(ours, theirs), size)


def _quiet(axis: alt.Axis) -> alt.Axis:
    axis.title = None
    axis.domain = False
    axis.ticks = False
    return axis


def _dressed(chart: alt.LayerChart | alt.FacetChart, size: Size) -> dict[str, Any]:
    """Return a chart as Vega-Lite in the house's dress."""
    dressed = (
        chart.properties(
            width=size.width,
            height=size.height,
            background="transparent",
            padding=0,
        )
        .configure_view(stroke=None)
        .configure_axis(
            labelFont="Noto Sans, sans-serif",
            titleFont="Noto Sans, sans-serif",
            labelFontSize=12,
            titleFontSize=12,
            titleFontWeight="normal",
            labelColor=LABEL,
            titleColor=LABEL,
            gridColor=RULE,
            domainColor=LABEL,
            tickColor=LABEL,
            labelPadding=6,
        )
        .configure_axisX(grid=False)
    )
    spec: dict[str, Any] = dressed.to_dict()
    return spec
