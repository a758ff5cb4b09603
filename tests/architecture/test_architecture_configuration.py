"""The page on configuration tells every setting there is, with its default, and nothing else."""

from __future__ import annotations

import dataclasses
import re
import tomllib
from pathlib import Path

from vigie_node.home import SECTIONS, Configuration

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "reference" / "configuration.md"
READ = re.compile(r"""environ(?:[.](?:get|setdefault))?[(\[]\s*"([A-Z_]+)\"""")
NOT_SETTINGS = {  # how our own processes, and those of Spark, find each other and speak
    *("DJANGO_SETTINGS_MODULE", "LANGUAGE", "OMP_NUM_THREADS"),
    *("SPARK_HOME", "SPARK_LOCAL_IP", "PYSPARK_PYTHON"),
}
NONE = "–"


def rows() -> list[list[str]]:
    """Return the cells of the page's tables, without quotes of code."""
    lines = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| `")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]


def settings() -> dict[str, tuple[str, str]]:
    """Return section and default of each setting that the page tells."""
    told = [row for row in rows() if row[0].startswith("`[")]
    return {name.strip("`"): (section.strip("`[]"), default) for section, name, default, *_ in told}


def test_every_setting_is_told_and_everything_told_is_a_setting():
    assert set(settings()) == {field.name for field in dataclasses.fields(Configuration)}


def test_every_section_is_told_and_everything_told_is_a_section():
    assert {section for section, _ in settings().values()} == set(SECTIONS)


def test_the_defaults_told_are_those_of_the_code():
    told = {name: default.strip("`") for name, (_, default) in settings().items() if default != NONE}
    read = {name: tomllib.loads(f"value = {default}")["value"] for name, default in told.items()}
    own = {
        field.name: list(field.default) if isinstance(field.default, tuple) else field.default
        for field in dataclasses.fields(Configuration)
        if field.default is not dataclasses.MISSING
    }
    assert read == own


def test_every_setting_is_explained_in_both_languages():
    assert [row for row in rows() if len(row) not in {3, 5} or not all(row)] == []


def test_every_variable_of_the_environment_that_a_node_reads_is_told():
    told = {row[0].strip("`") for row in rows() if not row[0].startswith("`[")}
    sources = [path.read_text(encoding="utf-8") for path in (ROOT / "src").rglob("*.py")]
    used = {name for source in sources for name in READ.findall(source)}
    assert used - NOT_SETTINGS == told
