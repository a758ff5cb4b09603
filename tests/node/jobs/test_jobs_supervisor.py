"""`vigie up`: a node starts, stops cleanly, and comes back from a kill at any moment."""

from __future__ import annotations

import http.client
import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from trial.waiting import PATIENCE_S, is_alive, until

from vigie.terms.errors import VigieError
from vigie_node.home import Home
from vigie_node.making import make_home
from vigie_node.schema import COPY
from vigie_node.supervisor import hold, supervise

pytestmark = [
    pytest.mark.enable_socket,  # pages on loopback
    pytest.mark.any_database,
]
UP = "import sys; from vigie_cli.main import main; sys.exit(main(sys.argv[1:]))"
TESTS = Path(__file__).parents[2]
SEED = """\
from vigie_node.jobs import registry, schedules
from vigie_node.jobs.models import Schedule
registry.load()
schedules.seed()
Schedule.objects.update(next_ms=2**60)  # nothing comes back while the tests run
"""


def environment(home: Path) -> dict[str, str]:
    """Return the environment of a node of its own on SQLite, with the trial work installed."""
    own = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "VIGIE_PARENT"}}
    return own | {
        "VIGIE_HOME": str(home),
        "VIGIE_LANG": "en",
        "DJANGO_SETTINGS_MODULE": "trial.settings",
        "TRIAL_DATABASE": str(home / "node.db"),
        "PYTHONPATH": str(TESTS),
    }


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Path:
    """Make a node once: its tables take a while."""
    home = tmp_path_factory.mktemp("made") / "home"
    make_home(home, name="Essai", address="http://localhost:8000")
    subprocess.run([sys.executable, "-m", "vigie_node.schema"], check=True, env=environment(home))
    in_node(home, SEED)
    return home


@pytest.fixture
def home(made, tmp_path) -> Path:
    """A node of the test's own."""
    return Path(shutil.copytree(made, tmp_path / "home"))


class Node:
    """A running `vigie up`, and what it said."""

    def __init__(self, home: Path, *arguments: str) -> None:
        self.out = home.parent / f"said-{len(list(home.parent.iterdir()))}"
        with self.out.open("wb") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-c", UP, "up", *arguments],
                env=environment(home),
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def said(self) -> str:
        return self.out.read_text(encoding="utf-8")

    def port(self) -> int:
        """Wait for the console and return its port."""
        until(lambda: "The console is at" in self.said() or self.process.poll() is not None)
        return int(re.search(r"The console is at http://localhost:(\d+)", self.said())[1])

    def children(self) -> dict[str, int]:
        """Return the parts' processes by module."""
        listed = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        lines = {int(pid): Path(f"/proc/{pid}/cmdline").read_text().split("\0") for pid in listed}
        return {words[2].rpartition(".")[2]: pid for pid, words in lines.items() if len(words) > 2}

    def stop(self) -> int:
        """Tell it to stop, and return its exit status."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE_S)


@pytest.fixture
def up(home):
    """Start `vigie up`; all are gone after the test."""
    started: list[Node] = []

    def begin(*arguments: str) -> Node:
        started.append(Node(home, *arguments))
        return started[-1]

    yield begin
    for node in started:
        if node.process.poll() is None:
            node.stop()


def answer(port: int) -> int:
    """Return the status of the front page."""
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)) as connection:
        connection.request("GET", "/", headers={"Host": "localhost"})
        return connection.getresponse().status


def in_node(home: Path, program: str) -> str:
    """Run a few lines inside the node, and return what they print."""
    done = subprocess.run(
        [sys.executable, "-c", f"import django; django.setup()\n{program}"],
        env=environment(home),
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout.strip()


def test_a_node_serves_starts_again_what_was_killed_and_stops_cleanly(up):
    node = up("--port", "0")
    port = node.port()
    assert answer(port) == 302
    first = node.children()
    assert sorted(first) == ["collector", "lookout", "serving", "worker"]
    os.kill(first["serving"], signal.SIGKILL)
    assert answer(port) == 302  # whoever comes meanwhile waits
    assert "The web server ended (status -9); it starts again in 1 s." in node.said()
    second = node.children()
    assert node.stop() == 0
    assert [line for line in node.said().splitlines() if line.startswith("Stop")] == ["Stopping…", "Stopped."]
    assert not any(is_alive(pid) for pid in (*first.values(), *second.values()))


@pytest.mark.slow  # starts a whole node twice
def test_killed_in_the_middle_of_work_all_is_gone_and_the_next_start_finishes_it(up, home, tmp_path):
    file = tmp_path / "notes"
    in_node(
        home,
        "from vigie_node.jobs.actions import enqueue\n"
        f"enqueue('trial.wait', key='one', by='node', arguments={{'file': {str(file)!r}}})",
    )
    node = up("--port", "0")
    node.port()
    until(lambda: file.exists() and file.read_text().strip())
    pids = [*node.children().values(), int(file.read_text().split()[0])]
    node.process.kill()
    node.process.wait()
    until(lambda: not any(is_alive(pid) for pid in pids))
    alter(home, "UPDATE jobs_job SET lease_until_ms = 0")  # a minute later
    file.with_name("notes.go").touch()
    up("--only", "worker")
    until(lambda: _put_back(home))
    until(lambda: "gone on" in file.read_text())
    verified = [sys.executable, "-c", UP, "ledger", "verify"]
    assert subprocess.run(verified, check=False, env=environment(home)).returncode == 0


def _put_back(home: Path) -> bool:
    """Take the waiting time from the job when it was put back."""
    with closing(sqlite3.connect(home / "node.db", timeout=PATIENCE_S)) as database, database:
        changed = database.execute(
            "UPDATE jobs_job SET not_before_ms = 0 "
            "WHERE kind = 'trial.wait' AND attempts = 1 AND state = 'queued'"
        )
        return changed.rowcount == 1


@pytest.fixture
def refused(home, monkeypatch):
    """Start a node here that will not get far, and return the error."""
    for name, value in environment(home).items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("DATABASE_URL", raising=False)

    def begin(**options: object) -> VigieError:
        with pytest.raises(VigieError) as raised:
            supervise(Home(home), lambda *_, **__: None, **{"port": 0, **options})
        return raised.value

    return begin


def test_a_second_node_in_the_same_home_is_refused(refused, home):
    with hold(Home(home), "worker"):
        error = refused()
    assert (error.code, error.facts) == ("node.running", {"path": home})


def test_a_lock_ends_with_who_holds_it(home):
    for _ in range(2):
        hold(Home(home), "web").close()


def test_a_port_that_is_taken_is_said(refused):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        error = refused(port=port)
    assert str(error) == f"Port {port} of 127.0.0.1 cannot be used: Address already in use."


def test_an_address_that_is_not_this_machines_is_said(refused):
    assert refused(host="192.0.2.1").code == "port.taken"


def test_each_part_can_be_a_service_of_its_own(up):
    worker, web = up("--only", "worker"), up("--only", "web", "--port", "0")
    collector, lookout = up("--only", "collector"), up("--only", "lookout")
    assert answer(web.port()) == 302
    until(lambda: "The worker runs." in worker.said() and "The collector runs." in collector.said())
    until(lambda: "The lookout runs." in lookout.said())
    parts = [sorted(part.children()) for part in (web, worker, collector, lookout)]
    assert parts == [["serving"], ["worker"], ["collector"], ["lookout"]]
    assert [part.stop() for part in (web, worker, collector, lookout)] == [0, 0, 0, 0]


def alter(home: Path, statement: str) -> None:
    with closing(sqlite3.connect(home / "node.db")) as database, database:
        database.execute(statement)


def test_a_database_of_a_newer_version_is_refused(refused, home, capfd):
    alter(
        home, "INSERT INTO django_migrations (app, name, applied) VALUES ('jobs', '0999_later', '2030-01-01')"
    )
    assert refused().code == "database.newer"
    assert "jobs.0999_later" in capfd.readouterr().err


def test_before_tables_are_altered_a_copy_is_kept(home):
    alter(home, "DROP TABLE jobs_worker")
    alter(home, "DROP TABLE jobs_schedule")
    alter(home, "DROP TABLE jobs_job")
    alter(home, "DELETE FROM django_migrations WHERE app = 'jobs'")
    subprocess.run([sys.executable, "-m", "vigie_node.schema"], check=True, env=environment(home))
    with closing(sqlite3.connect(home / COPY)) as copy:
        tables = {name for (name,) in copy.execute("SELECT name FROM sqlite_master")}
    assert "ledger_entry" in tables
    assert "jobs_job" not in tables
    assert (home / COPY).stat().st_mode & 0o777 == 0o600
    assert in_node(home, "from vigie_node.jobs.models import Job; print(Job.objects.count())") == "0"


def test_a_database_that_does_not_answer_is_said(refused, home):
    (home / "node.db").unlink()
    (home / "node.db").mkdir()
    assert refused().code == "database.unreachable"


def test_without_a_node_it_says_how_to_make_one(tmp_path):
    (tmp_path / "empty").mkdir()
    node = Node(tmp_path / "empty", "--port", "0")
    assert node.process.wait(PATIENCE_S) != 0
    assert "vigie init" in node.said()


def test_what_the_supervisor_needs_is_little(home):
    program = (
        "import sys; import vigie_node.supervisor; print('django' in sys.modules, 'numpy' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment(home), check=True, capture_output=True, text=True
    )
    assert done.stdout.split() == ["False", "False"]
