"""What stands in deploy/ fits together, and fits the node."""

from __future__ import annotations

import re
import shutil
import subprocess

import pytest
from packed import ROOT

from vigie_node.home import Configuration

DEPLOY = ROOT / "deploy"
UNITS = ("vigie", "vigie-web", "vigie-worker", "vigie-lookout", "vigie-backup")
EXPOSURE_MAX = 20  # tenths: 100 is a service that nothing confines
INSTALLED = "/usr/local/lib/vigie/bin/vigie"


def unit(name: str) -> str:
    return (DEPLOY / "systemd" / f"{name}.service").read_text(encoding="utf-8")


def confinement(name: str) -> list[str]:
    """Return what a unit takes away, line by line."""
    lines = unit(name).partition("NoNewPrivileges")[2].partition("[Install]")[0].splitlines()
    return [line for line in lines if line]


def test_every_service_is_confined_alike():
    assert confinement("vigie")
    assert [name for name in UNITS if confinement(name) != confinement("vigie")] == []


def test_services_and_the_command_of_root_run_the_same_program_with_the_same_settings():
    wrapper = (DEPLOY / "vigie").read_text(encoding="utf-8")
    for text in (*map(unit, UNITS), wrapper):
        assert (INSTALLED in text, "/etc/vigie/environment" in text) == (True, True)


@pytest.fixture
def analyze(tmp_path):
    """Return a function that runs systemd-analyze on a unit; the program it starts is one that is here."""
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("no systemd on this machine: its units were not tried")
    for path in (DEPLOY / "systemd").iterdir():
        text = path.read_text(encoding="utf-8").replace(INSTALLED, "/bin/true")
        (tmp_path / path.name).write_text(text, encoding="utf-8")

    def run(*arguments: str) -> str:
        done = subprocess.run(
            [program, *arguments], cwd=tmp_path, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr

    return run


def test_systemd_understands_every_unit(analyze):
    own = [f"./{path.name}" for path in (DEPLOY / "systemd").iterdir()]
    assert [line for line in analyze("verify", "--man=no", *own).splitlines() if "vigie" in line] == []


@pytest.mark.parametrize("name", UNITS)
def test_little_is_exposed_to_a_service_that_was_broken_into(analyze, name):
    analyze("security", "--offline=true", f"--threshold={EXPOSURE_MAX}", f"{name}.service")


def test_the_proxy_and_the_node_meet_where_the_node_listens():
    text = (DEPLOY / "nginx.conf").read_text(encoding="utf-8")
    node = Configuration(id="x", name="x")
    assert set(re.findall(r"proxy_pass http://(\S+);", text)) == {f"{node.host}:{node.port}"}


def test_the_container_is_built_from_what_is_here():
    text = (DEPLOY / "Containerfile").read_text(encoding="utf-8")
    copied = [line.split()[1:-1] for line in text.splitlines() if re.match(r"COPY (?!--from)", line)]
    assert [name for names in copied for name in names if not (ROOT / name).exists()] == []
    assert {f"python:{version}" for version in re.findall(r"FROM python:(\S+)", text)} == {
        "python:3.11-slim-bookworm"
    }


def test_the_command_of_root_is_understood_by_a_plain_shell():
    subprocess.run(["/bin/sh", "-n", DEPLOY / "vigie"], check=True)
