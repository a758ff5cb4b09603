"""The peers' own environment: made once, with pip, under work/."""

from __future__ import annotations

import subprocess
import sys

from places import HERE, PEERS_HOME, PEERS_PYTHON

WANTED = HERE / "requirements-peers.txt"
STAMP = PEERS_HOME / ".installed"


def ready() -> None:
    """Install the peers unless this very list is installed."""
    wanted = WANTED.read_text()
    if STAMP.exists() and STAMP.read_text() == wanted:
        return
    print("Installing the peers into benchmarks/work/peers (once)")
    subprocess.run([sys.executable, "-m", "venv", "--clear", PEERS_HOME], check=True)
    pip = (PEERS_PYTHON, "-m", "pip", "--disable-pip-version-check", "install", "-qq")
    subprocess.run([*pip, "-r", WANTED], check=True, stderr=subprocess.DEVNULL)
    STAMP.write_text(wanted)
