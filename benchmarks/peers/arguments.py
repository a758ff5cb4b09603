"""The arguments that all pair-counting peers take."""

from __future__ import annotations

import argparse
from pathlib import Path


def read() -> argparse.Namespace:
    """Return the arguments of the command line; the window is in the unit of the time column."""
    parser = argparse.ArgumentParser()
    parser.add_argument("posts", type=Path)
    parser.add_argument("pairs", type=Path)
    parser.add_argument("--account", required=True)
    parser.add_argument("--object", required=True)
    parser.add_argument("--time", required=True)
    parser.add_argument("--window", type=int, required=True)
    parser.add_argument("--objects-min", type=int, default=2)
    parser.add_argument("--threads", type=int, default=2)
    return parser.parse_args()
