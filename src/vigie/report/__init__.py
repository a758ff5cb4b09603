"""Findings as pages that people read: words, pictures and tables, in French and English."""

from vigie.report.render import render

__all__ = ["render"]
