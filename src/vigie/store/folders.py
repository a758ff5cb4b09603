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
from pathlib import Path
from typing import TYPE_CHECKING

from vigie.terms.errors import VigieError
from vigie.terms.languages import say

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator


NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT})


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
def whole_folder(target: Path, *, names: Collection[str], mark: str) -> Iterator[Path]:
    """Yield an empty folder that becomes `target` when the block ends well, and vanishes when it does not.

    Args:
        target: where the results shall stand; earlier results there are replaced.
        names: the files that results may consist of; a target that holds anything else is left alone.
        mark: the file that such results always hold: without it a folder is somebody's own.

    Raises:
        OutputNotOursError: the target is a file, or a folder that holds something else.
        OutputBusyError: another run writes there.
        DiskFullError: there is no room left.
        OutputError: the place cannot be written.
    """
    with _told_of(target):
        target = target.resolve()
        draft = target.parent / f".{target.name}.partial"
        target.parent.mkdir(parents=True, exist_ok=True)
        held = _hold(draft, target)
    try:
        with _told_of(target):
            _recover(draft, target)
            _check_ours(target, names, mark)
        with _told_of(target, only=draft):
            yield draft
        with _told_of(target):
            _take_place(draft, target)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
        os.close(held)


@contextmanager
def _told_of(target: Path, *, only: Path | None = None) -> Iterator[None]:
    """Turn what the system refuses into our errors; with `only`, what it refuses below that folder."""
    try:
        yield
    except OSError as error:
        if error.errno in NO_ROOM:
            raise DiskFullError(path=target) from error
        about = None if error.filename is None else Path(os.fsdecode(error.filename))
        if only is not None and about is not None and not about.is_relative_to(only):
            raise  # about another file than ours
        raise OutputError(path=target, reason=error.strerror or str(error)) from error


def _check_ours(target: Path, names: Collection[str], mark: str) -> None:
    if not target.is_dir():
        if target.exists():
            raise OutputNotOursError(path=target, other=target.name)
        return
    held = {entry.name for entry in target.iterdir()}
    other = sorted(held - set(names) if mark in held else held)
    if other:
        raise OutputNotOursError(path=target, other=other[0])


def _hold(draft: Path, target: Path) -> int:
    """Make the draft, or take over a dead run's, and lock it; the lock ends with the process, however."""
    while True:
        draft.mkdir(exist_ok=True)
        held = os.open(draft, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            os.close(held)
            raise OutputBusyError(path=target) from error
        if _is_still(draft, held):
            return held
        os.close(held)  # another run finished in between: its draft is its target now


def _is_still(draft: Path, held: int) -> bool:
    try:
        return os.path.samestat(draft.stat(), os.fstat(held))
    except FileNotFoundError:
        return False


def _recover(draft: Path, target: Path) -> None:
    """Sweep what a killed run left; earlier results that it had moved aside come back."""
    for left in draft.iterdir():
        if left.is_dir() and not left.is_symlink():
            shutil.rmtree(left)
        else:
            left.unlink()
    old = draft.with_suffix(".old")
    if old.exists() and not target.exists():
        old.rename(target)
    shutil.rmtree(old, ignore_errors=True)


def _take_place(draft: Path, target: Path) -> None:
    for file in draft.iterdir():
        to_disk(file)
    old = draft.with_suffix(".old")
    if target.exists():
        target.rename(old)
    try:
        draft.rename(target)
    except OSError:
        if old.exists():
            old.rename(target)
        raise
    to_disk(target.parent)
    shutil.rmtree(old, ignore_errors=True)


def to_disk(path: Path) -> None:
    """Bring a file, or the names in a folder, to the disk (fsync)."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
