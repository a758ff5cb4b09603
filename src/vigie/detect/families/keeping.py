"""What must be kept of a run so that later posts can join its families, as tables and back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from vigie.detect.families.meaning import Meaning
from vigie.detect.families.signs import LENGTH_MAX
from vigie.detect.families.texts import KEPT
from vigie.terms.errors import VigieError
from vigie.terms.languages import say
from vigie.terms.posts import POSTS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

POSTS_HELD = pa.schema([*(POSTS.field(name) for name in KEPT), pa.field("text", pa.int32())])
TEXTS_HELD = pa.schema(
    [
        pa.field("letters", pa.large_string()),  # the earliest first
        pa.field("family", pa.int32()),  # the row of the specimen
        pa.field("apart", pa.int32()),  # the Levenshtein distance to it
    ]
)
MEANING_HELD = pa.schema(
    [
        pa.field("specimen", pa.int32()),  # a row of the texts
        pa.field("lang", pa.string()),
        pa.field("joined", pa.int32()),
        pa.field("likeness", pa.float64()),
        pa.field("vector", pa.list_(pa.float32())),
    ]
)


ALWAYS = ("author", "created_ms", "body", "text")  # what every post that was compared has


class EarlierError(VigieError):
    """What an earlier run left cannot be gone on from."""

    code = "file.earlier"
    sentence = say("“{path}” cannot be gone on from: {reason}.")
    remedy = say("Give the folder of a run with --keep and the same options, or run without --earlier.")


@dataclass(frozen=True, kw_only=True)
class Held:
    """What must be kept so that later posts can join: posts, texts and families.

    Args:
        posts: those that say enough, in canonical order, and `text`, the number of each one's letters.
        letters: distinct texts, the earliest first.
        family: the number of each text's specimen.
        apart: the distance of each text to it.
        meaning: which specimens mean the same; None where no language model was asked.
        post_count: posts that said something of their own, enough or not.
    """

    posts: pa.Table
    letters: pa.Array
    family: NDArray[np.int32]
    apart: NDArray[np.int32]
    meaning: Meaning | None = None
    post_count: int = 0


def nothing_held() -> Held:
    """Return what is held before any run."""
    return Held(
        posts=POSTS_HELD.empty_table(),
        letters=pa.array([], pa.large_string()),
        family=np.empty(0, np.int32),
        apart=np.empty(0, np.int32),
    )


def tables_of(held: Held) -> dict[str, pa.Table]:
    """Return what is held as tables: `posts`, `texts`, and `meaning` where a language model was asked."""
    texts = pa.table([held.letters, pa.array(held.family), pa.array(held.apart)], schema=TEXTS_HELD)
    tables = {"posts": held.posts.cast(POSTS_HELD), "texts": texts}
    if (of := held.meaning) is not None:
        width = of.vectors.shape[1]
        ends = pa.array(np.arange(len(of.vectors) + 1, dtype=np.int32) * np.int32(width))
        vectors = pa.ListArray.from_arrays(ends, pa.array(of.vectors.ravel()))
        columns = [pa.array(of.specimen), of.lang, pa.array(of.joined), pa.array(of.likeness), vectors]
        tables["meaning"] = pa.table(columns, schema=MEANING_HELD)
    return tables


def held_from(tables: Mapping[str, pa.Table], *, post_count: int, path: str) -> Held:
    """Return what tables of an earlier run hold.

    Args:
        tables: as `tables_of` gave them.
        post_count: posts that said something of their own.
        path: what to call them where they cannot be used.

    Raises:
        EarlierError: they are not what a run leaves.
    """
    wanted = {"posts": POSTS_HELD, "texts": TEXTS_HELD, "meaning": MEANING_HELD}
    if any(not table.schema.equals(wanted[name]) for name, table in tables.items()):
        raise EarlierError(path=path, reason=say("its tables have other columns"))
    if not all(_is_read(table) for table in tables.values()):
        raise EarlierError(path=path, reason=say("its tables do not fit together"))
    posts, texts = tables["posts"].combine_chunks(), tables["texts"].combine_chunks()
    family = _numbers(texts["family"])
    meaning = _meaning(tables["meaning"]) if "meaning" in tables else None
    held = Held(
        posts=posts,
        letters=_one(texts["letters"]),
        family=family,
        apart=_numbers(texts["apart"]),
        meaning=meaning,
        post_count=post_count,
    )
    if not _is_sound(held):
        raise EarlierError(path=path, reason=say("its tables do not fit together"))
    return held


def _is_read(table: pa.Table) -> bool:
    """Return whether the values are what their columns say, and none is missing that is always there."""
    try:
        table.validate(full=True)
    except pa.ArrowInvalid:
        return False
    if "vector" in table.column_names:
        widths = pc.list_value_length(table["vector"])
        numbers = (table["likeness"], pc.list_flatten(table["vector"]))
        if len(widths.unique()) > 1 or not all(pc.all(pc.is_finite(one)).as_py() for one in numbers):
            return False
    always = ALWAYS if "body" in table.column_names else table.column_names
    return not any(table[name].null_count for name in always)


def _meaning(table: pa.Table) -> Meaning:
    table = table.combine_chunks()
    flat = np.asarray(_one(pc.list_flatten(table["vector"])).to_numpy(zero_copy_only=False), np.float32)
    return Meaning(
        specimen=_numbers(table["specimen"]),
        vectors=flat.reshape(table.num_rows, -1) if table.num_rows else np.empty((0, 0), np.float32),
        lang=_one(table["lang"]),
        joined=_numbers(table["joined"]),
        likeness=_one(table["likeness"]).to_numpy(zero_copy_only=False),
    )


def _is_sound(held: Held) -> bool:
    """Return whether every number stands for a row, and every specimen founds its family."""
    rows, family = np.arange(len(held.letters)), held.family
    size = pc.utf8_length(held.letters).to_numpy(zero_copy_only=False)
    if np.any((size < 1) | (size > LENGTH_MAX)) or len(held.letters.unique()) < len(rows):
        return False
    if held.post_count < held.posts.num_rows:
        return False
    text = held.posts["text"].to_numpy()
    if np.any((family < 0) | (family > rows)) or np.any((text < 0) | (text >= len(rows))):
        return False
    if np.any((held.apart < 0) | (held.apart > np.maximum(size, size[family]))):
        return False
    specimens = np.flatnonzero(family == rows)
    of = held.meaning
    return bool(
        np.all(family[family] == family)
        and len(np.unique(text)) == len(rows)
        and (of is None or (np.array_equal(of.specimen, specimens) and _are_founded(of)))
    )


def _are_founded(meaning: Meaning) -> bool:
    """Return whether every specimen joined one that founded its family, itself or an earlier one."""
    founders = meaning.specimen[meaning.joined == meaning.specimen]
    return bool(np.isin(meaning.joined, founders).all() and np.all(meaning.joined <= meaning.specimen))


def _numbers(column: pa.ChunkedArray) -> NDArray[np.int32]:
    return np.asarray(_one(column).fill_null(-1).to_numpy(), np.int32)


def _one(column: pa.ChunkedArray | pa.Array) -> pa.Array:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
