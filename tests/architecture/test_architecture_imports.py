"""The rules that the source keeps: who imports whom, no clock or chance in the core, no silent opt-out."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tokenize
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
CORE = ROOT / "src" / "vigie"
WRITTEN = ("src", "tools", "tests", "benchmarks")

CHANCE_OF_KEYS = {  # who asks the system's generator -> why
    ("src/vigie/trust/keys.py", "secrets.token_bytes"): "keys and nonces",
}
BROAD = {  # file -> why a broad `except` may stand there
    "src/vigie/media/child.py": "the edge of a decoding process: a decoder’s errors are of any kind",
    "src/vigie/collect/embeddings.py": "the tokenizer’s Rust raises bare Exception for whatever is wrong",
    "src/vigie_cli/detecting/run.py": "between methods: one that fails leaves the others their results",
    "src/vigie_cli/main.py": "the outermost edge: the unforeseen becomes a sentence and an exit code",
    "src/vigie_node/alerts/looking_out.py": "between declarations: one that fails leaves the others theirs",
    "src/vigie_node/alerts/lookout.py": "the edge of the lookout: it outlives a lost database",
    "src/vigie_node/jobs/child.py": "the edge of a job: the unforeseen is logged and tried again",
    "src/vigie_node/jobs/worker.py": "the edge of the worker: it outlives a lost database",
    "src/vigie_node/ledger/outbox.py": "the edge between apps: a subscriber that fails stops alone",
    "src/vigie_node/sources/collector.py": "the edge of the collector: it outlives a lost database",
    "src/vigie_node/sources/live/running.py": "the edge of a listener’s thread: a fault is noted, not lost",
}
CLOCK_AND_CHANCE = {
    "datetime.now", "datetime.utcnow", "datetime.today", "date.today",
    "uuid.uuid1", "uuid.uuid4", "uuid1", "uuid4",
    "time.time", "time.time_ns", "time.monotonic", "time.perf_counter", "time.sleep", "random.random",
    "random.shuffle", "random.choice", "np.random.seed", "np.random.random", "np.random.rand",
    "os.urandom", "secrets.token_hex", "secrets.token_bytes",
}  # fmt: skip
TALK = {"print", "input", "breakpoint"}


def sources(*folders: str) -> Iterator[tuple[str, Path]]:
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.py")):
            if (ROOT / "benchmarks" / "work") in path.parents:  # what a benchmark installed, not ours
                continue
            yield path.relative_to(ROOT).as_posix(), path


def trees(*folders: str) -> Iterator[tuple[str, ast.Module]]:
    for file, path in sources(*folders):
        yield file, ast.parse(path.read_text(encoding="utf-8"))


def calls(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """Yield each called name with at most its last two parts, `datetime.now`, and its line."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield ".".join(ast.unparse(node.func).split(".")[-2:]), node.lineno


def test_packages_and_stages_import_only_what_the_contracts_allow():
    done = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_folder_of_the_core_has_its_place_in_the_contracts():
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    placed = {
        name.strip(" ()")
        for contract in settings["tool"]["importlinter"]["contracts"]
        if contract.get("containers") == ["vigie"]
        for layer in contract["layers"]
        for name in re.split(r"[|:]", layer)
    }
    there = {path.parent.name for path in CORE.glob("*/__init__.py")} | {
        path.stem for path in CORE.glob("*.py") if path.stem != "__init__"
    }
    assert there <= placed, f"not placed: {there - placed}"


def test_the_core_asks_no_clock_and_no_chance():
    asked = [
        f"{file}:{line} {name}"
        for file, tree in trees("src/vigie")
        for name, line in calls(tree)
        if name in CLOCK_AND_CHANCE and (file, name) not in CHANCE_OF_KEYS
    ]
    assert asked == []


def test_the_core_prints_nothing_and_asks_nothing():
    said = [f"{file}:{line} {name}" for file, tree in trees("src/vigie") for name, line in calls(tree)
            if name in TALK]  # fmt: skip
    assert said == []


def is_broad(handler: ast.ExceptHandler) -> bool:
    if handler.type is None:
        return True
    caught = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(isinstance(name, ast.Name) and name.id in {"Exception", "BaseException"} for name in caught)


def test_broad_excepts_stand_only_at_the_outermost_edge():
    broad = [
        f"{file}:{node.lineno}"
        for file, tree in trees("src")
        for node in ast.walk(tree)
        if isinstance(node, ast.ExceptHandler) and is_broad(node) and file not in BROAD
    ]
    assert broad == []


def test_every_silenced_check_names_its_code():
    bare = []
    for file, path in sources(*WRITTEN):
        with path.open("rb") as source:
            comments = [
                token for token in tokenize.tokenize(source.readline) if token.type == tokenize.COMMENT
            ]
        bare += [
            f"{file}:{token.start[0]} {token.string}"
            for token in comments
            if re.search(r"#\s*noqa(?!:\s*[A-Z])", token.string)
            or re.search(r"#\s*type:\s*ignore(?!\[)", token.string)
        ]
    assert bare == []


def public(tree: ast.Module) -> Iterator[ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef]:
    """Yield public functions and classes of a module, and public methods of its public classes."""
    for node in tree.body:
        if isinstance(
            node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
        ) and not node.name.startswith("_"):
            yield node
            if isinstance(node, ast.ClassDef):
                yield from public(ast.Module(body=node.body, type_ignores=[]))


def test_every_module_and_every_public_name_of_the_core_is_described():
    silent = []
    for file, tree in trees("src/vigie"):
        silent += [] if ast.get_docstring(tree) else [file]
        silent += [
            f"{file}:{node.lineno} {node.name}" for node in public(tree) if not ast.get_docstring(node)
        ]
    assert silent == []


FILE_FORMATS = ("pyarrow.parquet", "pyarrow.csv", "pyarrow.json", "pyarrow.dataset", "pyarrow.fs")


def test_file_formats_are_opened_in_collect_and_store_only():
    """import-linter knows no parts of foreign packages, so this door is watched here."""
    opened = [
        f"{file}: {name}"
        for file, tree in trees("src")
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in [getattr(node, "module", None), *(alias.name for alias in node.names)]
        if name in FILE_FORMATS and not file.startswith(("src/vigie/collect/", "src/vigie/store/"))
    ]
    assert opened == []


MADE_INTO_OBJECTS = {"pickle", "marshal", "shelve", "dill", "joblib", "jsonpickle", "yaml", "cloudpickle"}


def test_nothing_that_was_read_is_made_into_objects_or_run():
    """Abuse case 42: formats that run what they hold are not even imported."""
    found = [
        f"{file}: {name}"
        for file, tree in trees("src")
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in [getattr(node, "module", None) or "", *(alias.name for alias in node.names)]
        if name.partition(".")[0] in MADE_INTO_OBJECTS
    ]
    found += [
        f"{file}:{line} {name}"
        for file, tree in trees("src")
        for name, line in calls(tree)
        if name in {"eval", "exec", "compile", "np.load", "numpy.load"}
    ]
    assert found == []
