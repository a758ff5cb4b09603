"""What an analyst may find of a medium, and on what grounds: words in both languages, kept as data.

No method finds any of this: a person does, and says on what it rests. The words stand in a TOML file so that
those who verify can correct them without code.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vigie.terms.languages import Language

UNDETERMINED = "undetermined"  # the one finding that needs no ground


@dataclass(frozen=True, kw_only=True)
class Term:
    """One finding, or one ground, as people read it.

    Args:
        id: stands in rows; never changes its meaning.
        names: in both languages.
        means: in a sentence, in both languages.
    """

    id: str
    names: Mapping[Language, str]
    means: Mapping[Language, str]


@dataclass(frozen=True, kw_only=True)
class Vocabulary:
    """The findings and the grounds that there are, by id, in the order to show them."""

    version: int
    findings: Mapping[str, Term]
    bases: Mapping[str, Term]


@cache
def vocabulary() -> Vocabulary:
    """Return what may be found of a medium, and on what grounds."""
    file = resources.files(__package__) / "media_findings.toml"
    raw = tomllib.loads(file.read_text(encoding="utf-8"))
    return Vocabulary(
        version=raw["version"],
        findings={one["id"]: Term(**one) for one in raw["finding"]},
        bases={one["id"]: Term(**one) for one in raw["basis"]},
    )
