"""What a file is as a watch-list, and how sure that is: by its objects or its columns, never by its name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from vigie.collect.errors import FileError
from vigie.collect.formats import recognise
from vigie.collect.mapping import plain_name
from vigie.collect.rejects import FileRejects, Rejects
from vigie.collect.watchlists import tables
from vigie.collect.watchlists.reading import READERS, is_bundle
from vigie.terms.languages import say

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from vigie.collect.formats import Shape
    from vigie.terms.languages import Message

TITLES = {
    "stix": say("STIX 2.1 bundle"),
    "meta": say("Threat indicators as Meta publishes them"),
    "viginum": say("Indicators as VIGINUM publishes them"),
    "table": say("Table of indicators"),
}
META = frozenset({"indicatortype", "indicatorvalue"})
# Columns of VIGINUM's annexes; one of each set makes it theirs.
VIGINUM = (
    frozenset({"nomdedomaine", "indicateur", "compte", "lien", "adresse"}),
    frozenset({"modeoperatoire", "modeoperatoireinformationnel", "moi", "premiereobservation"}),
)
ITSELF, NAMED, LIKELY, PERHAPS = 1.0, 0.95, 0.7, 0.4  # how sure
CERTAIN = NAMED  # from here on a file is taken for a list even where it could be read as posts


@dataclass(frozen=True, kw_only=True)
class Recognised:
    """What a file is as a watch-list.

    Args:
        layout: `stix`, `meta`, `viginum` or `table`.
        format: how the file is written: `json`, `csv` …
        sure: from 0 to 1.
    """

    layout: str
    format: str
    sure: float

    @property
    def title(self) -> Message:
        """What people call this."""
        return TITLES[self.layout]


def recognise_watchlist(path: Path) -> Recognised | None:
    """Return what the file is as a watch-list, None where it can be none.

    Raises:
        FileError: it cannot be read at all.
    """
    shape = recognise(path)
    if shape.format in {"json", "ndjson"} and is_bundle(shape):
        return Recognised(layout="stix", format="json", sure=ITSELF)
    layout, sure = _layout({plain_name(name) for name in _names(shape)})
    return Recognised(layout=layout, format=shape.format, sure=sure) if sure else None


def _names(shape: Shape) -> Sequence[str]:
    """Return the columns of a table; none where it is no table."""
    if shape.format not in READERS:
        return ()
    try:
        first = next(
            iter(READERS[shape.format](shape, None, FileRejects(shape.path, "row", Rejects()))), None
        )
    except FileError:
        return ()
    names: Sequence[str] = () if first is None else first.rows.schema.names
    return names


def _layout(names: set[str]) -> tuple[str, float]:
    if names >= META or tables.INSIDE in names:
        return "meta", NAMED
    if all(names & some for some in VIGINUM):
        return "viginum", NAMED
    if not names.isdisjoint(tables.VALUES):
        return "table", LIKELY if not names.isdisjoint(tables.KINDS) else PERHAPS
    return "table", PERHAPS if tables.has_values(sorted(names)) else 0.0
