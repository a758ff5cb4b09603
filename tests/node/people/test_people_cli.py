"""`vigie init` and `vigie user`: the first administrator, and people from the node's own machine."""

from __future__ import annotations

import io
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from vigie_cli import exits
from vigie_cli.main import main
from vigie_node.ledger.models import Entry
from vigie_node.people.access import link_of
from vigie_node.people.models import Link, Organisation, Person

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

LINK = re.compile(r"^    (\S+)/(fr|en)/welcome/([\w-]{43})$", re.MULTILINE)
INIT = ("init", "--organisation", "Unité d’essai", "--admin", "C.Roy", "--admin-name", "Camille Roy")


@dataclass(frozen=True)
class Told:
    """What a command said and how it ended."""

    status: int
    out: str
    err: str

    @property
    def secret(self) -> str:
        return LINK.search(self.out)[3]


@pytest.fixture
def vigie(capsys, monkeypatch) -> Callable[..., Told]:
    """Run the command in this process, on the node of the tests, without a terminal."""
    for name in ("VIGIE_LANG", "LC_ALL", "LC_MESSAGES", "LANG", "LANGUAGE"):
        monkeypatch.setenv(name, "")
    monkeypatch.setenv("COLUMNS", "300")
    monkeypatch.setattr("sys.stdin", io.StringIO())

    def run(*arguments: str) -> Told:
        capsys.readouterr()
        try:
            status = main(arguments)
        except SystemExit as ended:  # argparse ends the process after usage
            status = ended.code
        told = capsys.readouterr()
        return Told(status, told.out, told.err)

    return run


# --- init, on a machine without a node ---


def process(home: Path, *arguments: str) -> subprocess.Popen[str]:
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("DJANGO", "DATABASE"))
    }
    return subprocess.Popen(
        [sys.executable, "-c", "from vigie_cli.main import run; run()", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**environment, "VIGIE_HOME": str(home), "VIGIE_LANG": "en"},
    )


def ended(one: subprocess.Popen[str]) -> Told:
    out, err = one.communicate(timeout=120)
    return Told(one.returncode, out, err)


@pytest.mark.any_database  # a home of its own, and so its own SQLite
def test_init_makes_a_node_even_when_it_was_killed_and_says_so_once(tmp_path):
    """Abuse case 16: nobody has a password until the administrator chooses theirs with the link."""
    home = tmp_path / "node"
    asked = (*INIT, "--address", "https://vigie.example.org", "--language", "fr")
    killed = process(home, *asked)
    while not (home / "node.db").exists() and killed.poll() is None:
        time.sleep(0.005)
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    again = ended(process(home, *asked))
    assert (again.status, again.err) == (0, "")
    assert [found[:2] for found in LINK.findall(again.out)] == [("https://vigie.example.org", "fr")]
    assert oct((home / "keys" / "master.key").stat().st_mode)[-3:] == "600"
    once_more = ended(process(home, *asked))
    assert once_more.status == exits.status_of("home.exists")
    assert LINK.search(once_more.out) is None
    with closing(sqlite3.connect(home / "node.db")) as database:
        assert database.execute("SELECT username FROM people_person").fetchall() == [("c.roy",)]


# --- init, where a home stands already ---


@pytest.mark.usefixtures("db")
def test_init_goes_on_in_a_home_without_an_organisation(vigie):
    told = vigie(*INIT)
    assert told.status == 0
    person = Person.objects.get()
    assert (person.username, person.name, person.role_ids) == ("c.roy", "Camille Roy", ("administrator",))
    assert link_of(told.secret).person == person
    assert list(Entry.objects.order_by("seq").values_list("kind", "actor")) == [
        ("organisation.made", "host"),
        ("person.invited", "host"),
    ]


@pytest.mark.usefixtures("organisation")
def test_init_where_a_node_lives_changes_nothing(vigie):
    told = vigie(*INIT)
    assert told.status == exits.status_of("home.exists")
    assert Organisation.objects.count() == 1
    assert not Person.objects.exists()


@pytest.mark.usefixtures("db")
def test_init_without_a_terminal_names_what_it_needs(vigie):
    told = vigie("init", "--admin", "c.roy")
    assert told.status == exits.OPTION
    assert "--organisation" in told.err
    assert "--admin" not in told.err.replace("--organisation", "")


@pytest.mark.usefixtures("db")
def test_init_on_a_terminal_asks(vigie, monkeypatch):
    answers = iter(["", "Unité d’essai", "c.roy"])
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", lambda _: next(answers))
    assert vigie("init").status == 0
    assert Person.objects.get().username == "c.roy"


@pytest.mark.parametrize(
    "address",
    [
        "vigie.example.org",
        "ftp://vigie.example.org",
        "https://",
        "https://a:b@vigie.example.org",
        "https://vigie.example.org/path",
        "https://vigie.example.org?x",
        "https://vigie.example.org:99999",
        "https://[::1",
        "javascript:alert(1)",
    ],
)
def test_an_address_that_browsers_cannot_reach_is_refused(tmp_path, vigie, monkeypatch, address):
    monkeypatch.setenv("VIGIE_HOME", str(tmp_path))
    assert vigie(*INIT, "--address", address).status == exits.OPTION
    assert not list(tmp_path.iterdir())


# --- user ---


@pytest.mark.usefixtures("organisation")
def test_a_person_is_added_with_a_link(vigie):
    told = vigie("user", "add", "M.Tremblay", "--name", "Marie", "--role", "analyst", "--role", "approver")
    person = Person.objects.get()
    assert (told.status, person.username, person.role_ids) == (0, "m.tremblay", ("analyst", "approver"))
    assert link_of(told.secret).person == person
    assert Entry.objects.get().actor == "host"


@pytest.mark.usefixtures("organisation")
def test_with_several_organisations_one_must_be_named(vigie, other_organisation):
    assert vigie("user", "add", "a", "--role", "analyst").status == exits.OPTION
    assert (
        vigie("user", "add", "a", "--role", "analyst", "--organisation", "Nulle part").status == exits.OPTION
    )
    assert (
        vigie("user", "add", "a", "--role", "analyst", "--organisation", other_organisation.name).status == 0
    )
    assert Person.objects.get().organisation == other_organisation


@pytest.mark.usefixtures("organisation")
def test_another_organisation_is_made_with_its_first_person_or_not_at_all(vigie):
    refused = vigie("user", "add", "é", "--role", "analyst", "--new-organisation", "Ville")
    assert refused.status == exits.OPTION
    assert not Organisation.objects.filter(name="Ville").exists()
    assert vigie("user", "add", "a", "--role", "administrator", "--new-organisation", "Ville").status == 0
    assert Person.objects.get().organisation.name == "Ville"


def test_people_are_listed_with_roles_and_state(vigie, analyst, auditor):
    Person.objects.filter(pk=analyst.pk).update(password="!")  # noqa: S106 (none: invited, not here yet)
    vigie("user", "suspend", auditor.username)
    listed = vigie("user", "list").out
    assert re.search(rf"{analyst.username}\b.*analyst.*has not come yet", listed)
    assert re.search(rf"{auditor.username}\b.*auditor.*suspended", listed)


def test_roles_suspension_and_restoring(vigie, analyst):
    name = analyst.username
    assert vigie("user", "roles", name.upper(), "--role", "auditor").status == 0
    assert Person.objects.get().role_ids == ("auditor",)
    vigie("user", "suspend", name)
    assert not Person.objects.get().is_active
    assert vigie("user", "recover", name).status == exits.OPTION
    vigie("user", "restore", name)
    assert Person.objects.get().is_active


def test_recovery_prints_a_link_that_works(vigie, known):
    told = vigie("user", "recover", known.person.username, "--second-factor")
    assert link_of(told.secret).person == known.person
    assert not Person.objects.get().has_second_factor
    assert Link.objects.count() == 1


@pytest.mark.parametrize("act", ["suspend", "restore", "recover"])
@pytest.mark.usefixtures("db")
def test_nobody_is_somebody_else(vigie, act):
    told = vigie("user", act, "nobody")
    assert told.status == exits.OPTION
    assert "nobody" in told.err


@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_command_explains_itself_in_both_languages(vigie, language):
    for command in (["init"], ["user"], *(["user", act] for act in ("add", "list", "roles", "recover"))):
        assert vigie("--lang", language, *command, "--help").status == 0
