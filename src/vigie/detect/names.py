"""Texts as small whole numbers, batch by batch: each distinct text is kept once and has one code.

Arrow's own dictionaries are made per batch and joined later, which hashes every distinct text of every batch
again; here the table lives on from batch to batch, and a batch's texts can be dropped once they are coded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import numpy as np
import pyarrow as pa

from vigie.detect.jit import fixed, jit

if TYPE_CHECKING:
    from numpy.typing import NDArray

Number = TypeVar("Number", bound=np.generic)
# Python draws the hash of a text anew in each process: nobody can make a file whose texts all collide here.
KEYS = np.array([hash(text) & 0xFFFFFFFFFFFFFFFF for text in ("vigie", "names")], np.uint64)
SMALLEST = 1 << 10


class Names:
    """Distinct texts in the order of their first appearance."""

    def __init__(self) -> None:
        self._count = 0
        self._slots = np.zeros((2 * SMALLEST, 3), np.uint64)  # both halves of a digest, a code plus one or 0
        self._ends = np.zeros(SMALLEST + 1, np.int64)
        self._bytes = np.empty(SMALLEST, np.uint8)

    def __len__(self) -> int:
        """How many distinct texts there are."""
        return self._count

    def codes(self, texts: pa.Array) -> NDArray[np.int32]:
        """Return the code of each text of a plain or dictionary-encoded array, -1 for null."""
        if pa.types.is_dictionary(texts.type):
            index = texts.indices.fill_null(-1).to_numpy(zero_copy_only=False)
            used = np.unique(index[index >= 0])
            of_word = np.full(len(texts.dictionary) + 1, -1, np.int32)
            of_word[used] = self.codes(texts.dictionary.take(pa.array(used)))
            return np.asarray(of_word[index])
        ends, data, valid = _parts(texts)
        self._make_room(len(texts), int(ends[-1] - ends[0]))
        codes = np.empty(len(texts), np.int32)
        self._count = _find(
            _digests(ends, data, KEYS),
            valid,
            ends,
            data,
            self._slots,
            self._ends,
            self._bytes,
            self._count,
            codes,
        )
        return codes

    def array(self) -> pa.Array:
        """Return the texts, each at the place of its code."""
        ends = pa.py_buffer(self._ends[: self._count + 1].copy())
        text = pa.py_buffer(self._bytes[: self._ends[self._count]].copy())
        return pa.LargeStringArray.from_buffers(self._count, ends, text)

    def _make_room(self, texts: int, size: int) -> None:
        """Make room for so many new texts and bytes."""
        wanted = self._count + texts
        self._ends = _grown(self._ends, wanted + 1)
        self._bytes = _grown(self._bytes, int(self._ends[self._count]) + size)
        if 2 * wanted > len(self._slots):
            old = self._slots
            self._slots = np.zeros((1 << (4 * wanted - 1).bit_length(), 3), np.uint64)
            _move(old, self._slots)


def _parts(texts: pa.Array) -> tuple[NDArray[np.int64], NDArray[np.uint8], NDArray[np.bool_]]:
    large = pa.types.is_large_string(texts.type)
    _valid, offsets, data = texts.buffers()
    kind = np.int64 if large else np.int32
    ends = (
        np.frombuffer(offsets, kind)[texts.offset : texts.offset + len(texts) + 1].astype(np.int64)
        if len(texts)
        else np.zeros(1, np.int64)
    )
    valid = texts.is_valid().to_numpy(zero_copy_only=False)
    return ends, fixed(np.frombuffer(data or b"", np.uint8)), valid


def _grown(values: NDArray[Number], size: int) -> NDArray[Number]:
    if size <= len(values):
        return values
    wider = np.empty(max(size, 2 * len(values)), values.dtype)
    wider[: len(values)] = values
    return wider


# Digests and places are looked at in loops of their own: a short loop lets the processor wait for several
# places in memory at once, which is where the time goes.


@jit
def _digests(
    ends: NDArray[np.int64], data: NDArray[np.uint8], keys: NDArray[np.uint64]
) -> NDArray[np.uint64]:
    """Return 128-bit hashes, as two columns: FNV-1a with two multipliers from keyed starts, bits mixed.

    Among a hundred million texts two share a hash with a chance of about 1 in 10^23.
    """
    digests = np.empty((len(ends) - 1, 2), np.uint64)
    for row in range(len(digests)):
        one = np.uint64(0xCBF29CE484222325) ^ keys[0]
        two = np.uint64(0x84222325CBF29CE4) + keys[1]
        for place in range(ends[row], ends[row + 1]):
            byte = np.uint64(data[place])
            one = (one ^ byte) * np.uint64(0x100000001B3)
            two = (two ^ byte) * np.uint64(0x9E3779B97F4A7C15)
        one = (one ^ (one >> np.uint64(32))) * np.uint64(0x9E3779B97F4A7C15)
        digests[row, 0], digests[row, 1] = one ^ (one >> np.uint64(29)), two ^ (two >> np.uint64(31))
    return digests


@jit
def _find(
    digests: NDArray[np.uint64],
    valid: NDArray[np.bool_],
    ends: NDArray[np.int64],
    data: NDArray[np.uint8],
    slots: NDArray[np.uint64],
    name_ends: NDArray[np.int64],
    name_bytes: NDArray[np.uint8],
    count: int,
    codes: NDArray[np.int32],
) -> int:
    """Fill `codes`, add what is new, and return how many texts there are then."""
    mask = np.uint64(len(slots) - 1)
    for row in range(len(codes)):
        if not valid[row]:
            codes[row] = -1
            continue
        one, two = digests[row, 0], digests[row, 1]
        slot = one & mask
        while slots[slot, 2] != 0 and (slots[slot, 0] != one or slots[slot, 1] != two):
            slot = (slot + np.uint64(1)) & mask
        if slots[slot, 2] == 0:
            start, first, last = name_ends[count], ends[row], ends[row + 1]
            for place in range(first, last):
                name_bytes[start + place - first] = data[place]
            count += 1
            name_ends[count] = start + last - first
            slots[slot, 0], slots[slot, 1], slots[slot, 2] = one, two, np.uint64(count)
        codes[row] = np.int64(slots[slot, 2]) - 1
    return count


@jit
def _move(old: NDArray[np.uint64], new: NDArray[np.uint64]) -> None:
    """Put what is in `old` slots into empty `new` ones."""
    mask = np.uint64(len(new) - 1)
    for k in range(len(old)):
        if old[k, 2] != 0:
            slot = old[k, 0] & mask
            while new[slot, 2] != 0:
                slot = (slot + np.uint64(1)) & mask
            new[slot] = old[k]
