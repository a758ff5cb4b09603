"""coordination-network-toolkit: import its CSV and compute one network, in two processes.

`python cnt.py CSV DATABASE co_retweet|co_link WINDOW_S MIN_EDGE_WEIGHT [PAIRS_PARQUET]`; the pairs are
written only on demand, and the network table otherwise stays in its SQLite database, as it leaves it.
"""

from __future__ import annotations

import sqlite3
import sys

import pyarrow as pa
import pyarrow.parquet as pq
from coordination_network_toolkit.compute_networks import compute_co_link_network, compute_co_retweet_parallel
from coordination_network_toolkit.preprocess import preprocess_csv_files

PROCESSES = 2
NETWORKS = {"co_retweet": compute_co_retweet_parallel, "co_link": compute_co_link_network}


def main(csv: str, database: str, network: str, window_s: str, least: str, pairs: str | None = None) -> None:
    """Import, compute, and perhaps write."""
    preprocess_csv_files(database, [csv])
    NETWORKS[network](database, int(window_s), min_edge_weight=int(least), n_threads=PROCESSES)
    if pairs:
        _write(database, network, pairs)


def _write(database: str, network: str, pairs: str) -> None:
    query = {
        "co_retweet": "select user_1, user_2, weight from co_retweet_network",
        "co_link": "select user_1, user_2, weight from co_link_network",
    }[network]
    connection = sqlite3.connect(database)
    rows = connection.execute(query).fetchall()
    names = ("user_1", "user_2", "weight")
    columns = zip(*rows, strict=True) if rows else ([], [], [])
    pq.write_table(pa.table({name: list(column) for name, column in zip(names, columns, strict=True)}), pairs)


if __name__ == "__main__":
    main(*sys.argv[1:])
