"""Polars: pairs of accounts by a join over time buckets, from Parquet to Parquet.

A bucket is as long as the window, so two acts within it stand in the same or in neighbouring buckets.
Names become codes before the join, which makes it much cheaper. POLARS_MAX_THREADS says how many threads.
"""

from __future__ import annotations

import arguments
import polars as pl


def main() -> None:
    """Count and write."""
    given = arguments.read()
    acts = (
        pl.scan_parquet(given.posts)
        .select(
            account=pl.col(given.account).cast(pl.Categorical),
            object=pl.col(given.object).cast(pl.Categorical),
            at=pl.col(given.time),
        )
        .drop_nulls()
        .collect()
    )
    names = acts.select(code=pl.col("account").to_physical(), name=pl.col("account").cast(pl.String)).unique()
    coded = acts.select(
        pl.col("account").to_physical(),
        pl.col("object").to_physical(),
        pl.col("at"),
        bucket=pl.col("at") // given.window,
    )
    reached = pl.concat([coded.with_columns(pl.col("bucket") + step) for step in (-1, 0, 1)])
    pairs = (
        reached.lazy()
        .join(coded.lazy(), on=["object", "bucket"], suffix="_b")
        .filter(
            pl.col("account") < pl.col("account_b"),
            (pl.col("at") - pl.col("at_b")).abs() <= given.window,
        )
        .group_by("account", "account_b")
        .agg(object_count=pl.col("object").n_unique())
        .filter(pl.col("object_count") >= given.objects_min)
        .collect(engine="streaming")
    )
    named_a = names.rename({"code": "account", "name": "account_a_name"})
    named_b = names.rename({"code": "account_b", "name": "account_b_name"})
    pairs.join(named_a, on="account").join(named_b, on="account_b").select(
        account_a="account_a_name", account_b="account_b_name", object_count="object_count"
    ).write_parquet(given.pairs)


main()
