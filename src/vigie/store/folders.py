"""A folder of results appears whole, or not at all.

Files are written into a hidden folder beside the target, which takes the target's place at the end by
renaming. A run that fails or is killed leaves the target as it was; what it left beside it is swept by the
next run.
"""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING

from vigie.terms.errors import VigieError
from vigie.terms.languages import say

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path


class OutputError(VigieError):
    """The results cannot be written."""

    code = "output.unwritable"
    sentence = say("The results cannot be written to “{path}”: {reason}.")
    remedy = say(
        "Choose a folder you may write to, on a disk with room, with --out. Nothing half-written was left."
    )


class DiskFullError(OutputError):
    """The disk is full."""

    code = "output.disk_full"
    sentence = say("The disk that holds “{path}” is full.")
    remedy = say(
        "Make room, or choose another disk with --out, and run again. Nothing half-written was left."
    )


class OutputNotOursError(OutputError):
    """The folder holds other things than results of this command."""

    code = "output.not_ours"
    sentence = say("The folder “{path}” holds other things than these results ({other}).")
    remedy = say("Choose a new folder with --out; nothing in this one was touched.")


class OutputBusyError(OutputError):
    """Another run writes there now."""

    code = "output.busy"
    sentence = say("Another run is writing to “{path}” now.")
    remedy = say("Wait for it to end, or choose another folder with --out.")


@contextmanager
def whole_folder(target: Path, *, names: Collection[str]) -> Iterator[Path]:
    """Yield an empty folder that becomes `target` when the block ends well, and vanishes when it does not.

    Args:
        target: where the results shall stand; earlier results there are replaced.
        names: the files that results may consist of; a target that holds anything else is left alone.

    Raises:
        OutputNotOursError: the target is a file, or a folder that holds something else.
        OutputBusyError: another run writes there.
        DiskFullError: there is no room left.
        OutputError: the place cannot be written.
    """
    _check_ours(target, names)
    draft = target.parent / f".{target.name}.partial"
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with _alone(draft, target):
            shutil.rmtree(draft, ignore_errors=True)
            draft.mkdir()
            try:
                yield draft
                _take_place(draft, target)
            finally:
                shutil.rmtree(draft, ignore_errors=True)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise DiskFullError(path=target) from error
        if error.filename is not None and not str(error.filename).startswith(str(target.parent)):
            raise  # about another file than ours
        raise OutputError(path=target, reason=error.strerror or str(error)) from error


def _check_ours(target: Path, names: Collection[str]) -> None:
    if target.is_dir():
        other = sorted({entry.name for entry in target.iterdir()} - set(names))
        if other:
            raise OutputNotOursError(path=target, other=other[0])
    elif target.exists():
        raise OutputNotOursError(path=target, other=target.name)


@contextmanager
def _alone(draft: Path, target: Path) -> Iterator[None]:
    """Hold a lock beside the draft; the system frees it when the process ends, however it ends."""
    lock = draft.with_suffix(".lock")
    with lock.open("w") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise OutputBusyError(path=target) from error
        try:
            yield
        finally:
            lock.unlink(missing_ok=True)


def _take_place(draft: Path, target: Path) -> None:
    for file in draft.iterdir():
        _to_disk(file)
    old = draft.with_suffix(".old")
    shutil.rmtree(old, ignore_errors=True)
    if target.exists():
        target.rename(old)
    draft.rename(target)
    _to_disk(target.parent)
    shutil.rmtree(old, ignore_errors=True)


def _to_disk(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
