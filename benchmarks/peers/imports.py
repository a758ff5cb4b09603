"""What others do to bring posts in: `python imports.py pandas|toolkit FROM TO`."""

from __future__ import annotations

import sys


def pandas(lines: str, parquet: str) -> None:
    """Read NDJSON and write Parquet, each with pandas' defaults."""
    import pandas as pd

    pd.read_json(lines, lines=True).to_parquet(parquet)


def toolkit(csv: str, database: str) -> None:
    """Import a CSV into the toolkit's SQLite database, as its command does."""
    from coordination_network_toolkit.preprocess import preprocess_csv_files

    preprocess_csv_files(database, [csv])


if __name__ == "__main__":
    {"pandas": pandas, "toolkit": toolkit}[sys.argv[1]](*sys.argv[2:])
