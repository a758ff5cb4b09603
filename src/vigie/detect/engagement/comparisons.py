"""All comparisons of all figures: with the account's own others, and with those of its peers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from vigie.detect.engagement.comparing import Usual, chances, counted, logs_of, scores, surprise_least
from vigie.detect.engagement.others import usual_of_own, usual_of_peers
from vigie.detect.engagement.readings import PER_VIEW, follower_class

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from vigie.detect.engagement.rule import Rule
    from vigie.terms.progress import Progress

    Ints = NDArray[np.integer[Any]]


@dataclass(frozen=True, kw_only=True)
class Comparisons:
    """Comparisons, one a place.

    Args:
        figure: row of the figure.
        value: the figure.
        exposure: what it was counted on.
        is_own: compared with the account's own others, else with its peers'.
        among: what is usual there.
        accounts: how many accounts it is compared with.
        follower_class: of the account.
        score: distance from the usual, in spreads.
        is_much: more than usual, else less.
        p_value: the chance of it; 1 for whatever is likelier than the largest part of false signals.
    """

    figure: Ints
    value: NDArray[np.float64]
    exposure: NDArray[np.float64]
    is_own: NDArray[np.bool_]
    among: Usual
    accounts: Ints
    follower_class: Ints
    score: NDArray[np.float64]
    is_much: NDArray[np.bool_]
    p_value: NDArray[np.float64]

    def at(self, places: Ints) -> Comparisons:
        """Return some of them."""
        return Comparisons(
            figure=self.figure[places],
            value=self.value[places],
            exposure=self.exposure[places],
            is_own=self.is_own[places],
            among=self.among.at(places),
            accounts=self.accounts[places],
            follower_class=self.follower_class[places],
            score=self.score[places],
            is_much=self.is_much[places],
            p_value=self.p_value[places],
        )


@dataclass(frozen=True, kw_only=True)
class _Pairing:
    """Figures and what is usual where they are compared."""

    figure: Ints
    among: Usual
    is_own: bool
    accounts: Ints


@dataclass(frozen=True, kw_only=True)
class _Kinds:
    """Figures that can be compared, those of one kind side by side, and in it those of one account.

    Args:
        figure: rows of the figures.
        values: the figures.
        logs: their logarithms.
        counts: what was counted.
        exposures: what it was counted on.
        cells: where each account of each kind begins, and the end.
        kinds: the places in `cells` where each kind begins, and the end.
    """

    figure: Ints
    values: NDArray[np.float64]
    logs: NDArray[np.float64]
    counts: NDArray[np.int64]
    exposures: NDArray[np.float64]
    cells: NDArray[np.int64]
    kinds: NDArray[np.int64]


def compared(items: pa.Table, table: pa.Table, rule: Rule, progress: Progress) -> Comparisons:
    """Return every comparison that there is enough for.

    Args:
        items: posts.
        table: their figures.
        rule: the parameters.
        progress: told the figures compared.
    """
    classes = follower_class(_whole(items.column("author_followers")))
    side_by_side = _kinds(items, table, classes, rule)
    pairings = [_with_own(side_by_side, rule), *_with_peers(side_by_side, rule, progress)]
    figure = np.concatenate([one.figure for one in pairings])
    among = Usual.joined([one.among for one in pairings])
    value = table.column("value").to_numpy()[figure]
    exposure = table.column("exposure").to_numpy()[figure]
    score = scores(value, exposure, among)
    both_ways = np.asarray(_says(table.column("measure"), PER_VIEW))[figure]
    is_much, p_value = _judged(score, counted(value, exposure), exposure, among, both_ways, rule.fdr)
    return Comparisons(
        figure=figure,
        value=value,
        exposure=exposure,
        is_own=np.concatenate([np.full(len(one.figure), one.is_own) for one in pairings]),
        among=among,
        accounts=np.concatenate([one.accounts for one in pairings]),
        follower_class=classes[table.column("item").to_numpy()[figure]],
        score=score,
        is_much=is_much,
        p_value=p_value,
    )


def _whole(column: pa.ChunkedArray) -> pa.Array:
    return pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], column.type)


def _judged(
    score: NDArray[np.float64],
    counts: NDArray[np.int64],
    exposure: NDArray[np.float64],
    among: Usual,
    both_ways: NDArray[np.bool_],
    fdr: float,
) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """Return whether each is more than usual, and its chance; only reactions per view can be too few.

    The chance is computed where it may be no larger than `fdr`: no other can be kept, nor changes which are.
    """
    least = surprise_least(fdr)
    near = np.flatnonzero((score >= least) | (both_ways & (score <= -least)))
    much, little = chances(score[near], counts[near], exposure[near], among.at(near))
    is_more = ~both_ways[near] | (much < little)
    chance = np.where(both_ways[near], np.minimum(1.0, 2 * np.minimum(much, little)), much)
    is_much = ~both_ways | (score > 0)
    is_much[near] = is_more
    p_value = np.ones(len(score))
    p_value[near] = np.where(chance <= fdr, chance, 1.0)
    return is_much, p_value


def _kinds(items: pa.Table, table: pa.Table, classes: Ints, rule: Rule) -> _Kinds:
    item = table.column("item").to_numpy()
    exposures = table.column("exposure").to_numpy()
    author = _numbers(items.column("author"))[item]
    is_meant = ~_says(table.column("measure"), PER_VIEW) | (exposures >= rule.views_min)
    figure = np.flatnonzero(is_meant & (author >= 0))
    kind = _joined(
        _numbers(items.column("platform"))[item],
        classes[item],
        *(_numbers(table.column(name)) for name in ("measure", "age", "kinds")),
    )
    figure = figure[np.lexsort((author[figure], kind[figure]))]
    kinds = np.flatnonzero(_differ(figure, kind))
    cells = np.flatnonzero(_differ(figure, kind, author))
    values, exposed = table.column("value").to_numpy()[figure], exposures[figure]
    return _Kinds(
        figure=figure,
        values=values,
        logs=logs_of(values, exposed),
        counts=counted(values, exposed),
        exposures=exposed,
        cells=cells,
        kinds=np.searchsorted(cells, kinds),
    )


def _joined(*keys: Ints) -> Ints:
    """Return one number for what several numbers say, -1 or more each."""
    joined = np.zeros(len(keys[0]), np.int64)
    for key in keys:
        joined = joined * (int(key.max(initial=0)) + 2) + key + 1
    return joined


def _differ(figure: Ints, *keys: Ints) -> NDArray[np.bool_]:
    """Return for each place and the end whether something new begins."""
    differ = np.zeros(len(figure) + 1, np.bool_)
    differ[0] = differ[-1] = True
    for key in keys:
        differ[1:-1] |= np.diff(key[figure]) != 0
    return differ


def _numbers(column: pa.ChunkedArray) -> Ints:
    """Return a number for each name, the same for the same name; -1 where it is unknown."""
    whole = _whole(column)
    named = whole if pa.types.is_dictionary(whole.type) else whole.dictionary_encode()
    return np.asarray(named.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64))


def _says(column: pa.ChunkedArray, name: str) -> NDArray[np.bool_]:
    """Return where a dictionary column says `name`."""
    whole = _whole(column)
    place = whole.dictionary.index(name).as_py()
    return np.asarray(whole.indices.to_numpy() == place) if place >= 0 else np.zeros(len(whole), np.bool_)


def _with_own(of: _Kinds, rule: Rule) -> _Pairing:
    sizes = np.diff(of.cells)
    cell = np.flatnonzero(sizes > rule.own_items_min)
    places = _spans(of.cells[cell], sizes[cell])
    among = usual_of_own(
        of.values[places],
        of.logs[places],
        of.counts[places],
        of.exposures[places],
        starts=np.concatenate(([0], np.cumsum(sizes[cell]))),
    )
    return _Pairing(
        figure=of.figure[places], among=among, is_own=True, accounts=np.ones(len(places), np.int64)
    )


def _spans(starts: Ints, sizes: Ints) -> Ints:
    """Return all places of spans behind one another."""
    before = np.cumsum(sizes) - sizes
    return np.asarray(np.arange(int(sizes.sum())) + np.repeat(starts - before, sizes))


def _with_peers(of: _Kinds, rule: Rule, progress: Progress) -> Iterator[_Pairing]:
    """Yield the comparisons of each kind; within an account its class of followers may change."""
    for first, end in zip(of.kinds[:-1], of.kinds[1:], strict=True):
        cells = of.cells[first : end + 1]
        start, stop = int(cells[0]), int(cells[-1])
        sizes = np.diff(cells)
        accounts = len(sizes) - 1
        enough = (stop - start - sizes >= rule.peer_items_min) & (accounts >= rule.peer_accounts_min)
        progress(stop, len(of.figure))
        if not enough.any():
            continue
        span = slice(start, stop)
        usual = usual_of_peers(
            of.values[span], of.logs[span], of.counts[span], of.exposures[span], starts=cells - start
        )
        account = np.repeat(np.arange(len(sizes)), sizes)
        compared_ones = np.flatnonzero(enough[account])
        yield _Pairing(
            figure=of.figure[span][compared_ones],
            among=usual.at(account[compared_ones]),
            is_own=False,
            accounts=np.full(len(compared_ones), accounts),
        )
