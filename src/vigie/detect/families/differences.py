"""What one text says otherwise than another, in pieces that a page can mark; nothing is HTML here."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

import pyarrow as pa

from vigie.detect.families.letters import is_dense

WORDS = re.compile(r"\s+|[\w’'-]+|[^\w\s]")
SIGNS = re.compile(r".[\u0300-\u036f\u200d\ufe0f\u3099\u309a]*", re.DOTALL)  # a letter and its marks
PARTS_MAX = 2_000  # words that are compared; the work grows with their square

Kind = Literal["same", "removed", "added"]


@dataclass(frozen=True)
class Piece:
    """Some words that both texts say, or only the specimen (removed), or only the member (added)."""

    kind: Kind
    text: str


def differences(specimen: str, member: str) -> tuple[Piece, ...]:
    """Return the pieces of two texts in reading order, by words, or by signs in scripts without spaces.

    The pieces that are not added make up `specimen`, those that are not removed `member`.
    """
    old, new = _parts(specimen), _parts(member)
    pieces = []
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    for tag, low, high, new_low, new_high in matcher.get_opcodes():
        if tag == "equal":
            pieces.append(Piece("same", "".join(old[low:high])))
            continue
        pieces += [Piece("removed", "".join(old[low:high]))] if high > low else []
        pieces += [Piece("added", "".join(new[new_low:new_high]))] if new_high > new_low else []
    return tuple(pieces)


def _parts(text: str) -> list[str]:
    """Return words, spaces and signs; what comes after the first many is one part."""
    dense = bool(is_dense(pa.array([text], pa.string()))[0])
    parts = [found[0] for found in (SIGNS if dense else WORDS).finditer(text)]
    return [*parts[:PARTS_MAX], *(["".join(parts[PARTS_MAX:])] if len(parts) > PARTS_MAX else [])]
