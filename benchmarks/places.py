"""Where things are, relative to the repository: scripts, data sets, and the folder of what is made."""

from __future__ import annotations

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
WORK = HERE / "work"  # ignored by git
DATA = HERE.parent.parent / "shared" / "data" / "posts"
PEERS_HOME = WORK / "peers"
PEERS_PYTHON = PEERS_HOME / "bin" / "python"
VIGIE = Path(sys.executable).with_name("vigie")


class AbsentDataError(Exception):
    """A data set is not on this machine; the benchmark that needs it is skipped, and says so."""


def data(name: str) -> Path:
    """Return the path of a data set.

    Raises:
        AbsentDataError: it is not there.
    """
    path = DATA / f"{name}.parquet"
    if not path.exists():
        raise AbsentDataError(f"{path.name} is not in ../shared/data/posts")
    return path


def fresh(*parts: str) -> Path:
    """Return a path for a result, with its folder made and nothing there yet."""
    path = WORK.joinpath(*parts)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    return path
