"""In which languages texts are written: as platforms say, else as the texts read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from vigie.text import UNDETERMINED, identify

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vigie.text.languages import Model

ROWS = 8_192  # texts whose languages are looked for at once


def said_language(stated: pa.Array) -> pa.Array:
    """Return the languages that platforms name, the first part of a BCP 47 tag; null where none is."""
    primary = pc.utf8_lower(pc.replace_substring_regex(stated, r"[-_].*", ""))
    return pc.if_else(pc.is_in(primary, pa.array(["", UNDETERMINED])), pa.scalar(None, pa.string()), primary)


def language_of(stated: pa.Array, bodies: pa.Array, model: Model | None) -> pa.Array:
    """Return the language of each text: as its platform says, else as it reads, else `und`."""
    return pc.coalesce(said_language(stated), read_language(bodies, model))


def read_language(bodies: pa.Array, model: Model | None) -> pa.Array:
    """Return in which language each text reads; some at a time, as models tell much of each."""
    parts = (identify(bodies.slice(first, ROWS), model=model) for first in range(0, len(bodies), ROWS))
    found = [pa.array([], pa.string()), *(one["lang"].combine_chunks().cast(pa.string()) for one in parts)]
    return pa.concat_arrays(found)


def known_codes(languages: pa.Array) -> NDArray[np.int32]:
    """Return languages as numbers, -1 where none is known."""
    known = pc.if_else(pc.equal(languages, UNDETERMINED), pa.scalar(None, pa.string()), languages)
    codes = known.dictionary_encode().indices.fill_null(-1)
    return np.asarray(codes.to_numpy(zero_copy_only=False), np.int32)


def differ(one: NDArray[np.int32], other: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Return where two languages are known and not the same."""
    return np.asarray((one != other) & (one >= 0) & (other >= 0))


def are_translations(
    languages: pa.Array, one: NDArray[np.int64], other: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Return which texts, given by their places in `languages`, are of two known languages."""
    codes = known_codes(languages)
    return differ(codes[one], codes[other])
