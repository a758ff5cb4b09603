"""Strings from the data, made harmless to read: controls shown, directions kept apart, long ones cut."""

from __future__ import annotations

import unicodedata
from itertools import accumulate

_KEPT = "\u200c\u200d"  # joiners: Persian, Indic scripts and emoji need them
_ISOLATE, _END = "\u2068", "\u2069"
_RIGHT_TO_LEFT = {"R", "AL", "AN"}
_HIDDEN = {"Cc", "Cf", "Cs", "Zl", "Zp"}  # controls, formats (bidi marks …), lone surrogates, separators


def visible(text: str) -> str:
    """Return `text` with each control, direction mark or hidden sign written out: nothing acts unseen."""
    return "".join(_shown(sign) for sign in text)


def _shown(sign: str) -> str:
    if sign in _KEPT or unicodedata.category(sign) not in _HIDDEN:
        return sign
    if sign in "\n\r\t":
        return {"\n": "↵ ", "\r": "", "\t": "⇥ "}[sign]
    return f"⟨U+{ord(sign):04X}⟩"


def isolated(text: str) -> str:
    """Return `text`, visible, and kept apart from a sentence around it where it runs from right to left."""
    shown = visible(text)
    if any(unicodedata.bidirectional(sign) in _RIGHT_TO_LEFT for sign in shown):
        return f"{_ISOLATE}{shown}{_END}"
    return shown


def fitting(text: str, cells: int) -> str:
    """Return visible `text` cut to so many cells of a line, an ellipsis standing for the rest.

    A wide character takes two (Unicode Standard Annex 11, https://www.unicode.org/reports/tr11/).
    """
    shown = visible(text[: cells + 1])
    taken = [0, *accumulate(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in shown)]
    fits = sum(end <= cells for end in taken[1:])
    return shown if fits == len(shown) else shown[: sum(end < cells for end in taken[1:])] + "…"


def shortened(text: str, length: int) -> str:
    """Return visible `text` cut to at most `length` signs, an ellipsis standing for the rest."""
    shown = visible(text[: length + 1])
    return shown if len(shown) <= length else shown[: length - 1] + "…"
