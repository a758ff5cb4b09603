"""A way to run the command as people do, and small files to run it on."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from vigie_cli.main import main

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

HEADER = "author,created_at,share_of,post_id"
LANGUAGE_NAMES = ("VIGIE_LANG", "LC_ALL", "LC_MESSAGES", "LANG", "LANGUAGE")


def three_accounts() -> str:
    """Return a CSV in which a, b and c share five posts, each within three seconds."""
    rows = [
        f"{who},2026-01-0{n} 10:00:0{at},p{n},{who}{n}" for n in range(1, 6) for at, who in enumerate("abc")
    ]
    return "\n".join([HEADER, *rows, ""])


@dataclass(frozen=True)
class Told:
    """What a command said and how it ended."""

    status: int
    out: str
    err: str


@pytest.fixture(autouse=True)
def own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no test see this machine's language, nor leave its own behind."""
    for name in LANGUAGE_NAMES:
        monkeypatch.setenv(name, "")
    monkeypatch.setenv("COLUMNS", "200")


@pytest.fixture
def vigie(capsys: pytest.CaptureFixture[str]) -> Callable[..., Told]:
    """Return a way to run the command in this process."""

    def run(*arguments: object) -> Told:
        capsys.readouterr()
        try:
            status = main([str(argument) for argument in arguments])
        except SystemExit as ended:  # argparse ends the process after help and usage
            status = ended.code
        told = capsys.readouterr()
        assert "Traceback" not in told.err
        return Told(status, told.out, told.err)

    return run


@pytest.fixture
def process() -> Callable[..., subprocess.Popen[str]]:
    """Return a way to start the command as a process of its own."""
    started = []

    def start(*arguments: object, **environment: str) -> subprocess.Popen[str]:
        one = subprocess.Popen(
            [sys.executable, "-c", "from vigie_cli.main import run; run()", *map(str, arguments)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1", **environment},
        )
        started.append(one)
        return one

    yield start
    for one in started:
        if one.poll() is None:
            one.kill()
        one.wait()
        one.stdout.close()
        one.stderr.close()


@pytest.fixture
def posts(tmp_path: Path) -> Path:
    """Return a CSV of three accounts that share five posts together."""
    path = tmp_path / "in" / "posts.csv"
    path.parent.mkdir()
    path.write_text(three_accounts())
    return path


@pytest.fixture(scope="session")
def exercise(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of an exercise with planted campaigns."""
    folder = tmp_path_factory.mktemp("exercise") / "made"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LANGUAGE", "")
        assert (
            main(["exercise", "generate", "--posts", "20000", "--seed", "3", "--out", str(folder), "--quiet"])
            == 0
        )
    return folder


@pytest.fixture(scope="session")
def kit() -> object:
    """Return this module: tests are no package, so they cannot import it."""
    return sys.modules[__name__]
