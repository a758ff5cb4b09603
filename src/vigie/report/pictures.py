"""Pictures of one group as files of their own: SVG that carries its dress, light and dark, in one language.

A page shows them as images, so none of its style reaches them: each has its own, which follows the reader's
choice of light or dark. Their ground is transparent.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from vigie.report import charts, drawing, network, strip
from vigie.report.behaviours import named
from vigie.report.sentences import capital
from vigie.report.speech import Chorus
from vigie.report.text import fitting, isolated

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from vigie.report.format import Voice
    from vigie.report.strip import Panel
    from vigie.terms.findings import Group

FONTS = (
    '"Noto Sans",system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans Canadian Aboriginal",'
    '"Noto Sans Arabic","Noto Sans SC","Noto Sans Gurmukhi",sans-serif'
)
STYLE = """
svg{--ground:#fff;--text:#1a2027;--muted:#545b63;--rule:#dfe3e8;--accent:#1f497a;--second:#b86e00;--band:#d9dfe7;
--known:#e69f00;--edge:#7d8896;font-family:FONTS}
@media (prefers-color-scheme:dark){svg{--ground:#14181d;--text:#e7eaee;--muted:#a6afba;--rule:#2d343c;
--accent:#85afe0;--second:#f0a93b;--band:#333d49;--edge:#6c7886}}
.e{stroke:var(--edge);stroke-opacity:.38;fill:none}.dense .e{stroke-opacity:.18}
.n{fill:var(--accent)}.net .n{stroke:var(--ground);stroke-width:1.5}.net .k{fill:var(--known)}
.l{font-size:14px;font-weight:600;fill:var(--text);stroke:var(--ground);stroke-width:4px;paint-order:stroke;
stroke-linejoin:round}
.g{stroke:var(--rule);stroke-width:1}.t{font-size:11px;fill:var(--muted)}
.h{font-size:13px;font-weight:600;fill:var(--text)}.s{font-size:12px;fill:var(--muted)}
@media (max-width:480px){.l{font-size:20px}}
""".replace("FONTS", FONTS)
GUTTER, HEAD, FOOT = 40, 44, 28  # pixels between panels of a strip, above each and below
OBJECT_CELLS = 54  # of a line; a Chinese character takes two
MARGIN = 4  # pixels: descenders and strokes at the edge
LABEL_LENGTH = 8  # pseudonyms differ early
_NO_XML = re.compile("[\ufffe\uffff]")  # characters that no XML document may hold
_BOX = re.compile(r'viewBox="[\d.-]+ [\d.-]+ ([\d.]+) ([\d.]+)"')


@dataclass(frozen=True, kw_only=True)
class Picture:
    """One picture: its name, the drawing, and the chart's specification where it is one."""

    name: str
    svg: str
    spec: dict[str, Any] | None = None


def pictures(
    group: Group,
    voice: Voice,
    spots: Mapping[str, tuple[float, float]],
    texts: Mapping[str, str] | None = None,
) -> tuple[Picture, ...]:
    """Return a group's pictures in one language; `…_narrow` are for phones.

    Args:
        group: what to draw.
        voice: its language, and the zone in which the timeline tells the time.
        spots: where each member stands, see `crowd.spots`.
        texts: what objects that are posts say, by their ids, where that is known.
    """
    return tuple(_all(group, voice, spots, texts or {}))


def _all(
    group: Group, voice: Voice, spots: Mapping[str, tuple[float, float]], texts: Mapping[str, str]
) -> Iterator[Picture]:
    members, edges = network.chosen(group)
    places = [spots[member.account] for member in members]
    yield Picture(
        name="network",
        svg=standalone(network.picture(members, edges, places, Chorus((voice,)), label_length=LABEL_LENGTH)),
    )
    for suffix, size in (("", charts.WIDE), ("_narrow", charts.NARROW)):
        for name, spec in (
            ("timeline", charts.timeline(group.timeline, voice, size)),
            ("lags", charts.lags(group.lags, voice, size)),
        ):
            svg = standalone(drawing.draw(spec, voice.language))
            yield Picture(name=f"{name}{suffix}", svg=svg, spec=None if suffix else spec)
    panels = strip.draw(group).panels
    if panels:
        yield Picture(name="strip", svg=standalone(_grid(panels, voice, texts, columns=min(2, len(panels)))))
        yield Picture(name="strip_narrow", svg=standalone(_grid(panels, voice, texts, columns=1)))


def standalone(svg: Markup) -> str:
    """Return an SVG element as a document with its own style and size."""
    width, height = (side + 2 * MARGIN for side in _size(svg))
    boxed = Markup(_BOX.sub(f'viewBox="{-MARGIN} {-MARGIN} {width:g} {height:g}"', svg, count=1))  # noqa: S704 (ours)
    whole = _opened_with(boxed, f'xmlns="http://www.w3.org/2000/svg" width="{width:g}" height="{height:g}"')
    return _NO_XML.sub("\ufffd", whole).replace(">", f"><style>{STYLE}</style>", 1)


def _size(svg: Markup) -> tuple[float, float]:
    box = _BOX.search(svg)
    return (float(box.group(1)), float(box.group(2))) if box else (0.0, 0.0)


def _opened_with(svg: Markup, attributes: str) -> str:
    return str(svg).replace("<svg", f"<svg {attributes}", 1)


def _grid(panels: tuple[Panel, ...], voice: Voice, texts: Mapping[str, str], *, columns: int) -> Markup:
    """Return panels side by side, the behaviour and the object above each, its first moment below."""
    tall = max(_size(panel.svg)[1] for panel in panels) + HEAD + FOOT
    rows = -(-len(panels) // columns)
    width = columns * strip.WIDTH + (columns - 1) * GUTTER
    parts = [
        _placed(panel, voice, texts, x=at % columns * (strip.WIDTH + GUTTER), y=at // columns * tall)
        for at, panel in enumerate(panels)
    ]
    return Markup('<svg viewBox="0 0 {} {:.0f}">{}</svg>').format(width, rows * tall, Markup("").join(parts))


def _placed(panel: Panel, voice: Voice, texts: Mapping[str, str], *, x: int, y: float) -> Markup:
    said = texts.get(panel.item.object) or panel.item.object
    height = _size(panel.svg)[1]
    place = f'x="0" y="{HEAD}" width="{strip.WIDTH}" height="{height:.0f}"'
    return Markup(
        '<g transform="translate({},{:.0f})"><text class="h" x="0" y="15">{}</text>'
        '<text class="s" x="0" y="34">{}</text>{}<text class="s" x="{}" y="{:.0f}">{}</text></g>'
    ).format(
        x,
        y,
        capital(named(panel.item.behaviour, voice)),
        isolated(fitting(said, OBJECT_CELLS)),
        Markup(_opened_with(panel.svg, place)),  # noqa: S704 (our own drawing)
        strip.LEFT,
        HEAD + height + 14,
        voice.moment(panel.item.first_ms),
    )
