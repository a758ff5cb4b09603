"""What is written about Vigie is true of it: commands, targets, folders, links, codes."""

from __future__ import annotations

import argparse
import ast
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
NOT_OURS = {  # made by machines, or the sealed past
    ".git", ".venv", ".mypy_cache", ".pytest_cache", ".ruff_cache", ".hypothesis", ".import_linter_cache",
    "__pycache__", "node_modules", "build", "dist", "demo", "work",
}  # fmt: skip
NOT_FILES = {
    "outbox.json",
    "row.json",  # the code of a reason to set a row aside
    *("datapackage.json", "datapackage-digest.json"),  # what others' archives hold
    *("modules.json", "tokenizer.json"),  # what a language model of the operator holds
}
FENCE = re.compile(r"^```[^\n]*\n(.*?)^```", re.MULTILINE | re.DOTALL)
SPAN = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"\]\(([^)\s]+)(?:\s+\"[^\"]*\")?\)")
ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*:")
PLACES = re.compile(  # split so that this file does not name what it forbids
    "|".join(
        [
            "pypi" + r"\.org", "python" + "hosted", "registry" + r"\.npmjs", "file:" + "//",
            r"(?<![\w.])/work" + "/", r"(?<![\w.])/opt/" + r"\w", r"(?<![\w.])/root" + "/",
            r"(?<![\w.])/home/" + r"\w", r"(?<![\w.])/tmp/" + r"\w", r"[A-Z]:\\Users",
        ]
    )
)  # fmt: skip


def files(suffix: str = "") -> Iterator[Path]:
    for path in sorted(ROOT.rglob(f"*{suffix}")):
        if path.is_file() and not NOT_OURS & set(path.relative_to(ROOT).parts):
            yield path


def text(path: str) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


def code_lines(words: str) -> list[str]:
    """Return what a page shows as code: lines of fenced blocks without prompt or comment, and spans."""
    blocks = FENCE.findall(words)
    lines = [line.strip().removeprefix("$ ") for block in blocks for line in block.splitlines()]
    return [line.split("  #")[0] for line in lines] + SPAN.findall(FENCE.sub("", words))


def pages() -> dict[str, list[str]]:
    """Return the code that each page shows; decisions and the changelog may speak of the past."""
    return {
        path.relative_to(ROOT).as_posix(): code_lines(path.read_text(encoding="utf-8"))
        for path in files(".md")
        if "decisions" not in path.parts and path.name != "CHANGELOG.md"
    }


def targets() -> set[str]:
    return set(re.findall(r"^([a-z][a-z-]*):(?!=)", text("Makefile"), re.MULTILINE))


def headings(words: str) -> list[int]:
    return [len(marks) for marks in re.findall(r"^(#+) ", FENCE.sub("", words), re.MULTILINE)]


def test_the_readme_is_the_same_in_french():
    assert headings(text("README.md")) == headings(text("LISEZMOI.md"))


def test_every_make_target_that_a_page_mentions_exists():
    mentioned = {
        (page, target)
        for page, lines in pages().items()
        for line in lines
        for target in re.findall(r"(?:^|&& |; )make ([a-z][a-z-]*)", line)
    }
    assert {(page, target) for page, target in mentioned if target not in targets()} == set()


def test_make_help_tells_every_target_in_both_languages():
    quiet = ["make", "--no-print-directory", "help"]  # a make around this one would let it say where it is
    helped = subprocess.run(quiet, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    told = {line.split()[1]: line for line in helped.splitlines()}
    assert set(told) == targets()
    assert [line for line in told.values() if " / " not in line] == []


def commands(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    """Return the sub-commands of a parser."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            return dict(action.choices)
    return {}


def unknown(parser: argparse.ArgumentParser, words: list[str]) -> str | None:
    """Return the first word that should be a command, or an option, and is none."""
    known = commands(parser)
    while known and words:
        first, *words = words
        if first.startswith("-"):
            break
        if first not in known:
            return first
        parser = known[first]
        known = commands(parser)
    options = parser._option_string_actions
    wrong = [word for word in words if re.match(r"--[a-z]", word) and word.split("=")[0] not in options]
    return wrong[0] if wrong else None


@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_command_and_option_that_a_page_mentions_exists(language):
    from vigie.terms.languages import Words
    from vigie_cli.main import parser

    whole = parser(Words(language, packages=("vigie_cli", "vigie")))
    wrong = []
    for page, lines in pages().items():
        for line in lines:
            called = re.match(r"(?:[A-Z_]+=\S+ )*(?:\.venv/bin/)?vigie ([^|>#;&]+)", line)
            if called:
                word = unknown(whole, [part for part in called[1].split() if part not in {"…", "..."}])
                wrong += [f"{page}: {line} ({word})"] if word else []
    assert wrong == []


def test_the_architecture_page_names_every_folder_of_the_source():
    page = text("ARCHITECTURE.md")
    rings = (ROOT / "src" / "vigie", ROOT / "src" / "vigie_node")
    folders = {path.parent.name for ring in rings for path in ring.glob("*/__init__.py")}
    assert {folder for folder in folders if f"{folder}/" not in page} == set()


def test_the_architecture_page_names_every_file_that_a_run_writes():
    page = text("ARCHITECTURE.md")
    shipped = {path.name for path in files()}
    written = {
        node.value
        for path in files(".py")
        if path.is_relative_to(ROOT / "src") and not path.is_relative_to(ROOT / "src" / "vigie_node")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and re.fullmatch(r"[\w/-]+\.(csv|parquet|jsonl?|html|svg|xlsx)", node.value)
    }
    assert {name for name in written - shipped - NOT_FILES if Path(name).name not in page} == set()


def test_every_relative_link_leads_somewhere():
    broken = []
    for path in files(".md"):
        for link in LINK.findall(FENCE.sub("", path.read_text(encoding="utf-8"))):
            target = link.split("#")[0]
            if target and not ADDRESS.match(target) and not (path.parent / target).exists():
                broken.append(f"{path.relative_to(ROOT)}: {link}")
    assert broken == []


def test_every_exit_code_is_documented_and_every_documented_one_exists():
    page = text("docs/reference/exit-codes.md")
    documented = {int(code) for code in re.findall(r"^\|\s*`?(\d+)`?\s*\|", page, re.MULTILINE)}
    sources = [path.read_text(encoding="utf-8") for path in files(".py") if "vigie_cli" in path.parts]
    numbers = {
        node.value
        for source in sources
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Constant) and type(node.value) is int
    }
    assert documented
    assert documented <= numbers


def test_every_word_of_the_glossary_is_there_in_french_and_english():
    rows = [line for line in text("GLOSSARY.md").splitlines() if line.startswith("|")]
    cells = [
        [cell.strip() for cell in row.strip("|").split("|")] for row in rows if not set(row) <= set("|-: ")
    ]
    assert len(cells) > 10
    assert [row for row in cells if len(row) != 4 or not all(row)] == []


def test_the_page_of_errors_is_fresh():
    done = subprocess.run([sys.executable, ROOT / "tools" / "reference.py", "--check"], check=False)
    assert done.returncode == 0, "run make words"


def test_no_file_names_a_package_index_or_a_place_on_one_machine():
    named = []
    for path in files():
        try:
            words = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue  # not a text
        named += [f"{path.relative_to(ROOT)}: {match[0]}" for match in PLACES.finditer(words)]
    assert named == []
