"""Findings as pages that people read: words, pictures and tables, in French and English.

`render` makes the page; `sentences` and `speech` say findings in words and import nothing heavy, for a web
process to use them.
"""
