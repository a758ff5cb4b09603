"""Declarations, files of posts, and whole nodes for the tests of sources."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
from django.conf import settings as django_settings

from vigie_node.clock import now_ms
from vigie_node.making import make_home
from vigie_node.sources import actions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from vigie_node.sources.models import Declaration, Intake

HEADER = "author,created_at,post_id,share_of,body"
ANSWERS = {
    "purpose": "essai de l’outil",
    "legal_basis": "consentement",
    "responsible": "Responsable d’essai",
    "retention_days": 30,
}
START = "from vigie_cli.main import run; run()"
PATIENCE_S = 120
RUN_ALL = """
import contextlib, io, json, sys
from vigie_cli.main import main
told = []
for command in json.loads(sys.argv[1]):
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            status = main(command)
        except SystemExit as ended:
            status = ended.code
    told.append({"status": status, "out": out.getvalue(), "err": err.getvalue()})
print(json.dumps(told))
"""
SMALL_BATCHES = """
from vigie_cli.node import set_up
set_up()
from vigie_node.sources import taking
taking.ROWS_PER_BATCH = {rows}
"""
MAKE = """
import django
django.setup()
from django.core.management import call_command
from vigie_node.clock import now_ms
from vigie_node.people.models import Organisation
call_command("migrate", verbosity=0)
Organisation.objects.create(name="Unité d’essai", created_ms=now_ms())
"""


def rows_of(count: int, *, accounts: int = 20, start: int = 0) -> list[str]:
    """Return lines of posts by accounts that are called canary-0, canary-1 and so on."""
    return [
        f"canary-{n % accounts},2026-01-{n % 28 + 1:02d} 10:00:{n % 60:02d},n{n},p{n % 7},"
        f"merci @canary-{(n + 1) % accounts} pour {n}"
        for n in range(start, start + count)
    ]


def answers() -> list[str]:
    """Return a declaration as a command takes it."""
    return [f"--{name.replace('_', '-')}={value}" for name, value in ANSWERS.items()]


def csv_of(lines: list[str]) -> str:
    """Return a CSV of such lines."""
    return "\n".join([HEADER, *lines, ""])


@dataclass
class Quiet:
    """Hears how far work is; stops it after so many checks, as a person or a crash would."""

    checks_max: int = 1_000_000
    stages: list[str] = field(default_factory=list)

    def progress(self, stage: str, done: int, total: int | None) -> None:  # noqa: ARG002 (the listener's form)
        self.stages.append(stage)

    def check(self) -> None:
        self.checks_max -= 1
        if self.checks_max < 0:
            raise Stopped


class Stopped(BaseException):
    """The process ends here, as far as the work can tell."""


@pytest.fixture(scope="session")
def session_kit() -> object:
    """Return this module: tests are no package, so they cannot import it."""
    return sys.modules[__name__]


@pytest.fixture
def kit(session_kit) -> object:
    """Return this module."""
    return session_kit


@pytest.fixture(autouse=True)
def own_store(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give each test a store, vault and spool of its own; the keys stay."""
    from vigie_node.home import Home

    class Own(Home):
        keys = django_settings.HOME.keys

    home = Own(tmp_path_factory.mktemp("own"))
    for name in ("store", "spool", "cache", "evidence"):
        (home.folder / name).mkdir(parents=True)
    shutil.copy(django_settings.HOME.configuration_file, home.configuration_file)
    monkeypatch.setattr(django_settings, "HOME", home)
    monkeypatch.setattr(django_settings, "FILE_UPLOAD_TEMP_DIR", str(home.spool))


@pytest.fixture
def declaration(organisation) -> Declaration:
    """Return an open declaration of the organisation."""
    return actions.declare(organisation=organisation, by=None, **ANSWERS)


@pytest.fixture
def posts(tmp_path: Path) -> Path:
    """Return a CSV of a hundred posts."""
    path = tmp_path / "posts.csv"
    path.write_text(csv_of(rows_of(100)), encoding="utf-8")
    return path


@pytest.fixture
def begin(declaration) -> Callable[..., Intake]:
    """Return a way to begin the intake of a file, as a command does."""

    def begun(path: Path, *, under: Declaration | None = None, **options: object) -> Intake:
        return actions.begin_intake(
            declaration=under or declaration,
            by=None,
            file_name=path.name,
            path=str(path),
            byte_count=path.stat().st_size if path.exists() else 0,
            options=options,
            queued=False,
        )

    return begun


@pytest.fixture
def take(begin) -> Callable[..., Intake]:
    """Return a way to take a file in at once."""
    from vigie_node.sources.taking import take_in_file

    def taken(path: Path, *, under: Declaration | None = None, **options: object) -> Intake:
        return take_in_file(begin(path, under=under, **options), Quiet())

    return taken


@dataclass(frozen=True)
class Told:
    """What a command said and how it ended."""

    status: int
    out: str
    err: str


@dataclass
class Node:
    """A whole node in a folder of its own, used through its commands alone."""

    home: Path
    started: list[subprocess.Popen[str]] = field(default_factory=list)

    def start(self, *arguments: object, first: str = "") -> subprocess.Popen[str]:
        """Start a command as a process of its own."""
        return self._process(f"{first}\n{START}", map(str, arguments))

    def run(
        self, *commands: list[object], first: str = "", home: Path | None = None, **environment: str
    ) -> list[Told]:
        """Run commands to their end, one after the other in one process: starting one takes seconds."""
        given = json.dumps([[str(word) for word in command] for command in commands])
        process = self._process(f"{first}\n{RUN_ALL}", [given], home, **environment)
        out, err = process.communicate(timeout=PATIENCE_S)
        assert process.returncode == 0, err
        return [Told(**told) for told in json.loads(out)]

    def end(self) -> None:
        """End what still runs."""
        for process in self.started:
            if process.poll() is None:
                process.kill()
            process.communicate()

    def _process(
        self, code: str, arguments: Iterable[str], home: Path | None = None, **environment: str
    ) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-c", code, *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=self.environment() | ({} if home is None else {"VIGIE_HOME": str(home)}) | environment,
        )
        self.started.append(process)
        return process

    def environment(self) -> dict[str, str]:
        """Return the environment in which its commands run: no other database, no language."""
        dropped = {"DATABASE_URL", "DJANGO_SETTINGS_MODULE", "LANGUAGE"}
        kept = {name: value for name, value in os.environ.items() if name not in dropped}
        return kept | {"VIGIE_HOME": str(self.home), "VIGIE_LANG": "en"}

    def rows(self, query: str) -> list[tuple[object, ...]]:
        """Return what its database answers."""
        database = sqlite3.connect(self.home / "node.db")
        try:
            return database.execute(query).fetchall()
        finally:
            database.close()


@pytest.fixture(scope="session")
def fresh_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a node that nobody has used yet; made once, copied for each test."""
    home = make_home(
        tmp_path_factory.mktemp("node") / "fresh",
        name="Essai",
        address="http://localhost:8000",
        exercise=True,
    )
    environment = Node(home.folder).environment() | {"DJANGO_SETTINGS_MODULE": "vigie_node.settings"}
    subprocess.run([sys.executable, "-c", MAKE], check=True, env=environment)
    return home.folder


@pytest.fixture
def node(fresh_home: Path, tmp_path: Path) -> Iterator[Node]:
    """Return a node of the test's own."""
    shutil.copytree(fresh_home, tmp_path / "node")
    one = Node(tmp_path / "node")
    yield one
    one.end()


@pytest.fixture
def days_later(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Return a way to let days pass for erasing."""
    from vigie_node.sources import erasing

    def pass_by(days: float) -> None:
        later = now_ms() + int(days * actions.DAY_MS)
        monkeypatch.setattr(erasing, "now_ms", lambda: later)

    return pass_by
