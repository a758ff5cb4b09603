"""What texts say as letters alone, a million at a time.

`vigie.text.words_alone` says what the letters of a text are. What most signs become does not depend on what
stands beside them: a table of these is made once by asking it, and texts that hold no other sign are read by
a compiled loop. Texts with signs whose neighbours decide (joiners, free marks, Indic scripts, loose Korean
letters) are given to `words_alone` itself. Both ways give the same letters.
"""

from __future__ import annotations

import unicodedata
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from vigie.detect.families.signs import (
    ASK,
    BREAK,
    END,
    LENGTH_MAX,
    LETTERS,
    NAMED,
    NOTHING,
    OUT,
    REPEATED,
    SYLLABLE,
    TABLE,
    read,
)
from vigie.text import words_alone
from vigie.text.normalising import MENTION
from vigie.text.signs import SCRIPTS, signs_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from vigie.detect.families.rule import Rule

DENSE = ("han", "hangul", "kana")  # scripts in which one sign is a syllable or a word
ROWS = 100_000  # texts that are read at once
LONG_S, KELVIN = 0x17F, 0x212A  # which stand for s and k where case does not matter, so in addresses too

# Blocks of https://www.unicode.org/Public/UCD/latest/ucd/Blocks.txt in which each sign is asked about alone.
ALONE = (
    *((0x20, 0x7E), (0xA0, 0x2FF), (0x370, 0x482), (0x48A, 0x52F), (0x531, 0x589), (0x5D0, 0x5EA)),
    *((0x600, 0x605), (0x60C, 0x614), (0x61B, 0x669), (0x66A, 0x66D), (0x671, 0x6D5), (0x6EE, 0x6FF)),
    *((0x10A0, 0x10FF), (0x1400, 0x167F), (0x1E00, 0x1FFF), (0x2000, 0x200B), (0x200E, 0x206F)),
    *((0x20A0, 0x20BF), (0x2100, 0x27BF), (0x2900, 0x2BFF), (0x3000, 0x3020), (0xFE00, 0xFE0F)),
    *((0xFEFF, 0xFEFF), (0xFF01, 0xFF5E), (0x1F000, 0x1FAFF), (0x9, 0xD)),
)
THEMSELVES = ((0x4E00, 0x9FFF), (0xAC00, 0xD7A3))  # Han, Korean syllables


def letters_of(bodies: pa.Array, rule: Rule) -> tuple[pa.Array, pa.BooleanArray]:
    """Return the letters of texts, and whether they are enough to be somebody's own words."""
    parts = [_part(bodies.slice(first, ROWS).cast(pa.large_string()), rule) for first in _steps(len(bodies))]
    letters = [pa.array([], pa.large_string()), *(letters for letters, _enough in parts)]
    enough = [np.empty(0, np.bool_), *(enough for _letters, enough in parts)]
    return pa.concat_arrays(letters), pa.array(np.concatenate(enough))


def _steps(count: int) -> Iterator[int]:
    yield from range(0, count, ROWS)


def _part(bodies: pa.Array, rule: Rule) -> tuple[pa.Array, NDArray[np.bool_]]:
    _valid, offsets, data = bodies.buffers()
    ends = np.frombuffer(offsets, np.int64)[bodies.offset : bodies.offset + len(bodies) + 1]
    said = np.frombuffer(data or b"", np.uint8)
    room, starts = np.empty(int(ends[-1] - ends[0]), np.uint8), np.zeros(len(bodies) + 1, np.int64)
    enough, plain = np.zeros(len(bodies), np.bool_), np.zeros(len(bodies), np.bool_)
    read(said, ends, *_table(), rule.letters_min, rule.signs_min, room, starts, enough, plain)
    letters = pa.Array.from_buffers(
        pa.large_string(), len(bodies), [None, pa.py_buffer(starts), pa.py_buffer(room[: starts[-1]])]
    )
    if plain.all():
        return letters, enough
    asked = _asked(bodies.filter(pa.array(~plain)))
    size = pc.utf8_length(asked).to_numpy(zero_copy_only=False)
    enough[~plain] = size >= np.where(is_dense(asked), rule.signs_min, rule.letters_min)
    return pc.replace_with_mask(letters, pa.array(~plain), asked), enough


def _asked(bodies: pa.Array) -> pa.Array:
    """Return the letters of texts, a Korean syllable being one sign again."""
    distinct = bodies.dictionary_encode()
    plain = pc.replace_substring(words_alone(distinct.dictionary), " ", "")
    some = pc.utf8_slice_codeunits(pc.utf8_normalize(plain, form="NFC"), 0, LENGTH_MAX)
    return some.take(distinct.indices)


def is_dense(text: pa.Array) -> NDArray[np.bool_]:
    """Return which texts are written, at least by half, in signs that stand for syllables or words."""
    return are_dense(*signs_of(text))


def are_dense(signs: NDArray[np.uint32], starts: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return the same of texts given as code points, and where each begins, and the end."""
    before = np.concatenate([[0], np.cumsum(dense_signs()[signs], dtype=np.int64)])
    return np.asarray(2 * (before[starts[1:]] - before[starts[:-1]]) >= np.maximum(np.diff(starts), 1))


@cache
def dense_signs() -> NDArray[np.bool_]:
    """Return for each code point whether it stands for a syllable or a word."""
    dense = np.zeros(0x110000, np.bool_)
    for script in DENSE:
        for first, last in SCRIPTS[script]:
            dense[first : last + 1] = True
    return dense


@cache
def _table() -> tuple[NDArray[np.uint8], NDArray[np.uint32]]:
    """Return what becomes of each sign, and the signs that it becomes, 0 being a break."""
    kinds, becomes = np.zeros(TABLE, np.uint8), np.full((TABLE, OUT), END, np.uint32)
    points = np.concatenate([np.arange(first, last + 1) for first, last in ALONE])
    signs = [chr(point) for point in points]
    told = words_alone(pa.array([f"a{sign}b" for sign in signs], pa.large_string())).to_pylist()
    named = pc.match_substring_regex(pa.array(signs), f"^{MENTION[1:-1]}$").to_pylist()
    for point, said, may_name in zip(points.tolist(), told, named, strict=True):
        kind, signs_out = _kind(chr(point), said[1:-1])
        kinds[point] = kind | (NAMED if may_name else 0) | (REPEATED if chr(point).isdecimal() else 0)
        becomes[point, : len(signs_out)] = signs_out
    for first, last in THEMSELVES:
        kinds[first : last + 1] = LETTERS
        becomes[first : last + 1, 0] = np.arange(first, last + 1)
    first, last = THEMSELVES[1]
    kinds[first : last + 1] |= REPEATED  # each is several letters, none of them twice in a row
    kinds[ord("@")], becomes[ord("@"), 0] = BREAK, 0  # between two letters it begins a mention
    kinds[[LONG_S, KELVIN]] = ASK
    kinds[dense_signs()[:TABLE]] |= SYLLABLE
    return kinds, becomes


def _kind(sign: str, said: str) -> tuple[int, list[int]]:
    """Return what becomes of a sign of which `words_alone` says this between two letters."""
    if not said:
        return NOTHING, []
    longer = len(said.replace(" ", "").encode()) > len(sign.encode())
    marks = any(unicodedata.category(one).startswith("M") for one in said)
    if longer or marks or len(said) > OUT or max(map(ord, said)) >= TABLE:
        return ASK, []
    return BREAK if said == " " else LETTERS, [0 if one == " " else ord(one) for one in said]
