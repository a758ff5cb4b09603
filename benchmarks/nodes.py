"""A node of its own to measure: home, database, people, processes, and browsers that sign in as people do.

Everything goes through the real command line and HTTP. The database is SQLite in the node's home, or the one
that DATABASE_URL names: `tools/postgres.py` gives one for as long as a command runs.
"""

from __future__ import annotations

import http.client
import json
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlencode, urlsplit, urlunsplit

import pyotp

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
START = "from vigie_cli.main import run; run()"
SERVING, WORKER, CHILD = "vigie_node.serving", "vigie_node.jobs.worker", "vigie_node.jobs.child"
PATIENCE_S = 180.0  # on a machine that does much else
TICKS_S = os.sysconf("SC_CLK_TCK")
REDIRECTS = range(300, 400)


class LostError(Exception):
    """No answer came: the connection was refused or broke off."""


@dataclass(frozen=True, kw_only=True)
class Known:
    """Somebody who can sign in, with all they know and hold."""

    id: str
    username: str
    password: str
    totp: str
    token: str = ""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What came back, and how long it took on the clock."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes
    seconds: float

    @property
    def location(self) -> str:
        """Where it leads; empty where nowhere."""
        return self.headers.get("Location", "")


class Browser:
    """One browser: its cookies, its forms' protection, its connection.

    Args:
        port: of the node, on this machine.
        keeps: whether it keeps its connection, as browsers do; else each request opens one.
        timeout_s: how long it waits for an answer.
    """

    def __init__(self, port: int, *, keeps: bool = True, timeout_s: float = PATIENCE_S) -> None:
        self._port, self._keeps, self._timeout_s = port, keeps, timeout_s
        self._cookies: dict[str, str] = {}
        self._connection: http.client.HTTPConnection | None = None

    def get(self, path: str, *, token: str = "") -> Answer:
        """Ask for a page; once more where a connection that was kept is found closed, as browsers do."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        was_kept = self._connection is not None
        try:
            return self._ask("GET", path, headers, None)
        except LostError:
            if not was_kept:
                raise
        return self._ask("GET", path, headers, None)

    def send(self, path: str, form: Mapping[str, str], *, file: tuple[str, bytes] | None = None) -> Answer:
        """Send a form, with a file (its name and content) where there is one."""
        fields = {**form, "csrfmiddlewaretoken": self._cookie("-csrf")}
        if file is None:
            return self._ask(
                "POST",
                path,
                {"Content-Type": "application/x-www-form-urlencoded"},
                urlencode(fields).encode(),
            )
        kind, body = _multipart(fields, file)
        return self._ask("POST", path, {"Content-Type": kind}, body)

    def post_json(self, path: str, content: Mapping[str, object], *, token: str) -> Answer:
        """Send JSON to the API."""
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        return self._ask("POST", path, headers, json.dumps(content).encode())

    def sign_in(self, known: Known) -> None:
        """Sign in with name, password and a code, through the pages."""
        self.get("/en/sign-in")
        asked = self.send("/en/sign-in", {"username": known.username, "password": known.password})
        if "second-step" not in asked.location:
            message = f"signing in: {asked.status} {asked.location}"
            raise RuntimeError(message)
        self.get(asked.location)
        entered = self.send(asked.location, {"code": pyotp.TOTP(known.totp).now()})
        if entered.status not in REDIRECTS or "sign-in" in entered.location:
            message = f"the second step: {entered.status} {entered.location}"
            raise RuntimeError(message)

    def _cookie(self, ending: str) -> str:
        return next((value for name, value in self._cookies.items() if name.endswith(ending)), "")

    def _ask(self, method: str, path: str, headers: Mapping[str, str], body: bytes | None) -> Answer:
        cookies = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        whole = {"Host": f"localhost:{self._port}", **({"Cookie": cookies} if cookies else {}), **headers}
        if not self._keeps:
            whole["Connection"] = "close"
        begun = time.perf_counter()
        try:
            connection = self._connected()
            connection.request(method, path, body=body, headers=whole)
            answer = connection.getresponse()
            content = answer.read()
        except (OSError, http.client.HTTPException) as error:
            self._leave()
            raise LostError(type(error).__name__) from error
        seconds = time.perf_counter() - begun
        self._take(answer.msg)
        if not self._keeps or answer.will_close:
            self._leave()
        return Answer(status=answer.status, headers=answer.msg, body=content, seconds=seconds)

    def _connected(self) -> http.client.HTTPConnection:
        if self._connection is None:
            self._connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=self._timeout_s)
        return self._connection

    def _leave(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _take(self, headers: http.client.HTTPMessage) -> None:
        for line in headers.get_all("Set-Cookie") or ():
            name, _, rest = line.partition("=")
            self._cookies[name.strip()] = rest.partition(";")[0]


def _multipart(fields: Mapping[str, str], file: tuple[str, bytes]) -> tuple[str, bytes]:
    """Return the kind and body of a form with a file (RFC 7578)."""
    mark = secrets.token_hex(16)
    parts = [
        f'--{mark}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields.items()
    ]
    head = (
        f'--{mark}\r\nContent-Disposition: form-data; name="file"; filename="{file[0]}"\r\n'
        "Content-Type: application/octet-stream\r\n\r\n"
    )
    return f"multipart/form-data; boundary={mark}", b"".join(
        [*parts, head.encode(), file[1], f"\r\n--{mark}--\r\n".encode()]
    )


@dataclass
class Up:
    """A running `vigie up` and what it said."""

    process: subprocess.Popen[bytes]
    log: Path

    @property
    def pid(self) -> int:
        """The supervisor's process."""
        return self.process.pid

    def parts(self) -> dict[str, int]:
        """Return the processes below it, by module; the child of the worker too."""
        return {module: pid for pid, module in modules_below(self.pid)}

    def wait_ready(self) -> None:
        """Wait until pages are answered."""
        until(lambda: b"The console is at" in self.log.read_bytes() or self.process.poll() is not None)
        if self.process.poll() is not None:
            raise RuntimeError(self.log.read_text()[-2000:])

    def kill(self) -> list[int]:
        """Kill the supervisor, and return which processes were below it."""
        below = [pid for pid, _ in modules_below(self.pid)]
        self.process.kill()
        self.process.wait()
        return below

    def stop(self) -> int:
        """Tell it to stop, and return its exit status; one that has ended stays so."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE_S)

    def __enter__(self) -> Self:
        """Be stopped at the end, whatever happens meanwhile."""
        return self

    def __exit__(self, *_: object) -> None:
        """Stop."""
        self.stop()


@dataclass
class Node:
    """A node in a folder of its own.

    Args:
        home: its folder.
        port: where its pages are served.
        database: address of its PostgreSQL database; empty for SQLite.
    """

    home: Path
    port: int
    database: str = field(default_factory=lambda: os.environ.get("DATABASE_URL", ""))

    @property
    def kind(self) -> str:
        """Which database it stands on."""
        return "PostgreSQL" if self.database else "SQLite"

    def environment(self) -> dict[str, str]:
        """Return the environment in which its programs run."""
        dropped = {"DATABASE_URL", "DJANGO_SETTINGS_MODULE", "VIGIE_PARENT", "LANGUAGE"}
        own = {name: value for name, value in os.environ.items() if name not in dropped}
        own |= {"VIGIE_HOME": str(self.home), "VIGIE_LANG": "en"}
        own.setdefault("NUMBA_CACHE_DIR", str(HERE / "work" / "numba"))  # compiled once for all nodes
        return own | ({"DATABASE_URL": self.database} if self.database else {})

    def command(self, *words: object) -> subprocess.CompletedProcess[str]:
        """Run one of Vigie's commands to its end."""
        return subprocess.run(
            [sys.executable, "-c", START, *map(str, words)],
            env=self.environment(),
            capture_output=True,
            text=True,
            check=False,
        )

    def must(self, *words: object) -> str:
        """Run a command that must succeed, and return what it printed."""
        done = self.command(*words)
        if done.returncode:
            message = f"vigie {' '.join(map(str, words))}: {done.returncode}\n{done.stdout}{done.stderr}"
            raise RuntimeError(message)
        return done.stdout

    def inside(self, script: str, *words: str, given: object = None) -> Any:
        """Run one of the benchmarks' own scripts with Django set up, and return what it prints as JSON."""
        environment = self.environment() | {"DJANGO_SETTINGS_MODULE": "vigie_node.settings"}
        done = subprocess.run(
            [sys.executable, str(HERE / script), *words],
            env=environment,
            input=json.dumps(given),
            stdout=subprocess.PIPE,
            text=True,
            check=False,
        )
        if done.returncode:
            message = f"{script} {' '.join(words)}: {done.returncode}"
            raise RuntimeError(message)
        return json.loads(done.stdout.splitlines()[-1])

    def start(self, *words: str) -> Up:
        """Start `vigie up`."""
        log = self.home.parent / f"up-{len(list(self.home.parent.glob('up-*.log')))}.log"
        with log.open("wb") as out:
            process = subprocess.Popen(
                [sys.executable, "-c", START, "up", *words],
                env=self.environment(),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        return Up(process, log)


def made(folder: Path) -> Node:
    """Make a node in a folder, as an operator does."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    node = Node(home=folder / "node", port=port)
    if node.database:  # one that nobody else uses
        node.database = database_beside(node.database, f"node_{secrets.token_hex(6)}")
    node.must(
        "init", "--organisation", "Mesures", "--admin", "patron", "--address", f"http://localhost:{port}"
    )
    return node


def database_beside(address: str, name: str) -> str:
    """Make a database on the same PostgreSQL server and return its address."""
    import psycopg

    with psycopg.connect(address, autocommit=True) as server:
        server.execute(psycopg.sql.SQL("CREATE DATABASE {}").format(psycopg.sql.Identifier(name)))
    return urlunsplit(urlsplit(address)._replace(path=f"/{name}"))


def people_of(node: Node, roles: Mapping[str, Sequence[str]]) -> dict[str, Known]:
    """Make people of the first organisation, by name to sign in with, who can sign in."""
    return {one["username"]: Known(**one) for one in node.inside("nodes.py", "people", given=roles)}


def until(condition: Any, *, patience_s: float = PATIENCE_S) -> None:
    """Wait until something is so.

    Raises:
        TimeoutError: it never was.
    """
    end = time.monotonic() + patience_s
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError
        time.sleep(0.05)


# --- processes, as Linux tells of them


def modules_below(pid: int) -> Iterator[tuple[int, str]]:
    """Yield the processes below one that are parts of a node, with the module that each runs."""
    for child in _children(pid):
        with suppress(OSError, IndexError):
            words = Path(f"/proc/{child}/cmdline").read_text().split("\0")
            if words[1] == "-m":
                yield child, words[2]
        yield from modules_below(child)


def _children(pid: int) -> list[int]:
    found: list[int] = []
    with suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            found.extend(int(child) for child in (task / "children").read_text().split())
    return found


def is_alive(pid: int) -> bool:
    """Tell whether a process runs; one that waits to be buried does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def pss_bytes(pid: int) -> int:
    """Return a process's memory, where shared pages count in proportion (PSS)."""
    text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return int(re.search(r"^Pss:\s+(\d+) kB", text, re.MULTILINE)[1]) * 1024  # type: ignore[index]


def cpu_s(pid: int) -> float:
    """Return the processor time of one process, user and system."""
    columns = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(columns[11]) + int(columns[12])) / TICKS_S


# --- both databases, one after the other


def on_both(script: Path, words: Sequence[str], work: Path) -> dict[str, Any]:
    """Run a script on SQLite and on PostgreSQL, where it is installed, and return what each wrote.

    The script is called with `--result FILE` and DATABASE_URL as its node shall meet it.
    """
    postgres = [sys.executable, str(ROOT / "tools" / "postgres.py")]
    own = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    results = {}
    work.mkdir(exist_ok=True, parents=True)
    for kind, before in (("SQLite", []), ("PostgreSQL", postgres)):
        result = work / f"{script.stem}-{kind}.json"
        result.unlink(missing_ok=True)
        command = [*before, sys.executable, str(script), "--result", str(result), *words]
        subprocess.run(command, check=False, env=own)
        if result.exists():
            results[kind] = json.loads(result.read_text())
    return results


# --- inside the node


def _make_people(roles: Mapping[str, Sequence[str]]) -> list[dict[str, str]]:
    from django.db import transaction

    from vigie_node.clock import now_ms
    from vigie_node.people import passwords
    from vigie_node.people.models import Grant, Organisation, Person, Token
    from vigie_node.people.proofs import hash_of, new_token, new_totp_secret, seal_totp

    organisation = Organisation.objects.order_by("created_ms").first()
    made_ones = []
    for username, given in roles.items():
        known = Known(
            id="",
            username=username,
            password=secrets.token_urlsafe(16),
            totp=new_totp_secret(),
            token=new_token(),
        )
        person = Person(
            organisation=organisation,
            username=username,
            name=username.capitalize(),
            created_ms=now_ms(),
            session_key=secrets.token_hex(8),
        )
        person.totp_sealed = seal_totp(known.totp, person.pk)
        passwords.put(person, known.password)
        with transaction.atomic():
            person.save()
            Grant.objects.bulk_create(Grant(person=person, role=role, granted_ms=now_ms()) for role in given)
            fresh = Person.objects.get(pk=person.pk)
            Token.objects.create(
                person=person,
                name="mesures",
                secret_hash=hash_of(known.token),
                permissions=sorted(fresh.permissions),
                created_ms=now_ms(),
                expires_ms=now_ms() + 86_400_000,
            )
        made_ones.append({**vars(known), "id": str(person.pk)})
    return made_ones


def remove(folder: Path) -> None:
    """Remove a folder of a measured node."""
    shutil.rmtree(folder, ignore_errors=True)


def _main() -> None:
    import django

    django.setup()
    print(json.dumps(_make_people(json.load(sys.stdin))))


if __name__ == "__main__":
    _main()
