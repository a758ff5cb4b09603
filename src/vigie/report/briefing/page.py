"""A briefing note as a PDF: one sheet of Letter paper, French on the left, English on the right.

The fonts are inside, cut out of those of the pages (tools/fonts.py): Latin, Greek and Cyrillic letters. What
they cannot draw is named at the foot, never drawn as boxes.
"""

from __future__ import annotations

import io
import re
from bisect import bisect_left
from dataclasses import replace
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from reportlab.lib.colors import HexColor, black
from reportlab.lib.pagesizes import LETTER
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfbase.pdfmetrics import registerFont, registerFontFamily, stringWidth
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Paragraph

from vigie.report.briefing.note import MARKINGS, plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vigie.report.briefing.note import Briefing, Part, Side

    Column = list[tuple[Paragraph, float]]  # each with the space above it

WIDTH, HEIGHT = LETTER
MARGIN, GUTTER = 34.0, 22.0
BAND = 20.0  # the marking, above and below
COLUMN = (WIDTH - 2 * MARGIN - GUTTER) / 2
ROOM = HEIGHT - 2 * (MARGIN + BAND)
SIZES = (9.5, 9.0, 8.5, 8.0, 7.5)
LONGEST = 4_000  # characters: more than a column holds
MARKING_POINTS = 12  # the least that the protocol allows
REGULAR, BOLD = "VigieNoto", "VigieNotoBold"
QUIET, RULE = HexColor("#3c434b"), HexColor("#8d97a3")
UNKNOWN_SIGN = "[?]"


@cache
def _signs() -> frozenset[int]:
    """Read the fonts, once; return what both weights draw."""
    known = []
    for name, file in ((REGULAR, "noto-sans-regular.ttf"), (BOLD, "noto-sans-bold.ttf")):
        font = TTFont(name, io.BytesIO((resources.files("vigie.report") / "fonts" / file).read_bytes()))
        registerFont(font)
        known.append(frozenset(font.face.charToGlyph))
    registerFontFamily(REGULAR, normal=REGULAR, bold=BOLD, italic=REGULAR, boldItalic=BOLD)
    return known[0] & known[1]


def undrawn(text: str) -> set[str]:
    """Return the signs of a text that the fonts do not have."""
    return {sign for sign in plain(text) if ord(sign) not in _signs() and not sign.isspace()}


def drawable(text: str) -> str:
    """Return a text with [?] for each run of signs that the fonts do not have."""
    missing = undrawn(text)
    found = re.compile(f"[{re.escape(''.join(sorted(missing)))}]+") if missing else None
    return found.sub(UNKNOWN_SIGN, plain(text)) if found else plain(text)


def fitted(briefing: Briefing) -> Briefing:
    """Return a note that fits one page: in smaller letters first, then with its longest parts cut."""
    points = next((one for one in SIZES if all(_fits(side, one) for side in briefing.sides)), SIZES[-1])
    french, english = (_cut(side, points) for side in briefing.sides)
    return replace(briefing, sides=(french, english), points=points)


def pdf(briefing: Briefing) -> bytes:
    """Return a note that fits (see `fitted`) as a PDF file of one page; the same note, the same bytes."""
    _signs()
    file, first = io.BytesIO(), briefing.sides[0]
    canvas = Canvas(
        file, pagesize=LETTER, invariant=1, pageCompression=1, lang=str(first.voice.locale).replace("_", "-")
    )
    canvas.setTitle(plain(f"{first.head} – {first.title.text}"))
    canvas.setSubject(MARKINGS[briefing.marking].label)
    canvas.setCreator("Vigie")
    for baseline in (HEIGHT - MARGIN - MARKING_POINTS, MARGIN):
        _mark(canvas, briefing, baseline)
    canvas.setStrokeColor(RULE)
    canvas.setLineWidth(0.5)
    canvas.line(WIDTH / 2, MARGIN + BAND, WIDTH / 2, HEIGHT - MARGIN - BAND)
    for number, side in enumerate(briefing.sides):
        _draw(canvas, side, briefing.points, left=MARGIN + number * (COLUMN + GUTTER))
    canvas.showPage()
    canvas.save()
    return file.getvalue()


def _mark(canvas: Canvas, briefing: Briefing, baseline: float) -> None:
    """Draw the marking at the right, as the protocol asks."""
    marking = MARKINGS[briefing.marking]
    width = stringWidth(marking.label, BOLD, MARKING_POINTS) + 12
    canvas.setFillColor(black)
    canvas.rect(WIDTH - MARGIN - width, baseline - 4, width, MARKING_POINTS + 5, stroke=0, fill=1)
    canvas.setFillColor(HexColor(marking.colour))
    canvas.setFont(BOLD, MARKING_POINTS)
    canvas.drawRightString(WIDTH - MARGIN - 6, baseline, marking.label)


def _draw(canvas: Canvas, side: Side, points: float, *, left: float) -> None:
    """Draw one language: what it says from the top down, its foot at the bottom."""
    top = HEIGHT - MARGIN - BAND
    for paragraph, above in _body(side, points):
        _, height = paragraph.wrap(COLUMN, ROOM)
        top -= above + height
        paragraph.drawOn(canvas, left, top)
    feet = _feet(side, points)
    top = MARGIN + BAND + _height(feet)
    for paragraph, above in feet:
        _, height = paragraph.wrap(COLUMN, ROOM)
        top -= above + height
        paragraph.drawOn(canvas, left, top)


def _cut(side: Side, points: float) -> Side:
    """Return a side as it is where it fits, else with the longest parts cut until it does."""
    if _fits(side, points):
        return side
    lengths = range(min(side.longest(), LONGEST))
    first_too_long = bisect_left(lengths, 1, key=lambda one: int(not _fits(side.shortened(one), points)))
    return side.shortened(max(first_too_long - 1, 0))


def _fits(side: Side, points: float) -> bool:
    if side.longest() > LONGEST:
        return False
    return _height(_body(side, points)) + _height(_feet(side, points)) <= ROOM


def _height(column: Column) -> float:
    return float(sum(above + paragraph.wrap(COLUMN, ROOM)[1] for paragraph, above in column))


def _body(side: Side, points: float) -> Column:
    """Return what one language says, from the head to the options."""
    return [(Paragraph(text, style), above) for text, style, above in _rows(side, points)]


def _rows(side: Side, points: float) -> Iterator[tuple[str, ParagraphStyle, float]]:
    text, heading = _style(points), _style(points + 0.5, bold=True)
    yield _said(side.head), _style(points, quiet=True), 0
    yield _text(side.title), _style(points + 4, bold=side.title.is_written), 1
    for name, value in side.facts:
        yield f"<b>{_said(name)}</b> {_said(value)}", text, 2
    for part in side.parts:
        yield _said(part.name), heading, points * 0.8
        yield _text(part), _style(points, quiet=not part.is_written), 1
    if side.claims:
        yield _said(side.claims_name), heading, points * 0.8
    for number, claim in enumerate(side.claims, start=1):
        yield f"{number}. {_text(claim)} <b>{_said(claim.name)}</b>", text, 1


def _feet(side: Side, points: float) -> Column:
    said = "\n".join(
        [side.head, side.title.text, side.claims_name]
        + [text for fact in side.facts for text in fact]
        + [text for one in (*side.parts, *side.claims) for text in (one.name, one.text)]
    )
    style = _style(max(points - 1.5, 6.5), quiet=True)
    return [(Paragraph(_said(one), style), 3) for one in side.feet(undrawn(said))]


def _text(part: Part) -> str:
    return _said(part.text)


def _said(text: str) -> str:
    return escape(drawable(text)).replace("\n", "<br/>")


@cache
def _style(points: float, *, bold: bool = False, quiet: bool = False) -> ParagraphStyle:
    _signs()
    return ParagraphStyle(
        name="note",
        fontName=BOLD if bold else REGULAR,
        fontSize=points,
        leading=points * 1.25,
        textColor=QUIET if quiet else black,
        splitLongWords=1,
    )
