"""Posts with names, a project's key, and what a token stands for."""

from __future__ import annotations

import subprocess

import pyarrow as pa
import pytest

from vigie.store.observations import observed
from vigie.store.pseudonyms import ProjectKey
from vigie.terms.posts import POSTS

MASTER = bytes(range(32))
KEY = ProjectKey.derive(MASTER, b"project")


@pytest.fixture
def key() -> ProjectKey:
    return KEY


@pytest.fixture
def small_disk(tmp_path):
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", place], check=False, capture_output=True
    )
    if mounted.returncode:
        pytest.skip(f"no small disk can be mounted here: {mounted.stderr.decode().strip()}")
    yield place
    subprocess.run(["umount", place], check=True)


@pytest.fixture
def posts():
    """Return what makes a table of posts from rows: the columns that some row names."""
    return posts_of


@pytest.fixture
def seen():
    """Return what makes observations from rows that are pseudonymous already: ids are brought to length."""

    def made(*rows):
        defaults = {"author": "somebody", "created_ms": 0}
        return observed(
            posts_of(*({**defaults, **row, "post_id": row["post_id"].rjust(16, "a")} for row in rows))
        )

    return made


def posts_of(*rows):
    names = [name for name in POSTS.names if any(name in row for row in rows)]
    return pa.Table.from_pylist(list(rows), schema=pa.schema([POSTS.field(name) for name in names]))
