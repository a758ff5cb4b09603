"""The keys of projects: derived from the node's master key and a salt of the project's own.

The salts stand in `keys/projects/`, outside the database and outside backups: destroying one unlinks the
project's pseudonyms for good.
"""

from __future__ import annotations

import os
import secrets
from typing import TYPE_CHECKING

from django.conf import settings

from vigie_node.durable import to_disk
from vigie_node.sources.errors import NoProjectKeyError

if TYPE_CHECKING:
    from pathlib import Path
    from uuid import UUID

    from vigie.store.tokens import ProjectKey
    from vigie_node.sources.models import Project

SALT_BYTES = 32
ONLY_OWNER, ONLY_OWNER_FILE = 0o700, 0o600


def salt_file(project_id: UUID) -> Path:
    """Return where the salt of a project stands."""
    path: Path = settings.HOME.keys / "projects" / f"{project_id}.salt"
    return path


def make_salt(project_id: UUID) -> None:
    """Make the salt of a new project, on the disk before this returns.

    Raises:
        FileExistsError: it has one; another would make all its pseudonyms strangers.
    """
    path = salt_file(project_id)
    path.parent.mkdir(mode=ONLY_OWNER, exist_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, ONLY_OWNER_FILE)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(secrets.token_hex(SALT_BYTES) + "\n")
        file.flush()
        os.fsync(file.fileno())
    for folder in (path.parent, path.parent.parent):
        to_disk(folder)


def destroy_salt(project_id: UUID) -> None:
    """Remove the salt of a project, overwritten, for ever on this disk; none there is no error.

    Copies of the folder made before are beyond reach: whoever keeps them destroys them too.
    """
    path = salt_file(project_id)
    try:
        handle = os.open(path, os.O_WRONLY)
    except FileNotFoundError:
        return
    with os.fdopen(handle, "wb") as file:
        file.write(bytes(path.stat().st_size))
        file.flush()
        os.fsync(file.fileno())
    path.unlink()
    to_disk(path.parent)


def key_of(project: Project) -> ProjectKey:
    """Return the keys of a project; imports the store's scientific packages.

    Raises:
        NoProjectKeyError: its salt is gone.
    """
    from vigie.store.tokens import ProjectKey  # noqa: PLC0415 (the web process never computes)

    path = salt_file(project.id)
    try:
        salt = bytes.fromhex(path.read_text(encoding="ascii").strip())
    except (FileNotFoundError, ValueError) as error:
        raise NoProjectKeyError(project=project.name, path=path) from error
    return ProjectKey.derive(settings.HOME.master_key, salt)
