"""Words that people choose from, kept as data: an id for rows, a name and a meaning in both languages.

They stand in TOML files beside the modules that use them, so that those who work with them can correct them
without code. New meaning, new id: what was recorded keeps naming what it meant.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from vigie.terms.languages import Language


@dataclass(frozen=True, kw_only=True)
class Term:
    """One thing to choose, as people read it.

    Args:
        id: stands in rows; never changes its meaning.
        names: in both languages.
        means: in a sentence, in both languages.
    """

    id: str
    names: Mapping[Language, str]
    means: Mapping[Language, str]


def read(name: str) -> dict[str, Any]:
    """Return one file of words of this package."""
    return tomllib.loads((resources.files(__package__) / name).read_text(encoding="utf-8"))


def terms_of(raw: Sequence[Mapping[str, Any]]) -> dict[str, Term]:
    """Return the terms of one list of a file by id, in its order."""
    return {one["id"]: Term(**one) for one in raw}
