"""Read a watch-list's file: its indicators become rows that nothing looks for yet, its bad rows are counted.

Killed anywhere, it is simply run again: it begins with none of its rows. Imports the core's heavy stages:
only the jobs' child processes and commands import this module.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vigie.collect import REASONS, Rejects
from vigie.collect.watchlists import read_watchlist, recognise_watchlist
from vigie.collect.watchlists.reading import NoWatchlistError
from vigie.store.watched import names_somebody
from vigie.terms.errors import VigieError
from vigie.terms.languages import say
from vigie_node.sources.actions import watchlists as actions
from vigie_node.sources.errors import FileChangedError, NoIndicatorError, TooManyIndicatorsError
from vigie_node.sources.models import WatchListIndicator, WatchListVersion
from vigie_node.sources.safe import safe_error
from vigie_node.sources.watchlist_seals import Seals

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from vigie.collect import Reject
    from vigie.collect.watchlists import Indicator, Recognised
    from vigie.terms.languages import Message

INDICATORS_MAX = 50_000  # superseding so many holds the database for about three seconds
ROWS_MAX = 1_000_000  # set aside: a file of so many is no list
ROWS_SHOWN = 50
MARKINGS_SHOWN = 20
ROWS_AT_ONCE = 2_000
READING = say("Reading the watch-list")


def read(version: WatchListVersion, tell: Callable[[Message, int, int | None], None]) -> WatchListVersion:
    """Read a version that waits, and note what came of it.

    Args:
        version: which.
        tell: hears how many indicators there are; may raise to stop the work.

    Raises:
        VigieError: it cannot be read; that is noted, and says nothing that the file said.
    """
    if version.state != WatchListVersion.State.WAITING:
        return version
    path = Path(version.path)
    try:
        done = _read(version, path, tell)
    except VigieError as error:
        safe = safe_error(error, file_name=version.file_name)
        actions.fail_read(version, safe)
        raise safe from None
    if version.is_upload:
        path.unlink(missing_ok=True)
    return done


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class _Aside(Rejects):
    """The rows that are set aside: counts and the first ones, without what they say."""

    def __init__(self, file_name: str) -> None:
        super().__init__()
        self.kept: list[dict[str, Any]] = []
        self.facts: dict[str, dict[str, int]] = {}  # by code, of the first row
        self._file_name = file_name

    def add(self, reject: Reject) -> None:
        """Count a row, and keep where it stands if it is among the first.

        Raises:
            TooManyIndicatorsError: there are more than a list can have.
        """
        super().add(reject)
        facts = {name: value for name, value in reject.facts.items() if isinstance(value, int)}
        self.facts.setdefault(reject.code, facts)
        if len(self.kept) < ROWS_SHOWN:
            self.kept.append(
                {"unit": reject.unit, "number": reject.number, "code": reject.code, "facts": facts}
            )
        if self.total > ROWS_MAX:
            raise TooManyIndicatorsError(path=self._file_name, indicators_max=ROWS_MAX)


@dataclass
class _Counts:
    kinds: Counter[str] = field(default_factory=Counter)
    markings: Counter[str] = field(default_factory=Counter)
    repeated: int = 0


def _read(
    version: WatchListVersion, path: Path, tell: Callable[[Message, int, int | None], None]
) -> WatchListVersion:
    if path.is_file() and sha256_of(path) != version.file_sha256:
        raise FileChangedError(path=path)
    recognised = recognise_watchlist(path)
    if recognised is None:
        raise NoWatchlistError(path=path)
    WatchListIndicator.objects.filter(version=version).delete()  # of an attempt that was cut short
    aside, counts = _Aside(version.file_name), _Counts()
    rows = _rows(read_watchlist(path, rejects=aside), version, counts)
    while some := list(islice(rows, ROWS_AT_ONCE)):
        actions.add_indicators(version, some)
        tell(READING, counts.kinds.total(), None)
    if not counts.kinds:
        raise NoIndicatorError(path=path, rejected=aside.total)
    return actions.keep_read(version, _outcome(recognised, aside, counts))


def _rows(
    found: Iterator[Indicator], version: WatchListVersion, counts: _Counts
) -> Iterator[WatchListIndicator]:
    seals, seen = Seals(), set()
    for one in found:
        row = seals.row(one, version, is_personal=names_somebody(one.kind, one.value))
        if row.digest in seen:
            counts.repeated += 1
            continue
        seen.add(row.digest)
        if len(seen) > INDICATORS_MAX:
            raise TooManyIndicatorsError(path=version.file_name, indicators_max=INDICATORS_MAX)
        counts.kinds[row.kind] += 1
        if row.marking:
            counts.markings[row.marking] += 1
        yield row


def _outcome(recognised: Recognised, aside: _Aside, counts: _Counts) -> actions.Outcome:
    return actions.Outcome(
        layout=recognised.layout,
        format=recognised.format,
        sure=recognised.sure,
        kinds=dict(counts.kinds.most_common()),
        markings=dict(counts.markings.most_common(MARKINGS_SHOWN)),
        repeated_count=counts.repeated,
        rejected_count=aside.total,
        reasons=[
            {"code": code, "sentence": REASONS[code], "count": count, "facts": aside.facts[code]}
            for code, count in aside.counts.most_common()
        ],
        rejected=aside.kept,
    )
