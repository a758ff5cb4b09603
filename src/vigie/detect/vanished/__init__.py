"""Hashtags, domains, languages and groups whose posts vanish, or are withheld, more often than others.

1. for each post, tell from when to when somebody would have noticed that it was gone (`watching`)
2. how often posts go, by platform, kind of source and age: young posts go far more often than old ones; so
   each post's watch gives what was to be expected of it
3. sum both for each key, compare them, and let no single author carry a key
4. keep what the stated false-discovery rate allows over all keys

A post that goes says nothing of why: authors, platforms, courts and collectors' errors all take posts away.
The comparison is that of Mantel's test (time at risk by strata), authors are clusters as in Lin and Wei 1989,
https://doi.org/10.1080/01621459.1989.10478874. Figures and failures: `card()`.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from scipy import special, stats

from vigie.detect.false_discovery import q_values
from vigie.detect.vanished.watching import COLUMNS, WITHHELD, Watch, watched
from vigie.terms.cards import MethodCard, read_card
from vigie.terms.errors import BadOptionError, UnfitTableError
from vigie.terms.languages import say
from vigie.terms.progress import Progress, silent

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]

__all__ = ["BYS", "COLUMNS", "METHOD", "SIGNALS", "WITHHELD", "Detection", "Rule", "card", "detect"]

METHOD = "vanished/1"  # new meaning, new number: old findings keep naming the method that made them
By = Literal["hashtag", "domain", "lang", "group"]
BYS: tuple[By, ...] = get_args(By)
SIGNALS = pa.schema(
    [
        ("by", pa.string()),  # of `BYS`
        ("key", pa.string()),
        ("posts", pa.int64()),  # that were watched
        ("gone", pa.int64()),
        ("withheld", pa.int64()),  # of those gone
        ("expected", pa.float64()),
        ("factor", pa.float64()),
        ("authors", pa.int64()),
        ("authors_gone", pa.int64()),  # with a post that is gone
        ("first_ms", pa.int64()),  # when the first of them was found gone
        ("last_ms", pa.int64()),
        ("p_value", pa.float64()),
        ("q_value", pa.float64()),
    ]
)


@dataclass(frozen=True, kw_only=True)
class Rule:
    """When posts of a key are said to go more often than others.

    Args:
        by: which keys are compared; `group` needs groups.
        gone_min: fewest posts of a key that are gone.
        authors_min: fewest authors of these.
        factor_min: how many times more often than expected, at least.
        fdr: largest part of false signals among all, 0-1.
        watched_until_ms: a moment at which somebody looked for every post again; None where the observations
            themselves tell until when each was watched.
    """

    by: tuple[By, ...] = ("hashtag", "domain", "lang", "group")
    gone_min: int = 5
    authors_min: int = 3
    factor_min: float = 2.0
    fdr: float = 0.01
    watched_until_ms: int | None = None

    def __post_init__(self) -> None:
        """Refuse what means nothing."""
        if not self.by or not set(self.by) <= set(BYS):
            raise BadOptionError(option="--by", value=", ".join(self.by), expected=", ".join(BYS))
        if not 0 < self.fdr < 1:
            raise BadOptionError(
                option="--fdr", value=self.fdr, expected=say("a part between 0 and 1, such as 0.01")
            )
        if self.gone_min < 1 or self.authors_min < 2:  # noqa: PLR2004 (one author may take leave)
            raise BadOptionError(
                option="--gone-min, --authors-min",
                value=(self.gone_min, self.authors_min),
                expected=say("whole numbers, at least 1 post of 2 authors"),
            )
        if not self.factor_min >= 1:
            raise BadOptionError(
                option="--factor-min", value=self.factor_min, expected=say("a number, 1 or more")
            )


@dataclass(frozen=True, kw_only=True)
class Detection:
    """What was found, and what could not be said.

    Args:
        signals: see `SIGNALS`, the most surprising first.
        gone: posts found gone, with their keys: `by`, `key`, `post_id`, `author`, `gone_ms`, `is_withheld`.
        post_count: posts.
        watched_count: of them, those that somebody would have noticed to be gone.
        gone_count: of these, those that are gone.
        test_count: keys compared.
    """

    signals: pa.Table
    gone: pa.Table
    post_count: int
    watched_count: int
    gone_count: int
    test_count: int


def card() -> MethodCard:
    """Return the method card: purpose, sources, measured error rates, known failures."""
    return read_card(resources.files(__package__) / "card.toml")


def detect(
    posts: pa.Table,
    *,
    rule: Rule | None = None,
    groups: Mapping[str, str] | None = None,
    progress: Progress = silent,
) -> Detection:
    """Find keys whose posts go more often than others.

    Args:
        posts: canonical posts with at least `COLUMNS`: every observation of each post.
        rule: the parameters, else the defaults.
        groups: accounts and the group each is of, such as a party or a newsroom.
        progress: told the steps done.

    Raises:
        UnfitTableError: `posts` lacks a column.
    """
    for name in COLUMNS:
        if name not in posts.column_names:
            raise UnfitTableError(column=name, stage=METHOD, expected=say("a column of posts"))
    rule = rule or Rule()
    watch, post_count = watched(posts.select(COLUMNS), until_ms=rule.watched_until_ms)
    progress(1, 2)
    keyed = _keyed(watch, rule, groups or {})
    signals, test_count = _signals(watch, keyed, rule)
    progress(2, 2)
    return Detection(
        signals=signals,
        gone=_gone(watch, keyed, signals),
        post_count=post_count,
        watched_count=watch.posts.num_rows,
        gone_count=int(watch.is_gone.sum()),
        test_count=test_count,
    )


def _keyed(watch: Watch, rule: Rule, groups: Mapping[str, str]) -> pa.Table:
    """Return `by`, `key` and `row` of the watched posts, each once."""
    parts = [pa.table({"by": pa.array([], pa.string()), "key": pa.array([], pa.string()), "row": []})]
    parts[0] = parts[0].set_column(2, "row", pa.array([], pa.int64()))
    for by in rule.by:
        keys, rows = _keys(watch.posts, by, groups)
        table = pa.table({"by": pa.repeat(by, len(keys)), "key": keys, "row": rows})
        said = pc.fill_null(pc.not_equal(table.column("key"), ""), fill_value=False)
        parts.append(table.filter(said))
    return pa.concat_tables(parts).group_by(["by", "key", "row"]).aggregate([])


def _keys(posts: pa.Table, by: By, groups: Mapping[str, str]) -> tuple[pa.Array, pa.Array]:
    if by == "hashtag":
        tags = posts.column("hashtags").combine_chunks()
        return pc.utf8_lower(pc.list_flatten(tags)), pc.list_parent_indices(tags).cast(pa.int64())
    if by == "domain":
        links = posts.column("links").combine_chunks()
        names = pc.struct_field(pc.list_flatten(links), "domain")
        return pc.utf8_lower(names), pc.list_parent_indices(links).cast(pa.int64())
    every = pa.array(np.arange(posts.num_rows))
    if by == "lang":
        return posts.column("lang").combine_chunks(), every
    place = pc.index_in(posts.column("author"), pa.array(list(groups), pa.string()))
    return pa.array(list(groups.values()), pa.string()).take(place.combine_chunks()), every


def _signals(watch: Watch, keyed: pa.Table, rule: Rule) -> tuple[pa.Table, int]:
    """Return the keys that stand out, and how many were compared."""
    row = keyed.column("row").to_numpy()
    told = keyed.append_column("author", watch.posts.column("author").take(keyed.column("row")))
    told = told.append_column("gone", pa.array(watch.is_gone[row].astype(np.int64)))
    told = told.append_column("withheld", pa.array(watch.is_withheld[row].astype(np.int64)))
    told = told.append_column("expected", pa.array(watch.expected[row]))
    told = told.append_column("gone_ms", pa.array(watch.gone_ms[row], mask=~watch.is_gone[row]))
    # sums of numbers with fractions depend on their order: this one is the same however rows came
    order = [(name, "ascending") for name in ("by", "key", "author", "expected", "gone")]
    by_author = (
        told.sort_by(order)
        .group_by(["by", "key", "author"], use_threads=False)
        .aggregate(
            [
                ("gone", "sum"), ("withheld", "sum"), ("expected", "sum"), ("row", "count"),
                ("gone_ms", "min"), ("gone_ms", "max"),
            ]
        )
    )  # fmt: skip
    excess = pc.subtract(by_author.column("gone_sum").cast(pa.float64()), by_author.column("expected_sum"))
    by_author = by_author.append_column("squared", pc.multiply(excess, excess))
    by_author = by_author.append_column("has_gone", pc.min_element_wise(by_author.column("gone_sum"), 1))
    sums = by_author.group_by(["by", "key"], use_threads=False).aggregate(
        [
            ("row_count", "sum"), ("gone_sum", "sum"), ("withheld_sum", "sum"), ("expected_sum", "sum"),
            ("squared", "sum"), ("author", "count"), ("has_gone", "sum"), ("gone_ms_min", "min"),
            ("gone_ms_max", "max"),
        ]
    )  # fmt: skip
    sums = sums.sort_by([("by", "ascending"), ("key", "ascending")])
    gone = sums.column("gone_sum_sum").to_numpy().astype(np.float64)
    expected = sums.column("expected_sum_sum").to_numpy()
    authors = sums.column("author_count").to_numpy()
    p_value = _chance(gone, expected, sums.column("squared_sum").to_numpy(), authors)
    compared = sums.column("row_count_sum").to_numpy() >= rule.gone_min
    q_value = q_values(np.where(compared, p_value, 1.0), tests=int(compared.sum()))
    factor = gone / np.maximum(expected, 1e-12)
    kept = (
        compared
        & (q_value <= rule.fdr)
        & (gone >= rule.gone_min)
        & (sums.column("has_gone_sum").to_numpy() >= rule.authors_min)
        & (factor >= rule.factor_min)
    )
    names = ("by", "key", "row_count_sum", "gone_sum_sum", "withheld_sum_sum", "expected_sum_sum")
    columns = [
        *(sums.column(name) for name in names),
        pa.array(factor),
        *(
            sums.column(name)
            for name in ("author_count", "has_gone_sum", "gone_ms_min_min", "gone_ms_max_max")
        ),
        pa.array(p_value),
        pa.array(q_value),
    ]
    table = pa.table([c.cast(f.type) for c, f in zip(columns, SIGNALS, strict=True)], schema=SIGNALS)
    table = table.filter(pa.array(kept))
    return table.sort_by([("p_value", "ascending"), ("by", "ascending"), ("key", "ascending")]), int(
        compared.sum()
    )


def _chance(gone: Floats, expected: Floats, squared: Floats, authors: Ints) -> Floats:
    """Return the chance of so many gone, the larger of two: each post by itself, and each author as one.

    By posts: Poisson's law, which is wider than the true one. By authors: the sum of what each has in excess
    over the root of the sum of their squares, read as Student's law of so many authors.
    """
    by_posts = np.where(gone > 0, special.gammainc(np.maximum(gone, 1), np.maximum(expected, 1e-300)), 1.0)
    z = (gone - expected) / np.sqrt(np.maximum(squared, 1e-300))
    by_authors = stats.t.sf(z, np.maximum(authors - 1, 1))
    return np.asarray(np.maximum(by_posts, by_authors))


def _gone(watch: Watch, keyed: pa.Table, signals: pa.Table) -> pa.Table:
    """Return the posts that are gone of the keys that stand out, the earliest first."""
    gone = keyed.filter(pa.array(watch.is_gone[keyed.column("row").to_numpy()]))
    gone = gone.join(signals.select(["by", "key"]), keys=["by", "key"], join_type="inner")
    row = gone.column("row").to_numpy()
    table = pa.table(
        {
            "by": gone.column("by"),
            "key": gone.column("key"),
            "post_id": watch.posts.column("post_id").take(gone.column("row")),
            "author": watch.posts.column("author").take(gone.column("row")),
            "gone_ms": watch.gone_ms[row],
            "is_withheld": watch.is_withheld[row],
        }
    )
    return table.sort_by([(name, "ascending") for name in ("by", "key", "gone_ms", "post_id")])
