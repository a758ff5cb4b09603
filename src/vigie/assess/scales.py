"""The scales on which people place what they found: breakout, attribution, grades of sources, ABCDE.

Each is a list of terms in `scales.toml`, with its source there; rows hold ids.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Literal

from vigie.assess.vocabulary import read, terms_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vigie.assess.vocabulary import Term

Scale = Literal["breakout", "attribution", "reliability", "credibility", "aspect", "bearing", "explanation"]


@cache
def scale(name: Scale) -> Mapping[str, Term]:
    """Return the terms of one scale by id, in its order: the least first."""
    return terms_of(read("scales.toml")[name])
