"""The peers' own environment: made once, with pip, under work/."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

from places import HERE, PEERS_HOME

if TYPE_CHECKING:
    from pathlib import Path

WANTED = HERE / "requirements-peers.txt"


def ready(wanted: Path = WANTED, home: Path = PEERS_HOME) -> None:
    """Install the peers that the list `wanted` names into `home` unless this very list is installed."""
    stamp, text = home / ".installed", wanted.read_text()
    if stamp.exists() and stamp.read_text() == text:
        return
    print(f"Installing the peers into benchmarks/work/{home.name} (once)")
    subprocess.run([sys.executable, "-m", "venv", "--clear", home], check=True)
    pip = (home / "bin" / "python", "-m", "pip", "--disable-pip-version-check", "install", "-qq")
    subprocess.run([*pip, "-r", wanted], check=True, stderr=subprocess.DEVNULL)
    stamp.write_text(text)
