"""Files on their way in from a browser: where they lie, and when they go.

The spool belongs to the node's user alone. What people call a file never becomes a path: a spooled file is
named by chance, with only such an ending as tells a format.
"""

from __future__ import annotations

import os
import shutil
import time
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadhandler import TemporaryFileUploadHandler

from vigie_node.durable import to_disk
from vigie_node.ids import new_id
from vigie_node.sources.models import Intake
from vigie_node.sources.turns import SameWorkError, alone

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from django.core.files.uploadedfile import TemporaryUploadedFile

    from vigie.terms.errors import VigieError

ENDINGS = (
    *(".csv", ".tsv", ".txt", ".ndjson", ".jsonl", ".ldjson", ".jsonlines", ".json"),
    *(".xlsx", ".parquet", ".gz", ".zst"),
)
SPOOLED = ".upload"
BACKUPS, DRAFTS = "backup", "backup-"  # the turn of a backup, and the folder that it drafts in
BROKEN_S, FAILED_S = (
    24 * 3600,
    7 * 24 * 3600,
)  # how long broken uploads, and those that may be tried again, lie


class BoundedUpload(TemporaryFileUploadHandler):
    """Stream one file to the spool, and stop when it is larger than the node accepts."""

    def __init__(self, request: Any = None, *, bytes_max: int) -> None:
        super().__init__(request)
        self._bytes_max, self._taken = bytes_max, 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Take the next piece.

        Raises:
            RequestDataTooBig: that is more than is accepted; nothing stays in the spool.
        """
        self._taken += len(raw_data)
        if self._taken > self._bytes_max:
            self.upload_interrupted()
            raise RequestDataTooBig
        super().receive_data_chunk(raw_data, start)


def keep(upload: TemporaryUploadedFile, file_name: str) -> Path:
    """Keep a streamed file in the spool beyond its request, on the disk, and return where."""
    path: Path = settings.HOME.spool / f"{new_id()}{SPOOLED}{ending_of(file_name)}"
    os.link(upload.temporary_file_path(), path)  # one file, two names: the first goes with the request
    path.chmod(0o600)
    for each in (path, path.parent):
        to_disk(each)
    return path


@contextmanager
def kept(upload: TemporaryUploadedFile, file_name: str) -> Iterator[Path]:
    """Keep a streamed file while the block asks for its intake; where that fails, keep nothing."""
    with ExitStack() as undo:
        path = keep(upload, file_name)
        undo.callback(path.unlink, missing_ok=True)
        yield path
        undo.pop_all()


def ending_of(file_name: str) -> str:
    """Return the endings of a name that tell its format and packing, else nothing."""
    known = [suffix for suffix in Path(file_name.lower()).suffixes[-2:] if suffix in ENDINGS]
    return "".join(known)


def remove(intake: Intake) -> None:
    """Remove the file of an upload from the spool; what people named on the node's own disks stays theirs."""
    if intake.is_upload:
        Path(intake.path).unlink(missing_ok=True)


def is_hopeless(error: VigieError) -> bool:
    """Return whether the same file cannot do better another time."""
    return error.code.startswith("file.")


def sweep() -> None:
    """Remove what broken uploads left in the spool, and failed ones that nobody tried again."""
    waiting = set(
        Intake.objects.filter(
            is_upload=True, state__in=(Intake.State.WAITING, Intake.State.RUNNING)
        ).values_list("path", flat=True)
    )
    for path in settings.HOME.spool.iterdir():
        limit_s = FAILED_S if SPOOLED in path.suffixes else BROKEN_S
        if path.is_file() and str(path) not in waiting and _age_s(path) > limit_s:
            path.unlink(missing_ok=True)
    _sweep_drafts()


def _sweep_drafts() -> None:
    """Remove the copies that killed backups left; a backup that is being taken keeps its own."""
    old = [path for path in settings.HOME.spool.glob(f"{DRAFTS}*") if _age_s(path) > BROKEN_S]
    if old:
        with suppress(SameWorkError), alone(BACKUPS):
            for path in old:
                shutil.rmtree(path)


def _age_s(path: Path) -> float:
    return time.time() - path.stat().st_mtime
