"""A copy of the source tree, and the wheel and the source archive made of it."""

from __future__ import annotations

import runpy
import shutil
from typing import TYPE_CHECKING

import pytest
from packed import BUILT, ROOT, build

if TYPE_CHECKING:
    from pathlib import Path

PARTS = (  # what a source archive is made of
    *("src", "tools", "web", "pyproject.toml", "package.json", "package-lock.json"),
    *("README.md", "LICENSE", "CHANGELOG.md", ".gitignore"),
)
WITHOUT = shutil.ignore_patterns("__pycache__", "*.mo", ".*_cache", "node_modules")


@pytest.fixture(scope="session")
def tree(tmp_path_factory) -> Path:
    """Return a copy of the tree, whose pages' scripts count as fresh: what is built of it needs no Node."""
    copy = tmp_path_factory.mktemp("tree")
    for name in PARTS:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, copy / name, ignore=WITHOUT)
        else:
            shutil.copy(ROOT / name, copy / name)
    assert (copy / BUILT).is_dir(), "the pages’ scripts are not built: run `make console`"
    console = runpy.run_path(str(copy / "tools" / "console_files.py"))
    (copy / BUILT / console["STAMP"]).write_text(console["digest"](copy), encoding="ascii")
    return copy


@pytest.fixture(scope="session")
def wheel(tree, tmp_path_factory) -> Path:
    """Return the wheel of the tree."""
    return build(tree, "wheel", tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="session")
def sdist(tree, tmp_path_factory) -> Path:
    """Return the source archive of the tree."""
    return build(tree, "sdist", tmp_path_factory.mktemp("sdist"))
