"""Text from outside, as it may be shown: nothing in it commands a terminal or turns the reading around.

Sources: ECMA-48 (control sequences), Unicode Standard Annex 9 (directions), abuse case 36.
"""

from __future__ import annotations

import unicodedata

REPLACEMENT = "\ufffd"
WRITTEN = frozenset("\u200c\u200d\u200e\u200f\u061c")  # joiners, marks of Arabic and Hebrew
_BREAKS = "\n\t"
_PASTED = dict.fromkeys(map(ord, "\u00ad\u200b\u2060\ufeff"))  # come along unseen from pages and documents


def acts(sign: str) -> bool:
    """Return whether a sign does something instead of being read: controls, directions, halves."""
    return not (sign.isprintable() or sign in WRITTEN or unicodedata.category(sign) == "Zs")


def shown(text: str, *, lines: bool = False) -> str:
    """Return `text` with U+FFFD for each sign that acts; line feeds stay where `lines` is true."""
    if text.isprintable():
        return text
    return "".join(REPLACEMENT if acts(sign) and not (lines and sign == "\n") else sign for sign in text)


def tidied(written: str) -> str:
    """Return what a person wrote without what comes along unseen: line feeds alone break lines."""
    return written.translate(_PASTED).replace("\r\n", "\n").replace("\r", "\n").strip()


def hidden_sign(text: str) -> str | None:
    """Return the first sign of a tidied text that acts instead of being read; None where there is none."""
    return next((sign for sign in text if sign not in _BREAKS and acts(sign)), None)
