"""Compare our pairs with the toolkit's network: `python same_toolkit.py OURS DATABASE LEAST`.

The toolkit keeps a directed row when its post count reaches LEAST, we keep a pair when its object count
does. So for our pairs the rows are compared where the post count reaches LEAST; rows only of the toolkit
must have fewer objects than posts, which is so when an account posts one object several times.
"""

from __future__ import annotations

import sqlite3
import sys

import polars as pl


def main(ours: str, database: str, least: str) -> None:
    """Compare and print."""
    pairs = pl.read_parquet(ours).with_columns(pl.col("account_a", "account_b").cast(pl.String))
    forth = pairs.select(a="account_a", b="account_b", n=pl.col("post_count_ab").cast(pl.Int64))
    back = pairs.select(a="account_b", b="account_a", n=pl.col("post_count_ba").cast(pl.Int64))
    mine = pl.concat([forth, back]).filter(pl.col("n") >= int(least))
    query = "select user_1 as a, user_2 as b, weight as n from co_retweet_network where user_1 <> user_2"
    rows = sqlite3.connect(database).execute(query).fetchall()
    theirs = pl.DataFrame(rows, schema={"a": pl.String, "b": pl.String, "n": pl.Int64}, orient="row")
    equal = len(mine.join(theirs, on=["a", "b", "n"], how="inner"))
    known = theirs.join(mine, on=["a", "b"], how="semi")
    print(
        f"{len(mine):,} directed rows of our pairs, {len(mine) - equal:,} missing or differing there; "
        f"{len(theirs) - len(known):,} more there, of fewer than {least} objects"
    )


main(*sys.argv[1:])
