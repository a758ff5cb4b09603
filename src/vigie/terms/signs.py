"""Text from outside, as it may be shown: nothing in it commands a terminal or turns the reading around.

Sources: ECMA-48 (control sequences), Unicode Standard Annex 9 (directions), abuse case 36.
"""

from __future__ import annotations

import unicodedata

REPLACEMENT = "\ufffd"
WRITTEN = frozenset("\u200c\u200d\u200e\u200f\u061c")  # joiners, marks of Arabic and Hebrew


def acts(sign: str) -> bool:
    """Return whether a sign does something instead of being read: controls, directions, halves."""
    return not (sign.isprintable() or sign in WRITTEN or unicodedata.category(sign) == "Zs")


def shown(text: str, *, lines: bool = False) -> str:
    """Return `text` with U+FFFD for each sign that acts; line feeds stay where `lines` is true."""
    if text.isprintable():
        return text
    return "".join(REPLACEMENT if acts(sign) and not (lines and sign == "\n") else sign for sign in text)
