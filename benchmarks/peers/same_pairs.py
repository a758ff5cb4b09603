"""Tell in how many rows two Parquet files of pairs differ: `python same_pairs.py OURS THEIRS`."""

from __future__ import annotations

import sys

import polars as pl

COLUMNS = ("account_a", "account_b", "object_count")


def pairs(path: str) -> pl.DataFrame:
    """Return pairs with the names in order, and the count."""
    table = pl.read_parquet(path).select(COLUMNS)
    a, b = pl.col("account_a").cast(pl.String), pl.col("account_b").cast(pl.String)
    return table.select(
        a=pl.min_horizontal(a, b), b=pl.max_horizontal(a, b), n=pl.col("object_count").cast(pl.Int64)
    )


def main(ours: str, theirs: str) -> None:
    """Compare and print."""
    mine, other = pairs(ours), pairs(theirs)
    both = mine.join(other, on=["a", "b", "n"], how="inner")
    print(f"{len(other):,} rows, {len(mine) + len(other) - 2 * len(both):,} differing")


main(*sys.argv[1:])
