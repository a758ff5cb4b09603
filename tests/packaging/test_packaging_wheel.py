"""What a wheel holds, and what it does not: whoever installs it needs no Node, no compiler, no gettext."""

from __future__ import annotations

import hashlib
import re
import tarfile
import zipfile

import pytest
from packed import BUILT, build

PACKAGES = ("vigie", "vigie_cli", "vigie_node")
BYTES_MAX = 6_000_000  # most of it are fonts
APPS_WITH_ROWS = ("alerts", "jobs", "ledger", "people", "sources")


@pytest.fixture(scope="module")
def names(wheel) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def test_every_file_of_the_packages_is_in_the_wheel(tree, names):
    files = {
        path.relative_to(tree / "src").as_posix() for path in (tree / "src").rglob("*") if path.is_file()
    }
    assert {name for name in files if "__pycache__" not in name} - names == set()


@pytest.mark.parametrize("package", PACKAGES)
@pytest.mark.parametrize("language", ["en", "fr"])
def test_sentences_are_in_the_wheel_ready_to_be_spoken(names, package, language):
    assert f"{package}/locale/{language}/LC_MESSAGES/{package}.mo" in names


def test_the_tables_of_data_are_in_the_wheel(names):
    assert {"vigie_node/people/roles.toml", "vigie/detect/coaction/card.toml"} <= names


@pytest.mark.parametrize("app", APPS_WITH_ROWS)
def test_the_migrations_of_each_app_are_in_the_wheel(names, app):
    assert f"vigie_node/{app}/migrations/0001_initial.py" in names


def test_scripts_styles_and_fonts_are_in_the_wheel_with_their_licences(names):
    built = BUILT.relative_to("src").as_posix()
    assert {f"{built}/vigie.js", f"{built}/fonts.css", f"{built}/licences.txt"} <= names
    assert [name for name in names if re.fullmatch(f"{built}/fonts/.*latin-wght.*[.]woff2", name)]
    assert [name for name in names if re.fullmatch(f"{built}/chunks/graph-.*[.]js", name)]


def test_the_wheel_says_that_its_libraries_are_typed(names):
    assert {"vigie/py.typed", "vigie_cli/py.typed"} <= names  # what others may import


def test_nothing_else_is_in_the_wheel(names):
    tops = {name.split("/")[0] for name in names}
    assert {top for top in tops if not top.startswith("vigie-")} == set(PACKAGES)
    strange = re.compile(r"node_modules|__pycache__|(^|/)tests?/|[.](map|ts|mjs|pyc|lock|db|key)$|/[.]")
    assert {name for name in names if strange.search(name)} == set()


def test_the_wheel_is_small(wheel):
    assert wheel.stat().st_size < BYTES_MAX


def test_two_wheels_of_one_tree_are_the_same_byte_for_byte(tree, wheel, tmp_path):
    assert _sha256(build(tree, "wheel", tmp_path)) == _sha256(wheel)


def test_the_source_archive_gives_the_same_wheel(sdist, wheel, tmp_path):
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path, filter="data")
    (unpacked,) = tmp_path.iterdir()
    assert _sha256(build(unpacked, "wheel", tmp_path / "wheel")) == _sha256(wheel)


def test_the_source_archive_holds_no_tests_and_nothing_that_was_downloaded(sdist):
    with tarfile.open(sdist) as archive:
        names = archive.getnames()
    assert [name for name in names if re.search(r"node_modules|__pycache__|/tests/", name)] == []


def _sha256(path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
