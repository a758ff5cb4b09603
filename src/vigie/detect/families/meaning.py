"""Families whose texts mean the same in other words or another language join, as a language model sees it.

Each family of copies is told by its specimen. In the order of time a specimen joins the family of specimens
to whose first it is most alike, the earliest of equals, if it is alike enough with **every** specimen there:
cosine 0.85 within a language or where one is not known, 0.715 between two. So these families do not chain
either, and specimens that come later change nothing of what was decided before.

Every specimen is compared with the first of every family: blocks of vectors are multiplied in single
precision, and what comes near the threshold is computed again in double precision in a fixed order, so that
the size of blocks changes nothing. The time grows with the square of the number of different texts.

Thresholds: VIGINUM's D3lta, https://doi.org/10.48550/arXiv.2312.17338.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from vigie.detect.families.languages import differ, known_codes
from vigie.terms.errors import BadOptionError
from vigie.terms.languages import say
from vigie.terms.progress import Progress, silent
from vigie.text.normalising import ADDRESS, MENTION

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from vigie.detect.families.rule import Rule

ROWS, COLUMNS = 2_048, 8_192  # of a block of products
TEXTS = 4_096  # that the model is asked about at once
SLACK = 1e-4  # how far a product in single precision may be off, and more


class Embed(Protocol):
    """A language model: texts in, one vector for each out."""

    def __call__(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return a vector for each text; zeros where it holds nothing that the model knows."""


@dataclass(frozen=True, kw_only=True)
class Meaning:
    """Specimens of families of copies, the earliest first, and which family of meaning each joined.

    Args:
        specimen: the numbers of their texts.
        vectors: of length 1, or zeros.
        lang: in which language each is written.
        joined: the specimen, as a number of a text, whose family it joined; its own where it founded one.
        likeness: its cosine with that one.
    """

    specimen: NDArray[np.int32]
    vectors: NDArray[np.float32]
    lang: pa.Array
    joined: NDArray[np.int32]
    likeness: NDArray[np.float64]


def no_meaning() -> Meaning:
    """Return what is known of no specimens."""
    return Meaning(
        specimen=np.empty(0, np.int32),
        vectors=np.empty((0, 0), np.float32),
        lang=pa.array([], pa.string()),
        joined=np.empty(0, np.int32),
        likeness=np.empty(0, np.float64),
    )


def prose(bodies: pa.Array) -> list[str]:
    """Return what people said themselves: texts without addresses and mentions."""
    plain = pc.replace_substring_regex(bodies.cast(pa.large_string()), ADDRESS, " ")
    return list(pc.utf8_trim_whitespace(pc.replace_substring_regex(plain, MENTION, " ")).to_pylist())


def vectors_of(texts: Sequence[str], embed: Embed, *, progress: Progress = silent) -> NDArray[np.float32]:
    """Return the vectors of texts, each of length 1; what the model knows nothing of has zeros.

    Raises:
        BadOptionError: the model gives no vector of finite numbers for a text.
    """
    parts = []
    for first in range(0, max(len(texts), 1), TEXTS):
        asked = texts[first : first + TEXTS]
        one = np.asarray(embed(asked) if asked else np.empty((0, 0)), np.float64)
        if one.ndim != 2 or len(one) != len(asked) or not np.isfinite(one).all():  # noqa: PLR2004 (a table)
            expected = say("a model that gives a vector of finite numbers for each text")
            raise BadOptionError(option="--model", value=one.shape, expected=expected)
        length = np.linalg.norm(one, axis=1, keepdims=True)
        parts.append((one / np.where(length > 0, length, 1)).astype(np.float32))
        progress(min(first + TEXTS, len(texts)), len(texts))
    return np.concatenate(parts)


def join_meaning(
    held: Meaning,
    *,
    specimen: NDArray[np.int32],
    vectors: NDArray[np.float32],
    lang: pa.Array,
    rule: Rule,
) -> Meaning:
    """Return what was held, and new specimens, each joined to a family or founding one.

    Args:
        held: what was decided before; it stays as it is.
        specimen: the numbers of new specimens' texts, the earliest first.
        vectors: of new specimens, see `vectors_of`.
        lang: of new specimens.
        rule: how alike is alike enough.
    """
    first = len(held.specimen)
    every = np.concatenate([one for one in (held.vectors, vectors) if len(one)] or [vectors])
    languages = pa.concat_arrays([held.lang, lang.cast(pa.string())])
    codes = known_codes(languages)
    place = {int(one): row for row, one in enumerate(held.specimen)}
    joined = [place[int(one)] for one in held.joined]
    likeness = held.likeness.tolist()
    members: dict[int, list[int]] = {}
    for row, founder in enumerate(joined):
        members.setdefault(founder, []).append(row)
    for low in range(first, len(every), ROWS):
        high = min(low + ROWS, len(every))
        near = _near(every, codes, low, high, np.array(sorted(members), np.int64), rule)
        for row in range(low, high):
            founder, alike = _best(row, near.get(row, ()), every, codes, members, rule)
            members.setdefault(founder, []).append(row)
            joined.append(founder)
            likeness.append(alike)
    numbers = np.concatenate([held.specimen, specimen]).astype(np.int32)
    return Meaning(
        specimen=numbers,
        vectors=every,
        lang=languages,
        joined=numbers[np.array(joined, np.int64)],
        likeness=np.array(likeness, np.float64),
    )


def _threshold(one: NDArray[np.int32], other: NDArray[np.int32], rule: Rule) -> NDArray[np.float64]:
    """Return how alike two texts must be, given their languages."""
    return np.where(differ(one, other), rule.translation_min, rule.rewording_min)


def _near(
    vectors: NDArray[np.float32],
    codes: NDArray[np.int32],
    low: int,
    high: int,
    founders: NDArray[np.int64],
    rule: Rule,
) -> dict[int, list[int]]:
    """Return for rows of a block the founders, and earlier rows of it, that may be alike enough."""
    columns = np.concatenate([founders, np.arange(low, high)])
    least = np.float32(min(rule.rewording_min, rule.translation_min) - SLACK)
    near: dict[int, list[int]] = {}
    for first in range(0, len(columns), COLUMNS):
        part = columns[first : first + COLUMNS]
        products = vectors[low:high] @ vectors[part].T
        rows, places = np.nonzero(products >= least)
        others = part[places]
        enough = products[rows, places] >= _threshold(codes[low + rows], codes[others], rule) - SLACK
        enough &= others < low + rows
        for row, other in zip((low + rows[enough]).tolist(), others[enough].tolist(), strict=True):
            near.setdefault(row, []).append(other)
    return near


def _best(
    row: int,
    near: Sequence[int],
    vectors: NDArray[np.float32],
    codes: NDArray[np.int32],
    members: dict[int, list[int]],
    rule: Rule,
) -> tuple[int, float]:
    """Return the founder that a row joins and how alike they are, or itself and 1."""
    for alike, founder in sorted((-_alike(vectors, row, [one])[0], one) for one in near if one in members):
        family = members[founder]
        if (_alike(vectors, row, family) >= _threshold(codes[[row]], codes[family], rule)).all():
            return founder, float(-alike)
    return row, 1.0


def _alike(vectors: NDArray[np.float32], row: int, others: list[int]) -> NDArray[np.float64]:
    """Return the cosines of a row with others, each summed in the same order whatever stands beside it."""
    products = vectors[others].astype(np.float64) * vectors[row].astype(np.float64)
    return np.asarray(products.sum(axis=1))
