"""Run a command with a PostgreSQL of its own: in a temporary folder, on a Unix socket, gone at the end.

    python tools/postgres.py COMMAND [ARGUMENT …]

DATABASE_URL names it in the command's environment. Where PostgreSQL is not installed this says so, runs
nothing and succeeds: `make test` has then tested SQLite alone. PostgreSQL refuses to run as root: it runs as
the user `postgres` then.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

OWNER = "postgres"
# Tests make and drop whole databases: nothing of this needs to outlive a power cut.
SETTINGS = {"listen_addresses": "", "fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


def programs() -> Path | None:
    """Return the folder of PostgreSQL's programs, the newest where there are several."""
    found = shutil.which("initdb")
    if found:
        return Path(found).resolve().parent
    versions = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    return max(versions, key=lambda path: int(path.parent.name.split(".")[0]), default=None)


def as_owner(command: list[str]) -> None:
    """Run one of PostgreSQL's programs, as a user that it accepts; show its words only when it fails."""
    prefix = ["runuser", "-u", OWNER, "--"] if os.geteuid() == 0 else []
    done = subprocess.run([*prefix, *command], capture_output=True, text=True, check=False, cwd="/")  # noqa: S603
    if done.returncode:
        sys.exit(f"{' '.join(command)}: {done.stdout}{done.stderr}")


def run_with(place: Path, folder: Path, command: list[str]) -> int:
    """Start a server in `folder`, run the command, stop the server, and return the command's status."""
    if os.geteuid() == 0:
        shutil.chown(folder, OWNER, OWNER)
    data = str(folder / "data")
    options = " ".join(f"-c {name}='{value}'" for name, value in SETTINGS.items())
    as_owner([str(place / "initdb"), "-D", data, "-U", OWNER, "-A", "trust", "-E", "UTF8", "--no-sync"])
    log = str(folder / "log")
    as_owner([str(place / "pg_ctl"), "-D", data, "-l", log, "-w", "-o", f"-k {folder} {options}", "start"])
    try:
        address = f"postgresql://{OWNER}@/postgres?host={folder}"
        return subprocess.run(command, env={**os.environ, "DATABASE_URL": address}, check=False).returncode  # noqa: S603
    finally:
        as_owner([str(place / "pg_ctl"), "-D", data, "-m", "immediate", "stop"])


def main(command: list[str]) -> int:
    """Run `command` and return its status."""
    place = programs()
    if place is None:
        print("No PostgreSQL here: SQLite alone is tested. / Pas de PostgreSQL ici : seul SQLite est essayé.")
        return 0
    with tempfile.TemporaryDirectory(prefix="vigie-postgres-", ignore_cleanup_errors=True) as folder:
        return run_with(place, Path(folder), command)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # the server is stopped first
    sys.exit(main(sys.argv[1:]))
