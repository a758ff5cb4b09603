"""What is written stays written: through to the disk, also after the power fails."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def to_disk(path: Path) -> None:
    """Bring a file, or the names in a folder, to the disk (fsync).

    The store has its own in `vigie.store.folders`, which the light processes cannot import.
    """
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
