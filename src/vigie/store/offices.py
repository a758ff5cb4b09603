"""Public actors: accounts that stay in clear for what was posted while their holder was in office.

A post made before or after is a private person's: its author is a token like any other, and so is the name
where others mention it. Time falls into terms, between two moments at which somebody takes or leaves office;
within one the same names stay in clear.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from vigie.store.columns import flat, rows_of, whole
from vigie.store.tokens import account_form, platform_name

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from numpy.typing import NDArray

NAMING = frozenset(
    {"author", "channel_id", "mentions", "title", "body", "hashtags", "links", "url", "raw_ref"}
)


@dataclass(frozen=True, kw_only=True)
class Office:
    """An account that is a public actor's from one moment to another.

    Args:
        platform: where the account is.
        account: its raw name or native id.
        from_ms: the first moment in office, UTC milliseconds.
        until_ms: the first moment after it; None while it lasts.
    """

    platform: str
    account: str
    from_ms: int
    until_ms: int | None = None

    @property
    def name(self) -> str:
        """The account as `Tokens` is told of it: `platform:name`."""
        platform = platform_name(self.platform)
        return f"{platform}:{account_form(self.account, platform)}"

    def spans(self, at_ms: int) -> bool:
        """Tell whether its holder is in office at a moment."""
        return self.from_ms <= at_ms and (self.until_ms is None or at_ms < self.until_ms)


@dataclass(frozen=True)
class Term:
    """Rows of a table within which the same names stay in clear."""

    rows: NDArray[np.int64]
    public: frozenset[str]


def terms(table: pa.Table, public_actors: Collection[str | Office]) -> Iterator[Term]:
    """Yield the rows of `table` term by term; all at once where nobody takes or leaves office meanwhile.

    Rows that name nobody who takes or leaves office meanwhile are taken together, whatever their moment.

    Args:
        table: posts; a row without `created_ms` is at no time in anybody's term.
        public_actors: names that always stay in clear, and offices.
    """
    always = frozenset(one for one in public_actors if isinstance(one, str))
    offices = [one for one in public_actors if isinstance(one, Office)]
    if not offices or not table.num_rows or "created_ms" not in table.column_names:
        yield Term(np.arange(table.num_rows), always)
        return
    times = table.column("created_ms")
    dated = times.is_valid().to_numpy()
    if not dated.all():
        yield Term(np.flatnonzero(~dated), always)
    if dated.any():
        yield from _dated(table, np.flatnonzero(dated), pc.fill_null(times, 0).to_numpy(), always, offices)


def _dated(
    table: pa.Table,
    rows: NDArray[np.int64],
    at_ms: NDArray[np.int64],
    always: frozenset[str],
    offices: Collection[Office],
) -> Iterator[Term]:
    first, last = int(at_ms[rows].min()), int(at_ms[rows].max())
    public = always | {one.name for one in offices if one.spans(first) and one.spans(last)}
    ends = {one: last if one.until_ms is None else one.until_ms - 1 for one in offices}
    passing = [
        one for one in offices if one.name not in public and one.from_ms <= last and ends[one] >= first
    ]
    naming = _naming(table, passing)[rows] if passing else np.zeros(len(rows), np.bool_)
    if not naming.all():
        yield Term(rows[~naming], public)
    if naming.any():
        few = rows[naming]
        for some, moment in _between(at_ms[few], passing):
            yield Term(few[some], public | {one.name for one in passing if one.spans(moment)})


def _naming(table: pa.Table, offices: Collection[Office]) -> NDArray[np.bool_]:
    """Return which rows may name one of these accounts, in whatever column."""
    names = sorted({re.escape(one.name.partition(":")[2]) for one in offices})
    pattern, found = f"(?i)({'|'.join(names)})", np.zeros(table.num_rows, np.bool_)
    for name in sorted(NAMING & set(table.column_names)):
        column = whole(table.column(name))
        said = pc.fill_null(pc.match_substring_regex(flat(column), pattern), fill_value=False)
        found[rows_of(column)[said.to_numpy(zero_copy_only=False)]] = True
    return found


def _between(
    at_ms: NDArray[np.int64], offices: Collection[Office]
) -> Iterator[tuple[NDArray[np.int64], int]]:
    """Yield rows between two changes of any office, with one moment of theirs."""
    ends = {one.until_ms for one in offices if one.until_ms is not None}
    changes = np.array(sorted({one.from_ms for one in offices} | ends), np.int64)
    term = np.searchsorted(changes, at_ms, side="right")
    order = np.argsort(term, kind="stable")
    for rows in np.split(order, np.flatnonzero(np.diff(term[order])) + 1):
        yield rows, int(at_ms[rows[0]])
