"""A briefing note: one page, French beside English, for somebody who decides and has three minutes.

What measures and draws letters is heavy, and loaded when the first note is made.
"""

from __future__ import annotations

from vigie.report.briefing.note import MARKINGS, Briefing, Part, Side

__all__ = ["MARKINGS", "Briefing", "Part", "Side", "docx", "fitted", "pdf"]


def fitted(briefing: Briefing) -> Briefing:
    """Return a note that fits one page: see `page.fitted`."""
    from vigie.report.briefing import page  # noqa: PLC0415 (heavy)

    return page.fitted(briefing)


def pdf(briefing: Briefing) -> bytes:
    """Return a note that fits as a PDF file: see `page.pdf`."""
    from vigie.report.briefing import page  # noqa: PLC0415 (heavy)

    return page.pdf(briefing)


def docx(briefing: Briefing, *, at_ms: int) -> bytes:
    """Return a note that fits as a DOCX file: see `word.docx`."""
    from vigie.report.briefing import word  # noqa: PLC0415 (heavy)

    return word.docx(briefing, at_ms=at_ms)
