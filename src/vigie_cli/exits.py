"""Exit statuses, the same for every command; documented in docs/reference/exit-codes.md."""

from __future__ import annotations

DONE = 0
BROKEN = 1  # a fault of ours
USAGE = 2  # argparse's own
INPUT = 3  # a file cannot be used
OUTPUT = 4  # the results cannot be written
OPTION = 5  # an option means nothing
INTERRUPTED = 130  # Ctrl-C, as shells count it
TERMINATED = 143  # SIGTERM, as shells count it

BY_CODE = {"file": INPUT, "table": INPUT, "output": OUTPUT, "option": OPTION}


def status_of(code: str) -> int:
    """Return the exit status of an error's code: its first word decides."""
    return BY_CODE.get(code.partition(".")[0], BROKEN)
