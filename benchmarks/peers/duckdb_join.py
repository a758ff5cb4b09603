"""DuckDB: pairs of accounts by a join over time buckets, from Parquet to Parquet.

A bucket is as long as the window, so two acts within it stand in the same or in neighbouring buckets. The first
side of the join is repeated for its three buckets, so that the join is on equal values, which DuckDB hashes.
"""

from __future__ import annotations

import arguments
import duckdb

QUERY = """
copy (
    with acts as (
        select {account} as account, {object} as object, {time} as at, {time} // {window} as bucket
        from read_parquet('{posts}')
        where {object} is not null and {account} is not null
    ),
    reached as (
        select account, object, at, bucket + step as bucket
        from acts, (values (-1), (0), (1)) as steps (step)
    )
    select a.account as account_a, b.account as account_b, count(distinct a.object) as object_count
    from reached a join acts b on a.object = b.object and a.bucket = b.bucket and a.account < b.account
    where abs(a.at - b.at) <= {window}
    group by all
    having object_count >= {objects_min}
) to '{pairs}' (format parquet)
"""


def main() -> None:
    """Count and write."""
    given = arguments.read()
    connection = duckdb.connect(config={"threads": given.threads})
    connection.execute(QUERY.format(**vars(given)))


main()
