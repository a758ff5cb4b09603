"""Who may do what at the same time, across processes: locks of the system, which end with whoever held them.

One intake or erasure at a time in a project: two at once might each keep the same observation. And no file of
the store is removed while a backup copies it.
"""

from __future__ import annotations

import fcntl
import os
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from django.conf import settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from uuid import UUID

WAIT_S = 0.2
ONLY_OWNER = 0o700
NAME_BYTES_MAX = 64


class SameWorkError(Exception):
    """Another process does the very same work now."""


@contextmanager
def turn_of(project_id: UUID, *, work: str, waiting: Callable[[], None]) -> Iterator[None]:
    """Hold a project's turn; wait for whoever has it.

    Args:
        project_id: whose.
        work: what is to be done, at most 64 characters: nobody waits for the very same work.
        waiting: called now and then meanwhile; may raise to give up.

    Raises:
        SameWorkError: another process does the same work now.
    """
    handle = os.open(_lock(f"project-{project_id}"), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        while not _taken(handle, fcntl.LOCK_EX):
            if _is_still(handle, work):
                raise SameWorkError(work)
            waiting()
            time.sleep(WAIT_S)
        os.ftruncate(handle, 0)
        os.pwrite(handle, work.encode()[:NAME_BYTES_MAX], 0)
        yield
        os.ftruncate(handle, 0)
    finally:
        os.close(handle)


@contextmanager
def copying() -> Iterator[None]:
    """Keep every file of the store where it is while the block runs."""
    handle = os.open(_lock("copying"), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_SH)
        yield
    finally:
        os.close(handle)


@contextmanager
def removing() -> Iterator[bool]:
    """Yield whether files of the store may be removed now; where not, the next sweep removes them."""
    handle = os.open(_lock("copying"), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        yield _taken(handle, fcntl.LOCK_EX)
    finally:
        os.close(handle)


@contextmanager
def alone(work: str) -> Iterator[None]:
    """Do a work that one process of the node does at a time.

    Raises:
        SameWorkError: another process does it now.
    """
    handle = os.open(_lock(work), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        if not _taken(handle, fcntl.LOCK_EX):
            raise SameWorkError(work)
        yield
    finally:
        os.close(handle)


def _lock(name: str) -> Path:
    folder: Path = settings.HOME.spool / "locks"
    folder.mkdir(mode=ONLY_OWNER, parents=True, exist_ok=True)
    return folder / name


def _taken(handle: int, how: int) -> bool:
    try:
        fcntl.flock(handle, how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _is_still(handle: int, work: str) -> bool:
    """Return whether the holder does this work; asked twice, since it may just have begun another."""
    for _ in range(2):
        if os.pread(handle, NAME_BYTES_MAX, 0) != work.encode()[:NAME_BYTES_MAX]:
            return False
        time.sleep(WAIT_S)
    return True
