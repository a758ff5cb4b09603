"""DuckDB: pairs of accounts by a join over time buckets, from Parquet to Parquet.

A bucket is as long as the window, so two acts within it stand in the same or in neighbouring buckets. The
first side of the join is repeated for its three buckets, so that the join is on equal values, which DuckDB
hashes. Names become numbers before the join, as in the Polars script: that takes less memory.
"""

from __future__ import annotations

import arguments
import duckdb

QUERIES = (
    """
    create temp table posts as
    select {account} as account, {object} as object, {time} as moment
    from read_parquet('{posts}')
    where {object} is not null and {account} is not null
    """,
    """
    create temp table accounts as
    select account as name, row_number() over () :: int as code from posts group by account
    """,
    """
    create temp table objects as
    select object as name, row_number() over () :: int as code from posts group by object
    """,
    """
    create temp table acts as
    select accounts.code as account, objects.code as object, moment, moment // {window} as bucket
    from posts join accounts on account = accounts.name join objects on object = objects.name
    """,
    """
    copy (
        with reached as (
            select account, object, moment, bucket + step as bucket
            from acts, (values (-1), (0), (1)) as steps (step)
        ),
        pairs as (
            select a.account as a, b.account as b, count(distinct a.object) as object_count
            from reached a join acts b
                on a.object = b.object and a.bucket = b.bucket and a.account < b.account
            where abs(a.moment - b.moment) <= {window}
            group by all
            having object_count >= {objects_min}
        )
        select first.name as account_a, second.name as account_b, object_count
        from pairs join accounts first on first.code = a join accounts second on second.code = b
    ) to '{pairs}' (format parquet)
    """,
)


def main() -> None:
    """Count and write."""
    given = arguments.read()
    connection = duckdb.connect(config={"threads": given.threads})
    for query in QUERIES:
        connection.execute(query.format(**vars(given)))


main()
