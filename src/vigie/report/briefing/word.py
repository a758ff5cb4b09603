"""A briefing note as a Word document (Office Open XML): the same page, for people who go on writing in it."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Inches, Pt, RGBColor

from vigie.report.briefing.note import MARKINGS, plain
from vigie.report.format import instant

if TYPE_CHECKING:
    from docx.table import _Cell
    from docx.text.paragraph import Paragraph
    from docx.text.run import Run

    from vigie.report.briefing.note import Briefing, Side

FONT = "Calibri"  # narrower than that of the PDF: what fits there fits here
QUIET = RGBColor(0x3C, 0x43, 0x4B)
MARKING_POINTS = 12
PAPER_WIDTH, PAPER_HEIGHT, MARGIN = Inches(8.5), Inches(11), Inches(0.5)
COLUMN = Inches(3.75)


def docx(briefing: Briefing, *, at_ms: int) -> bytes:
    """Return a note that fits (see `fitted`) as a DOCX file.

    Args:
        briefing: the note.
        at_ms: when it was made, for the document's own properties, UTC milliseconds.
    """
    document, first = Document(), briefing.sides[0]
    section = document.sections[0]
    section.page_width, section.page_height = PAPER_WIDTH, PAPER_HEIGHT
    section.left_margin = section.right_margin = section.top_margin = section.bottom_margin = MARGIN
    section.header_distance = section.footer_distance = Inches(0.3)
    for margin in (section.header, section.footer):
        _mark(margin.paragraphs[0], briefing)
    properties = document.core_properties
    properties.title = plain(f"{first.head} – {first.title.text}")
    properties.subject = MARKINGS[briefing.marking].label
    properties.author, properties.comments = "Vigie", ""
    properties.created = properties.modified = instant(at_ms)
    properties.language = str(first.voice.locale).replace("_", "-")
    table = document.add_table(rows=1, cols=2)
    for cell, side in zip(table.rows[0].cells, briefing.sides, strict=True):
        cell.width = COLUMN
        _fill(cell, side, briefing.points)
    _write(document.add_paragraph(), "", first, 1)
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def _mark(paragraph: Paragraph, briefing: Briefing) -> None:
    """Write the marking at the right, in its colour on black, as the protocol asks."""
    marking = MARKINGS[briefing.marking]
    paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    run = paragraph.add_run(f" {marking.label} ")
    run.bold, run.font.size, run.font.name = True, Pt(MARKING_POINTS), FONT
    run.font.color.rgb = RGBColor.from_string(marking.colour.removeprefix("#"))
    shade = OxmlElement("w:shd")
    for name, value in (("val", "clear"), ("color", "auto"), ("fill", "000000")):
        shade.set(qn(f"w:{name}"), value)
    run._r.get_or_add_rPr().append(shade)  # noqa: SLF001 (the library has no word for it)


def _fill(cell: _Cell, side: Side, points: float) -> None:
    """Write one language."""
    _write(cell.paragraphs[0], side.head, side, points, quiet=True)
    _write(cell.add_paragraph(), side.title.text, side, points + 4, bold=side.title.is_written)
    for name, value in side.facts:
        paragraph = cell.add_paragraph()
        _write(paragraph, f"{name} ", side, points, bold=True)
        _write(paragraph, value, side, points)
    for part in side.parts:
        _write(cell.add_paragraph(), part.name, side, points + 0.5, bold=True, above=points * 0.7)
        _write(cell.add_paragraph(), part.text, side, points, quiet=not part.is_written)
    if side.claims:
        _write(cell.add_paragraph(), side.claims_name, side, points + 0.5, bold=True, above=points * 0.7)
    for number, claim in enumerate(side.claims, start=1):
        paragraph = cell.add_paragraph()
        _write(paragraph, f"{number}. {claim.text} ", side, points)
        _write(paragraph, claim.name, side, points, bold=True)
    for foot in side.feet():
        _write(cell.add_paragraph(), foot, side, max(points - 1.5, 6.5), quiet=True, above=3)


def _write(
    paragraph: Paragraph,
    text: str,
    side: Side,
    points: float,
    *,
    bold: bool = False,
    quiet: bool = False,
    above: float = 0,
) -> None:
    shape = paragraph.paragraph_format
    shape.space_before, shape.space_after, shape.line_spacing = Pt(above), Pt(1), 1.0
    run = paragraph.add_run(plain(text))
    run.bold, run.font.size, run.font.name = bold, Pt(points), FONT
    if quiet:
        run.font.color.rgb = QUIET
    _speak(run, side)


def _speak(run: Run, side: Side) -> None:
    """Say in which language a run is: screen readers and spelling ask for it."""
    language = OxmlElement("w:lang")
    language.set(qn("w:val"), str(side.voice.locale).replace("_", "-"))
    run._r.get_or_add_rPr().append(language)  # noqa: SLF001 (the library has no word for it)
