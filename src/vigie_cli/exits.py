"""Exit statuses, the same for every command; documented in docs/reference/exit-codes.md."""

from __future__ import annotations

DONE = 0
BROKEN = 1  # a fault of ours
USAGE = 2  # argparse's own
INPUT = 3  # a file cannot be used
OUTPUT = 4  # the results cannot be written
OPTION = 5  # an option means nothing
UNSOUND = 6  # a check found something wrong
NODE = 7  # the node cannot be used as it is: its home, key, database, vault, a backup, a declaration
INTERRUPTED = 130  # Ctrl-C, as shells count it
TERMINATED = 143  # SIGTERM, as shells count it

BY_CODE = {
    **dict.fromkeys(("file", "table"), INPUT),
    "output": OUTPUT,
    **dict.fromkeys(
        ("option", "password", "sign_in", "link", "review", "upload", "engine", "incident", "likelihood"),
        OPTION,
    ),
    **dict.fromkeys(("store", "ledger", "doctor"), UNSOUND),
    **dict.fromkeys(("home", "key", "database", "vault", "evidence", "backup", "node", "port", "demo"), NODE),
    **dict.fromkeys(("declaration", "intake", "job", "live", "run", "outbound", "watchlist"), NODE),
}


def status_of(code: str) -> int:
    """Return the exit status of an error's code: its first word decides."""
    return BY_CODE.get(code.partition(".")[0], BROKEN)
