"""Texts as bytes of UTF-8 become letters, sign by sign, as a table says; compiled.

The table and what it means stand in `letters`. What is an address or a mention stands in
`vigie.text.normalising`; here it is written once more, as loops (tests compare both).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from vigie.detect.jit import jit

if TYPE_CHECKING:
    from numpy.typing import NDArray

LENGTH_MAX = 4_000  # letters that are compared: an article beyond that is told by its beginning
AGAIN_MAX = 2  # of one sign in a row, as in `vigie.text.normalising`
TABLE = 0x1FB00  # code points in the table: what people write, emoji included
OUT = 3  # most signs that one becomes, breaks counted
END = 0xFFFFFFFF  # after the signs that one becomes
ASK, LETTERS, BREAK, NOTHING, KIND = 0, 1, 2, 3, 3  # what becomes of a sign; which bits say it
# may stand in a mention; may stand any number of times in a row; stands for a syllable or a word
NAMED, REPEATED, SYLLABLE = 4, 8, 16

HTTP, HTTPS = np.frombuffer(b"http://", np.uint8), np.frombuffer(b"https://", np.uint8)
WWW = np.frombuffer(b"www.", np.uint8)
AT, SMALL_A, SMALL = ord("@"), ord("a"), 0x20  # the bit that makes a small letter
VISIBLE_FIRST, VISIBLE_LAST = ord("!"), ord("~")
ONE_BYTE, TWO_BYTES, THREE_BYTES = 0x80, 0x800, 0x10000  # code points below take so many in UTF-8
TWO, THREE, FOUR, MORE, SIX_BITS = 0xC0, 0xE0, 0xF0, 0x80, 0x3F  # how their bytes begin


@jit
def read(
    data: NDArray[np.uint8],
    ends: NDArray[np.int64],
    kinds: NDArray[np.uint8],
    becomes: NDArray[np.uint32],
    letters_min: int,
    signs_min: int,
    room: NDArray[np.uint8],
    starts: NDArray[np.int64],
    enough: NDArray[np.bool_],
    plain: NDArray[np.bool_],
) -> None:
    """Write the letters of texts one after the other into `room`; those not `plain` must be asked about."""
    written = 0
    for row in range(len(ends) - 1):
        after, count, dense = _read_one(data, ends[row], ends[row + 1], kinds, becomes, room, written)
        plain[row] = after >= 0
        written = max(after, written)
        starts[row + 1] = written
        enough[row] = count >= (signs_min if 2 * dense >= max(count, 1) else letters_min)


@jit
def _read_one(
    data: NDArray[np.uint8],
    place: int,
    stop: int,
    kinds: NDArray[np.uint8],
    becomes: NDArray[np.uint32],
    room: NDArray[np.uint8],
    written: int,
) -> tuple[int, int, int]:
    """Write one text; return the place after it, or -1, its letters and how many of these are dense."""
    count, dense, again, last = 0, 0, 0, 0
    while place < stop and count < LENGTH_MAX:
        after = _past_reference(data, place, stop, kinds)
        if after < 0:
            return -1, 0, 0
        if after > place:
            place, last = after, 0
            continue
        sign, size = _decoded(data, place)
        place += size
        if sign >= TABLE or kinds[sign] & KIND == ASK:
            return -1, 0, 0
        for k in range(OUT):
            one: Any = np.int64(becomes[sign, k])
            if one == END:
                break
            again = again + 1 if one == last else 1
            last = one
            if one and count < LENGTH_MAX and (again <= AGAIN_MAX or kinds[one] & REPEATED):
                written = _encoded(one, room, written)
                count += 1
                dense += kinds[one] & SYLLABLE != 0
    return written, count, dense


@jit
def _past_reference(data: NDArray[np.uint8], place: int, stop: int, kinds: NDArray[np.uint8]) -> int:
    """Return the place after the address or mention that begins at a place, or that place.

    -1 says that the table does not know a sign of the mention.
    """
    if data[place] != AT:
        return _past_address(data, place, stop)
    after = place + 1
    while after < stop and _past_address(data, after, stop) == after:
        sign, size = _decoded(data, after)
        if sign >= TABLE or kinds[sign] & KIND == ASK:
            return -1
        if not kinds[sign] & NAMED:
            break
        after += size
    return after if after > place + 1 else place


@jit
def _past_address(data: NDArray[np.uint8], place: int, stop: int) -> int:
    """Return the place after the address that begins at a place, or that place."""
    if data[place] | SMALL != HTTP[0] and data[place] | SMALL != WWW[0]:
        return place
    after = place
    if _begins(data, place, stop, HTTP):
        after = place + len(HTTP)
    elif _begins(data, place, stop, HTTPS):
        after = place + len(HTTPS)
    elif _begins(data, place, stop, WWW):
        after = place + len(WWW)
    first = after
    while first > place and after < stop and VISIBLE_FIRST <= data[after] <= VISIBLE_LAST:
        after += 1
    return after if after > first else place


@jit
def _begins(data: NDArray[np.uint8], place: int, stop: int, word: NDArray[np.uint8]) -> bool:
    """Return whether a word stands at a place, in small letters or capitals."""
    if place + len(word) > stop:
        return False
    for k in range(len(word)):
        one = data[place + k] | SMALL if word[k] >= SMALL_A else data[place + k]
        if one != word[k]:
            return False
    return True


@jit
def _decoded(data: NDArray[np.uint8], place: int) -> tuple[int, int]:
    """Return the sign at a place of valid UTF-8, and how many bytes it takes."""
    one: Any = np.int64(data[place])
    if one < ONE_BYTE:
        return one, 1
    size: Any = 2 + (one >= THREE) + (one >= FOUR)
    sign = one & (SIX_BITS >> (size - 1))
    for k in range(1, size):
        sign = sign << 6 | np.int64(data[place + k] & SIX_BITS)
    return sign, size


@jit
def _encoded(sign: int, room: NDArray[np.uint8], place: int) -> int:
    """Write a sign as UTF-8, and return the place after it."""
    if sign < ONE_BYTE:
        room[place] = sign
        return place + 1
    size = 2 + (sign >= TWO_BYTES) + (sign >= THREE_BYTES)
    lead = TWO if size == 2 else (THREE if size == 3 else FOUR)  # noqa: PLR2004 (bytes)
    room[place] = lead | sign >> 6 * (size - 1)
    for k in range(1, size):
        room[place + k] = MORE | (sign >> 6 * (size - 1 - k) & SIX_BITS)
    return place + size
