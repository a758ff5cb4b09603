"""What an analyst may find of a medium, and on what grounds: words in both languages, kept as data.

No method finds any of this: a person does, and says on what it rests. The words stand in a TOML file so that
those who verify can correct them without code.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from vigie.assess.vocabulary import read, terms_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vigie.assess.vocabulary import Term

UNDETERMINED = "undetermined"  # the one finding that needs no ground


@dataclass(frozen=True, kw_only=True)
class Vocabulary:
    """The findings and the grounds that there are, by id, in the order to show them."""

    version: int
    findings: Mapping[str, Term]
    bases: Mapping[str, Term]


@cache
def vocabulary() -> Vocabulary:
    """Return what may be found of a medium, and on what grounds."""
    raw = read("media_findings.toml")
    return Vocabulary(version=raw["version"], findings=terms_of(raw["finding"]), bases=terms_of(raw["basis"]))
