"""Write the reposts of a Parquet file as the toolkit's CSV.

`python as_csv.py POSTS CSV ACCOUNT OBJECT TIME UNIT`, UNIT being how many of its time units a second has.
"""

from __future__ import annotations

import sys

import polars as pl


def main(posts: str, csv: str, account: str, thing: str, at: str, unit: str) -> None:
    """Write them, times in seconds, message ids as they are."""
    nothing = pl.lit("")
    pl.scan_parquet(posts).filter(pl.col(thing).is_not_null()).select(
        message_id=pl.col("post_id"),
        user_id=pl.col(account),
        username=pl.col(account),
        repost_id=pl.col(thing),
        reply_id=nothing,
        message=nothing,
        timestamp=pl.col(at) / int(unit),
        urls=nothing,
    ).sink_csv(csv)


main(*sys.argv[1:])
