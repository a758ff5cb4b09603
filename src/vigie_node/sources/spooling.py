"""What a capture hands in, on its way: words and files in one folder of the spool, until a job sealed them.

The folder belongs to the node's user alone and goes as soon as its originals are sealed. The web process only
moves files and writes what was typed: it opens nothing.
"""

from __future__ import annotations

import json
import os
import shutil
import time
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

from django.conf import settings

from vigie_node.durable import to_disk
from vigie_node.sources.models import Visit

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from django.core.files.uploadedfile import TemporaryUploadedFile

ENDING = ".capture"
TYPED, FILE = "typed.json", "file-"
LEFT_S = 7 * 24 * 3600  # how long a visit that failed may be tried again
ONLY_OWNER, ONLY_OWNER_FILE = 0o700, 0o600


def folder_of(visit_id: object) -> Path:
    """Return where a visit's things wait."""
    path: Path = settings.HOME.spool / f"{visit_id}{ENDING}"
    return path


@contextmanager
def spooled(
    visit_id: object, typed: Mapping[str, Any], files: Sequence[TemporaryUploadedFile]
) -> Iterator[None]:
    """Keep what was typed and handed in while the block asks for its job; where that fails, keep nothing."""
    folder = folder_of(visit_id)
    with ExitStack() as undo:
        folder.mkdir(mode=ONLY_OWNER)
        undo.callback(shutil.rmtree, folder)
        _write(folder / TYPED, json.dumps(typed, ensure_ascii=False, sort_keys=True).encode())
        for number, file in enumerate(files):
            kept = folder / f"{FILE}{number:03d}"
            os.link(file.temporary_file_path(), kept)  # one file, two names: the first goes with the request
            kept.chmod(ONLY_OWNER_FILE)
            to_disk(kept)
        for path in (folder, folder.parent):
            to_disk(path)
        yield
        undo.pop_all()


def typed_in(folder: Path) -> dict[str, Any]:
    """Return what was typed."""
    said: dict[str, Any] = json.loads((folder / TYPED).read_bytes())
    return said


def files_in(folder: Path) -> list[Path]:
    """Return the files that were handed in, in their order."""
    return sorted(folder.glob(f"{FILE}*"))


def remove(visit_id: object) -> None:
    """Remove a visit's things from the spool."""
    folder = folder_of(visit_id)
    if folder.exists():
        shutil.rmtree(folder)


def sweep() -> None:
    """Remove what visits left that were kept, or failed and were not tried again."""
    waiting = set(map(str, Visit.objects.filter(state=Visit.State.WAITING).values_list("id", flat=True)))
    for folder in settings.HOME.spool.glob(f"*{ENDING}"):
        is_old = time.time() - folder.stat().st_mtime > LEFT_S
        if is_old and folder.name.removesuffix(ENDING) not in waiting:
            shutil.rmtree(folder)


def _write(path: Path, content: bytes) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, ONLY_OWNER_FILE)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
