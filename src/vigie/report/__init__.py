"""Findings as pages that people read: words, pictures and tables, in French and English."""
