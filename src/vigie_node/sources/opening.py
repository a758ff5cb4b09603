"""A sealed original opened apart from the web process, piece by piece, nothing of it on the disk.

`python -m vigie_node.sources.opening` reads on its input where the original and the keys are, and writes what
was sealed. The web process passes it on: it imports no scientific package, and holds one piece at a time.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings

from vigie_node.tied import die_with_parent, environment_of_child

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vigie_node.sources.models import Evidence

PIECE_BYTES = 1 << 20
FOLDER, NAME_DIGITS = "evidence", 16  # as `originals` has them, which the web process does not import
BROKEN = 3


class OriginalClosedError(Exception):
    """The original did not open, or not to its end."""


def pieces(*, folder: Path, sha256: str, master: Path, salt: Path) -> Iterator[bytes]:
    """Yield an original piece by piece. To record this act first is the caller's.

    Args:
        folder: where the project's originals lie.
        sha256: which original.
        master: the file of the node's key.
        salt: the file of the project's part of its key.

    Raises:
        OriginalClosedError: it does not open; what was yielded before is genuine, and not all.
    """
    asked = {"folder": str(folder), "sha256": sha256, "master": str(master), "salt": str(salt)}
    process = subprocess.Popen(
        [sys.executable, "-m", "vigie_node.sources.opening"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=environment_of_child(),
    )
    given, taken = process.stdin, process.stdout
    if given is None or taken is None:  # never: both were asked for
        raise OriginalClosedError
    try:
        with given:
            given.write(json.dumps(asked).encode())
        while piece := taken.read(PIECE_BYTES):
            yield piece
        if process.wait() != 0:
            raise OriginalClosedError
    finally:
        process.kill()
        process.wait()
        taken.close()


def pieces_of(evidence: Evidence, *, salt: Path) -> Iterator[bytes]:
    """Yield an original of the node piece by piece: see `pieces`."""
    return pieces(
        folder=settings.HOME.folder / FOLDER / evidence.declaration.project_id.hex[-NAME_DIGITS:],
        sha256=evidence.sha256,
        master=settings.HOME.keys / "master.key",
        salt=salt,
    )


def main() -> int:
    """Write one original."""
    die_with_parent()
    from vigie.store.evidence import Evidence  # noqa: PLC0415 (after the process is tied to its parent)
    from vigie.store.tokens import ProjectKey  # noqa: PLC0415
    from vigie.terms.errors import VigieError  # noqa: PLC0415

    asked: dict[str, Any] = json.loads(sys.stdin.buffer.read())
    try:
        master, salt = (bytes.fromhex(Path(asked[name]).read_text().strip()) for name in ("master", "salt"))
        evidence = Evidence(Path(asked["folder"]), ProjectKey.derive(master, salt))
        for piece in evidence.open(asked["sha256"]):
            sys.stdout.buffer.write(piece)
    except (OSError, ValueError, VigieError):
        return BROKEN
    sys.stdout.buffer.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
