"""The code points of a column of texts, one after the other, and in which script each is written."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Letters of scripts, from the blocks of https://www.unicode.org/Public/UCD/latest/ucd/Blocks.txt; what is
# not a letter in a block (digits, mostly) is left out where it is frequent.
SCRIPTS: dict[str, tuple[tuple[int, int], ...]] = {
    "latin": (
        *((0x41, 0x5A), (0x61, 0x7A), (0xC0, 0xD6), (0xD8, 0xF6), (0xF8, 0x24F), (0x1E00, 0x1EFF)),
        *((0xFF21, 0xFF3A), (0xFF41, 0xFF5A)),
    ),
    "cyrillic": ((0x400, 0x481), (0x48A, 0x52F), (0xA640, 0xA66E)),
    "arabic": (
        *((0x620, 0x63F), (0x641, 0x64A), (0x66E, 0x6D3), (0x6D5, 0x6D5), (0x6EE, 0x6EF), (0x6FA, 0x6FC)),
        *((0x750, 0x77F), (0x8A0, 0x8C7), (0xFB50, 0xFDFB), (0xFE70, 0xFEFC)),
    ),
    "devanagari": ((0x900, 0x963), (0x971, 0x97F)),
    "gurmukhi": ((0xA01, 0xA5E), (0xA70, 0xA75)),
    "han": ((0x3005, 0x3007), (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x323AF)),
    "kana": ((0x3041, 0x3096), (0x30A1, 0x30FA), (0x31F0, 0x31FF), (0xFF66, 0xFF9D)),
    "hangul": ((0x1100, 0x11FF), (0x3131, 0x318E), (0xAC00, 0xD7A3)),
    "syllabics": ((0x1401, 0x166C), (0x166F, 0x167F), (0x18B0, 0x18F5)),
    "armenian": ((0x531, 0x556), (0x561, 0x587)),
    "georgian": ((0x10A0, 0x10FF), (0x1C90, 0x1CBF)),
    "greek": ((0x370, 0x373), (0x386, 0x3E1), (0x1F00, 0x1FFC)),
    "gujarati": ((0xA81, 0xACD), (0xAE0, 0xAE3)),
    "hebrew": ((0x5D0, 0x5F2),),
    "kannada": ((0xC80, 0xCE3),),
    "khmer": ((0x1780, 0x17D3),),
    "lao": ((0xE81, 0xECD), (0xEDC, 0xEDF)),
    "malayalam": ((0xD00, 0xD63), (0xD7A, 0xD7F)),
    "sinhala": ((0xD81, 0xDDF),),
    "tamil": ((0xB82, 0xBD7),),
    "telugu": ((0xC00, 0xC63),),
    "thai": ((0xE01, 0xE3A), (0xE40, 0xE4E)),
    "other": (
        *((0x700, 0x74F), (0x780, 0x7FF), (0x980, 0x9E3), (0xB01, 0xB63), (0xF40, 0xFBC), (0x1000, 0x109F)),
        *((0x1200, 0x137C), (0x13A0, 0x13FF), (0x1820, 0x18AA), (0xA000, 0xA4FF), (0xA980, 0xAADF)),
    ),
}
# Letters that tell languages of one script apart: written in these alone.
MARKS: dict[str, tuple[int, ...]] = {
    # ᐟ ᐠ ᐡ ᐢ ᐣ ᐤ ᐦ ᐧ ᐨ ᒼ: finals and the w of Cree and Ojibwe, which Inuktitut does not write
    "cree": (*range(0x141F, 0x1425), 0x1426, 0x1427, 0x1428, 0x14BC),
    # ټ ځ څ ډ ړ ږ ښ ګ ڼ ۍ of Pashto, ڕ ڵ ۆ ێ of Kurdish, ې of both neighbours and Uyghur
    "pashto or kurdish": (
        *(0x67C, 0x681, 0x685, 0x689, 0x693, 0x696, 0x69A, 0x6AB, 0x6BC, 0x6CD),
        *(0x695, 0x6B5, 0x6C6, 0x6CE, 0x6D0),
    ),
}
NAMES = ("", *SCRIPTS)


def signs_of(texts: pa.Array) -> tuple[NDArray[np.uint32], NDArray[np.int64]]:
    """Return the code points of all texts, and where each begins, and the end; null is an empty text."""
    whole = pc.fill_null(texts, "").cast(pa.large_string())
    _valid, offsets, data = whole.buffers()
    ends = np.frombuffer(offsets, np.int64)[whole.offset : whole.offset + len(whole) + 1]
    said = bytes(memoryview(data)[ends[0] : ends[-1]]) if data is not None and len(ends) else b""
    starts = np.concatenate([[0], np.cumsum(pc.utf8_length(whole).to_numpy(zero_copy_only=False))])
    return np.frombuffer(said.decode().encode("utf-32-le"), np.uint32), starts.astype(np.int64)


def letters_by_script(signs: NDArray[np.uint32], starts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return how many letters of each of `NAMES` each text has, the first being no letter: rows x names."""
    rows = np.repeat(np.arange(len(starts) - 1), np.diff(starts))
    cells = rows * len(NAMES) + _table()[signs]
    found = np.bincount(cells, minlength=(len(starts) - 1) * len(NAMES))
    return found.reshape(len(starts) - 1, len(NAMES))


def holds(signs: NDArray[np.uint32], starts: NDArray[np.int64], mark: str) -> NDArray[np.bool_]:
    """Return which texts have a letter of `MARKS[mark]`."""
    before = np.concatenate([[0], np.cumsum(np.isin(signs, MARKS[mark]))])
    return np.asarray(before[starts[1:]] > before[starts[:-1]])


@cache
def _table() -> NDArray[np.uint8]:
    table = np.zeros(0x110000, np.uint8)
    for number, ranges in enumerate(SCRIPTS.values(), start=1):
        for first, last in ranges:
            table[first : last + 1] = number
    return table
